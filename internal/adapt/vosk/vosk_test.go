package vosk_test

import (
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/internal/adapt"
	"github.com/callward/callward/internal/adapt/adapttest"
	"github.com/callward/callward/internal/adapt/vosk"
	"github.com/callward/callward/internal/conformance"
	voskv1 "github.com/callward/callward/proto/vendors/vosk/v1"
)

// server behaves as vosk-server's does: a chunk for each message, and a last one
// when our half is closed.
type server struct {
	voskv1.UnimplementedSttServiceServer

	words []string // of the utterances
	fault func(rpc voskv1.SttService_StreamingRecognizeServer) error

	mu    sync.Mutex
	specs []*voskv1.RecognitionSpec
}

func chunk(text string, final bool, words ...*voskv1.WordInfo) *voskv1.StreamingRecognitionResponse {
	return &voskv1.StreamingRecognitionResponse{Chunks: []*voskv1.SpeechRecognitionChunk{{
		Alternatives: []*voskv1.SpeechRecognitionAlternative{{Text: text, Words: words}}, Final: final,
	}}}
}

func (s *server) StreamingRecognize(rpc voskv1.SttService_StreamingRecognizeServer) error {
	first, err := rpc.Recv()
	if err != nil {
		return err
	}
	s.mu.Lock()
	n := len(s.specs)
	s.specs = append(s.specs, first.GetConfig().GetSpecification())
	s.mu.Unlock()
	if s.fault != nil {
		return s.fault(rpc)
	}
	text := ""
	if n < len(s.words) {
		text = s.words[n]
	}
	for heard := 0; ; {
		got, err := rpc.Recv()
		if errors.Is(err, io.EOF) {
			word := &voskv1.WordInfo{Word: text, StartTime: durationpb.New(250 * time.Millisecond), EndTime: durationpb.New(time.Second), Confidence: 0.75}
			return rpc.Send(chunk(text, true, word))
		}
		if err != nil {
			return err
		}
		heard += len(got.GetAudioContent())
		if err := rpc.Send(chunk(text[:min(len(text), heard/4000)], false)); err != nil {
			return err
		}
	}
}

func start(t *testing.T, s *server) (*adapt.ASR, grpc.DialOption) {
	t.Helper()
	patience := 20 * time.Second
	if s.fault != nil {
		patience = 500 * time.Millisecond
	}
	conn := adapttest.Vendor(t, func(g *grpc.Server) { voskv1.RegisterSttServiceServer(g, s) })
	a := &adapt.ASR{
		Vendor: conn, Recognizer: vosk.New(conn, ""), Name: "vosk", Languages: []string{"en"},
		Interim: true, WordTimes: true, Patience: patience,
	}
	return a, adapttest.Serve(t, &adapt.Server{ASR: a})
}

func TestACallIsHeardByTheClientOfCalls(t *testing.T) {
	s := &server{words: []string{"billing", "yes"}}
	_, to := start(t, s)
	finals := adapttest.Hear(t, to, adapttest.Voice(time.Second), adapttest.Silence(time.Second), adapttest.Voice(time.Second), adapttest.Silence(time.Second))
	if !slices.Equal(finals, []string{"billing", "yes"}) {
		t.Errorf("finals %q", finals)
	}
}

func TestTheServerIsAskedInItsOwnTerms(t *testing.T) {
	s := &server{words: []string{"yes"}}
	_, to := start(t, s)
	c := adapttest.Open(t, to, adapttest.Config())
	c.Say(adapttest.Voice(time.Second), adapttest.Silence(time.Second))
	got := c.Finish()
	if f := adapttest.Texts(got); !slices.Equal(f, []string{"yes"}) {
		t.Errorf("finals %q", f)
	}
	spec := s.specs[0]
	if spec.GetSampleRateHertz() != 8000 || spec.GetAudioEncoding() != voskv1.RecognitionSpec_LINEAR16_PCM || !spec.GetPartialResults() || spec.GetLanguageCode() != "en" {
		t.Errorf("asked for %v", spec)
	}
	for _, m := range got {
		if tr := m.GetTranscript(); tr.GetIsFinal() {
			a := tr.GetAlternatives()[0]
			if a.GetConfidence() != 0.75 || len(a.GetWords()) != 1 || a.GetWords()[0].GetEndSamples() < 7000 {
				t.Errorf("the final is %v", tr)
			}
		}
	}
}

// final and end_of_utterance are separate: the server goes on after either.
func TestAFinalOfTheServersDoesNotEndTheUtterance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // patience is short, and machines are busy
		s := &server{fault: func(rpc voskv1.SttService_StreamingRecognizeServer) error {
			end := chunk("one", true)
			end.Chunks[0].EndOfUtterance = true
			for _, m := range []*voskv1.StreamingRecognitionResponse{chunk("on", false), end, chunk("tw", false), chunk("two", true)} {
				if err := rpc.Send(m); err != nil {
					return err
				}
			}
			for {
				if _, err := rpc.Recv(); err != nil {
					return rpc.Send(chunk("three", true))
				}
			}
		}}
		_, to := start(t, s)
		c := adapttest.Open(t, to, adapttest.Config())
		c.Say(adapttest.Voice(time.Second), adapttest.Silence(time.Second))
		if f := adapttest.Texts(c.Finish()); !slices.Equal(f, []string{"one two three"}) {
			t.Errorf("finals %q", f)
		}
	})
}

func TestFaultsOfTheServerEndTheStream(t *testing.T) {
	for name, fault := range map[string]func(voskv1.SttService_StreamingRecognizeServer) error{
		"stall": func(rpc voskv1.SttService_StreamingRecognizeServer) error {
			<-rpc.Context().Done()
			return nil
		},
		"error": func(voskv1.SttService_StreamingRecognizeServer) error { return status.Error(codes.Internal, "no") },
		"giant": func(rpc voskv1.SttService_StreamingRecognizeServer) error {
			return rpc.Send(chunk(string(make([]byte, 2<<20)), true))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, to := start(t, &server{fault: fault})
				c := adapttest.Open(t, to, adapttest.Config())
				c.Say(adapttest.Voice(time.Second), adapttest.Silence(time.Second))
				if code := c.Code(); code != codes.Unavailable && code != codes.ResourceExhausted {
					t.Errorf("ended with %v", code)
				}
			})
		})
	}
}

func TestTheAdapterConforms(t *testing.T) {
	adapttest.Conform(t, conformance.ASR, func(t *testing.T) *adapt.Server {
		t.Helper()
		conn := adapttest.Vendor(t, func(g *grpc.Server) {
			voskv1.RegisterSttServiceServer(g, &server{words: adapttest.Enough("seven")})
		})
		return &adapt.Server{ASR: &adapt.ASR{
			Vendor: conn, Recognizer: vosk.New(conn, ""), Name: "vosk", Languages: []string{"en"}, Interim: true, WordTimes: true,
		}}
	})
}
