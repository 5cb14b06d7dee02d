package openai_test

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/internal/adapt"
	"github.com/callward/callward/internal/adapt/adapttest"
	"github.com/callward/callward/internal/adapt/openai"
	"github.com/callward/callward/internal/conformance"
	"github.com/callward/callward/media/mediatest"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// server answers as the API does.
type server struct {
	texts  []string
	sound  []byte
	fault  http.HandlerFunc // instead
	stalls bool             // it does that

	mu     sync.Mutex
	forms  []map[string]string
	files  [][]byte
	speech map[string]any
	tokens []string
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.serve(w, r) {
		_, _ = w.Write(s.sound) // it may be read slowly: others are served meanwhile
	}
}

// serve reports whether sound is to follow.
func (s *server) serve(w http.ResponseWriter, r *http.Request) (sounds bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = append(s.tokens, r.Header.Get("Authorization"))
	switch r.Method + " " + r.URL.Path {
	case "GET /v1/models":
		http.NotFound(w, r) // whisper.cpp's server does not know it
		return false
	case "POST /v1/audio/transcriptions", "POST /v1/audio/speech":
	default:
		http.Error(w, r.URL.Path, http.StatusTeapot)
		return false
	}
	if s.fault != nil {
		s.fault(w, r)
		return false
	}
	if strings.HasSuffix(r.URL.Path, "speech") {
		_ = json.NewDecoder(r.Body).Decode(&s.speech)
		return true
	}
	_ = r.ParseMultipartForm(1 << 24)
	form := map[string]string{}
	for k, v := range r.MultipartForm.Value {
		form[k] = v[0]
	}
	f, _ := r.MultipartForm.File["file"][0].Open()
	file, _ := io.ReadAll(f)
	n := len(s.forms)
	s.forms, s.files = append(s.forms, form), append(s.files, file)
	_ = json.NewEncoder(w).Encode(map[string]string{"text": s.texts[n]})
	return false
}

func start(t *testing.T, s *server, container string) grpc.DialOption {
	t.Helper()
	patience := 20 * time.Second
	if s.stalls {
		patience = 500 * time.Millisecond
	}
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	api, err := openai.New(openai.Config{URL: h.URL + "/v1", TokenFile: token, Model: "whisper-1", SpeechModel: "tts-1", SpeechContainer: container})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		api.Close()
		h.Close()
	})
	return adapttest.Serve(t, &adapt.Server{
		ASR: &adapt.ASR{Vendor: api, Recognizer: api, Name: "openai", Languages: []string{"en", "fr"}, Patience: patience},
		TTS: &adapt.TTS{Vendor: api, Synthesizer: api, Name: "openai", Languages: []string{"en", "fr"}, Voices: []adapt.Voice{{Name: "alloy"}}, Rate: openai.SpeechRate},
	})
}

func TestACallIsHeardByTheClientOfCalls(t *testing.T) {
	s := &server{texts: []string{" Billing, please.", "Yes."}}
	to := start(t, s, "pcm")
	got := adapttest.Hear(t, to, adapttest.Voice(time.Second), adapttest.Silence(time.Second), adapttest.Voice(time.Second), adapttest.Silence(time.Second))
	if !slices.Equal(got, []string{"billing please", "yes"}) {
		t.Errorf("finals %q", got)
	}
}

func TestAnUtteranceIsOneWAVFile(t *testing.T) {
	s := &server{texts: []string{"yes"}}
	to := start(t, s, "pcm")
	cfg := adapttest.Config()
	cfg.Hints = []*asrv1.Hint{{Phrase: "billing"}, {Phrase: "invoice"}}
	c := adapttest.Open(t, to, cfg)
	c.Say(adapttest.Voice(time.Second), adapttest.Silence(time.Second))
	c.Finish()
	if f := s.forms[0]; f["model"] != "whisper-1" || f["language"] != "en" || f["prompt"] != "billing, invoice" {
		t.Errorf("asked for %v", f)
	}
	file := s.files[0]
	if string(file[:4]) != "RIFF" || file[24] != 0x80 || file[25] != 0x3e { // 16000
		t.Errorf("the file begins with % x", file[:44])
	}
	if d := time.Duration(len(file)-44) * time.Second / 32000; d < time.Second || d > 2*time.Second {
		t.Errorf("the file lasts %v", d)
	}
	if !slices.Contains(s.tokens, "Bearer secret-1") {
		t.Error("the token was not sent")
	}
}

