// Package google translates for Google's Cloud Speech-to-Text v2, and for what
// has its shape (google.cloud.speech.v2). It has no goroutine of its own.
//
// The vendor takes 15 KB of audio in a message and five minutes in a stream;
// package adapt goes on in a new stream after Longest.
package google

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/metadata"

	"github.com/callward/callward/internal/adapt"
	speechv2 "github.com/callward/callward/proto/vendors/google/speech/v2"
)

// Longest is the audio of one stream: less than the five minutes that the vendor
// takes.
const Longest = 280 * time.Second

const (
	mostSamples = 15 << 10 / 2 // of a message
	boost       = 10           // of a hint of weight 1
	mostBoost   = 20
)

// A Recognizer is one of the vendor's recognizers.
type Recognizer struct {
	conn  *adapt.Conn
	name  string
	model string // where the client names none
}

var named = regexp.MustCompile(`^projects/[^/]+/locations/[^/]+/recognizers/[^/]+$`) //nolint:gochecknoglobals // a constant

// New makes a recognizer of a connection and of its name:
// projects/PROJECT/locations/LOCATION/recognizers/ID, where the ID is _ for none.
func New(conn *adapt.Conn, name, model string) (*Recognizer, error) {
	if !named.MatchString(name) {
		return nil, errors.New("a recognizer is named projects/PROJECT/locations/LOCATION/recognizers/ID; the ID _ is that of none")
	}
	return &Recognizer{conn: conn, name: name, model: model}, nil
}

// Listen begins an utterance.
func (r *Recognizer) Listen(ctx context.Context, s adapt.Setup) (adapt.Ear, error) {
	// Requests find their region by this header (google.aip.dev/4222).
	ctx = metadata.AppendToOutgoingContext(ctx, "x-goog-request-params", "recognizer="+url.QueryEscape(r.name))
	rpc, err := speechv2.NewSpeechClient(r.conn).StreamingRecognize(ctx)
	if err != nil {
		return nil, err
	}
	_ = rpc.Send(&speechv2.StreamingRecognizeRequest{
		Recognizer:       r.name,
		StreamingRequest: &speechv2.StreamingRecognizeRequest_StreamingConfig{StreamingConfig: r.config(s)},
	}) // Read says what came of it
	return &ear{rpc: rpc}, nil
}

func (r *Recognizer) config(s adapt.Setup) *speechv2.StreamingRecognitionConfig {
	model := s.Model
	if model == "" {
		model = r.model
	}
	return &speechv2.StreamingRecognitionConfig{
		Config: &speechv2.RecognitionConfig{
			DecodingConfig: &speechv2.RecognitionConfig_ExplicitDecodingConfig{ExplicitDecodingConfig: &speechv2.ExplicitDecodingConfig{
				Encoding:          speechv2.ExplicitDecodingConfig_LINEAR16,
				SampleRateHertz:   int32(s.Rate),
				AudioChannelCount: 1,
			}},
			Model:         model,
			LanguageCodes: s.Languages,
			Features: &speechv2.RecognitionFeatures{
				EnableWordTimeOffsets:      s.Words,
				EnableWordConfidence:       s.Words,
				EnableAutomaticPunctuation: s.Punctuation,
				MaxAlternatives:            int32(s.Readings),
			},
			Adaptation: adaptation(s.Hints),
		},
		StreamingFeatures: &speechv2.StreamingRecognitionFeatures{InterimResults: s.Partials},
	}
}

func adaptation(hints []adapt.Hint) *speechv2.SpeechAdaptation {
	if len(hints) == 0 {
		return nil
	}
	set := &speechv2.PhraseSet{}
	for _, h := range hints {
		if h.Phrase != "" {
			set.Phrases = append(set.Phrases, &speechv2.PhraseSet_Phrase{Value: h.Phrase, Boost: float32(min(boost*h.Boost, mostBoost))})
		}
	}
	return &speechv2.SpeechAdaptation{PhraseSets: []*speechv2.SpeechAdaptation_AdaptationPhraseSet{
		{Value: &speechv2.SpeechAdaptation_AdaptationPhraseSet_InlinePhraseSet{InlinePhraseSet: set}},
	}}
}

type ear struct {
	rpc     speechv2.Speech_StreamingRecognizeClient
	pending []adapt.Hypothesis
}

// Write sends samples.
func (e *ear) Write(pcm []int16) error {
	for part := range slices.Chunk(pcm, mostSamples) {
		err := e.rpc.Send(&speechv2.StreamingRecognizeRequest{StreamingRequest: &speechv2.StreamingRecognizeRequest_Audio{
			Audio: adapt.PCM(part),
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// Finish closes our half.
func (e *ear) Finish() error { return e.rpc.CloseSend() }

// Read gives the next hypothesis.
func (e *ear) Read() (adapt.Hypothesis, error) {
	for len(e.pending) == 0 {
		got, err := e.rpc.Recv()
		if err != nil {
			return adapt.Hypothesis{}, err
		}
		e.pending = hypotheses(got.GetResults())
	}
	h := e.pending[0]
	e.pending = e.pending[1:]
	return h, nil
}

// hypotheses are the final results of a message, and the others as one: they
// continue each other.
func hypotheses(results []*speechv2.StreamingRecognitionResult) []adapt.Hypothesis {
	var out []adapt.Hypothesis
	var partial adapt.Hypothesis
	var texts []string
	for _, r := range results {
		switch alternatives := r.GetAlternatives(); {
		case r.GetIsFinal():
			h := adapt.Hypothesis{Final: true, Language: r.GetLanguageCode()}
			for _, a := range alternatives {
				h.Readings = append(h.Readings, reading(a))
			}
			out = append(out, h)
		case len(alternatives) > 0:
			if len(texts) == 0 {
				partial.Stability = float64(r.GetStability())
			}
			partial.Stability = min(partial.Stability, float64(r.GetStability()))
			partial.Language = r.GetLanguageCode()
			texts = append(texts, alternatives[0].GetTranscript())
		}
	}
	if len(texts) > 0 {
		partial.Readings = []adapt.Reading{{Text: strings.Join(texts, " ")}}
		out = append(out, partial)
	}
	return out
}

func reading(a *speechv2.SpeechRecognitionAlternative) adapt.Reading {
	r := adapt.Reading{Text: a.GetTranscript(), Confidence: float64(a.GetConfidence())}
	for _, w := range a.GetWords() {
		r.Words = append(r.Words, adapt.Word{
			Text:       w.GetWord(),
			Start:      w.GetStartOffset().AsDuration(),
			End:        w.GetEndOffset().AsDuration(),
			Confidence: float64(w.GetConfidence()),
		})
	}
	return r
}
