package asrtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/internal/engines"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// A Server is the engine. Its fields are set before it serves.
type Server struct {
	asrv1.UnimplementedAsrServiceServer

	// Script is followed from the start by each call; a call goes on where its
	// last stream stopped. After the end nothing is understood.
	Script []Turn
	// OneScript lets all calls share one way through the script.
	OneScript bool
	// Discard lets the engine count audio and understand nothing.
	Discard bool
	// Heard is told what each stream is sent, with its config.
	Heard func(config *asrv1.Config, pcm []int16)
	// HintsMax, MaxChunk (bytes) and MaxStream are what it takes; 0 means 1000, 64 KiB and
	// any length. More is refused.
	HintsMax, MaxChunk int
	MaxStream          time.Duration
	// NoProgress leaves out the progress messages, and says so.
	NoProgress bool

	samples atomic.Int64
	streams atomic.Int64

	mu       sync.Mutex
	place    map[string]int // in the script, by call
	stalled  chan struct{}  // closed when no longer stalled; nil when not
	failing  chan struct{}  // closed by Fail
	failCode codes.Code
	refusal  codes.Code                         // of streams to come; OK: they are taken
	requests []*asrv1.StreamingRecognizeRequest // all but audio
}

// Samples gives the audio received so far, over all streams.
func (s *Server) Samples() int64 { return s.samples.Load() }

// Streams gives the number of streams open now.
func (s *Server) Streams() int64 { return s.streams.Load() }

// Requests gives the configs, updates and controls received so far.
func (s *Server) Requests() []*asrv1.StreamingRecognizeRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*asrv1.StreamingRecognizeRequest(nil), s.requests...)
}

// Stall makes every stream, open or to come, read and answer no more until
// Resume.
func (s *Server) Stall() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stalled == nil {
		s.stalled = make(chan struct{})
	}
}

// Resume ends a stall.
func (s *Server) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stalled != nil {
		close(s.stalled)
		s.stalled = nil
	}
}

// Fail ends every open stream with code.
func (s *Server) Fail(code codes.Code) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failCode = code
	if s.failing != nil {
		close(s.failing)
	}
	s.failing = make(chan struct{})
}

// Refuse ends every stream to come with code at once; OK takes them again.
func (s *Server) Refuse(code codes.Code) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal = code
}

// Serve answers on l until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	g := grpc.NewServer(engines.AllowKeepAlive())
	asrv1.RegisterAsrServiceServer(g, s)
	h := health.NewServer()
	h.SetServingStatus(asrv1.AsrService_ServiceDesc.ServiceName, healthv1.HealthCheckResponse_SERVING)
	healthv1.RegisterHealthServer(g, h)
	reflection.Register(g)
	defer context.AfterFunc(ctx, g.Stop)()
	if err := g.Serve(l); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve recognizer: %w", err)
	}
	return nil
}

// GetCapabilities says what the engine can do.
func (s *Server) GetCapabilities(
	context.Context, *asrv1.GetCapabilitiesRequest,
) (*asrv1.GetCapabilitiesResponse, error) {
	return &asrv1.GetCapabilitiesResponse{Capabilities: &speechv1.Capabilities{
		ApiVersion:    "v1",
		Formats:       formats(),
		Languages:     languages(),
		Interim:       true,
		ForceEndpoint: true,
		HintsMax:      int32(s.hintsMax()),
		MaxChunk:      int32(s.maxChunk()),
		MaxStream:     durationpb.New(s.MaxStream),
		LiveUpdate:    true,
		Progress:      !s.NoProgress,
		Vendor:        "callward",
		Build:         "asrtest",
	}}, nil
}

func (s *Server) hintsMax() int { return cmp.Or(s.HintsMax, 1000) }
func (s *Server) maxChunk() int { return cmp.Or(s.MaxChunk, 64<<10) }

func languages() []string { return []string{"en", "fr"} }

// speaks reports whether one of the languages of a config is claimed.
func speaks(config *asrv1.Config) bool {
	return slices.ContainsFunc(config.GetLanguageCodes(), func(code string) bool {
		base, _, _ := strings.Cut(code, "-")
		return slices.Contains(languages(), strings.ToLower(base))
	})
}

func formats() []*speechv1.AudioFormat {
	return []*speechv1.AudioFormat{
		{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: 16000, Channels: 1},
		{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: 8000, Channels: 1},
		{Encoding: speechv1.Encoding_ENCODING_MULAW, SampleRateHz: 8000, Channels: 1},
	}
}

// StreamingRecognize serves one stream.
func (s *Server) StreamingRecognize(down asrv1.AsrService_StreamingRecognizeServer) error {
	s.streams.Add(1)
	defer s.streams.Add(-1)
	if code := s.refused(); code != codes.OK {
		return status.Error(code, "told to refuse")
	}
	ctx := down.Context()
	inbox := make(chan received)
	go receive(ctx, down, inbox)
	fail := s.onFail()
	var over <-chan time.Time
	if s.MaxStream > 0 {
		timer := time.NewTimer(s.MaxStream)
		defer timer.Stop()
		over = timer.C
	}
	var ear *ear
	for {
		if err := s.waitOutStall(ctx); err != nil {
			return err
		}
		var got received
		select {
		case got = <-inbox:
		case <-fail:
			return s.failure()
		case <-over:
			return status.Error(codes.OutOfRange, "the longest stream is over")
		case <-ctx.Done():
			return status.FromContextError(ctx.Err()).Err()
		}
		next, err := s.step(ear, got, down)
		if err != nil || next == nil {
			return err
		}
		ear = next
	}
}

