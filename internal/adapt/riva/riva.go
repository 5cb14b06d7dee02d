// Package riva translates for NVIDIA Riva and the NIMs behind its contract
// (nvidia.riva.asr, nvidia.riva.tts). It has no goroutine of its own.
//
// The contract counts words in milliseconds and audio in seconds, and gives
// confidence as a logarithm or not at all. Some servers call nothing final, and
// some send the punctuation of an utterance with the next: package adapt takes
// the last partial for the final, and each utterance is a stream of its own.
package riva

import (
	"context"
	"io"
	"math"
	"strings"
	"time"

	"github.com/callward/callward/internal/adapt"
	rivav1 "github.com/callward/callward/proto/vendors/riva/v1"
	rivaasrv1 "github.com/callward/callward/proto/vendors/riva/v1/asr"
	rivattsv1 "github.com/callward/callward/proto/vendors/riva/v1/tts"
)

// boost is what a hint of weight 1 gets; mostBoost is the most that the vendor
// advises.
const (
	boost     = 10
	mostBoost = 20
)

// A Server is a Riva server: it recognizes and it speaks.
type Server struct {
	conn  *adapt.Conn
	model string // where the client names none
}

// New makes a server of a connection.
func New(conn *adapt.Conn, model string) *Server { return &Server{conn: conn, model: model} }

// Listen begins an utterance.
func (s *Server) Listen(ctx context.Context, u adapt.Setup) (adapt.Ear, error) {
	rpc, err := rivaasrv1.NewRivaSpeechRecognitionClient(s.conn).StreamingRecognize(ctx)
	if err != nil {
		return nil, err
	}
	model := u.Model
	if model == "" {
		model = s.model
	}
	config := &rivaasrv1.RecognitionConfig{
		Encoding:                   rivav1.AudioEncoding_LINEAR_PCM,
		SampleRateHertz:            int32(u.Rate),
		LanguageCode:               u.Languages[0],
		MaxAlternatives:            int32(u.Readings),
		AudioChannelCount:          1,
		EnableWordTimeOffsets:      u.Words,
		EnableAutomaticPunctuation: u.Punctuation,
		Model:                      model,
		VerbatimTranscripts:        true, // digits as they were said
		SpeechContexts:             contexts(u.Hints),
	}
	_ = rpc.Send(&rivaasrv1.StreamingRecognizeRequest{StreamingRequest: &rivaasrv1.StreamingRecognizeRequest_StreamingConfig{
		StreamingConfig: &rivaasrv1.StreamingRecognitionConfig{Config: config, InterimResults: u.Partials},
	}}) // Read says what came of it
	return &ear{rpc: rpc}, nil
}

// contexts groups hints by their weight, as the vendor wants them.
func contexts(hints []adapt.Hint) []*rivaasrv1.SpeechContext {
	var out []*rivaasrv1.SpeechContext
	for _, h := range hints {
		b := float32(min(boost*h.Boost, mostBoost))
		if n := len(out); n == 0 || out[n-1].GetBoost() != b {
			out = append(out, &rivaasrv1.SpeechContext{Boost: b})
		}
		last := out[len(out)-1]
		last.Phrases = append(last.Phrases, h.Phrase)
	}
	return out
}

type ear struct {
	rpc     rivaasrv1.RivaSpeechRecognition_StreamingRecognizeClient
	pending []adapt.Hypothesis
}

// Write sends samples.
func (e *ear) Write(pcm []int16) error {
	return e.rpc.Send(&rivaasrv1.StreamingRecognizeRequest{StreamingRequest: &rivaasrv1.StreamingRecognizeRequest_AudioContent{
		AudioContent: adapt.PCM(pcm),
	}})
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
func hypotheses(results []*rivaasrv1.StreamingRecognitionResult) []adapt.Hypothesis {
	var out []adapt.Hypothesis
	var texts []string
	stability := 0.0
	for _, r := range results {
		switch alternatives := r.GetAlternatives(); {
		case r.GetIsFinal():
			h := adapt.Hypothesis{Final: true}
			for _, a := range alternatives {
				h.Readings = append(h.Readings, reading(a))
			}
			out = append(out, h)
		case len(alternatives) > 0:
			texts = append(texts, alternatives[0].GetTranscript())
			stability = float64(r.GetStability())
		}
	}
	if len(texts) > 0 {
		r := adapt.Reading{Text: strings.Join(texts, " ")}
		out = append(out, adapt.Hypothesis{Stability: stability, Readings: []adapt.Reading{r}})
	}
	return out
}

func reading(a *rivaasrv1.SpeechRecognitionAlternative) adapt.Reading {
	r := adapt.Reading{Text: a.GetTranscript(), Confidence: confidence(a.GetConfidence())}
	for _, w := range a.GetWords() {
		r.Words = append(r.Words, adapt.Word{
			Text:       w.GetWord(),
			Start:      time.Duration(w.GetStartTime()) * time.Millisecond,
			End:        time.Duration(w.GetEndTime()) * time.Millisecond,
			Confidence: confidence(w.GetConfidence()),
		})
	}
	return r
}

// confidence makes a number from 0 to 1 of one that may be a logarithm; 0 says
// nothing either way.
func confidence(c float32) float64 {
	if c < 0 {
		return math.Exp(float64(c))
	}
	return float64(c)
}

// Speak says a text. The vendor has no speed but that of a voice.
func (s *Server) Speak(ctx context.Context, p adapt.Phrase) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancel(ctx)
	rpc, err := rivattsv1.NewRivaSpeechSynthesisClient(s.conn).SynthesizeOnline(ctx, &rivattsv1.SynthesizeSpeechRequest{
		Text:         p.Text,
		LanguageCode: p.Language,
		Encoding:     rivav1.AudioEncoding_LINEAR_PCM,
		SampleRateHz: int32(p.Rate),
		VoiceName:    p.Voice,
	})
	if err != nil {
		cancel()
		return nil, err
	}
	return &sound{rpc: rpc, cancel: cancel}, nil
}

// sound reads the messages of a text as one.
type sound struct {
	rpc    rivattsv1.RivaSpeechSynthesis_SynthesizeOnlineClient
	cancel context.CancelFunc
	left   []byte
}

// Read gives the next bytes.
func (s *sound) Read(p []byte) (int, error) {
	for len(s.left) == 0 {
		got, err := s.rpc.Recv()
		if err != nil {
			return 0, err
		}
		s.left = got.GetAudio()
	}
	n := copy(p, s.left)
	s.left = s.left[n:]
	return n, nil
}

// Close ends the text at the vendor.
func (s *sound) Close() error {
	s.cancel()
	return nil
}
