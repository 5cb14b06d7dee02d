package asrd_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protodelim"

	"github.com/callward/callward/internal/speechd/asrd"
	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/speechtest"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// A tape is a stream whose requests are known beforehand.
type tape struct {
	grpc.ServerStream

	requests []*asrv1.StreamingRecognizeRequest
	got      []*asrv1.StreamingRecognizeResponse
	ctx      func() context.Context
}

func (p *tape) Context() context.Context { return p.ctx() }

func (p *tape) Recv() (*asrv1.StreamingRecognizeRequest, error) {
	if len(p.requests) == 0 {
		return nil, io.EOF
	}
	m := p.requests[0]
	p.requests = p.requests[1:]
	return m, nil
}

func (p *tape) Send(m *asrv1.StreamingRecognizeResponse) error {
	p.got = append(p.got, m)
	return nil
}

// messages reads requests, each after its length, as far as they can be read.
func messages(data []byte) []*asrv1.StreamingRecognizeRequest {
	var out []*asrv1.StreamingRecognizeRequest
	in := bytes.NewReader(data)
	for len(out) < 200 {
		m := &asrv1.StreamingRecognizeRequest{}
		if err := protodelim.UnmarshalFrom(in, m); err != nil {
			break
		}
		out = append(out, m)
	}
	return out
}

func written(f *testing.F, requests ...*asrv1.StreamingRecognizeRequest) []byte {
	f.Helper()
	var out bytes.Buffer
	for _, m := range requests {
		if _, err := protodelim.MarshalTo(&out, m); err != nil {
			f.Fatal(err)
		}
	}
	return out.Bytes()
}

func sound(cfg *asrv1.Config, pcm []int16, offset int64, lost bool) *asrv1.StreamingRecognizeRequest {
	return &asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Audio{Audio: &asrv1.Audio{
		Data: audio.Encode(cfg.GetFormat().GetEncoding(), pcm), OffsetSamples: offset, Discontinuity: lost,
	}}}
}

func act(a asrv1.Control_Action) *asrv1.StreamingRecognizeRequest {
	return &asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Control{Control: &asrv1.Control{Action: a}}}
}

// seeds adds whole talks: a plain one, and one with everything in it.
func seeds(f *testing.F) {
	f.Helper()
	cfg := config()
	first := &asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Config{Config: cfg}}
	yes := speechtest.Say(f, clearVoice, "yes please")
	n := int64(len(yes))
	f.Add(written(f, first, sound(cfg, yes, 0, false)))
	f.Add(written(f, first, sound(cfg, yes[:n-8000], 0, false), act(asrv1.Control_ACTION_DISCARD_UTTERANCE),
		sound(cfg, yes, n-8000, false), act(asrv1.Control_ACTION_PAUSE), sound(cfg, yes, 2*n-8000, false), act(asrv1.Control_ACTION_RESUME),
		&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Update{Update: &asrv1.Update{
			Expect: asrv1.Expect_EXPECT_FREE, Endpointing: &asrv1.Endpointing{MaxUtterance: ms(300), NoInputTimeout: ms(100)},
		}}},
		sound(cfg, yes, 9*n, true), act(asrv1.Control_ACTION_FORCE_ENDPOINT), sound(cfg, yes[:n/2], 10*n, false)))
}

// Whatever a client sends, the stream ends with a status and what it has sent
// keeps the contract.
func FuzzStreamingRecognize(f *testing.F) {
	seeds(f)
	nowhere := f.TempDir()
	server := asrd.New(speechtest.Engine(f, "en"), slog.New(slog.DiscardHandler))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 2*asrd.MaxChunk {
			t.Skip("longer than a test should last")
		}
		t.Setenv("PATH", nowhere) // no child process pronounces what the fuzzer makes up
		p := &tape{requests: messages(data), ctx: t.Context}
		err := server.StreamingRecognize(p)
		if errors.Is(err, io.EOF) && len(p.got) == 0 {
			return // no first message: gRPC makes a status of it
		}
		if _, ok := status.FromError(err); !ok || status.Code(err) == codes.Internal {
			t.Fatalf("the stream ended with %v", err)
		}
		if problem := broken(p.got, err == nil); problem != "" {
			t.Fatalf("contract: %s (ended with %v)", problem, err)
		}
		if n := server.Streams(); n != 0 {
			t.Fatalf("%d streams are open", n)
		}
	})
}
