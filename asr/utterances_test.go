package asr

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever an engine sends: one final an utterance at most, nothing but its end
// after it, revisions rise, and memory is bounded.
func TestNothingOfAnUtteranceFollowsItsFinal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := newUtterances()
		finals, revision := map[string]int{}, map[string]int{}
		ids := rapid.SampledFrom([]string{"a", "b", "c", "", strings.Repeat("x", 200)})
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			id := ids.Draw(t, "id")
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0:
				if u.started(id) && finals[id] > 0 {
					t.Fatalf("%s starts after its final", id)
				}
			case 1:
				r := rapid.IntRange(0, 5).Draw(t, "revision")
				if !u.partial(id, r) {
					continue
				}
				if finals[id] > 0 || r <= revision[id] {
					t.Fatalf("partial %d of %s after %d", r, id, revision[id])
				}
				revision[id] = r
			case 2:
				if u.final(id) {
					finals[id]++
				}
			case 3:
				u.ended(id, false)
			case 4:
				if u.ended(id, true) && finals[id] == 0 {
					finals[id]++ // nothing may follow a discarded utterance either
				}
			}
			if finals[id] > 1 {
				t.Fatalf("%d finals of %s", finals[id], id)
			}
		}
		if finals[""] > 0 || len(u.open) > utterancesOpen {
			t.Fatal("an id that should not count does")
		}
	})
}

func TestOnlySoManyUtterancesAreRemembered(t *testing.T) {
	u := newUtterances()
	u.heard(time.Hour)
	for i := range 10 * utterancesKept {
		u.final(strings.Repeat("i", i%100) + string(rune('a'+i%26)) + string(rune(0x4e00+i)))
	}
	if len(u.over) > utterancesKept {
		t.Errorf("%d remembered", len(u.over))
	}
}
