package media

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// lateTick lets the first of two say a value, 0 for nothing, and gives what the second hears.
func lateTick(v voices, value int16, rate int) int16 {
	if value != 0 {
		v[0].bridge.Load().write(&Frame{PCM: slices.Repeat([]int16{value}, rate/ticksPerSecond), Rate: rate})
	}
	f := &Frame{PCM: make([]int16, rate/ticksPerSecond, wideSamples), Rate: rate}
	if !v[1].bridge.Load().read(f) {
		return 0
	}
	return f.PCM[len(f.PCM)/2]
}

// Whoever listens later hears what was said then, each frame once and in order, whatever
// changes around it, but nothing of what was to be forgotten before it was heard.
func TestALateListenerHearsWhatWasNotForgotten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ticks := rapid.IntRange(1, 20).Draw(t, "ticks")
		v, m := newVoices(3), new(Mix)
		m.Join(v[0])
		m.Listen(v[1])
		m.Delay(v[1], time.Duration(ticks)*FrameTime)
		want := make([]int16, ticks) // what is still to be heard
		for n := range rapid.IntRange(1, 80).Draw(t, "frames") {
			switch rapid.SampledFrom([]string{"", "", "", "forget", "third", "again"}).Draw(t, "what") {
			case "forget":
				m.Forget(v[1])
				clear(want)
			case "third": // comes and goes
				m.Listen(v[2])
				m.Leave(v[2])
			case "again":
				m.Delay(v[1], time.Duration(ticks)*FrameTime)
			}
			said := int16(0)
			if rapid.Bool().Draw(t, "speaks") {
				said = int16(n + 1)
			}
			want = append(want, said)
			if got := lateTick(v, said, Rate); got != want[0] {
				t.Fatalf("hears %d, want %d", got, want[0])
			}
			want = want[1:]
		}
		m.Delay(v[1], 0)
		if got := lateTick(v, 99, Rate); got != 99 {
			t.Fatalf("hears %d at once, want 99", got)
		}
	})
}

// A new codec changes the rate: nothing of the old one is heard at the wrong pitch.
func TestALateListenerStartsAnewAtAnotherRate(t *testing.T) {
	v, m := newVoices(2), new(Mix)
	m.Join(v[0])
	m.Listen(v[1])
	m.Delay(v[1], 2*FrameTime)
	var heard []int16
	for _, rate := range []int{Rate, Rate, Rate, 16000, 16000, 16000} {
		heard = append(heard, lateTick(v, 1000, rate))
	}
	if heard[2] != 1000 || heard[3] != 0 || heard[4] != 0 || heard[5] == 0 {
		t.Errorf("heard %d", heard)
	}
}

func TestALateListenerAllocatesNothing(t *testing.T) {
	v, m := newVoices(2), new(Mix)
	m.Join(v[0])
	m.Listen(v[1])
	m.Delay(v[1], time.Second)
	f := &Frame{PCM: make([]int16, FrameSamples, wideSamples), Rate: Rate}
	if n := testing.AllocsPerRun(200, func() {
		v[0].bridge.Load().write(f)
		v[1].bridge.Load().read(f)
	}); n != 0 {
		t.Errorf("%v allocations a tick", n)
	}
}
