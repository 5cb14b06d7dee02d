package adapttest

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/adapt"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// A Call is one StreamingRecognize at an adapter. All that comes is held to the
// contract.
type Call struct {
	t      *testing.T
	rpc    asrv1.AsrService_StreamingRecognizeClient
	cancel context.CancelFunc
	in     chan *asrv1.StreamingRecognizeResponse
	end    error // once in is closed
	offset int64
	judge  judge

	mu  sync.Mutex // around judge.sent
	got []*asrv1.StreamingRecognizeResponse
}

// Config is one that every adapter serves.
func Config() *asrv1.Config {
	return &asrv1.Config{
		Session:        &speechv1.Session{CallId: "c1", SessionId: "s1"},
		Format:         &speechv1.AudioFormat{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: rate, Channels: 1},
		LanguageCodes:  []string{"en"},
		InterimResults: true,
		WordTimes:      true,
		VerbatimDigits: true,
	}
}

// Open opens a stream. It waits for nothing.
func Open(t *testing.T, to grpc.DialOption, cfg *asrv1.Config) *Call {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	rpc, err := asrv1.NewAsrServiceClient(Dial(t, to)).StreamingRecognize(ctx)
	if err != nil {
		t.Fatal(err)
	}
	c := &Call{t: t, rpc: rpc, cancel: cancel, in: make(chan *asrv1.StreamingRecognizeResponse, 10000), judge: judge{seen: map[string]*life{}}}
	read := make(chan struct{})
	go func() {
		defer close(read)
		c.receive()
	}()
	t.Cleanup(func() {
		cancel()
		<-read
	})
	if cfg != nil {
		c.Send(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Config{Config: cfg}})
	}
	return c
}

func (c *Call) receive() {
	defer close(c.in)
	for {
		m, err := c.rpc.Recv()
		if err != nil {
			c.end = err
			return
		}
		c.mu.Lock()
		problem := c.judge.take(m)
		c.mu.Unlock()
		if problem != "" {
			c.t.Errorf("contract: %s", problem)
		}
		c.in <- m
	}
}

// Send sends a message; the end of the stream says what came of it.
func (c *Call) Send(m *asrv1.StreamingRecognizeRequest) { _ = c.rpc.Send(m) }

// Say sends sound at the format of Config, in messages of 60 ms.
func (c *Call) Say(pieces ...[]int16) {
	for _, pcm := range pieces {
		for len(pcm) > 0 {
			n := min(len(pcm), rate*60/1000)
			c.mu.Lock()
			c.judge.sent += int64(n)
			c.mu.Unlock()
			c.Send(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Audio{Audio: &asrv1.Audio{
				Data: adapt.PCM(pcm[:n]), OffsetSamples: c.offset,
			}}})
			c.offset += int64(n)
			pcm = pcm[n:]
		}
	}
}

// Lose has the next audio come from further on.
func (c *Call) Lose(d time.Duration) {
	c.offset += int64(d * rate / time.Second)
	c.mu.Lock()
	c.judge.sent = c.offset
	c.mu.Unlock()
	c.Send(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Audio{Audio: &asrv1.Audio{
		OffsetSamples: c.offset, Discontinuity: true,
	}}})
}

// Control sends an action.
func (c *Call) Control(a asrv1.Control_Action) {
	c.Send(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Control{Control: &asrv1.Control{Action: a}}})
}

// Update sends an update.
func (c *Call) Update(u *asrv1.Update) {
	c.Send(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Update{Update: u}})
}

// Wait gives the next message that is as wanted.
func (c *Call) Wait(what string, wanted func(*asrv1.StreamingRecognizeResponse) bool) *asrv1.StreamingRecognizeResponse {
	c.t.Helper()
	for m := range c.in {
		c.got = append(c.got, m)
		if wanted(m) {
			return m
		}
	}
	c.t.Fatalf("no %s: the stream ended with %v", what, c.end)
	return nil
}

// Final waits for a final and gives its text.
func (c *Call) Final() *asrv1.Transcript {
	c.t.Helper()
	return c.Wait("final", func(m *asrv1.StreamingRecognizeResponse) bool { return m.GetTranscript().GetIsFinal() }).GetTranscript()
}

// Finish closes our half and gives all that came; the stream must end well.
func (c *Call) Finish() []*asrv1.StreamingRecognizeResponse {
	c.t.Helper()
	if err := c.End(); err != nil {
		c.t.Fatalf("the stream ended with %v", err)
	}
	if problem := c.judge.owes(); problem != "" {
		c.t.Errorf("contract: %s", problem)
	}
	return c.got
}

// End closes our half and gives the error that the stream ends with.
func (c *Call) End() error {
	_ = c.rpc.CloseSend()
	for m := range c.in {
		c.got = append(c.got, m)
	}
	if errors.Is(c.end, io.EOF) {
		return nil
	}
	return c.end
}

// Code is that of the end of the stream, which is waited for.
func (c *Call) Code() codes.Code {
	for m := range c.in {
		c.got = append(c.got, m)
	}
	if errors.Is(c.end, io.EOF) {
		return codes.OK
	}
	return status.Code(c.end)
}

// Err is what the stream ends with, which is waited for.
func (c *Call) Err() error {
	c.Code()
	return c.end
}

// Leave ends the stream as a client does that is gone.
func (c *Call) Leave() { c.cancel() }

// Texts are those of the finals.
func Texts(got []*asrv1.StreamingRecognizeResponse) []string {
	var out []string
	for _, m := range got {
		if m.GetTranscript().GetIsFinal() {
			out = append(out, Text(m.GetTranscript()))
		}
	}
	return out
}

// Text is the best reading of a transcript.
func Text(t *asrv1.Transcript) string {
	if len(t.GetAlternatives()) == 0 {
		return ""
	}
	return t.GetAlternatives()[0].GetText()
}
