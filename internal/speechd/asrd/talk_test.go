package asrd_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/internal/speechd/asrd"
	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/speechtest"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// A line is a server with a client, in one process.
type line struct {
	server *asrd.Server
	grpc   *grpc.Server
	client asrv1.AsrServiceClient
}

func serve(t *testing.T, languages ...string) *line {
	t.Helper()
	return serveWith(t, asrd.New(speechtest.Engine(t, languages...), slog.New(slog.DiscardHandler)))
}

func serveWith(t *testing.T, server *asrd.Server) *line {
	t.Helper()
	l := &line{server: server, grpc: grpc.NewServer()}
	asrv1.RegisterAsrServiceServer(l.grpc, server)
	listener := bufconn.Listen(1 << 20)
	served := make(chan error, 1)
	go func() { served <- l.grpc.Serve(listener) }()
	dial := func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }
	conn, err := grpc.NewClient("passthrough:///line", grpc.WithContextDialer(dial),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	l.client = asrv1.NewAsrServiceClient(conn)
	t.Cleanup(func() {
		conn.Close()
		l.grpc.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return l
}

// config is plain: the tests change what they are about.
func config() *asrv1.Config {
	return &asrv1.Config{
		Format:         &speechv1.AudioFormat{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: 8000},
		LanguageCodes:  []string{"en"},
		Expect:         asrv1.Expect_EXPECT_YES_NO,
		InterimResults: true,
		WordTimes:      true,
	}
}

// A talk is one stream, seen from the client.
type talk struct {
	t      *testing.T
	stream grpc.BidiStreamingClient[asrv1.StreamingRecognizeRequest, asrv1.StreamingRecognizeResponse]
	cancel context.CancelFunc
	format *speechv1.AudioFormat
	offset int64
	piece  int // samples of a message

	in  chan *asrv1.StreamingRecognizeResponse
	end error // once in is closed
	got []*asrv1.StreamingRecognizeResponse
}

// call opens a stream and sends nothing.
func (l *line) call(t *testing.T) *talk {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // so that a hang has an end
	stream, err := l.client.StreamingRecognize(ctx)
	if err != nil {
		t.Fatal(err)
	}
	k := &talk{t: t, stream: stream, cancel: cancel, in: make(chan *asrv1.StreamingRecognizeResponse, 1000)}
	go k.receive()
	t.Cleanup(func() {
		cancel()
		for range k.in {
		}
	})
	return k
}

// open opens a stream with a config.
func (l *line) open(t *testing.T, cfg *asrv1.Config) *talk {
	t.Helper()
	k := l.call(t)
	k.format = cfg.GetFormat()
	k.piece = int(k.format.GetSampleRateHz()) * 60 / 1000
	k.config(cfg)
	return k
}

func (k *talk) receive() {
	defer close(k.in)
	for {
		m, err := k.stream.Recv()
		if err != nil {
			k.end = err
			return
		}
		k.in <- m
	}
}

// send fails a test only at its end: a stream that is refused ends while the
// client still sends, and the reason comes with finish.
func (k *talk) send(m *asrv1.StreamingRecognizeRequest) {
	if err := k.stream.Send(m); err != nil && !errors.Is(err, io.EOF) {
		k.t.Errorf("send: %v", err)
	}
}

func (k *talk) config(cfg *asrv1.Config) {
	k.send(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Config{Config: cfg}})
}

func (k *talk) update(u *asrv1.Update) {
	k.send(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Update{Update: u}})
}

func (k *talk) control(a asrv1.Control_Action) {
	k.send(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Control{Control: &asrv1.Control{Action: a}}})
}

func (k *talk) audio(a *asrv1.Audio) {
	k.send(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Audio{Audio: a}})
}

// say sends 8 kHz audio in the format of the stream, a piece a message.
func (k *talk) say(pcm []int16) {
	if rate := int(k.format.GetSampleRateHz()); rate != 8000 {
		r := audio.NewResampler(8000, rate)
		pcm = slices.Concat(r.Write(pcm), r.Flush())
	}
	for p := range slices.Chunk(pcm, k.piece) {
		k.audio(&asrv1.Audio{Data: audio.Encode(k.format.GetEncoding(), p), OffsetSamples: k.offset})
		k.offset += int64(len(p))
	}
}

