package media

import (
	"sync/atomic"
	"time"
)

// hindsight holds back what a member hears of a mix, so that what must not be heard after all
// can still be forgotten. It is the pacer's own but for the count of what to forget.
type hindsight struct {
	by     time.Duration
	forget atomic.Uint32 // how often all that waits was to be forgotten

	forgot uint32
	rate   int
	at     int
	heard  []bool // by tick; false: silence
	pcm    []int16
	out    [wideSamples]int16
}

func newHindsight(by time.Duration) *hindsight {
	n := max(1, int(by/FrameTime))
	return &hindsight{by: by, heard: make([]bool, n), pcm: make([]int16, n*wideSamples)}
}

// pass keeps this tick's frame, if anything is heard in it, and fills f with the one of long
// ago, or reports that there was nothing. f has its length and rate in either case.
func (l *hindsight) pass(f *Frame, heard bool) bool {
	if n := l.forget.Load(); n != l.forgot || f.Rate != l.rate {
		l.forgot, l.rate = n, f.Rate
		clear(l.heard)
		clear(l.pcm) // nobody finds in memory what was to be forgotten
	}
	kept := l.pcm[l.at*wideSamples:][:len(f.PCM)]
	was := l.heard[l.at]
	copy(l.out[:], kept)
	if l.heard[l.at] = heard; heard {
		copy(kept, f.PCM)
	}
	if was {
		copy(f.PCM, l.out[:])
	}
	l.at = (l.at + 1) % len(l.heard)
	return was
}

// Delay lets s, who is in the mix, hear it by that much later, in whole frames; 0: at once,
// and what waited is not heard. What is played to s itself is not delayed.
func (m *Mix) Delay(s *Session, by time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range m.members {
		switch {
		case o.session != s:
		case by <= 0:
			o.late = nil
		case o.late == nil || o.late.by != by:
			o.late = newHindsight(by)
		}
	}
	m.renew()
}

// Forget has s not hear what it has not heard yet, if it hears the mix later.
func (m *Mix) Forget(s *Session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range m.members {
		if o.session == s && o.late != nil {
			o.late.forget.Add(1)
		}
	}
}
