// Package asrd serves the recognition contract (callward.asr.v1) with the
// recognizer in recog. Each stream has two goroutines: the handler, which owns
// everything of the stream and does all sending, and one that receives. Models
// are made ready and finals worked out by further goroutines that the handler
// starts and waits for. All of them end when the stream does.
//
// The audio of a stream is its clock: no timer of ours ends an utterance. What
// callers say and may say is never logged.
package asrd

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/contract"
	"github.com/callward/callward/internal/speechd/recog"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// Limits of a stream.
const (
	MaxHints     = 5000
	MaxPhrase    = 300 // bytes of a hint
	MaxLanguages = 4
	MaxLength    = 40 // digits expected
	MaxChunk     = 64 << 10
)

// A Server implements asrv1.AsrServiceServer.
type Server struct {
	asrv1.UnimplementedAsrServiceServer

	engine *recog.Engine
	log    *slog.Logger
	open   atomic.Int64
}

// New makes a server of an engine's languages.
func New(engine *recog.Engine, log *slog.Logger) *Server {
	return &Server{engine: engine, log: log}
}

// Streams tells how many streams are open.
func (s *Server) Streams() int64 { return s.open.Load() }

// GetCapabilities says what the engine can do.
func (s *Server) GetCapabilities(context.Context, *asrv1.GetCapabilitiesRequest) (*asrv1.GetCapabilitiesResponse, error) {
	return &asrv1.GetCapabilitiesResponse{Capabilities: &speechv1.Capabilities{
		ApiVersion:    "v1",
		Formats:       audio.Formats(),
		Languages:     s.engine.Languages(),
		Interim:       true,
		WordTimes:     true,
		ForceEndpoint: true,
		HintsMax:      MaxHints,
		LiveUpdate:    true,
		MaxChunk:      MaxChunk,
		Vendor:        "callward speechd (pocketsphinx 5prealpha)",
		Build:         build(),
		Progress:      true,
	}}, nil
}

func build() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return ""
}

// StreamingRecognize listens to one leg.
func (s *Server) StreamingRecognize(rpc asrv1.AsrService_StreamingRecognizeServer) error {
	s.open.Add(1)
	defer s.open.Add(-1)
	first, err := rpc.Recv()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	cfg := first.GetConfig()
	if cfg == nil {
		return contract.Invalid("config", "must be the first message")
	}
	if err := s.check(cfg); err != nil {
		return err
	}
	st := newStream(s, rpc, cfg)
	defer st.work.Wait()
	st.prepare(rpc.Context())
	if _, err := st.task.wait(rpc.Context()); err != nil {
		return failed(err)
	}
	ready := &asrv1.Ready{Format: cfg.GetFormat(), Model: cfg.GetModel()}
	if err := rpc.Send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Ready{Ready: ready}}); err != nil {
		return err
	}
	return failed(st.run(rpc.Context()))
}

// takes says what the engine takes.
func (s *Server) takes() contract.Recognition {
	return contract.Recognition{
		Hints: MaxHints, Phrase: MaxPhrase, Languages: MaxLanguages, Length: MaxLength,
		Serves: func(codes []string) bool { return slices.ContainsFunc(codes, s.engine.Understands) },
	}
}

// check refuses a config that cannot be served, naming the field.
func (s *Server) check(cfg *asrv1.Config) error {
	if cfg.GetModel() != "" {
		return contract.Invalid("config.model", "the engine has one model of each language")
	}
	return s.takes().CheckConfig(cfg)
}

// failed gives an error its gRPC code.
func failed(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return status.FromContextError(context.Canceled).Err()
	case errors.Is(err, context.DeadlineExceeded):
		return status.FromContextError(context.DeadlineExceeded).Err()
	case errors.Is(err, recog.ErrLanguage):
		return contract.Violation(codes.FailedPrecondition, "language_codes", "no model is loaded for any of the languages")
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	return status.Error(codes.Internal, "recognition failed")
}