type received struct {
	req *asrv1.StreamingRecognizeRequest
	err error
}

// receive reads until the stream ends.
func receive(ctx context.Context, down asrv1.AsrService_StreamingRecognizeServer, inbox chan<- received) {
	for {
		req, err := down.Recv()
		select {
		case inbox <- received{req, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// step takes one message. It gives a nil ear when the stream is over.
func (s *Server) step(e *ear, got received, down asrv1.AsrService_StreamingRecognizeServer) (*ear, error) {
	if errors.Is(got.err, io.EOF) {
		if e == nil {
			return nil, nil
		}
		return nil, sendAll(down, e.force())
	}
	if got.err != nil {
		return nil, got.err
	}
	if e == nil {
		return s.begin(got.req, down)
	}
	answers, err := s.hear(e, got.req)
	if err != nil {
		return nil, err
	}
	return e, sendAll(down, answers)
}

func (s *Server) begin(
	req *asrv1.StreamingRecognizeRequest, down asrv1.AsrService_StreamingRecognizeServer,
) (*ear, error) {
	config := req.GetConfig()
	if config == nil {
		return nil, status.Error(codes.InvalidArgument, "the first message is not a config")
	}
	if !speaks(config) {
		return nil, status.Error(codes.FailedPrecondition, "none of the languages is spoken here")
	}
	if len(config.GetHints()) > s.hintsMax() {
		return nil, status.Error(codes.InvalidArgument, "these are too many hints")
	}
	s.keep(req)
	e, err := newEar(config, s.turns(config.GetSession().GetCallId()))
	if err != nil {
		return nil, err
	}
	e.discard, e.silent = s.Discard, s.NoProgress
	if s.Heard != nil {
		e.tell = func(pcm []int16) { s.Heard(config, pcm) }
	}
	return e, down.Send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Ready{
		Ready: &asrv1.Ready{Format: config.GetFormat(), Model: "script"},
	}})
}

func (s *Server) hear(e *ear, req *asrv1.StreamingRecognizeRequest) ([]*asrv1.StreamingRecognizeResponse, error) {
	switch r := req.GetRequest().(type) {
	case *asrv1.StreamingRecognizeRequest_Audio:
		if len(r.Audio.GetData()) > s.maxChunk() {
			return nil, status.Error(codes.InvalidArgument, "this audio is too long")
		}
		answers, n, err := e.audio(r.Audio)
		s.samples.Add(int64(n))
		return answers, err
	case *asrv1.StreamingRecognizeRequest_Update:
		if len(r.Update.GetHints()) > s.hintsMax() {
			return nil, status.Error(codes.InvalidArgument, "these are too many hints")
		}
		s.keep(req)
		e.update(r.Update)
		return nil, nil
	case *asrv1.StreamingRecognizeRequest_Control:
		s.keep(req)
		return e.control(r.Control.GetAction())
	}
	return nil, status.Error(codes.InvalidArgument, "a second config")
}

func sendAll(down asrv1.AsrService_StreamingRecognizeServer, answers []*asrv1.StreamingRecognizeResponse) error {
	for _, a := range answers {
		if err := down.Send(a); err != nil {
			return err
		}
	}
	return nil
}

// turns gives a func that gives the next turn of a call. It may be looked at without being
// taken: a stream that ends before it speaks leaves it to the call's next.
func (s *Server) turns(call string) func(take bool) Turn {
	if s.OneScript {
		call = ""
	}
	return func(take bool) Turn {
		s.mu.Lock()
		defer s.mu.Unlock()
		at := s.place[call]
		if at >= len(s.Script) {
			return Turn{}
		}
		if s.place == nil {
			s.place = map[string]int{}
		}
		if take {
			s.place[call] = at + 1
		}
		return s.Script[at]
	}
}

// keepRequests bounds what Requests remembers.
const keepRequests = 1000

func (s *Server) keep(req *asrv1.StreamingRecognizeRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) < keepRequests {
		s.requests = append(s.requests, req)
	}
}

func (s *Server) onFail() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing == nil {
		s.failing = make(chan struct{})
	}
	return s.failing
}

func (s *Server) refused() codes.Code {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refusal
}

func (s *Server) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return status.Error(s.failCode, "told to fail")
}

func (s *Server) waitOutStall(ctx context.Context) error {
	s.mu.Lock()
	stalled := s.stalled
	s.mu.Unlock()
	if stalled == nil {
		return nil
	}
	select {
	case <-stalled:
		return nil
	case <-ctx.Done():
		return status.FromContextError(ctx.Err()).Err()
	}
}
