// Command asr-go is a recognition engine to copy: a server of callward.asr.v1 that
// hears by loudness when somebody speaks, and hands each utterance to transcribe.
// Put your engine there; all else may stay as it is.
//
// Each stream has two goroutines: the handler of gRPC receives audio and owns the
// endpointer, and a transcriber works on utterances, so that a slow one does not keep
// the engine from listening. Both end with the stream.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// transcribe says what was said: the whole utterance so far, 16-bit samples at rate
// per second, in a language as BCP 47. It is called again and again while the
// caller speaks, and a last time at the end; one call at a time for each stream.
//
// This one tells short from long. Replace it.
func transcribe(pcm []int16, rate int, language string) string {
	switch long := len(pcm) > 2*rate; {
	case len(pcm) == 0:
		return ""
	case long:
		return "long"
	case language == "fr":
		return "court"
	}
	return "short"
}

const maxChunk = 1 << 16 // bytes in an audio message

// engine serves the contract.
type engine struct {
	asrv1.UnimplementedAsrServiceServer
}

// capabilities is what the engine can do. Claim what holds, no more.
func capabilities() *speechv1.Capabilities {
	c := &speechv1.Capabilities{
		ApiVersion: "v1", Languages: []string{"en", "fr"}, MaxChunk: maxChunk,
		Interim: true, ForceEndpoint: true, LiveUpdate: true, Progress: true,
		Vendor: "you", Build: "0",
	}
	for _, e := range []speechv1.Encoding{speechv1.Encoding_ENCODING_LINEAR16, speechv1.Encoding_ENCODING_MULAW, speechv1.Encoding_ENCODING_ALAW} {
		c.Formats = append(c.Formats, &speechv1.AudioFormat{Encoding: e, SampleRateHz: 8000, Channels: 1})
	}
	c.Formats = append(c.Formats, &speechv1.AudioFormat{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: 16000, Channels: 1})
	return c
}

func (engine) GetCapabilities(context.Context, *asrv1.GetCapabilitiesRequest) (*asrv1.GetCapabilitiesResponse, error) {
	return &asrv1.GetCapabilitiesResponse{Capabilities: capabilities()}, nil
}

// StreamingRecognize listens to one leg. The first message is the config; then
// audio, updates and controls come in any order until the client's half closes.
func (engine) StreamingRecognize(rpc asrv1.AsrService_StreamingRecognizeServer) error {
	first, err := rpc.Recv()
	if err != nil {
		return err
	}
	c := first.GetConfig()
	if c == nil {
		return status.Error(codes.InvalidArgument, "the first message must be a config")
	}
	if !takes(c.GetFormat()) {
		return status.Error(codes.InvalidArgument, "this audio format is not taken")
	}
	spoken, ok := language(c.GetLanguageCodes())
	if !ok {
		return status.Error(codes.InvalidArgument, "none of these languages is understood")
	}
	s := newStream(rpc, c, spoken)
	s.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Ready{Ready: &asrv1.Ready{Format: c.GetFormat()}}})
	defer s.close()
	for {
		m, err := rpc.Recv()
		if errors.Is(err, io.EOF) {
			s.finish(asrv1.SpeechEnded_REASON_FORCED) // the final that is owed; close waits for it
			return nil
		}
		if err == nil {
			err = s.take(m)
		}
		if err != nil {
			return err
		}
	}
}

func takes(f *speechv1.AudioFormat) bool {
	return f.GetChannels() <= 1 && slices.ContainsFunc(capabilities().GetFormats(), func(known *speechv1.AudioFormat) bool {
		return f.GetEncoding() == known.GetEncoding() && f.GetSampleRateHz() == known.GetSampleRateHz()
	})
}

// language is the likeliest that is known, without its region; ok is false if none is.
func language(likely []string) (code string, ok bool) {
	for _, c := range likely {
		if base, _, _ := strings.Cut(strings.ToLower(c), "-"); slices.Contains(capabilities().GetLanguages(), base) {
			return base, true
		}
	}
	return capabilities().GetLanguages()[0], len(likely) == 0
}

// stream is one leg that is listened to. What it sends may come of both goroutines.
type stream struct {
	ear

	interim bool
	jobs    chan job // to the transcriber
	done    chan struct{}

	mu  sync.Mutex // of sending: gRPC allows one sender at a time
	rpc asrv1.AsrService_StreamingRecognizeServer
}

// job is an utterance so far.
type job struct {
	u     *utterance
	pcm   []int16
	end   int64
	final bool
	eager bool // it may be over
}

func newStream(rpc asrv1.AsrService_StreamingRecognizeServer, c *asrv1.Config, spoken string) *stream {
	s := &stream{rpc: rpc, interim: c.GetInterimResults(), jobs: make(chan job, 16), done: make(chan struct{})}
	s.ear = ear{
		rate: int64(c.GetFormat().GetSampleRateHz()), encoding: c.GetFormat().GetEncoding(),
		language: spoken, ends: c.GetEndpointing(),
	}
	go func() {
		defer close(s.done)
		for j := range s.jobs {
			s.transcript(j, transcribe(j.pcm, int(s.rate), j.u.language))
		}
	}()
	return s
}

