package tts_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/tts"
	"github.com/callward/callward/tts/ttstest"
)

func TestLinesAreReadyBeforeTheyAreAskedFor(t *testing.T) {
	p := newPair(t, tts.Config{})
	lines := []tts.Line{{Text: redact.Authored(one), Voice: english}, {Text: redact.Authored(two), Voice: english}, {Text: redact.Authored(one), Voice: english}}
	for i := range 20 {
		lines = append(lines, tts.Line{Text: redact.Authored(fmt.Sprintf("Press %d.", i)), Voice: english})
	}
	var told []int
	if err := p.Render(t.Context(), lines, 3, func(done, total int) { told = append(told, done*100+total) }); err != nil {
		t.Fatal(err)
	}
	if len(told) != 23 || told[0] != 123 || told[22] != 2323 || !slices.IsSorted(told) {
		t.Errorf("told of %v", told)
	}
	before := len(p.a.Spoken())
	voice := english
	voice.Cacheable = true
	s := p.say(t, two, voice)
	if _, err := readAll(s); err != nil || s.Origin() != tts.Cache || len(p.a.Spoken()) != before {
		t.Errorf("from %v, %v", s.Origin(), err)
	}
	told = nil
	more := append(lines, tts.Line{Text: redact.Authored(three), Voice: english})
	if err := p.Render(t.Context(), more, 3, func(done, total int) { told = append(told, done*100+total) }); err != nil || len(p.a.Spoken()) != before+1 {
		t.Errorf("what is kept was rendered again: %v", err)
	}
	if !slices.Equal(told, []int{101}) {
		t.Errorf("told of %v, though all but one is kept", told)
	}
	if st := p.Stats(); st.Texts != 1 || st.CacheHits != 1 {
		t.Errorf("renderings count as texts of calls: %+v", st)
	}
}

func TestARenderingThatFailsEndsAllAndWhatIsThereStays(t *testing.T) {
	p := newPair(t, tts.Config{})
	p.Swap(p.first)
	p.a.BreakAt("nine", ttstest.HalfWay)
	var lines []tts.Line
	for _, words := range []string{one, two, three} {
		lines = append(lines, tts.Line{Text: redact.Authored(words), Voice: english})
	}
	var failed *tts.EngineError
	if err := p.Render(t.Context(), lines, 1, nil); !errors.As(err, &failed) {
		t.Errorf("%v", err)
	}
	p.a.Break(ttstest.None)
	before := len(p.a.Spoken())
	if err := p.Render(t.Context(), lines, 1, nil); err != nil || len(p.a.Spoken()) != before+2 {
		t.Errorf("%v, spoken %q", err, p.a.Spoken()[before:])
	}
}

// While one text finds out whether an engine is well again, the others are refused. They
// must not end that one: nobody would ever find out.
func TestARenderingThatIsRefusedEndsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine := &ttstest.Tone{}
		p := tts.NewPool(tts.PoolConfig{Patience: 300 * time.Millisecond}, tts.Provider{Name: "a", Client: ttstest.Start(t, engine, tts.Config{})})
		defer p.Close()
		lines := []tts.Line{{Text: redact.Authored(one), Voice: english}, {Text: redact.Authored(two), Voice: english}}
		engine.Break(ttstest.Refuse)
		for range 3 {
			if err := p.Render(t.Context(), lines, 1, nil); err == nil {
				t.Fatal("an engine that refuses renders")
			}
		}
		engine.Break(ttstest.Late)
		for range 5 {
			time.Sleep(40 * time.Second) // longer than it is ever left alone
			if p.Render(t.Context(), lines, 2, nil) == nil {
				return
			}
		}
		t.Errorf("an engine that is well again, and slow, never renders: %+v", p.Stats())
	})
}
