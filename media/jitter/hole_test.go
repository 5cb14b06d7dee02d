package jitter

import "testing"

// A hole shows the packet behind it, if that is there and begins where the hole ends.
func TestAHoleShowsWhatFollows(t *testing.T) {
	b := New(Config{Depth: 3 * frame})
	for _, i := range []int{0, 1, 3, 6} {
		b.Push(packet(0, i))
	}
	for i, want := range []int{0, 1, 3, 3, -1, 6, 6} {
		p := b.Pop(frame)
		switch {
		case i == want && p.Kind != Sound, i != want && p.Kind != Hole:
			t.Fatalf("frame %d is of kind %d", i, p.Kind)
		case want < 0 && p.Payload != nil:
			t.Errorf("frame %d shows packet %d", i, number(p))
		case want >= 0 && number(p) != want:
			t.Errorf("frame %d shows packet %d, want %d", i, number(p), want)
		}
	}
}
