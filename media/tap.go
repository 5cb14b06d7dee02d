package media

import (
	"sync/atomic"
	"time"
)

// A Tap is a Sink for those who want one rate, whatever the codec.
type Tap struct {
	rate    int
	write   func(pcm []int16, voice bool)
	convert converter
	began   atomic.Int64 // Frame.At of the first frame, and one; 0: none came
}

// NewTap hands each frame to write, at rate: Rate or WideRate, with whether somebody may
// be speaking in it. write is called on the goroutine of a pacer, and as a Sink's may
// neither block nor keep pcm.
func NewTap(rate int, write func(pcm []int16, voice bool)) *Tap {
	return &Tap{rate: rate, write: write}
}

// Began is when, on the session's clock, the first frame was heard: what counts from its
// own first audio, as a recognizer does, began to count there. The clock counts what was
// heard, as Frame.At does, not what time it is. ok is false before that frame.
func (t *Tap) Began() (at time.Duration, ok bool) {
	n := t.began.Load()
	return time.Duration(n-1) * time.Second / Rate, n > 0
}

// WriteFrame implements Sink.
func (t *Tap) WriteFrame(f *Frame) {
	if t.began.Load() == 0 {
		t.began.Store(f.At + 1)
	}
	t.write(t.convert.to(t.rate, f), f.Voice)
}
