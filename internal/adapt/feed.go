package adapt

import (
	"context"
	"io"
	"sync"
)

// A feed is the audio of an utterance on its way to the vendor. It keeps what the
// vendor has not taken: an utterance is bounded.
type feed struct {
	told chan<- struct{} // has room for one: audio was taken
	wake chan struct{}   // has room for one: there is something to do

	mu      sync.Mutex
	waiting []int16
	over    bool
	count   int64 // samples taken
}

func newFeed(told chan<- struct{}) *feed {
	return &feed{told: told, wake: make(chan struct{}, 1)}
}

// put adds samples.
func (f *feed) put(pcm []int16) {
	f.mu.Lock()
	f.waiting = append(f.waiting, pcm...)
	f.mu.Unlock()
	poke(f.wake)
}

// finish says that no more follow.
func (f *feed) finish() {
	f.mu.Lock()
	f.over = true
	f.mu.Unlock()
	poke(f.wake)
}

// feedAtOnce is the most samples that next gives: 200 ms at 16 kHz, which is less
// than every vendor takes in a message.
const feedAtOnce = 3200

// next gives the samples that wait, without taking them away: took does. It waits
// for some, and gives io.EOF after the last.
func (f *feed) next(ctx context.Context) ([]int16, error) {
	for {
		f.mu.Lock()
		pcm, over := f.waiting[:min(len(f.waiting), feedAtOnce)], f.over
		f.mu.Unlock()
		if len(pcm) > 0 {
			return pcm, nil
		}
		if over {
			return nil, io.EOF
		}
		select {
		case <-f.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// took notes that the vendor has samples that next gave.
func (f *feed) took(samples int) {
	f.mu.Lock()
	f.waiting = f.waiting[samples:]
	f.count += int64(samples)
	f.mu.Unlock()
	poke(f.told)
}

// taken counts the samples that the vendor has.
func (f *feed) taken() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

// finished reports whether the vendor has all there will be.
func (f *feed) finished() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.over && len(f.waiting) == 0
}

func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
