package adapt

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/contract"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// TTS serves the synthesis contract with a vendor's engine. A text is said when
// its last piece has come, or at a flush: sentences are the client's to part.
type TTS struct {
	ttsv1.UnimplementedTtsServiceServer

	Vendor      Vendor
	Synthesizer Synthesizer
	Name        string
	Build       string
	Languages   []string // BCP 47, as the vendor calls them
	Voices      []Voice  // best first; a language without one has the vendor's own choice
	Rate        int      // Hz, of what the vendor makes; 0: of what it is asked for
	Patience    time.Duration
	Log         *slog.Logger

	open  atomic.Int64
	warns limiter
}

// A Voice is one of the vendor's.
type Voice struct {
	Name     string
	Language string // one of the languages; empty: all of them
}

// ownChoice is what a client calls the voice that the vendor chooses.
const ownChoice = "default"

// defaultSpeakPatience is how long a vendor may fall silent within a text.
const defaultSpeakPatience = 5 * time.Second

func (r *TTS) patience() time.Duration {
	if r.Patience > 0 {
		return r.Patience
	}
	return defaultSpeakPatience
}

// Streams tells how many streams are open.
func (r *TTS) Streams() int64 { return r.open.Load() }

// GetCapabilities says what the vendor and the adapter can do together.
func (r *TTS) GetCapabilities(context.Context, *ttsv1.GetCapabilitiesRequest) (*ttsv1.GetCapabilitiesResponse, error) {
	return &ttsv1.GetCapabilitiesResponse{Capabilities: &speechv1.Capabilities{
		ApiVersion: "v1",
		Formats:    audio.Formats(),
		Languages:  languages(r.Languages),
		MaxChunk:   MaxText,
		Vendor:     r.Name,
		Build:      r.Build,
	}}, nil
}

// ListVoices names the voices of a language.
func (r *TTS) ListVoices(_ context.Context, req *ttsv1.ListVoicesRequest) (*ttsv1.ListVoicesResponse, error) {
	out := &ttsv1.ListVoicesResponse{}
	asked := r.Languages
	if code := req.GetLanguageCode(); code != "" {
		asked = match(r.Languages, []string{code})
	}
	for _, v := range r.voices() {
		codes := slices.DeleteFunc(slices.Clone(asked), func(l string) bool { return !v.speaks(l) })
		if len(codes) == 0 {
			continue
		}
		same := slices.IndexFunc(out.Voices, func(o *ttsv1.Voice) bool { return o.Name == v.Name })
		if same >= 0 { // the vendor's own choice, in another language
			out.Voices[same].LanguageCodes = append(out.Voices[same].LanguageCodes, languages(codes)...)
		} else {
			out.Voices = append(out.Voices, &ttsv1.Voice{Name: v.Name, LanguageCodes: languages(codes), NativeSampleRateHz: int32(r.Rate)})
		}
	}
	return out, nil
}

// voices are the named ones, and the vendor's own choice where there is none.
func (r *TTS) voices() []Voice {
	out := slices.Clone(r.Voices)
	for _, l := range r.Languages {
		if !slices.ContainsFunc(out, func(v Voice) bool { return v.speaks(l) }) {
			out = append(out, Voice{Name: ownChoice, Language: l})
		}
	}
	return out
}

func (v Voice) speaks(language string) bool { return v.Language == "" || v.Language == language }

// find gives the voice of a name, or the best of a language, and the language
// that it is to speak.
func (r *TTS) find(name, language string) (v Voice, ok bool) {
	asked := r.Languages
	if language != "" {
		asked = match(r.Languages, []string{language})
	}
	for _, v := range r.voices() {
		if name != "" && v.Name != name {
			continue
		}
		for _, l := range asked {
			if v.speaks(l) {
				return Voice{Name: v.Name, Language: l}, true
			}
		}
		if name != "" && v.Name != ownChoice {
			return v, true // a voice that was asked for by name speaks its own language
		}
	}
	return Voice{}, false
}

// StreamingSynthesize speaks for one call.
func (r *TTS) StreamingSynthesize(rpc ttsv1.TtsService_StreamingSynthesizeServer) error {
	r.open.Add(1)
	defer r.open.Add(-1)
	first, err := rpc.Recv()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	cfg := first.GetConfig()
	if cfg == nil {
		return contract.Invalid("config", "must be the first message")
	}
	v, err := r.check(cfg)
	if err != nil {
		return err
	}
	if err := reach(rpc.Context(), r.Vendor); err != nil {
		return err
	}
	ready := &ttsv1.Ready{Format: cfg.GetFormat(), Voice: v.Name}
	if err := rpc.Send(&ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Ready{Ready: ready}}); err != nil {
		return err
	}
	return newSpeech(r, rpc, cfg, v).run(rpc.Context())
}

// check refuses a config that cannot be served, naming the field.
func (r *TTS) check(cfg *ttsv1.Config) (Voice, error) {
	if err := contract.CheckSpeech(cfg); err != nil {
		return Voice{}, err
	}
	v, ok := r.find(cfg.GetVoice(), cfg.GetSession().GetLanguageCode())
	if !ok {
		return Voice{}, contract.NoVoice(cfg)
	}
	return v, nil
}
