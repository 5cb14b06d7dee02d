package media

import (
	"sync/atomic"

	"github.com/callward/callward/media/dtmf"
)

// player holds what is to be played, in order. Anybody may play and flush; the
// session's pacer alone takes.
//
// What plays and how much of it has left stands in one atomic word. The pacer
// adds a frame to it before it sends the frame, and does not send it if that
// fails because of a flush. So what flush returns is exact, nothing is sent
// after it, and neither side waits for the other. Each source is told of once:
// by PlayDone, or by the flush that ended it.
type player struct {
	last  atomic.Uint32        // the last number given
	floor atomic.Uint32        // numbers up to this one are flushed
	word  atomic.Uint64        // gen<<genShift | samples, or resting
	inbox atomic.Pointer[item] // newest first

	paused atomic.Bool

	first, end *item // the pacer's own queue
}

// item is something in the queue: a source or a row of digits.
type item struct {
	next   *item
	gen    Gen
	source Source
	digits *dtmf.Sender
	began  bool // the pacer's own: something of it has been sent
}

const (
	genShift = 40
	resting  = 1<<genShift - 1 // in place of the samples: nothing plays
)

func (p *player) add(it *item) Gen {
	it.gen = Gen(p.last.Add(1))
	for {
		it.next = p.inbox.Load()
		if p.inbox.CompareAndSwap(it.next, it) {
			return it.gen
		}
	}
}

// flush ends everything that was added until now.
func (p *player) flush() Played {
	floor := p.last.Load()
	for old := p.floor.Load(); old < floor && !p.floor.CompareAndSwap(old, floor); {
		old = p.floor.Load()
	}
	word := p.word.Swap(uint64(floor)<<genShift | resting)
	p.paused.Store(false)
	if word&resting == resting || word == 0 {
		return Played{Gen: Gen(floor)}
	}
	return Played{Gen: Gen(word >> genShift), Samples: int64(word & resting)}
}

// flushed reports whether a flush has ended gen.
func (p *player) flushed(gen Gen) bool { return uint32(gen) <= p.floor.Load() }

// commit adds n samples to what of gen has been sent, unless gen is flushed.
func (p *player) commit(gen Gen, n int) bool {
	for {
		old := p.word.Load()
		if p.flushed(gen) {
			return false
		}
		word := uint64(gen)<<genShift | uint64(n)
		if old&resting != resting && Gen(old>>genShift) == gen {
			word = old + uint64(n)
		}
		if p.word.CompareAndSwap(old, word) {
			return true
		}
	}
}

// rest says that gen has ended by itself and how much of it was sent, unless a
// flush was faster.
func (p *player) rest(gen Gen) (samples int64, ok bool) {
	old := p.word.Load()
	if old&resting == resting || Gen(old>>genShift) != gen {
		return 0, false
	}
	return int64(old & resting), p.word.CompareAndSwap(old, old|resting)
}

// front is the first item that is not flushed.
func (p *player) front() *item {
	p.collect()
	for p.first != nil && p.flushed(p.first.gen) {
		p.first.stop()
		p.pop()
	}
	return p.first
}

func (p *player) pop() {
	p.first = p.first.next
	if p.first == nil {
		p.end = nil
	}
}

// collect moves what was added to the end of the queue.
func (p *player) collect() {
	if p.inbox.Load() == nil {
		return
	}
	var line, last *item
	for it := p.inbox.Swap(nil); it != nil; {
		next := it.next
		if line == nil {
			last = it
		}
		it.next, line, it = line, it, next
	}
	if p.end == nil {
		p.first = line
	} else {
		p.end.next = line
	}
	p.end = last
}

// stopAll tells all sources that they are not read any more. Only for whoever
// has taken the session from its pacer.
func (p *player) stopAll() {
	p.collect()
	for ; p.first != nil; p.pop() {
		p.first.stop()
	}
}

func (it *item) stop() {
	if s, ok := it.source.(Stopper); ok {
		s.Stop()
	}
}