// lose moves the offset on by so many samples and says the next piece as what
// follows a loss.
func (k *talk) lose(samples int64, next []int16) {
	k.offset += samples
	k.audio(&asrv1.Audio{Data: audio.Encode(k.format.GetEncoding(), next), OffsetSamples: k.offset, Discontinuity: true})
	k.offset += int64(len(next))
}

// wait gives the next message that fits, and keeps all.
func (k *talk) wait(what string, fits func(*asrv1.StreamingRecognizeResponse) bool) *asrv1.StreamingRecognizeResponse {
	k.t.Helper()
	for m := range k.in {
		k.got = append(k.got, m)
		if fits(m) {
			return m
		}
	}
	k.t.Fatalf("the stream ended without %s: %v", what, k.end)
	return nil
}

func (k *talk) ready() {
	k.t.Helper()
	k.wait("ready", func(m *asrv1.StreamingRecognizeResponse) bool { return m.GetReady() != nil })
}

func (k *talk) final() *asrv1.Transcript {
	k.t.Helper()
	return k.wait("a final", func(m *asrv1.StreamingRecognizeResponse) bool { return m.GetTranscript().GetIsFinal() }).GetTranscript()
}

// finish closes the client's half and gives all that came, which must keep the
// contract.
func (k *talk) finish() heard {
	k.t.Helper()
	err := k.over()
	if !errors.Is(err, io.EOF) {
		k.t.Fatalf("the stream ended with %v", err)
	}
	if problem := broken(k.got, true); problem != "" {
		k.t.Errorf("contract: %s", problem)
	}
	return heard(k.got)
}

// over closes the client's half and waits for the end of the stream.
func (k *talk) over() error {
	if err := k.stream.CloseSend(); err != nil {
		k.t.Errorf("half-close: %v", err)
	}
	for m := range k.in {
		k.got = append(k.got, m)
	}
	return k.end
}

// refused finishes a stream that must end with a code and name a field.
func (k *talk) refused(code codes.Code, field string) {
	k.t.Helper()
	got := status.Convert(k.over())
	if got.Code() != code {
		k.t.Fatalf("the stream ended with %v, not %v", got, code)
	}
	for _, d := range got.Details() {
		if bad, ok := d.(*errdetails.BadRequest); ok {
			for _, v := range bad.GetFieldViolations() {
				if v.GetField() == field && v.GetDescription() != "" {
					return
				}
			}
		}
	}
	k.t.Errorf("no violation of %s in %v", field, got.Details())
}

// A heard is all that a stream has sent.
type heard []*asrv1.StreamingRecognizeResponse

func collect[T any](h heard, part func(*asrv1.StreamingRecognizeResponse) *T) []*T {
	var out []*T
	for _, m := range h {
		if v := part(m); v != nil {
			out = append(out, v)
		}
	}
	return out
}

func (h heard) started() []*asrv1.SpeechStarted {
	return collect(h, (*asrv1.StreamingRecognizeResponse).GetSpeechStarted)
}

func (h heard) ended() []*asrv1.SpeechEnded {
	return collect(h, (*asrv1.StreamingRecognizeResponse).GetSpeechEnded)
}

func (h heard) noInputs() []*asrv1.NoInput {
	return collect(h, (*asrv1.StreamingRecognizeResponse).GetNoInput)
}

func (h heard) progress() []*asrv1.Progress {
	return collect(h, (*asrv1.StreamingRecognizeResponse).GetProgress)
}

func (h heard) transcripts() []*asrv1.Transcript {
	return collect(h, (*asrv1.StreamingRecognizeResponse).GetTranscript)
}

func (h heard) finals() []*asrv1.Transcript {
	return slices.DeleteFunc(h.transcripts(), func(t *asrv1.Transcript) bool { return !t.GetIsFinal() })
}

func (h heard) texts() []string {
	var out []string
	for _, f := range h.finals() {
		out = append(out, textOf(f))
	}
	return out
}

func (h heard) reasons() []asrv1.SpeechEnded_Reason {
	var out []asrv1.SpeechEnded_Reason
	for _, e := range h.ended() {
		out = append(out, e.GetReason())
	}
	return out
}

func textOf(t *asrv1.Transcript) string {
	if len(t.GetAlternatives()) == 0 {
		return ""
	}
	return t.GetAlternatives()[0].GetText()
}

func ms(n int) *durationpb.Duration { return durationpb.New(time.Duration(n) * time.Millisecond) }
