package riva_test

import (
	"errors"
	"io"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/adapt"
	"github.com/callward/callward/internal/adapt/adapttest"
	"github.com/callward/callward/internal/adapt/riva"
	"github.com/callward/callward/internal/conformance"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	rivav1 "github.com/callward/callward/proto/vendors/riva/v1"
	rivaasrv1 "github.com/callward/callward/proto/vendors/riva/v1/asr"
	rivattsv1 "github.com/callward/callward/proto/vendors/riva/v1/tts"
)

type recognition struct {
	rivaasrv1.UnimplementedRivaSpeechRecognitionServer

	hear func(n int, rpc rivaasrv1.RivaSpeechRecognition_StreamingRecognizeServer) error

	stalls bool

	mu      sync.Mutex
	configs []*rivaasrv1.StreamingRecognitionConfig
}

func (s *recognition) StreamingRecognize(rpc rivaasrv1.RivaSpeechRecognition_StreamingRecognizeServer) error {
	first, err := rpc.Recv()
	if err != nil {
		return err
	}
	s.mu.Lock()
	n := len(s.configs)
	s.configs = append(s.configs, first.GetStreamingConfig())
	s.mu.Unlock()
	return s.hear(n, rpc)
}

func (s *recognition) config(n int) *rivaasrv1.StreamingRecognitionConfig {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.configs[n]
}

