package media

import "sync/atomic"

// How much sound may wait between two sessions.
const (
	liveLength = 2048             // a quarter of a second: room for a pacer that was held up
	liveMost   = 4 * FrameSamples // more than this is old: drop the oldest
	liveKept   = FrameSamples
)

// live carries sound that is being made now, from one pacer to another: what
// waits too long is dropped from its oldest end, and counted.
type live struct {
	ring    *ring
	dropped atomic.Uint64 // samples
}

func newLive() *live { return &live{ring: newRing(liveLength)} }

func (l *live) write(pcm []int16) {
	if n := l.ring.write(pcm); n < len(pcm) {
		l.dropped.Add(uint64(len(pcm) - n))
	}
}

// read fills pcm, or reports that there is not enough.
func (l *live) read(pcm []int16) bool {
	if waits := l.ring.len(); waits > liveMost {
		old := waits - liveKept - len(pcm)
		l.ring.drop(old)
		l.dropped.Add(uint64(old))
	}
	if l.ring.len() < len(pcm) {
		return false
	}
	l.ring.take(pcm)
	return true
}

// A Bridge lets two sessions hear each other. What is played on one of them
// covers the other's voice; sinks go on hearing both.
type Bridge struct {
	a, b       *Session
	fromA      *live
	fromB      *live
	endA, endB *bridgeEnd
}

// bridgeEnd is what one session knows of its bridge.
type bridgeEnd struct{ in, out *live }

// NewBridge joins a and b, in place of the bridges they were in.
func NewBridge(a, b *Session) *Bridge {
	br := &Bridge{a: a, b: b, fromA: newLive(), fromB: newLive()}
	br.endA = &bridgeEnd{in: br.fromB, out: br.fromA}
	br.endB = &bridgeEnd{in: br.fromA, out: br.fromB}
	a.bridge.Store(br.endA)
	b.bridge.Store(br.endB)
	return br
}

// Dropped says how many samples were dropped because they had become old.
func (br *Bridge) Dropped() uint64 { return br.fromA.dropped.Load() + br.fromB.dropped.Load() }

// Close parts the two sessions. It may be called twice.
func (br *Bridge) Close() error {
	br.a.bridge.CompareAndSwap(br.endA, nil)
	br.b.bridge.CompareAndSwap(br.endB, nil)
	return nil
}
