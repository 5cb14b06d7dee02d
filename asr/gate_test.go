package asr

import (
	"testing"

	"pgregory.net/rapid"
)

// Voice is never withheld; silence is once it has lasted, and not before the engine has
// ended what it heard, unless it never does.
func TestTheGateWithholdsNothingButSilence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newGate(8000)
		quiet := int64(0)
		for range rapid.IntRange(1, 400).Draw(t, "frames") {
			voice := rapid.IntRange(0, 40).Draw(t, "voice") == 0
			busy, over := rapid.Bool().Draw(t, "busy"), rapid.Bool().Draw(t, "over")
			was, hang := g.shut, g.hang
			if over {
				hang = g.soon
			}
			g.hear(160, voice, busy, over)
			if quiet += 160; voice {
				quiet = 0
			}
			switch {
			case g.shut && quiet < g.soon, g.shut && !was && quiet < hang, g.shut && !was && busy && quiet < g.most:
				t.Fatalf("shut after %d samples of silence, busy: %v", quiet, busy)
			case !g.shut && (quiet >= g.most || quiet >= hang && !busy):
				t.Fatalf("open after %d samples of silence, busy: %v", quiet, busy)
			}
		}
	})
}
