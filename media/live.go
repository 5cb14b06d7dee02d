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

	due        int64 // Frame.At of the next read: the reader's, as all below
	pcm, ahead [wideSamples]int16
	turn       converter
	backlog    backlog
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

// read fills f, which has room for any rate, at the rate of what was written, or reports that
// there is not enough. f.At tells of the tick: what came while nobody read, because they were
// played something or held, is old.
func (l *live) read(f *Frame) bool {
	first := l.due == 0
	stale := !first && f.At != l.due
	l.due = f.At + FrameSamples
	rate := int(l.rate.Load())
	if rate == 0 {
		return false
	}
	frame := rate / ticksPerSecond
	switch waits := l.ring.len(); {
	case stale && waits > frame:
		l.drop(waits - frame)
	case waits > (liveMost+1)*frame:
		l.drop(waits - (liveKept+1)*frame)
	}
	if l.ring.len() < frame {
		l.backlog.missed()
		return false
	}
	f.Rate, f.PCM = rate, f.PCM[:frame]
	l.ring.take(f.PCM)
	for first && quiet(f.PCM) && l.ring.len() >= frame { // a beginning is kept, but for the silence before it
		l.ring.take(f.PCM)
		l.dropped.Add(uint64(frame))
	}
	if l.backlog.surplus(l.ring.len(), f.PCM) {
		l.ring.take(l.ahead[:frame])
		fade(f.PCM, l.ahead[:frame])
		l.dropped.Add(uint64(frame))
	}
	return true
}

func (l *live) drop(samples int) {
	l.ring.drop(samples)
	l.dropped.Add(uint64(samples)) //nolint:gosec // above zero
}

// next gives the frame of a tick at the reader's rate, or reports that there is not enough. It
// is valid until the next call.
func (l *live) next(rate int, at int64) ([]int16, bool) {
	f := Frame{PCM: l.pcm[:], At: at}
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
