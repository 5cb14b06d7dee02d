package callgen

import (
	"sync"
	"time"

	"github.com/callward/callward/media"
)

// What an ear takes for sound: the mean of the absolute samples of a frame.
// Speech lies in the thousands, a codec's silence below ten.
const loudness = 120

// An ear listens to one direction of a call: it keeps what it heard and knows
// for how long it has been quiet. Its samples are of 8 kHz, whatever the codec.
type ear struct {
	tap *media.Tap // the pacer's own

	mu    sync.Mutex
	pcm   []int16 // kept only if keep
	keep  bool
	heard int64 // samples of sound, in all
	run   int64 // samples of sound without a break, up to now
	quiet int64 // samples without sound, up to now
}

// keepAtOnce is how much room is made at a time: two minutes.
const keepAtOnce = 120 * media.Rate

func newEar(keep bool) *ear {
	e := &ear{keep: keep}
	e.tap = media.NewTap(media.Rate, e.hear)
	if keep {
		e.pcm = make([]int16, 0, keepAtOnce)
	}
	return e
}

// WriteFrame takes a frame from the pacer.
func (e *ear) WriteFrame(f *media.Frame) { e.tap.WriteFrame(f) }

func (e *ear) hear(pcm []int16, _ bool) {
	n, loud := int64(len(pcm)), isLoud(pcm)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.keep {
		e.pcm = append(e.pcm, pcm...)
	}
	if loud {
		e.heard, e.run, e.quiet = e.heard+n, e.run+n, 0
		return
	}
	e.run, e.quiet = 0, e.quiet+n
}

// state gives the sound heard in all, and the quiet up to now.
func (e *ear) state() (heard, quiet time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return duration(e.heard), duration(e.quiet)
}

// recording gives what was heard so far.
func (e *ear) recording() []int16 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]int16(nil), e.pcm...)
}

func isLoud(pcm []int16) bool {
	sum := 0
	for _, v := range pcm {
		sum += max(int(v), -int(v))
	}
	return sum >= loudness*len(pcm) && len(pcm) > 0
}

func duration(samples int64) time.Duration {
	return time.Duration(samples) * time.Second / media.Rate
}
