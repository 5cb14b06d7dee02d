package media

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// voices are sessions without a network: each says its own bit, so that the sum tells
// who is in it.
type voices []*Session

func newVoices(n int) voices {
	v := make(voices, n)
	for i := range v {
		v[i] = new(Session)
	}
	return v
}

// round lets all speak for one tick and gives what each hears.
func (v voices) round(t *rapid.T) []int16 {
	for i, s := range v {
		if b := s.bridge.Load(); b != nil {
			b.write(&Frame{PCM: slices.Repeat([]int16{1 << i}, FrameSamples), Rate: Rate})
		}
	}
	heard := make([]int16, len(v))
	for i, s := range v {
		f := &Frame{PCM: make([]int16, FrameSamples), Rate: Rate}
		if b := s.bridge.Load(); b == nil || !b.read(f) {
			continue
		}
		heard[i] = f.PCM[0]
		if slices.Max(f.PCM) != heard[i] || slices.Min(f.PCM) != heard[i] {
			t.Fatalf("%d hears a broken frame: %v", i, f.PCM)
		}
	}
	return heard
}

// part is what the model knows of a session: the mix it is in, and who may hear it.
type part struct {
	in *Mix
	by int16
}

// Whatever joins, listens, whispers, leaves, closes or goes to another mix, in whatever
// order: from the very next frame on each hears exactly those whom it may hear, each
// once, and nobody who stays misses a frame.
func TestEachHearsWhomItMayAndNotItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, mixes := newVoices(5), []*Mix{new(Mix), new(Mix)}
		parts := make([]part, len(v))
		for range rapid.IntRange(1, 40).Draw(t, "changes") {
			i, m := rapid.IntRange(0, len(v)-1).Draw(t, "who"), rapid.SampledFrom(mixes).Draw(t, "mix")
			switch rapid.SampledFrom([]string{"join", "join", "listen", "whisper", "leave", "close", "part"}).Draw(t, "what") {
			case "join":
				m.Join(v[i])
				parts[i] = part{m, -1}
			case "listen":
				m.Listen(v[i])
				parts[i] = part{m, 0}
			case "whisper":
				to := rapid.IntRange(0, len(v)-1).Draw(t, "to")
				m.Whisper(v[i], v[to])
				parts[i] = part{m, 1 << to}
			case "leave":
				m.Leave(v[i])
				if parts[i].in == m {
					parts[i] = part{}
				}
			case "close": // as Session.Close does; another call begins in its place
				v[i].state.Store(finished)
				v[i].bridge.Store(nil)
				v[i], parts[i] = new(Session), part{}
				for k := range parts { // nobody whispers to the new one
					parts[k].by &^= int16(b2i(parts[k].by != -1) << i)
				}
			case "part":
				if rapid.IntRange(0, 5).Draw(t, "seldom") > 0 {
					break
				}
				_ = m.Close()
				for k := range parts {
					if parts[k].in == m {
						parts[k] = part{}
					}
				}
			}
			for range 2 {
				for i, got := range v.round(t) {
					var want int16
					for k, p := range parts {
						if k != i && p.in != nil && p.in == parts[i].in && p.by&(1<<i) != 0 {
							want |= 1 << k
						}
					}
					if got != want {
						t.Fatalf("%d hears %05b, want %05b", i, got, want)
					}
				}
			}
		}
		for _, m := range mixes {
			if n := len(m.members); n > len(v) {
				t.Fatalf("%d members of %d sessions are kept", n, len(v))
			}
		}
	})
}

