package jitter

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// A path takes packets every 20 ms and delivers each after a delay in ms. The buffer
// is played every 20 ms, 7 ms after the first packet came without any delay.
type path struct {
	b     *Buffer
	sent  int
	now   int           // ms
	line  map[int][]int // packets by the ms of their arrival
	late  int
	holes int // frames without a packet, once it plays
	delay int // ms from a packet's sending to its playing, of the last one
}

func newPath(cfg Config) *path {
	return &path{b: New(cfg), line: make(map[int][]int)}
}

// run sends for so many seconds.
func (p *path) run(seconds int, delay func() int) {
	p.late, p.holes = 0, 0
	for end := p.now + 1000*seconds; p.now < end; p.now++ {
		if p.now%20 == 0 {
			at := p.now + delay()
			p.line[at] = append(p.line[at], p.sent)
			p.sent++
		}
		for _, i := range p.line[p.now] {
			q := packet(0, i)
			q.Waited = uint32((27 - p.now%20) % 20 * 8)
			if p.b.Push(q) == Late {
				p.late++
			}
		}
		delete(p.line, p.now)
		if p.now%20 == 7 {
			if piece := p.b.Pop(frame); piece.Kind == Sound {
				p.delay = p.now - 20*number(piece)
			} else if piece.Kind == Hole {
				p.holes++
			}
		}
	}
}

var adaptive = Config{Depth: 3 * frame, Least: frame, Most: 10 * frame}

func TestACleanPathIsHeardWithLittleDelay(t *testing.T) {
	p := newPath(adaptive)
	p.run(5, func() int { return 0 })
	if p.delay > 30 {
		t.Errorf("%d ms of delay on a path without jitter", p.delay)
	}
	p.run(30, func() int { return 0 })
	if p.late+p.holes > 0 {
		t.Errorf("%d late, %d holes", p.late, p.holes)
	}
}

func TestTheDepthFollowsJitter(t *testing.T) {
	for _, jitter := range []int{20, 40, 60, 100, 150} {
		r := rand.New(rand.NewPCG(1, uint64(jitter)))
		p := newPath(adaptive)
		p.run(6, func() int { return r.IntN(jitter) })
		p.run(30, func() int { return r.IntN(jitter) })
		if lost := p.late + p.holes; lost > 30*50/50 {
			t.Errorf("jitter of %d ms: %d late and %d holes in 30 s", jitter, p.late, p.holes)
		}
		if most := jitter + 50; p.delay > most {
			t.Errorf("jitter of %d ms: %d ms of delay, want at most %d", jitter, p.delay, most)
		}
		p.run(60, func() int { return 0 })
		if p.delay > 40 {
			t.Errorf("a minute after jitter of %d ms: %d ms of delay", jitter, p.delay)
		}
	}
}

func TestTheDepthHasBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	p := newPath(adaptive)
	p.run(20, func() int { return r.IntN(500) })
	if d := p.b.Stats().Depth; d > adaptive.Most {
		t.Errorf("%d ticks deep", d)
	}
}

// One packet in many seconds that is late is lost, and the delay stays short.
func TestASinglePacketThatIsLateChangesNothing(t *testing.T) {
	p := newPath(adaptive)
	p.run(5, func() int { return 0 })
	before := p.delay
	n := 0
	p.run(20, func() int {
		if n++; n%200 == 0 {
			return 45
		}
		return 0
	})
	if p.late > 5 || p.delay > before {
		t.Errorf("%d late, delay of %d ms after %d", p.late, p.delay, before)
	}
}

func TestTheDelayIsShortenedWhileNobodySpeaks(t *testing.T) {
	p := newPath(adaptive)
	p.b.Busy(true)
	p.run(8, func() int { return 0 })
	if p.b.Stats().Skipped > 0 {
		t.Fatal("cut short while somebody spoke")
	}
	p.b.Busy(false)
	p.run(1, func() int { return 0 })
	if p.b.Stats().Skipped == 0 {
		t.Error("silence was not used")
	}
	p = newPath(adaptive)
	p.b.Busy(true)
	p.run(12, func() int { return 0 })
	if p.b.Stats().Skipped == 0 {
		t.Error("nobody was ever silent, and so the delay stayed")
	}
}

// While the delay grows, what was waiting is played all the same, in order.
func TestNothingIsLostWhileTheDelayGrows(t *testing.T) {
	b := New(Config{Depth: 2 * frame, Most: 8 * frame})
	fill(b, 0, 2)
	var got []int
	for i := 2; i < 40; i++ {
		late := i%10 == 5 || i%10 == 7
		if !late {
			b.Push(packet(0, i))
		}
		if n := play(b); n > 0 {
			got = append(got, n)
		}
		if i%10 == 0 && i > 0 {
			b.Push(packet(0, i-5))
			b.Push(packet(0, i-3))
		}
	}
	if !slices.IsSorted(got) {
		t.Errorf("out of order: %v", got)
	}
	if b.Stats().Stretched == 0 {
		t.Error("it did not grow")
	}
	if tail := got[len(got)-10:]; tail[9]-tail[0] != 9 {
		t.Errorf("holes at the end: %v", tail)
	}
}
