package media

import (
	"sync/atomic"

	"github.com/callward/callward/media/resample"
)

// How much sound may wait between two sessions.
const (
	liveLength = 4096 // samples: a quarter of a second, room for a pacer that was held up
	liveMost   = 4    // frames; more than these are old: drop the oldest,
	liveKept   = 1    // but for the latest
)

// live carries sound that is being made now, from one pacer to another: what
// waits too long is dropped from its oldest end, and counted. It has the rate of what
// was written first.
type live struct {
	ring    *ring
	rate    atomic.Int32
	convert converter     // the writer's
	dropped atomic.Uint64 // samples
}

func newLive() *live { return &live{ring: newRing(liveLength)} }

func (l *live) write(f *Frame) {
	rate := int(l.rate.Load())
	if rate == 0 {
		rate = f.Rate
		l.rate.Store(int32(rate)) //nolint:gosec // one of two
	}
	pcm := l.convert.to(rate, f)
	if n := l.ring.write(pcm); n < len(pcm) {
		l.dropped.Add(uint64(len(pcm) - n))
	}
}

// read fills f, at the rate of what was written, or reports that there is not enough.
func (l *live) read(f *Frame) bool {
	rate := int(l.rate.Load())
	if rate == 0 {
		return false
	}
	frame := rate / ticksPerSecond
	if waits := l.ring.len(); waits > (liveMost+1)*frame {
		old := waits - (liveKept+1)*frame
		l.ring.drop(old)
		l.dropped.Add(uint64(old))
	}
	if l.ring.len() < frame {
		return false
	}
	f.Rate, f.PCM = rate, f.PCM[:frame]
	l.ring.take(f.PCM)
	return true
}

// converter brings frames to another rate.
type converter struct {
	up   resample.Up
	down resample.Down
	pcm  [wideSamples]int16
}

// to gives the sound of f at a rate. It is valid until the next call.
func (c *converter) to(rate int, f *Frame) []int16 {
	switch {
	case rate > f.Rate:
		return c.up.Resample(c.pcm[:], f.PCM)
	case rate < f.Rate:
		return c.down.Resample(c.pcm[:], f.PCM)
	}
	return f.PCM
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
