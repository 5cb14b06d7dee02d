package adapt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/internal/adapt"
	"github.com/callward/callward/internal/adapt/adapttest"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// A mouth says each letter in 10 ms of samples that count up. Texts with a name of
// a fault have it.
type mouth struct {
	mu    sync.Mutex
	asked []adapt.Phrase
}

func (m *mouth) Speak(ctx context.Context, p adapt.Phrase) (io.ReadCloser, error) {
	m.mu.Lock()
	m.asked = append(m.asked, p)
	m.mu.Unlock()
	pcm := make([]int16, len(p.Text)*p.Rate/100)
	for i := range pcm {
		pcm[i] = int16(i)
	}
	sound := bytes.NewReader(adapt.PCM(pcm))
	switch p.Text {
	case "refuse":
		return nil, status.Error(codes.Internal, p.Text)
	case "stall":
		return io.NopCloser(io.MultiReader(sound, stalled{ctx})), nil
	case "break":
		return io.NopCloser(io.MultiReader(sound, broken{})), nil
	}
	return io.NopCloser(sound), nil
}

type stalled struct{ ctx context.Context } //nolint:containedctx // it ends with the text

func (s stalled) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, status.Error(codes.Internal, "break") }

func serveTTS(t *testing.T, m *mouth, more func(*adapt.TTS)) grpc.DialOption {
	t.Helper()
	a := &adapt.TTS{
		Vendor: &vendor{}, Synthesizer: m, Name: "fake", Languages: []string{"en-US", "fr-FR"},
		Voices: []adapt.Voice{{Name: "anna", Language: "en-US"}, {Name: "bob", Language: "en-US"}}, Patience: 20 * time.Second,
	}
	more(a)
	return adapttest.Serve(t, &adapt.Server{TTS: a})
}

// A talk is one StreamingSynthesize. All that comes is held to the contract.
type talk struct {
	t    *testing.T
	rpc  ttsv1.TtsService_StreamingSynthesizeClient
	seen map[string]*life
	got  []string // what came, in short
}

type life struct {
	seq     int32
	samples int64
	over    bool
}

func ttsConfig() *ttsv1.Config {
	return &ttsv1.Config{
		Session: &speechv1.Session{LanguageCode: "en"},
		Format:  &speechv1.AudioFormat{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: 8000},
	}
}

func speakTo(t *testing.T, to grpc.DialOption, cfg *ttsv1.Config) *talk {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	t.Cleanup(cancel)
	rpc, err := ttsv1.NewTtsServiceClient(adapttest.Dial(t, to)).StreamingSynthesize(ctx)
	if err != nil {
		t.Fatal(err)
	}
	k := &talk{t: t, rpc: rpc, seen: map[string]*life{}}
	k.send(&ttsv1.StreamingSynthesizeRequest{Request: &ttsv1.StreamingSynthesizeRequest_Config{Config: cfg}})
	return k
}

func (k *talk) send(m *ttsv1.StreamingSynthesizeRequest) { _ = k.rpc.Send(m) }

func (k *talk) say(id, text string, last bool) {
	k.send(&ttsv1.StreamingSynthesizeRequest{Request: &ttsv1.StreamingSynthesizeRequest_Input{
		Input: &ttsv1.Input{ContextId: id, Content: &ttsv1.Input_Text{Text: text}, Last: last},
	}})
}

func (k *talk) cancel(id string) {
	k.send(&ttsv1.StreamingSynthesizeRequest{Request: &ttsv1.StreamingSynthesizeRequest_Cancel{Cancel: &ttsv1.Cancel{ContextId: id}}})
}

// next takes the next message and says in short what it was.
func (k *talk) next() (string, error) {
	k.t.Helper()
	m, err := k.rpc.Recv()
	if err != nil {
		return "", err
	}
	out := ""
	switch r := m.GetResponse().(type) {
	case *ttsv1.StreamingSynthesizeResponse_Ready:
		out = "ready " + r.Ready.GetVoice()
	case *ttsv1.StreamingSynthesizeResponse_Audio:
		c := k.context(r.Audio.GetContextId())
		if c.over || r.Audio.GetSeq() != c.seq || r.Audio.GetOffsetSamples() != c.samples {
			k.t.Errorf("audio %d at %d of %s, which is at %d, %d, over: %v", r.Audio.GetSeq(), r.Audio.GetOffsetSamples(), r.Audio.GetContextId(), c.seq, c.samples, c.over)
		}
		c.seq++
		c.samples += int64(len(r.Audio.GetData()) / 2)
		out = "audio " + r.Audio.GetContextId()
	case *ttsv1.StreamingSynthesizeResponse_Done:
		c := k.context(r.Done.GetContextId())
		if c.over || c.samples != r.Done.GetTotalSamples() {
			k.t.Errorf("done of %s with %d samples of %d, over: %v", r.Done.GetContextId(), r.Done.GetTotalSamples(), c.samples, c.over)
		}
		c.over = true
		out = fmt.Sprintf("done %s %s", r.Done.GetContextId(), strings.TrimPrefix(r.Done.GetCause().String(), "CAUSE_"))
	case *ttsv1.StreamingSynthesizeResponse_Canceled:
		c := k.context(r.Canceled.GetContextId())
		if r.Canceled.GetLastOffsetSamples() != c.samples {
			k.t.Errorf("cancelled %s at %d of %d", r.Canceled.GetContextId(), r.Canceled.GetLastOffsetSamples(), c.samples)
		}
		c.over = true
		out = "canceled " + r.Canceled.GetContextId()
	case *ttsv1.StreamingSynthesizeResponse_Status:
		out = "status"
	case *ttsv1.StreamingSynthesizeResponse_Usage:
		out = "usage"
	}
	if len(k.got) == 0 || k.got[len(k.got)-1] != out {
		k.got = append(k.got, out)
	}
	return out, nil
}

