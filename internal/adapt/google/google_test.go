package google_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/internal/adapt"
	"github.com/callward/callward/internal/adapt/adapttest"
	"github.com/callward/callward/internal/adapt/google"
	"github.com/callward/callward/internal/conformance"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv2 "github.com/callward/callward/proto/vendors/google/speech/v2"
)

const name = "projects/p/locations/eu/recognizers/_"

// server behaves as the vendor does: it refuses long messages and long streams.
type server struct {
	speechv2.UnimplementedSpeechServer

	words []string // one for each stream, said when our half is closed
	fault func(rpc speechv2.Speech_StreamingRecognizeServer) error
	most  int // bytes of a stream; 0: any

	mu     sync.Mutex
	firsts []*speechv2.StreamingRecognizeRequest
	routes []string
	heard  [][]byte
}

func (s *server) StreamingRecognize(rpc speechv2.Speech_StreamingRecognizeServer) error {
	first, err := rpc.Recv()
	if err != nil {
		return err
	}
	if first.GetRecognizer() == "" || first.GetStreamingConfig() == nil {
		return status.Error(codes.InvalidArgument, "the first message")
	}
	md, _ := metadata.FromIncomingContext(rpc.Context())
	s.mu.Lock()
	n := len(s.firsts)
	s.firsts = append(s.firsts, first)
	s.routes = append(s.routes, md.Get("x-goog-request-params")...)
	s.heard = append(s.heard, nil)
	s.mu.Unlock()
	if s.fault != nil {
		return s.fault(rpc)
	}
	for {
		got, err := rpc.Recv()
		if errors.Is(err, io.EOF) {
			return rpc.Send(s.final(n))
		}
		if err != nil {
			return err
		}
		s.mu.Lock()
		s.heard[n] = append(s.heard[n], got.GetAudio()...)
		size := len(s.heard[n])
		s.mu.Unlock()
		switch {
		case len(got.GetAudio()) > 15<<10:
			return status.Error(codes.InvalidArgument, "more than 15 KB")
		case s.most > 0 && size > s.most:
			return status.Error(codes.OutOfRange, "exceeded maximum allowed stream duration")
		case first.GetStreamingConfig().GetStreamingFeatures().GetInterimResults():
			partial := s.final(n)
			partial.Results[0].IsFinal, partial.Results[0].Stability = false, 0.5
			if err := rpc.Send(partial); err != nil {
				return err
			}
		}
	}
}

func (s *server) final(n int) *speechv2.StreamingRecognizeResponse {
	s.mu.Lock()
	defer s.mu.Unlock()
	word := &speechv2.WordInfo{Word: s.words[n], StartOffset: durationpb.New(300 * time.Millisecond), EndOffset: durationpb.New(600 * time.Millisecond)}
	return &speechv2.StreamingRecognizeResponse{Results: []*speechv2.StreamingRecognitionResult{{
		IsFinal: true, LanguageCode: strings.ToLower(s.firsts[n].GetStreamingConfig().GetConfig().GetLanguageCodes()[0]),
		Alternatives: []*speechv2.SpeechRecognitionAlternative{{Transcript: s.words[n], Confidence: 0.9, Words: []*speechv2.WordInfo{word}}, {Transcript: "other"}},
	}}}
}

func start(t *testing.T, s *server, longest time.Duration) grpc.DialOption {
	t.Helper()
	patience := 20 * time.Second
	if s.fault != nil {
		patience = 500 * time.Millisecond
	}
	conn := adapttest.Vendor(t, func(g *grpc.Server) { speechv2.RegisterSpeechServer(g, s) })
	r, err := google.New(conn, name, "telephony")
	if err != nil {
		t.Fatal(err)
	}
	return adapttest.Serve(t, &adapt.Server{ASR: &adapt.ASR{
		Vendor: conn, Recognizer: r, Name: "google", Languages: []string{"en-US", "fr-FR"},
		Interim: true, Stability: true, WordTimes: true, Patience: patience, Longest: longest,
	}})
}

func TestACallIsHeardByTheClientOfCalls(t *testing.T) {
	s := &server{words: []string{"Billing", "yes"}}
	to := start(t, s, google.Longest)
	got := adapttest.Hear(t, to, adapttest.Voice(time.Second), adapttest.Silence(time.Second), adapttest.Voice(time.Second), adapttest.Silence(time.Second))
	if !slices.Equal(got, []string{"billing", "yes"}) {
		t.Errorf("finals %q", got)
	}
	first := s.firsts[0]
	config := first.GetStreamingConfig().GetConfig()
	if first.GetRecognizer() != name || config.GetModel() != "telephony" || !slices.Equal(config.GetLanguageCodes(), []string{"en-US"}) ||
		config.GetExplicitDecodingConfig().GetSampleRateHertz() != 8000 || !first.GetStreamingConfig().GetStreamingFeatures().GetInterimResults() {
		t.Errorf("asked for %v", first)
	}
	if s.routes[0] != "recognizer=projects%2Fp%2Flocations%2Feu%2Frecognizers%2F_" {
		t.Errorf("routed by %q", s.routes)
	}
}

