package media

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
)

const (
	recorderFrames = 256                 // that may wait to be read: 5 s
	stereoFrame    = 2 * FrameSamples    // of both channels
	recorderLength = recorderFrames << 9 // samples, a power of two that holds them all
)

// A Recorder hears a session in stereo, at 8 kHz: what its peer says on the left, what it
// is sent on the right, tick by tick. Nothing of it is written anywhere but by whoever
// calls Read, who has to see that no card number is in it.
type Recorder struct {
	session *Session
	left    *Tap
	right   *Tap
	ring    *ring
	wake    chan struct{}
	closed  chan struct{}
	once    sync.Once
	lost    atomic.Uint64

	// The pacer's own.
	frame [stereoFrame]int16 // of this tick
	begun bool
	gap   int // frames for which there was no room, to be silence once there is
}

// NewRecorder records s from the next frame on, until Close.
func NewRecorder(s *Session) *Recorder {
	r := &Recorder{session: s, ring: newRing(recorderLength), wake: make(chan struct{}, 1), closed: make(chan struct{})}
	r.left, r.right = NewTap(Rate, r.heard), NewTap(Rate, r.sent)
	s.Hear(r.left)
	s.HearSent(r.right)
	return r
}

// heard begins a tick: what the one before held is complete.
func (r *Recorder) heard(pcm []int16, _ bool) {
	if r.begun {
		r.put()
	}
	r.begun = true
	shielded := r.session.shield.Load()
	for i, s := range pcm {
		if shielded {
			s = 0
		}
		r.frame[2*i], r.frame[2*i+1] = s, 0 // nothing is sent while the peer holds us
	}
}

func (r *Recorder) sent(pcm []int16, _ bool) {
	for i, s := range pcm {
		r.frame[2*i+1] = s
	}
}

// put lets the reader have the frame. Where it did not read in time it gets silence, so
// that time goes on as it did.
func (r *Recorder) put() {
	var silence [stereoFrame]int16
	for ; r.gap > 0 && r.room(); r.gap-- {
		r.ring.write(silence[:])
	}
	if r.gap > 0 || !r.room() {
		r.gap++
		r.lost.Add(FrameSamples)
		return
	}
	r.ring.write(r.frame[:])
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *Recorder) room() bool { return r.ring.len() < recorderFrames*stereoFrame }

// Read waits for sound and fills pcm with it, left and right in turn; the number of
// samples is even. After Close it gives what is left, then io.EOF.
func (r *Recorder) Read(ctx context.Context, pcm []int16) (n int, err error) {
	for {
		if n := r.ring.take(pcm[:len(pcm)&^1]); n > 0 {
			return n, nil
		}
		select {
		case <-r.wake:
		case <-r.closed:
			if r.ring.len() == 0 {
				return 0, io.EOF
			}
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// Lost is how many samples of each channel were not read in time.
func (r *Recorder) Lost() uint64 { return r.lost.Load() }

// Close ends the recording. It may be called twice.
func (r *Recorder) Close() error {
	r.once.Do(func() {
		r.session.StopHearing(r.left)
		r.session.StopHearing(r.right)
		close(r.closed)
	})
	return nil
}