func TestWhatTheServerAnswersInWordsStaysHere(t *testing.T) {
	for name, c := range map[string]struct {
		fault http.HandlerFunc
		want  codes.Code
	}{
		"no such key": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "secret-1 four", http.StatusUnauthorized) }, codes.FailedPrecondition},
		"quota":       {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "four", http.StatusTooManyRequests) }, codes.ResourceExhausted},
		"broken":      {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "four", http.StatusInternalServerError) }, codes.Unavailable},
		"no JSON":     {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "four") }, codes.Unavailable},
		"giant": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"text":"`+strings.Repeat("four ", 1<<18)+`"}`)
		}, codes.ResourceExhausted},
		"stall": {func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() }, codes.Unavailable},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/four", http.StatusTemporaryRedirect)
		}, codes.FailedPrecondition},
	} {
		t.Run(name, func(t *testing.T) {
			call := adapttest.Open(t, start(t, &server{fault: c.fault, stalls: name == "stall"}, "pcm"), adapttest.Config())
			call.Say(adapttest.Voice(time.Second), adapttest.Silence(time.Second))
			err := call.Err()
			if status.Code(err) != c.want || strings.Contains(err.Error(), "four") || strings.Contains(err.Error(), "secret") {
				t.Errorf("ended with %v, want %v", err, c.want)
			}
		})
	}
}

func TestATextIsSpoken(t *testing.T) {
	tone := make([]int16, openai.SpeechRate)
	for i := range tone {
		tone[i] = int16(8000 * math.Sin(2*math.Pi*440*float64(i)/openai.SpeechRate))
	}
	for container, sound := range map[string][]byte{"pcm": adapt.PCM(tone), "wav": adapt.WAV(tone, openai.SpeechRate)} {
		s := &server{sound: sound}
		got, err := adapttest.Say(t, start(t, s, container), "fr", "bonjour")
		if err != nil || len(got) != 8000 {
			t.Fatalf("%s: %d samples, %v", container, len(got), err)
		}
		crossings := 0
		for i := 1; i < len(got); i++ {
			if got[i-1] < 0 && got[i] >= 0 {
				crossings++
			}
		}
		if crossings < 435 || crossings > 445 {
			t.Errorf("%s: %d Hz", container, crossings)
		}
		if s.speech["input"] != "bonjour" || s.speech["voice"] != "alloy" || s.speech["response_format"] != container {
			t.Errorf("%s: asked for %v", container, s.speech)
		}
	}
}

func TestASoundThatIsNoneIsAnError(t *testing.T) {
	stereo := adapt.WAV(make([]int16, 100), 24000)
	stereo[22] = 2
	for name, sound := range map[string][]byte{"stereo": stereo, "cut off": stereo[:30]} {
		if got, err := adapttest.Say(t, start(t, &server{sound: sound}, "wav"), "en", "hello"); err == nil {
			t.Errorf("%s: %d samples and no error", name, len(got))
		}
	}
}

func TestATokenIsNotSentInClear(t *testing.T) {
	for _, url := range []string{"http://example.com/v1", "ftp://127.0.0.1/v1", "127.0.0.1:80", "http://user:pass@127.0.0.1/v1"} {
		if _, err := openai.New(openai.Config{URL: url, TokenFile: "x", SpeechContainer: "pcm"}); err == nil || strings.Contains(err.Error(), "pass") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestTheAdapterConforms(t *testing.T) {
	adapter := func(t *testing.T) *adapt.Server {
		t.Helper()
		l := bufconn.Listen(1 << 16)
		h := &http.Server{Handler: &server{texts: adapttest.Enough("seven"), sound: adapt.PCM(mediatest.Tone(100, 18*time.Second))}} // 300 Hz at three times the rate
		go func() { _ = h.Serve(l) }()
		api, err := openai.New(openai.Config{
			URL: "http://127.0.0.1/v1", Model: "whisper-1", SpeechModel: "tts-1", SpeechContainer: "pcm",
			Dial: func(ctx context.Context, _, _ string) (net.Conn, error) { return l.DialContext(ctx) },
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			api.Close()
			_ = h.Close()
		})
		return &adapt.Server{
			ASR: &adapt.ASR{Vendor: api, Recognizer: api, Name: "openai", Languages: []string{"en", "fr"}},
			TTS: &adapt.TTS{Vendor: api, Synthesizer: api, Name: "openai", Languages: []string{"en", "fr"}, Voices: []adapt.Voice{{Name: "alloy"}}, Rate: openai.SpeechRate},
		}
	}
	for _, service := range []conformance.Service{conformance.ASR, conformance.TTS} {
		t.Run(string(service), func(t *testing.T) { adapttest.Conform(t, service, adapter) })
	}
}
