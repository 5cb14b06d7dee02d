// Package ttsd serves the synthesis contract (callward.tts.v1) with the voices
// of package voice. Each stream has three goroutines: the handler receives, one
// speaks the contexts in the order they came, and sending is theirs in turn
// under a lock. All end with the stream, and a cancelled context's process is
// killed at once. What is spoken is never logged.
package ttsd

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime/debug"
	"sync/atomic"

	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/contract"
	"github.com/callward/callward/internal/speechd/voice"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// Limits of a stream.
const (
	MaxText     = 16 << 10 // bytes of a context
	MaxContexts = 64       // waiting to be spoken
	maxID       = 128
	maxEndings  = 1024 // ended contexts that are remembered
)

// A Server implements ttsv1.TtsServiceServer.
type Server struct {
	ttsv1.UnimplementedTtsServiceServer

	speaker *voice.Speaker
	log     *slog.Logger
	open    atomic.Int64
}

// New makes a server of a speaker's voices.
func New(speaker *voice.Speaker, log *slog.Logger) *Server {
	return &Server{speaker: speaker, log: log}
}

// Streams tells how many streams are open.
func (s *Server) Streams() int64 { return s.open.Load() }

// GetCapabilities says what the engine can do.
func (s *Server) GetCapabilities(context.Context, *ttsv1.GetCapabilitiesRequest) (*ttsv1.GetCapabilitiesResponse, error) {
	c := &speechv1.Capabilities{
		ApiVersion:    "v1",
		Formats:       audio.Formats(),
		Languages:     s.speaker.Languages(),
		StreamingText: true,
		MaxChunk:      MaxText,
		Vendor:        "callward speechd (espeak-ng, flite)",
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		c.Build = info.Main.Version
	}
	return &ttsv1.GetCapabilitiesResponse{Capabilities: c}, nil
}

// ListVoices names the voices of a language.
func (s *Server) ListVoices(_ context.Context, req *ttsv1.ListVoicesRequest) (*ttsv1.ListVoicesResponse, error) {
	out := &ttsv1.ListVoicesResponse{}
	for _, v := range s.speaker.Voices(req.GetLanguageCode()) {
		out.Voices = append(out.Voices, &ttsv1.Voice{
			Name:               v.Name,
			LanguageCodes:      v.Languages,
			Gender:             v.Gender,
			NativeSampleRateHz: int32(v.Rate), //nolint:gosec // at most 22050.
		})
	}
	return out, nil
}

// StreamingSynthesize speaks for one call.
func (s *Server) StreamingSynthesize(rpc ttsv1.TtsService_StreamingSynthesizeServer) error {
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
	v, err := s.check(cfg)
	if err != nil {
		return err
	}
	st := newStream(s, rpc, cfg, v)
	ready := &ttsv1.Ready{Format: cfg.GetFormat(), Voice: v.Name}
	if err := st.send(&ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Ready{Ready: ready}}); err != nil {
		return err
	}
	return st.run(rpc.Context())
}

// check refuses a config that cannot be served, naming the field.
func (s *Server) check(cfg *ttsv1.Config) (voice.Voice, error) {
	if err := contract.CheckSpeech(cfg); err != nil {
		return voice.Voice{}, err
	}
	v, err := s.speaker.Find(cfg.GetVoice(), cfg.GetSession().GetLanguageCode())
	if err != nil {
		return v, contract.NoVoice(cfg)
	}
	return v, nil
}