// The rule of the vendor: 15 KB in a message, five minutes in a stream. Here the
// stream is shorter.
func TestAnUtteranceGoesOnInANewStreamBeforeTheVendorEndsIt(t *testing.T) {
	s := &server{words: []string{"one", "two", "three"}, most: 2 * 8000 * 5 / 2}
	to := start(t, s, 2*time.Second)
	c := adapttest.Open(t, to, adapttest.Config())
	voice := adapttest.Voice(5 * time.Second)
	c.Say(voice, adapttest.Silence(time.Second))
	got := c.Finish()
	if f := adapttest.Texts(got); !slices.Equal(f, []string{"one two three"}) {
		t.Errorf("finals %q", f)
	}
	all := slices.Concat(s.heard...)
	if len(all) < 2*len(voice) || !slices.Equal(all[:2*len(voice)], adapt.PCM(voice)) {
		t.Error("the streams do not hold what was said, in order and once")
	}
}

func TestPortionsOfAPartialContinueEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // patience is short, and machines are busy
		s := &server{fault: func(rpc speechv2.Speech_StreamingRecognizeServer) error {
			part := func(text string, stability float32) *speechv2.StreamingRecognitionResult {
				return &speechv2.StreamingRecognitionResult{Stability: stability, Alternatives: []*speechv2.SpeechRecognitionAlternative{{Transcript: text}}}
			}
			err := rpc.Send(&speechv2.StreamingRecognizeResponse{Results: []*speechv2.StreamingRecognitionResult{part("to be", 0.9), part(" or not to be", 0.25)}})
			if err != nil {
				return err
			}
			for {
				if _, err := rpc.Recv(); errors.Is(err, io.EOF) {
					return nil
				} else if err != nil {
					return err
				}
			}
		}}
		c := adapttest.Open(t, start(t, s, 0), adapttest.Config())
		c.Say(adapttest.Voice(time.Second))
		c.Wait("start", func(m *asrv1.StreamingRecognizeResponse) bool { return m.GetSpeechStarted() != nil })
		c.Say(adapttest.Voice(time.Second), adapttest.Silence(time.Second))
		got := c.Finish()
		if f := adapttest.Texts(got); !slices.Equal(f, []string{"to be or not to be"}) {
			t.Errorf("finals %q", f)
		}
		for _, m := range got {
			if tr := m.GetTranscript(); tr != nil && !tr.GetIsFinal() && tr.GetStability() != 0.25 {
				t.Errorf("a partial of stability %v", tr.GetStability())
			}
		}
	})
}

func TestFaultsOfTheVendorEndTheStream(t *testing.T) {
	for name, c := range map[string]struct {
		fault func(speechv2.Speech_StreamingRecognizeServer) error
		want  codes.Code
	}{
		"stall": {func(rpc speechv2.Speech_StreamingRecognizeServer) error { <-rpc.Context().Done(); return nil }, codes.Unavailable},
		"quota": {func(speechv2.Speech_StreamingRecognizeServer) error { return status.Error(codes.ResourceExhausted, "") }, codes.ResourceExhausted},
		"token": {func(speechv2.Speech_StreamingRecognizeServer) error { return status.Error(codes.Unauthenticated, "") }, codes.FailedPrecondition},
		"giant": {func(rpc speechv2.Speech_StreamingRecognizeServer) error {
			return rpc.Send(&speechv2.StreamingRecognizeResponse{Results: []*speechv2.StreamingRecognitionResult{{
				Alternatives: []*speechv2.SpeechRecognitionAlternative{{Transcript: string(make([]byte, 2<<20))}},
			}}})
		}, codes.ResourceExhausted},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				call := adapttest.Open(t, start(t, &server{fault: c.fault}, 0), adapttest.Config())
				call.Say(adapttest.Voice(time.Second), adapttest.Silence(time.Second))
				if code := call.Code(); code != c.want {
					t.Errorf("ended with %v, want %v", code, c.want)
				}
			})
		})
	}
}

func TestARecognizerHasAFullName(t *testing.T) {
	for _, bad := range []string{"", "_", "projects/p/recognizers/_", "projects/p/locations/eu/recognizers/"} {
		if _, err := google.New(nil, bad, ""); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestTheAdapterConforms(t *testing.T) {
	adapttest.Conform(t, conformance.ASR, func(t *testing.T) *adapt.Server {
		t.Helper()
		conn := adapttest.Vendor(t, func(g *grpc.Server) {
			speechv2.RegisterSpeechServer(g, &server{words: adapttest.Enough("seven")})
		})
		r, err := google.New(conn, name, "telephony")
		if err != nil {
			t.Fatal(err)
		}
		return &adapt.Server{ASR: &adapt.ASR{
			Vendor: conn, Recognizer: r, Name: "google", Languages: []string{"en-US", "fr-FR"},
			Interim: true, Stability: true, WordTimes: true, Longest: google.Longest,
		}}
	})
}
