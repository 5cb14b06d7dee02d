package tts_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/tts"
	"github.com/callward/callward/tts/ttstest"
)

const text = "We are open from nine to five."

var english = tts.Voice{Language: "en"}

func TestATextIsReadToItsEnd(t *testing.T) {
	s := speak(t, ttstest.Start(t, &ttstest.Tone{}, tts.Config{}), english)
	pcm, err := readAll(s)
	if err != nil || len(pcm) != ttstest.Samples(text) {
		t.Errorf("%d samples of %d, %v", len(pcm), ttstest.Samples(text), err)
	}
	if d, ok := s.FirstAudio(); !ok || d <= 0 {
		t.Errorf("first audio after %v, %v", d, ok)
	}
}

func TestAnOperatorsTextIsAskedForOnce(t *testing.T) {
	tone := &ttstest.Tone{}
	c := ttstest.Start(t, tone, tts.Config{})
	voice := english
	voice.Cacheable = true
	first, _ := readAll(speak(t, c, voice))
	again := speak(t, c, voice)
	second, err := readAll(again)
	if err != nil || len(first) != len(second) || again.Origin() != tts.Cache {
		t.Errorf("%d then %d samples from %v, %v", len(first), len(second), again.Origin(), err)
	}
	if got := len(tone.Spoken()); got != 1 {
		t.Errorf("asked for %d times", got)
	}
	other := voice
	other.Rate = 1.2
	_, _ = readAll(speak(t, c, other))
	if got := len(tone.Spoken()); got != 2 {
		t.Errorf("%d texts spoken after a change of speed, not 2", got)
	}
}

func TestATextWithACallersValueIsNotKept(t *testing.T) {
	c := ttstest.Start(t, &ttstest.Tone{}, tts.Config{})
	_, _ = readAll(speak(t, c, english))
	if got := c.Stats().CacheBytes; got != 0 {
		t.Errorf("%d bytes kept", got)
	}
}

func TestHalfATextIsNotKept(t *testing.T) {
	tone := &ttstest.Tone{}
	c := ttstest.Start(t, tone, tts.Config{})
	voice := english
	voice.Cacheable = true
	s := speak(t, c, voice)
	if _, err := s.Read(make([]int16, 160)); err != nil {
		t.Fatal(err)
	}
	s.Close()
	for _, f := range []ttstest.Fault{ttstest.HalfWay, ttstest.Gap, ttstest.Miscount} {
		tone.Break(f)
		if _, err := readAll(speak(t, c, voice)); err == nil {
			t.Errorf("fault %d went unnoticed", f)
		}
	}
	if got := c.Stats().CacheBytes; got != 0 {
		t.Errorf("%d bytes kept", got)
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	limit := 3 * 2 * ttstest.Samples(text)
	c := ttstest.Start(t, &ttstest.Tone{}, tts.Config{CacheBytes: limit})
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		_, _ = readAll(speak(t, c, tts.Voice{Language: "en", Name: name, Cacheable: true}))
	}
	if got := c.Stats().CacheBytes; got == 0 || got > int64(limit) {
		t.Errorf("%d bytes kept of at most %d", got, limit)
	}
}

func TestAnEngineThatFailsSaysWithWhichCode(t *testing.T) {
	tone := &ttstest.Tone{}
	tone.Break(ttstest.Refuse)
	c := ttstest.Start(t, tone, tts.Config{})
	_, err := readAll(speak(t, c, english))
	var why *tts.EngineError
	if !errors.As(err, &why) || why.Code != codes.Unavailable {
		t.Errorf("failed with %v", err)
	}
	if got := c.Stats().Failed; got != 1 {
		t.Errorf("%d failures counted", got)
	}
}

func TestAnEngineThatDoesNotGetOnIsGivenUp(t *testing.T) {
	for _, f := range []ttstest.Fault{ttstest.Mute, ttstest.StallHalf} {
		synctest.Test(t, func(t *testing.T) {
			tone := &ttstest.Tone{}
			tone.Break(f)
			c := ttstest.Start(t, tone, tts.Config{FirstAudio: time.Second, StallAfter: time.Second})
			began := time.Now()
			_, err := readAll(speak(t, c, english))
			if took := time.Since(began); !errors.Is(err, tts.ErrStalled) || took != time.Second {
				t.Errorf("fault %d: %v after %v", f, err, took)
			}
		})
	}
}

func TestCloseEndsARead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tone := &ttstest.Tone{}
		tone.Break(ttstest.Mute)
		s := speak(t, ttstest.Start(t, tone, tts.Config{FirstAudio: time.Hour}), english)
		time.AfterFunc(time.Second, func() { s.Close() })
		if _, err := readAll(s); !errors.Is(err, tts.ErrClosed) {
			t.Errorf("read ends with %v", err)
		}
	})
}

func TestAnEngineThatIsDownIsNotReadyAndFailsTheRead(t *testing.T) {
	c, err := tts.Dial("unix:"+t.TempDir()+"/nobody.sock", tts.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := c.Ready(ctx); err == nil {
		t.Error("ready although nobody listens")
	}
	if _, err := readAll(speak(t, c, english)); err == nil {
		t.Error("no error")
	}
}

func TestNoTextIsNoAudio(t *testing.T) {
	c := ttstest.Start(t, &ttstest.Tone{}, tts.Config{})
	s, err := c.Speak(t.Context(), redact.Safe{}, english)
	if err != nil {
		t.Fatal(err)
	}
	if pcm, err := readAll(s); err != nil || len(pcm) != 0 {
		t.Errorf("%d samples, %v", len(pcm), err)
	}
}

func TestAnEngineThatIsUpIsReadyAndSaysWhatItCanDo(t *testing.T) {
	c := ttstest.Start(t, &ttstest.Tone{}, tts.Config{})
	if err := c.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	if caps, err := c.Capabilities(t.Context()); err != nil || len(caps.Languages) != 2 {
		t.Errorf("capabilities %+v, %v", caps, err)
	}
}

func speak(t *testing.T, c *tts.Client, v tts.Voice) *tts.Stream {
	t.Helper()
	s, err := c.Speak(t.Context(), redact.Authored(text), v)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func readAll(s *tts.Stream) ([]int16, error) {
	var all []int16
	pcm := make([]int16, 160)
	for {
		n, err := s.Read(pcm)
		all = append(all, pcm[:n]...)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}