func (k *talk) context(id string) *life {
	if k.seen[id] == nil {
		k.seen[id] = &life{}
	}
	return k.seen[id]
}

func (k *talk) wait(want string) {
	k.t.Helper()
	for {
		got, err := k.next()
		if err != nil {
			k.t.Fatalf("no %s: %v after %q", want, err, k.got)
		}
		if got == want {
			return
		}
	}
}

// finish closes our half and gives what the stream ends with.
func (k *talk) finish() error {
	_ = k.rpc.CloseSend()
	for {
		if _, err := k.next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func (k *talk) ends(want ...string) {
	k.t.Helper()
	if err := k.finish(); err != nil {
		k.t.Errorf("ended with %v", err)
	}
	if !slices.Equal(k.got, want) {
		k.t.Errorf("came %q, want %q", k.got, want)
	}
}

func TestTextsAreSpokenInTheOrderInWhichTheyAreComplete(t *testing.T) {
	m := &mouth{}
	k := speakTo(t, serveTTS(t, m, func(*adapt.TTS) {}), ttsConfig())
	k.say("1", "hello ", false)
	k.say("2", "two", true)
	k.wait("done 2 COMPLETE")
	k.say("3", "", true)
	k.wait("done 3 COMPLETE")
	k.say("1", "world", true)
	k.wait("done 1 COMPLETE")
	k.say("4", "left open", false)
	k.ends("ready anna", "audio 2", "done 2 COMPLETE", "done 3 COMPLETE", "audio 1", "done 1 COMPLETE", "audio 4", "done 4 COMPLETE", "usage")
	if k.seen["1"].samples != 11*80 || m.asked[1].Text != "hello world" || m.asked[1].Language != "en-US" || m.asked[1].Voice != "anna" {
		t.Errorf("%d samples of %+v", k.seen["1"].samples, m.asked[1])
	}
}

func TestAFlushSpeaksWhatThereIs(t *testing.T) {
	k := speakTo(t, serveTTS(t, &mouth{}, func(*adapt.TTS) {}), ttsConfig())
	k.say("1", "one.", false)
	k.send(&ttsv1.StreamingSynthesizeRequest{Request: &ttsv1.StreamingSynthesizeRequest_Flush{Flush: &ttsv1.Flush{ContextId: "1"}}})
	k.wait("audio 1")
	k.say("1", " two.", true)
	k.ends("ready anna", "audio 1", "done 1 COMPLETE", "usage")
	if n := k.seen["1"].samples; n != 8*80 {
		t.Errorf("%d samples", n)
	}
}

func TestNothingOfACancelledTextIsSent(t *testing.T) {
	cfg := ttsConfig()
	cfg.MaxLead = durationpb.New(100 * time.Millisecond)
	k := speakTo(t, serveTTS(t, &mouth{}, func(*adapt.TTS) {}), cfg)
	k.say("1", strings.Repeat("a", 1000), true) // 10 s
	k.wait("audio 1")
	k.cancel("1")
	k.cancel("nobody")
	k.say("2", "two", true)
	k.ends("ready anna", "audio 1", "canceled 1", "canceled nobody", "audio 2", "done 2 COMPLETE", "usage")
	if n := k.seen["1"].samples; n > 40_000 {
		t.Errorf("%d samples of a text that was cancelled at its first", n)
	}
}

func TestATextThatFailsLeavesTheStreamAlive(t *testing.T) {
	var out bytes.Buffer
	to := serveTTS(t, &mouth{}, func(a *adapt.TTS) { a.Log, a.Patience = slog.New(slog.NewTextHandler(&out, nil)), time.Second })
	k := speakTo(t, to, ttsConfig())
	for _, fault := range []string{"refuse", "stall", "break"} {
		k.say(fault, fault, true)
		k.wait("done " + fault + " ERROR")
	}
	k.say("4", "fine", true)
	k.wait("done 4 COMPLETE")
	if err := k.finish(); err != nil {
		t.Errorf("ended with %v", err)
	}
	if s := out.String(); !strings.Contains(s, "code=Internal") || strings.Contains(s, "refuse") {
		t.Errorf("logged %q", s)
	}
}

func TestTheSoundHasTheFormatThatWasAskedFor(t *testing.T) {
	to := serveTTS(t, &mouth{}, func(a *adapt.TTS) { a.Rate = 24000 })
	for _, rate := range []int32{8000, 16000} {
		cfg := ttsConfig()
		cfg.Format.SampleRateHz = rate
		k := speakTo(t, to, cfg)
		k.say("1", strings.Repeat("a", 50), true)
		k.ends("ready anna", "audio 1", "done 1 COMPLETE", "usage")
		if n := k.seen["1"].samples; n != int64(rate)/2 {
			t.Errorf("%d samples at %d Hz of half a second", n, rate)
		}
	}
}

func TestAVoiceIsChosenByNameOrByLanguage(t *testing.T) {
	m := &mouth{}
	to := serveTTS(t, m, func(*adapt.TTS) {})
	cfg := ttsConfig()
	cfg.Voice = "bob"
	k := speakTo(t, to, cfg)
	k.say("1", "one", true)
	k.ends("ready bob", "audio 1", "done 1 COMPLETE", "usage")
	cfg.Voice, cfg.Session.LanguageCode = "", "fr"
	k = speakTo(t, to, cfg) // no voice is named for it
	k.say("1", "un", true)
	k.ends("ready default", "audio 1", "done 1 COMPLETE", "usage")
	if m.asked[0].Voice != "bob" || m.asked[1].Voice != "" || m.asked[1].Language != "fr-FR" {
		t.Errorf("asked for %+v", m.asked)
	}
	api := ttsv1.NewTtsServiceClient(adapttest.Dial(t, to))
	got, err := api.ListVoices(t.Context(), &ttsv1.ListVoicesRequest{LanguageCode: "en"})
	if err != nil || len(got.GetVoices()) != 2 || got.GetVoices()[0].GetName() != "anna" {
		t.Errorf("voices %v, %v", got.GetVoices(), err)
	}
}

func TestASpeechThatCannotBeIsRefused(t *testing.T) {
	to := serveTTS(t, &mouth{}, func(*adapt.TTS) {})
	for field, do := range map[string]func(*ttsv1.Config, *talk){
		"config.format":    func(c *ttsv1.Config, _ *talk) { c.Format = nil },
		"config.voice":     func(c *ttsv1.Config, _ *talk) { c.Voice = "carl" },
		"config.rate":      func(c *ttsv1.Config, _ *talk) { c.Rate = -1 },
		"config.max_lead":  func(c *ttsv1.Config, _ *talk) { c.MaxLead = durationpb.New(-1) },
		"input.context_id": func(_ *ttsv1.Config, k *talk) { k.say("", "one", true) },
		"input.text":       func(_ *ttsv1.Config, k *talk) { k.say("1", strings.Repeat("a", adapt.MaxText+1), true) },
		"input.ssml": func(_ *ttsv1.Config, k *talk) {
			k.send(&ttsv1.StreamingSynthesizeRequest{Request: &ttsv1.StreamingSynthesizeRequest_Input{
				Input: &ttsv1.Input{ContextId: "1", Content: &ttsv1.Input_Ssml{Ssml: "<speak/>"}},
			}})
		},
		"input.last": func(_ *ttsv1.Config, k *talk) {
			k.say("1", "one", true)
			k.say("1", "two", true)
		},
	} {
		cfg := ttsConfig()
		if strings.HasPrefix(field, "config") {
			do(cfg, nil)
		}
		k := speakTo(t, to, cfg)
		if !strings.HasPrefix(field, "config") {
			do(nil, k)
		}
		if err := k.finish(); status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), field+":") {
			t.Errorf("%s: ended with %v", field, err)
		}
	}
}

func FuzzSound(f *testing.F) {
	f.Add(adapt.WAV([]int16{1, 2, 3}, 8000))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEdata\x00\x00\x00\x00"))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVELIST\x03\x00\x00\x00abc\x00fmt \x02\x00\x00\x00ab"))
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, raw []byte) {
		pcm, rate, err := adapt.ReadSound(bytes.NewReader(raw), 24000)
		if err == nil && (rate < 8000 || rate > 48000 || 2*len(pcm) > len(raw)) {
			t.Errorf("%d samples at %d Hz of %d bytes", len(pcm), rate, len(raw))
		}
	})
}