// drain takes audio until our half is closed.
func drain(rpc rivaasrv1.RivaSpeechRecognition_StreamingRecognizeServer) error {
	for {
		if _, err := rpc.Recv(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func result(text string, final bool, words ...*rivaasrv1.WordInfo) *rivaasrv1.StreamingRecognizeResponse {
	return &rivaasrv1.StreamingRecognizeResponse{Results: []*rivaasrv1.StreamingRecognitionResult{{
		IsFinal: final, AudioProcessed: 1.2,
		Alternatives: []*rivaasrv1.SpeechRecognitionAlternative{{Transcript: text, Confidence: -0.5, Words: words}},
	}}}
}

func start(t *testing.T, s *recognition) grpc.DialOption {
	t.Helper()
	patience := 20 * time.Second
	if s.stalls {
		patience = 500 * time.Millisecond
	}
	conn := adapttest.Vendor(t, func(g *grpc.Server) { rivaasrv1.RegisterRivaSpeechRecognitionServer(g, s) })
	return adapttest.Serve(t, &adapt.Server{ASR: &adapt.ASR{
		Vendor: conn, Recognizer: riva.New(conn, "parakeet"), Name: "riva", Languages: []string{"en-US"},
		Interim: true, Stability: true, WordTimes: true, Patience: patience,
	}})
}

func TestACallIsHeardByTheClientOfCalls(t *testing.T) {
	texts := []string{"Billing. ", "yes"}
	to := start(t, &recognition{hear: func(n int, rpc rivaasrv1.RivaSpeechRecognition_StreamingRecognizeServer) error {
		if err := rpc.Send(result("bill", false)); err != nil {
			return err
		}
		if err := drain(rpc); err != nil {
			return err
		}
		return rpc.Send(result(texts[n], true))
	}})
	got := adapttest.Hear(t, to, adapttest.Voice(time.Second), adapttest.Silence(time.Second), adapttest.Voice(time.Second), adapttest.Silence(time.Second))
	if !slices.Equal(got, []string{"billing", "yes"}) {
		t.Errorf("finals %q", got)
	}
}

func TestWordsAreInMillisecondsAndConfidenceIsALogarithm(t *testing.T) {
	s := &recognition{hear: func(_ int, rpc rivaasrv1.RivaSpeechRecognition_StreamingRecognizeServer) error {
		if err := drain(rpc); err != nil {
			return err
		}
		return rpc.Send(result("yes", true, &rivaasrv1.WordInfo{Word: "yes", StartTime: 300, EndTime: 900, Confidence: -1}))
	}}
	to := start(t, s)
	cfg := adapttest.Config()
	cfg.Hints = []*asrv1.Hint{{Phrase: "yes"}, {Phrase: "no"}, {Phrase: "invoice", Boost: 9}}
	c := adapttest.Open(t, to, cfg)
	c.Say(adapttest.Voice(time.Second), adapttest.Silence(time.Second))
	final := c.Final()
	a := final.GetAlternatives()[0]
	if math.Abs(float64(a.GetConfidence())-math.Exp(-0.5)) > 1e-3 {
		t.Errorf("confidence %v", a.GetConfidence())
	}
	// The vendor's audio begins at most 250 ms before the speech.
	if w := a.GetWords(); len(w) != 1 || w[0].GetEndSamples()-w[0].GetStartSamples() > 4800 || w[0].GetEndSamples() < 5200 {
		t.Errorf("words %v", w)
	}
	c.Finish()
	got := s.config(0).GetConfig()
	if got.GetEncoding() != rivav1.AudioEncoding_LINEAR_PCM || got.GetModel() != "parakeet" || !got.GetVerbatimTranscripts() || got.GetLanguageCode() != "en-US" {
		t.Errorf("asked for %v", got)
	}
	if b := got.GetSpeechContexts(); len(b) != 2 || len(b[0].GetPhrases()) != 2 || b[1].GetBoost() != 20 {
		t.Errorf("contexts %v", b)
	}
}

// What the NIM of one model does: is_final is never set.
func TestAServerThatCallsNothingFinal(t *testing.T) {
	to := start(t, &recognition{hear: func(_ int, rpc rivaasrv1.RivaSpeechRecognition_StreamingRecognizeServer) error {
		for _, text := range []string{"i", "i want", "i want to pay"} {
			if err := rpc.Send(result(text, false)); err != nil {
				return err
			}
		}
		return drain(rpc)
	}})
	c := adapttest.Open(t, to, adapttest.Config())
	c.Say(adapttest.Voice(time.Second), adapttest.Silence(time.Second))
	if got := adapttest.Texts(c.Finish()); !slices.Equal(got, []string{"i want to pay"}) {
		t.Errorf("finals %q", got)
	}
}

func TestPunctuationThatComesLateIsNotOfTheNextUtterance(t *testing.T) {
	texts := []string{"I want to pay", "? By card."}
	to := start(t, &recognition{hear: func(n int, rpc rivaasrv1.RivaSpeechRecognition_StreamingRecognizeServer) error {
		if err := drain(rpc); err != nil {
			return err
		}
		return rpc.Send(result(texts[n], true))
	}})
	cfg := adapttest.Config()
	cfg.Punctuation = true
	c := adapttest.Open(t, to, cfg)
	c.Say(adapttest.Voice(time.Second), adapttest.Silence(time.Second))
	c.Final() // else both are open at once, and either may come first
	c.Say(adapttest.Voice(time.Second), adapttest.Silence(time.Second))
	if got := adapttest.Texts(c.Finish()); !slices.Equal(got, []string{"I want to pay", "By card."}) {
		t.Errorf("finals %q", got)
	}
}

func TestAStallEndsTheStream(t *testing.T) {
	to := start(t, &recognition{stalls: true, hear: func(_ int, rpc rivaasrv1.RivaSpeechRecognition_StreamingRecognizeServer) error {
		<-rpc.Context().Done()
		return nil
	}})
	c := adapttest.Open(t, to, adapttest.Config())
	c.Say(adapttest.Voice(time.Second), adapttest.Silence(time.Second))
	if code := c.Code(); code != codes.Unavailable {
		t.Errorf("ended with %v", code)
	}
}

type synthesis struct {
	rivattsv1.UnimplementedRivaSpeechSynthesisServer

	messages [][]byte
	fault    error
	asked    *rivattsv1.SynthesizeSpeechRequest
}

func (s *synthesis) SynthesizeOnline(req *rivattsv1.SynthesizeSpeechRequest, rpc rivattsv1.RivaSpeechSynthesis_SynthesizeOnlineServer) error {
	s.asked = req
	for _, m := range s.messages {
		if err := rpc.Send(&rivattsv1.SynthesizeSpeechResponse{Audio: m}); err != nil {
			return err
		}
	}
	return s.fault
}

func speak(t *testing.T, s *synthesis) ([]int16, error) {
	t.Helper()
	conn := adapttest.Vendor(t, func(g *grpc.Server) { rivattsv1.RegisterRivaSpeechSynthesisServer(g, s) })
	to := adapttest.Serve(t, &adapt.Server{TTS: &adapt.TTS{
		Vendor: conn, Synthesizer: riva.New(conn, ""), Name: "riva", Languages: []string{"en-US"},
		Voices: []adapt.Voice{{Name: "English-US.Female-1", Language: "en-US"}},
	}})
	return adapttest.Say(t, to, "en", "hello")
}

func TestATextIsSpoken(t *testing.T) {
	voice := adapttest.Voice(time.Second)
	raw := adapt.PCM(voice)
	for name, messages := range map[string][][]byte{
		"raw":         {raw[:3001], raw[3001:9000], raw[9000:]}, // samples are cut in two
		"with header": {adapt.WAV(voice, 8000)},
	} {
		s := &synthesis{messages: messages}
		got, err := speak(t, s)
		if err != nil || !slices.Equal(got, voice) {
			t.Errorf("%s: %d samples of %d, %v", name, len(got), len(voice), err)
		}
		if s.asked.GetVoiceName() != "English-US.Female-1" || s.asked.GetSampleRateHz() != 8000 || s.asked.GetText() != "hello" {
			t.Errorf("%s: asked for %v", name, s.asked)
		}
	}
}

func TestATextThatFailsIsTold(t *testing.T) {
	if got, err := speak(t, &synthesis{fault: status.Error(codes.Internal, "hello")}); err == nil {
		t.Errorf("%d samples and no error", len(got))
	}
}

func TestTheAdapterConforms(t *testing.T) {
	adapter := func(t *testing.T) *adapt.Server {
		t.Helper()
		hear := func(_ int, rpc rivaasrv1.RivaSpeechRecognition_StreamingRecognizeServer) error {
			for {
				if _, err := rpc.Recv(); errors.Is(err, io.EOF) {
					return rpc.Send(result("seven", true))
				} else if err != nil {
					return err
				}
				if err := rpc.Send(result("seven", false)); err != nil {
					return err
				}
			}
		}
		raw := adapt.PCM(adapttest.Voice(3 * time.Second))
		conn := adapttest.Vendor(t, func(g *grpc.Server) {
			rivaasrv1.RegisterRivaSpeechRecognitionServer(g, &recognition{hear: hear})
			rivattsv1.RegisterRivaSpeechSynthesisServer(g, &synthesis{messages: [][]byte{raw[:8000], raw[8000:]}})
		})
		engine := riva.New(conn, "")
		return &adapt.Server{
			ASR: &adapt.ASR{
				Vendor: conn, Recognizer: engine, Name: "riva", Languages: []string{"en-US", "fr-FR"}, Interim: true, Stability: true, WordTimes: true,
			},
			TTS: &adapt.TTS{Vendor: conn, Synthesizer: engine, Name: "riva", Languages: []string{"en-US", "fr-FR"}},
		}
	}
	for _, service := range []conformance.Service{conformance.ASR, conformance.TTS} {
		t.Run(string(service), func(t *testing.T) { adapttest.Conform(t, service, adapter) })
	}
}
