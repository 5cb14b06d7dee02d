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
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/internal/speechd/audio"
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
		return invalid("config", "must be the first message")
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

// check refuses a config that cannot be served, naming the field.
func (s *Server) check(cfg *asrv1.Config) error {
	if field, problem := audio.CheckFormat(cfg.GetFormat()); field != "" {
		return invalid("config."+field, problem)
	}
	if cfg.GetMaxAlternatives() < 0 {
		return invalid("config.max_alternatives", "must not be negative")
	}
	if err := checkDuration("config.interim_min_interval", cfg.GetInterimMinInterval()); err != nil {
		return err
	}
	if cfg.GetModel() != "" {
		return invalid("config.model", "the engine has one model of each language")
	}
	if len(cfg.GetLanguageCodes()) == 0 {
		return invalid("config.language_codes", "missing")
	}
	if err := checkExpect("config", cfg.GetExpect(), cfg.GetExpectLength()); err != nil {
		return err
	}
	if err := s.checkLanguages("config", cfg.GetLanguageCodes()); err != nil {
		return err
	}
	if err := checkHints("config", cfg.GetHints()); err != nil {
		return err
	}
	return checkEndpointing("config", cfg.GetEndpointing())
}

func (s *Server) checkLanguages(in string, codes []string) error {
	if len(codes) > MaxLanguages {
		return invalid(in+".language_codes", fmt.Sprintf("more than %d", MaxLanguages))
	}
	if len(codes) == 0 {
		return nil
	}
	if !slices.ContainsFunc(codes, s.engine.Understands) {
		return unserved(in + ".language_codes")
	}
	return nil
}

func checkExpect(in string, e asrv1.Expect, length int32) error {
	if _, ok := asrv1.Expect_name[int32(e)]; !ok {
		return invalid(in+".expect", "unknown")
	}
	if length < 0 || length > MaxLength {
		return invalid(in+".expect_length", fmt.Sprintf("0 to %d", MaxLength))
	}
	return nil
}

func checkHints(in string, hints []*asrv1.Hint) error {
	if len(hints) > MaxHints {
		return invalid(in+".hints", fmt.Sprintf("more than %d", MaxHints))
	}
	for i, h := range hints {
		if len(h.GetPhrase()) > MaxPhrase {
			return invalid(fmt.Sprintf("%s.hints[%d].phrase", in, i), fmt.Sprintf("longer than %d bytes", MaxPhrase))
		}
		if !(h.GetBoost() >= 0 && h.GetBoost() <= 100) {
			return invalid(fmt.Sprintf("%s.hints[%d].boost", in, i), "0 to 100")
		}
	}
	return nil
}

func checkEndpointing(in string, e *asrv1.Endpointing) error {
	for name, d := range map[string]*durationpb.Duration{
		"silence": e.GetSilence(), "eager_silence": e.GetEagerSilence(),
		"no_input_timeout": e.GetNoInputTimeout(), "max_utterance": e.GetMaxUtterance(),
	} {
		if err := checkDuration(in+".endpointing."+name, d); err != nil {
			return err
		}
	}
	if _, ok := asrv1.Endpointing_Mode_name[int32(e.GetMode())]; !ok {
		return invalid(in+".endpointing.mode", "unknown")
	}
	return nil
}

func checkDuration(field string, d *durationpb.Duration) error {
	if d != nil && (d.CheckValid() != nil || d.AsDuration() < 0) {
		return invalid(field, "must not be negative")
	}
	return nil
}

func invalid(field, problem string) error {
	return violation(codes.InvalidArgument, field, problem)
}

// unserved says that a language has no model. It names no language: that is
// the client's own text.
func unserved(field string) error {
	return violation(codes.FailedPrecondition, field, "no model is loaded for any of the languages")
}

func violation(code codes.Code, field, problem string) error {
	st := status.New(code, field+": "+problem)
	with, err := st.WithDetails(&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
		{Field: field, Description: problem},
	}})
	if err != nil {
		return st.Err()
	}
	return with.Err()
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
		return unserved("language_codes")
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	return status.Error(codes.Internal, "recognition failed")
}
