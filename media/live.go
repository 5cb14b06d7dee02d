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

	pcm  [wideSamples]int16 // the reader's
	turn converter
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

// read fills f, which has room for any rate, at the rate of what was written, or reports that there is not enough.
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

// next gives a frame at the reader's rate, or reports that there is not enough. It is
// valid until the next call.
func (l *live) next(rate int) ([]int16, bool) {
	f := Frame{PCM: l.pcm[:]}
	if !l.read(&f) {
		return nil, false
	}
	return l.turn.to(rate, &f), true
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
