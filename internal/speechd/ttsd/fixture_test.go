package ttsd_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/internal/speechd/ttsd"
	"github.com/callward/callward/internal/speechd/voice"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

type (
	request  = ttsv1.StreamingSynthesizeRequest
	response = ttsv1.StreamingSynthesizeResponse
)

const (
	linear = speechv1.Encoding_ENCODING_LINEAR16
	mulaw  = speechv1.Encoding_ENCODING_MULAW
	alaw   = speechv1.Encoding_ENCODING_ALAW
)

// An engine is a server with a client of it.
type engine struct {
	ttsv1.TtsServiceClient

	server *ttsd.Server
	ended  chan struct{} // a value for each stream that the server has left
	log    *buffer
}

// start serves the voices that are installed, be they fakes, until the test ends.
func start(tb testing.TB) *engine {
	tb.Helper()
	e := &engine{ended: make(chan struct{}, 1000), log: &buffer{}}
	log := slog.New(slog.NewTextHandler(e.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	patient := voice.Config{Timeout: time.Hour} // what hangs must be stopped, not given up
	e.server = ttsd.New(voice.New(patient), log)
	g := grpc.NewServer(grpc.StreamInterceptor(func(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, h grpc.StreamHandler) error {
		defer func() { e.ended <- struct{}{} }()
		return h(srv, ss)
	}))
	ttsv1.RegisterTtsServiceServer(g, e.server)
	l := bufconn.Listen(1 << 20)
	var serving sync.WaitGroup
	serving.Go(func() { _ = g.Serve(l) })
	conn, err := grpc.NewClient("passthrough:engine", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err != nil {
		tb.Fatal(err)
	}
	e.TtsServiceClient = ttsv1.NewTtsServiceClient(conn)
	tb.Cleanup(func() {
		_ = conn.Close()
		g.Stop()
		serving.Wait()
	})
	return e
}

// english is a good config: a voice that is made at the rate of the stream, so
// that nothing is resampled.
func english() *ttsv1.Config {
	return &ttsv1.Config{
		Session: &speechv1.Session{CallId: "call-1", LanguageCode: "en"},
		Format:  &speechv1.AudioFormat{Encoding: linear, SampleRateHz: 8000},
		Voice:   "flite-kal",
	}
}

// A talk is a stream seen from the client. All it receives is checked against
// the contract.
type talk struct {
	ledger

	tb   testing.TB
	rpc  ttsv1.TtsService_StreamingSynthesizeClient
	hang context.CancelFunc
}

// raw opens a stream and sends nothing.
func (e *engine) raw(tb testing.TB) *talk {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	tb.Cleanup(cancel)
	rpc, err := e.StreamingSynthesize(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	return &talk{tb: tb, ledger: newLedger(), rpc: rpc, hang: cancel}
}

// open opens a stream with a config and waits until it is ready.
func (e *engine) open(tb testing.TB, cfg *ttsv1.Config) *talk {
	tb.Helper()
	k := e.raw(tb)
	k.send(&request{Request: &ttsv1.StreamingSynthesizeRequest_Config{Config: cfg}})
	if m := k.next(); m.GetReady() == nil {
		tb.Fatalf("the first message is %v", m)
	}
	return k
}

// send ignores that the server has ended the stream: next says why.
func (k *talk) send(m *request) {
	k.tb.Helper()
	if err := k.rpc.Send(m); err != nil && !errors.Is(err, io.EOF) {
		k.tb.Fatal(err)
	}
}

func input(id, text string, last bool) *request {
	return &request{Request: &ttsv1.StreamingSynthesizeRequest_Input{
		Input: &ttsv1.Input{ContextId: id, Content: &ttsv1.Input_Text{Text: text}, Last: last},
	}}
}

func cancel(id string) *request {
	return &request{Request: &ttsv1.StreamingSynthesizeRequest_Cancel{Cancel: &ttsv1.Cancel{ContextId: id}}}
}

func flush(id string) *request {
	return &request{Request: &ttsv1.StreamingSynthesizeRequest_Flush{Flush: &ttsv1.Flush{ContextId: id}}}
}

func update(u *ttsv1.Update) *request {
	return &request{Request: &ttsv1.StreamingSynthesizeRequest_Update{Update: u}}
}

// say gives a whole text.
func (k *talk) say(id, text string) { k.tb.Helper(); k.send(input(id, text, true)) }

// piece gives a piece of a text; more follow.
func (k *talk) piece(id, text string) { k.tb.Helper(); k.send(input(id, text, false)) }

// next gives the next message; the stream may not end before.
func (k *talk) next() *response {
	k.tb.Helper()
	m, err := k.rpc.Recv()
	if err != nil {
		k.tb.Fatalf("the stream ends with %v", err)
	}
	k.check(m)
	return m
}

func (k *talk) check(m *response) {
	k.tb.Helper()
	if err := k.note(m); err != nil {
		k.tb.Fatalf("the contract is broken: %v: %.100s", err, m)
	}
}

// until reads up to a message of a kind.
func (k *talk) until(found func(*response) bool) *response {
	k.tb.Helper()
	for {
		if m := k.next(); found(m) {
			return m
		}
	}
}

func isAudio(m *response) bool    { return m.GetAudio() != nil }
func isDone(m *response) bool     { return m.GetDone() != nil }
func isCanceled(m *response) bool { return m.GetCanceled() != nil }
func isStatus(m *response) bool   { return m.GetStatus() != nil }

// end reads to the end of the stream and gives its status.
func (k *talk) end() *status.Status {
	k.tb.Helper()
	for {
		m, err := k.rpc.Recv()
		if errors.Is(err, io.EOF) {
			return status.New(codes.OK, "")
		}
		if err != nil {
			return status.Convert(err)
		}
		k.check(m)
	}
}

// finish closes the client's half and reads a good end.
func (k *talk) finish() {
	k.tb.Helper()
	if err := k.rpc.CloseSend(); err != nil {
		k.tb.Fatal(err)
	}
	if st := k.end(); st.Code() != codes.OK {
		k.tb.Fatalf("the stream ends with %v", st.Err())
	}
	if k.usage == nil || len(k.open()) > 0 {
		k.tb.Fatalf("at the end usage is %v and contexts %v are open", k.usage, k.open())
	}
}

// refused reads to the end, which must name a field and have a code.
func (k *talk) refused(code codes.Code, field string) {
	k.tb.Helper()
	st := k.end()
	if st.Code() != code || violated(st) != field {
		k.tb.Errorf("the stream ends with %v for field %q, want %v for %q", st.Err(), violated(st), code, field)
	}
}

func violated(st *status.Status) string {
	for _, d := range st.Details() {
		if bad, ok := d.(*errdetails.BadRequest); ok && len(bad.GetFieldViolations()) == 1 {
			return bad.GetFieldViolations()[0].GetField()
		}
	}
	return ""
}

// buffer is a log that many may write to.
type buffer struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}