// close lets the transcriber end what it has.
func (s *stream) close() {
	close(s.jobs)
	<-s.done
}

// send sends a message. That the client is gone, Recv tells.
func (s *stream) send(m *asrv1.StreamingRecognizeResponse) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.rpc.Send(m)
}

// transcript sends what became of a job, unless it has been overtaken.
func (s *stream) transcript(j job, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j.u.discarded || j.u.ended && !j.final {
		return
	}
	j.u.revision++
	t := &asrv1.Transcript{
		UtteranceId: j.u.id, Revision: j.u.revision, IsFinal: j.final, EagerEnd: j.eager, LanguageCode: j.u.language,
		StartSamples: j.u.start, EndSamples: j.end,
	}
	if text != "" {
		t.Alternatives = []*asrv1.Alternative{{Text: text, Confidence: 0.5}}
	}
	_ = s.rpc.Send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Transcript{Transcript: t}})
}

func (s *stream) take(m *asrv1.StreamingRecognizeRequest) error {
	switch r := m.GetRequest().(type) {
	case *asrv1.StreamingRecognizeRequest_Audio:
		return s.audio(r.Audio)
	case *asrv1.StreamingRecognizeRequest_Update:
		return s.update(r.Update)
	case *asrv1.StreamingRecognizeRequest_Control:
		return s.control(r.Control.GetAction())
	case *asrv1.StreamingRecognizeRequest_Config:
		return status.Error(codes.InvalidArgument, "a second config")
	}
	return nil // of a later version
}

func (s *stream) control(a asrv1.Control_Action) error {
	switch a {
	case asrv1.Control_ACTION_FORCE_ENDPOINT:
		s.finish(asrv1.SpeechEnded_REASON_FORCED)
	case asrv1.Control_ACTION_DISCARD_UTTERANCE:
		s.finish(asrv1.SpeechEnded_REASON_DISCARDED)
	case asrv1.Control_ACTION_PAUSE:
		s.finish(asrv1.SpeechEnded_REASON_FORCED)
		s.paused = true
	case asrv1.Control_ACTION_RESUME:
		s.paused = false
		s.rest()
	default:
		return status.Error(codes.InvalidArgument, "a control without an action")
	}
	return nil
}

// update holds from the next utterance: the one in progress keeps its language.
func (s *stream) update(u *asrv1.Update) error {
	if len(u.GetLanguageCodes()) > 0 {
		spoken, ok := language(u.GetLanguageCodes())
		if !ok {
			return status.Error(codes.InvalidArgument, "none of these languages is understood")
		}
		s.language = spoken
	}
	if u.GetEndpointing() != nil {
		s.ends = u.GetEndpointing()
		s.rest()
	}
	return nil
}

func serve(ctx context.Context, l net.Listener) error {
	// Callward asks a connection that is silent whether anybody is there; without this,
	// gRPC would end it for that.
	pings := keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}
	g, h := grpc.NewServer(grpc.KeepaliveEnforcementPolicy(pings), letWatchersGo(ctx)), health.NewServer()
	asrv1.RegisterAsrServiceServer(g, engine{})
	healthv1.RegisterHealthServer(g, h)
	h.SetServingStatus(asrv1.AsrService_ServiceDesc.ServiceName, healthv1.HealthCheckResponse_SERVING)
	reflection.Register(g)
	// Callers are still on the line: new ones are sent elsewhere, those end in peace.
	defer context.AfterFunc(ctx, func() {
		h.Shutdown()
		defer time.AfterFunc(30*time.Second, g.Stop).Stop()
		g.GracefulStop()
	})()
	if err := g.Serve(l); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// letWatchersGo ends the streams of those who watch the health a moment after they were
// told that the server stops: GracefulStop waits for all streams, and Callward watches for
// as long as it is let.
func letWatchersGo(ctx context.Context) grpc.ServerOption {
	return grpc.StreamInterceptor(func(srv any, s grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		if info.FullMethod != healthv1.Health_Watch_FullMethodName {
			return next(srv, s)
		}
		watches, end := context.WithCancel(s.Context())
		defer end()
		defer context.AfterFunc(ctx, func() { time.AfterFunc(100*time.Millisecond, end) })()
		return next(srv, watcher{s, watches})
	})
}

type watcher struct {
	grpc.ServerStream

	ctx context.Context //nolint:containedctx // it is what Context gives
}

func (w watcher) Context() context.Context { return w.ctx }

func main() {
	address := flag.String("listen", "127.0.0.1:7070", "HOST:PORT or unix:PATH to answer at")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	network, where := "tcp", *address
	if path, unix := strings.CutPrefix(where, "unix:"); unix {
		network, where = "unix", path
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, network, where)
	if err == nil {
		log.Printf("listening at %s", *address)
		err = serve(ctx, l)
	}
	stop()
	if err != nil {
		log.Fatal(err)
	}
}
