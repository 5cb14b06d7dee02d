package tts

import (
	"errors"
	"io"
	"testing"

	"github.com/callward/callward/redact"
)

func TestWhatWasRenderedIsPlayedWhenTheEngineIsDown(t *testing.T) {
	c, err := Dial("unix:"+t.TempDir()+"/nobody.sock", Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.alone.prompt = func(language, text string) ([]byte, bool) {
		return make([]byte, 8000), language == "fr" && text == "Bonjour."
	}
	s, err := c.Speak(t.Context(), redact.Authored("Bonjour."), Voice{Language: "fr", Cacheable: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := 0
	for err == nil {
		var k int
		k, err = s.Read(make([]int16, 160))
		n += k
	}
	if !errors.Is(err, io.EOF) || n != 8000 || s.Origin() != Prompt {
		t.Errorf("%d samples from %v, then %v", n, s.Origin(), err)
	}
	if got := c.Stats(); got.Fallbacks != 1 || got.Failed != 0 || got.CacheBytes != 0 {
		t.Errorf("stats %+v", got)
	}
}

func TestAPieceIsGivenOnce(t *testing.T) {
	next := atOnce([]int16{1, 2})
	if pcm, err := next(); err != nil || len(pcm) != 2 {
		t.Errorf("%v, %v", pcm, err)
	}
	if _, err := next(); !errors.Is(err, io.EOF) {
		t.Errorf("then %v", err)
	}
}
