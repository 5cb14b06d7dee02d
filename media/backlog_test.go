package media

import (
	"slices"
	"testing"
)

// Two pacers pass sound from one to the other, each now and then late by some ticks, which it
// then makes up for.
type passing struct {
	l      *live
	frame  Frame
	missed int // ticks without sound
}

func newPassing() *passing {
	return &passing{l: newLive(), frame: Frame{PCM: make([]int16, wideSamples)}}
}

// ticks passes n frames of a level.
func (p *passing) ticks(n int, level int16) {
	for range n {
		p.writes(1, level)
		p.reads(1)
	}
}

func (p *passing) writes(n int, level int16) {
	for range n {
		p.l.write(&Frame{PCM: slices.Repeat([]int16{level}, FrameSamples), Rate: Rate})
	}
}

func (p *passing) reads(n int) {
	for range n {
		p.frame.PCM = p.frame.PCM[:wideSamples]
		p.frame.At += FrameSamples
		if !p.l.read(&p.frame) {
			p.missed++
		}
	}
}

// stall has the writer be late by some ticks.
func (p *passing) stall(n int, level int16) {
	p.reads(n)
	p.writes(n, level)
}

// waits is how many frames wait.
func (p *passing) waits() int { return p.l.ring.len() / FrameSamples }

func TestADelayThatAStallLeftIsGivenUpAtAPause(t *testing.T) {
	p := newPassing()
	p.ticks(10, 9000)
	p.stall(3, 9000)
	if p.waits() != 3 {
		t.Fatalf("%d frames wait after a stall of 3", p.waits())
	}
	p.ticks(backlogPatience+10, 9000)
	if p.waits() != 3 {
		t.Error("cut short in the middle of a word, though a pause may come soon")
	}
	p.ticks(4, 0) // the last of which is heard
	if p.waits() != 2 {
		t.Errorf("%d frames wait after a pause", p.waits())
	}
	p.ticks(2*(backlogPatience+backlogPause), 9000) // there may be none
	if p.waits() != 0 || p.missed != 3 {
		t.Errorf("%d frames wait after seconds without a pause, %d ticks were without sound", p.waits(), p.missed)
	}
	if n := p.l.dropped.Load(); n != 3*FrameSamples {
		t.Errorf("%d samples were counted as dropped", n)
	}
}

// Who was played a prompt hears of the others what is said now.
func TestWhatCameWhileNobodyReadIsOld(t *testing.T) {
	p := newPassing()
	p.ticks(10, 9000)
	p.writes(3, 9000)
	p.writes(1, 5000)
	p.frame.At += 4 * FrameSamples
	p.reads(1)
	if p.frame.PCM[0] != 5000 || p.waits() != 0 {
		t.Errorf("heard %d, and %d frames wait", p.frame.PCM[0], p.waits())
	}
	p = newPassing()
	p.writes(1, 5000)
	p.writes(2, 9000)
	p.reads(1)
	if p.frame.PCM[0] != 5000 {
		t.Errorf("of what was said before the first read, %d is heard", p.frame.PCM[0])
	}
	p = newPassing()
	p.writes(2, 0)
	p.writes(1, 5000)
	p.reads(1)
	if p.frame.PCM[0] != 5000 {
		t.Errorf("of the silence before the first read, %d is heard", p.frame.PCM[0])
	}
}

func TestADelayThatIsNeededAgainAndAgainStays(t *testing.T) {
	for name, c := range map[string]struct{ times, apart, most int }{
		"every second": {200, 1, 2},
		"seconds after what one leaves was given up": {60, 6, 6},
	} {
		p := newPassing()
		for range c.times {
			p.ticks(c.apart*ticksPerSecond, 0)
			p.stall(1, 0)
		}
		if p.missed < 1 || p.missed > c.most {
			t.Errorf("%s: %d of %d stalls were heard", name, p.missed, c.times)
		}
	}
}

func TestWhatIsGivenUpMakesNoClick(t *testing.T) {
	pcm, next := make([]int16, FrameSamples), make([]int16, FrameSamples)
	for i := range pcm {
		pcm[i], next[i] = 8000, -8000
	}
	fade(pcm, next)
	before := int16(8000)
	for i, x := range append(pcm, next...) {
		if step := int(before) - int(x); step < 0 || step > 2*8000/FrameSamples+1 {
			t.Fatalf("a step of %d at %d", step, i)
		}
		before = x
	}
}