func b2i(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func TestALoudMixIsCutAndNotTurnedOver(t *testing.T) {
	for _, loud := range []int16{math.MaxInt16, math.MinInt16} {
		v, m := newVoices(4), new(Mix)
		for _, s := range v {
			m.Join(s)
		}
		for _, s := range v[1:] {
			s.bridge.Load().write(&Frame{PCM: slices.Repeat([]int16{loud - loud/4}, FrameSamples), Rate: Rate})
		}
		f := &Frame{PCM: make([]int16, FrameSamples), Rate: Rate}
		if !v[0].bridge.Load().read(f) || slices.Max(f.PCM) != loud || slices.Min(f.PCM) != loud {
			t.Errorf("three of %d make %d", loud-loud/4, f.PCM[0])
		}
	}
}

// A pacer that is a tick late leaves one voice out of one frame, and delays it by one.
func TestOneWhoIsATickLateIsNotLost(t *testing.T) {
	v, m := newVoices(3), new(Mix)
	for _, s := range v {
		m.Join(s)
	}
	say := func(i int, value int16) {
		v[i].bridge.Load().write(&Frame{PCM: slices.Repeat([]int16{value}, FrameSamples), Rate: Rate})
	}
	var heard []int16
	hear := func() {
		f := &Frame{PCM: make([]int16, FrameSamples), Rate: Rate, At: int64(len(heard)+1) * FrameSamples}
		if !v[0].bridge.Load().read(f) {
			f.PCM[0] = 0
		}
		heard = append(heard, f.PCM[0])
	}
	for n := int16(1); n <= 6; n++ {
		say(1, n)
		if n != 2 { // it comes after the reader, with the third
			say(2, 100*n)
		}
		hear()
		if n == 2 {
			say(2, 100*n)
		}
	}
	if want := []int16{101, 2, 203, 304, 405, 506}; !slices.Equal(heard, want) {
		t.Errorf("heard %d, want %d", heard, want)
	}
}

// What waits between two is not lost when a third comes, changes and leaves.
func TestWhatWaitsOutlastsWhoComesAndGoes(t *testing.T) {
	v := newVoices(3)
	m := NewBridge(v[0], v[1])
	for _, change := range []func(){
		func() { m.Listen(v[2]) },
		func() { m.Whisper(v[2], v[1]) },
		func() { m.Join(v[2]) },
		func() { m.Join(v[0]) }, // as before
		func() { m.Leave(v[2]) },
	} {
		v[0].bridge.Load().write(&Frame{PCM: slices.Repeat([]int16{7}, FrameSamples), Rate: Rate})
		change()
		f := &Frame{PCM: make([]int16, FrameSamples), Rate: Rate}
		if !v[1].bridge.Load().read(f) || f.PCM[0] != 7 {
			t.Fatal("a frame was lost")
		}
	}
}

func TestAMixedFrameAllocatesNothing(t *testing.T) {
	var sessions []*Session
	var w *workspace
	m := new(Mix)
	for range 3 {
		s, work := agreed(t, Options{})
		sessions, w = append(sessions, s), work
		m.Join(s)
	}
	m.Whisper(sessions[2], sessions[0])
	n := int64(0)
	allocs := testing.AllocsPerRun(500, func() {
		n++
		for _, s := range sessions {
			s.tick(w, n)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations a frame", allocs)
	}
	if n := m.Dropped(); n > 0 {
		t.Errorf("%d samples were dropped", n)
	}
}

func BenchmarkMix(b *testing.B) {
	for _, n := range []int{2, 3, 5} {
		b.Run(fmt.Sprintf("%d sessions", n), func(b *testing.B) {
			v, m := newVoices(n), new(Mix)
			for _, s := range v {
				m.Join(s)
			}
			f := &Frame{PCM: make([]int16, FrameSamples, wideSamples), Rate: Rate}
			b.ReportAllocs()
			for b.Loop() { // a tick of each
				for _, s := range v {
					end := s.bridge.Load()
					end.write(f)
					end.read(f)
				}
			}
		})
	}
}

// What a supervisor costs whom is followed: beside BenchmarkMix of two, one more line of
// what is played.
func BenchmarkFollow(b *testing.B) {
	v, m := newVoices(3), new(Mix)
	m.Join(v[0])
	m.Join(v[1])
	m.Listen(v[2])
	m.Follow(v[2], v[0])
	f := &Frame{PCM: make([]int16, FrameSamples, wideSamples), Rate: Rate}
	tick := func() {
		for _, s := range v {
			end := s.bridge.Load()
			end.write(f)
			end.show(f)
			end.read(f)
		}
	}
	if n := testing.AllocsPerRun(100, tick); n > 0 {
		b.Errorf("%.0f allocations a tick", n)
	}
	b.ReportAllocs()
	for b.Loop() {
		tick()
	}
}
