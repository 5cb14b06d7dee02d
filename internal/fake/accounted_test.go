package fake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/internal/fake"
	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/mediatest"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// A session is a stream of an engine that follows a script and keeps a ledger.
type session struct {
	asrv1.AsrService_StreamingRecognizeClient

	engine *fake.Engine
	ledger *bytes.Buffer
	sent   int64
	end    func()
}

func opened(t *testing.T, faults ...string) *session {
	t.Helper()
	s := &session{ledger: &bytes.Buffer{}}
	var all []fake.Fault
	for _, text := range faults {
		f, err := fake.ParseFault(fake.ASR, text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	s.engine = fake.NewAccounted([]asrtest.Turn{{Text: "hello"}, {Text: "again"}}, s.ledger, all...)
	s.engine.Calm = true
	l := bufconn.Listen(1 << 16)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.engine.Serve(ctx, l) }()
	conn, err := grpc.NewClient("passthrough:accounted", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err == nil {
		s.AsrService_StreamingRecognizeClient, err = asrv1.NewAsrServiceClient(conn).StreamingRecognize(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	s.end = func() {
		cancel()
		<-served
		_ = conn.Close()
		synctest.Wait()
	}
	_ = s.Send(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Config{Config: &asrv1.Config{
		Session:       &speechv1.Session{CallId: "c", SessionId: "s"},
		Format:        &speechv1.AudioFormat{Encoding: speechv1.Encoding_ENCODING_MULAW, SampleRateHz: 8000},
		LanguageCodes: []string{"en"},
	}}})
	return s
}

func (s *session) says(pcm []int16) {
	for at := 0; at < len(pcm); at += 160 {
		data := make([]byte, 160)
		g711.PCMU.Encode(data, pcm[at:at+160])
		_ = s.Send(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Audio{
			Audio: &asrv1.Audio{Data: data, OffsetSamples: s.sent},
		}})
		s.sent += 160
	}
}

// final gives the text of the next final.
func (s *session) final() (string, error) {
	for {
		m, err := s.Recv()
		if err != nil {
			return "", err
		}
		if tr := m.GetTranscript(); tr.GetIsFinal() {
			return tr.GetAlternatives()[0].GetText(), nil
		}
	}
}

func utterance(first int) []int16 {
	return append(mediatest.CodedAudio(first, 50), make([]int16, 8000)...)
}

func TestAScriptedEngineAccountsForCodedFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := opened(t)
		s.says(utterance(1000))
		if text, err := s.final(); text != "hello" {
			t.Errorf("%q, %v", text, err)
		}
		s.end()
		heard := 0
		for line := range bytes.Lines(s.ledger.Bytes()) {
			var e fake.Entry
			if err := json.Unmarshal(line, &e); err != nil || e.Call != "c" {
				t.Fatalf("%v: %s", err, line)
			}
			for _, r := range e.Frames {
				heard += r[1] - r[0] + 1
			}
		}
		if heard != 50 {
			t.Errorf("%d frames of 50 are in the ledger", heard)
		}
	})
}

func TestAnOpenStreamGetsSlowAndFastAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := opened(t, "slow")
		took := func(first int) time.Duration {
			began := time.Now()
			s.says(utterance(first))
			if _, err := s.final(); err != nil {
				t.Error(err)
			}
			return time.Since(began)
		}
		s.engine.Arm()
		if d := took(0); d != 3*time.Second {
			t.Errorf("a slow engine answers after %s", d)
		}
		s.engine.Disarm()
		time.Sleep(10 * time.Second)
		if d := took(100); d != 0 {
			t.Errorf("a fast engine answers after %s", d)
		}
		s.end()
	})
}

func TestConnectionsAreStruckWhenTold(t *testing.T) {
	for _, fault := range []string{"reset", "wrong-bytes"} {
		synctest.Test(t, func(t *testing.T) {
			s := opened(t, fault)
			s.says(utterance(0))
			if text, err := s.final(); text != "hello" {
				t.Errorf("%s: before it is told: %q, %v", fault, text, err)
			}
			s.engine.Arm()
			if _, err := s.final(); err == nil {
				t.Errorf("%s: the stream goes on", fault)
			}
			s.end()
		})
	}
}

func TestAnEngineToldToEndLetsStreamsFinishForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := opened(t, "goaway:for=5s")
		began := time.Now()
		s.says(utterance(0))
		if text, err := s.final(); text != "hello" {
			t.Errorf("%q, %v", text, err)
		}
		s.end()
		if d := time.Since(began); d != 5*time.Second {
			t.Errorf("it was gone after %s", d)
		}
	})
}
