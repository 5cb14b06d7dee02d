package media

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

const (
	recorderFrames = 256              // that may wait to be read, beside those that are held back: 5 s
	stereoFrame    = 2 * FrameSamples // of both channels
	sampleTime     = time.Second / Rate
)

// RecorderConfig is how a session is recorded.
type RecorderConfig struct {
	// Delay is how long sound is held back from Read, in memory, so that Mute comes in
	// time: 32 kB a second. A card number is known when all of it was said and
	// recognized, so 15 s are right for a recording that is kept.
	Delay time.Duration
}

// A Channel is a side of a recording, or both.
type Channel uint8

// The sides, which may be joined by |.
const (
	Left  Channel = 1 << iota // what the peer says
	Right                     // what it is sent
	Both  = Left | Right
)

// A Recorder hears a session in stereo, at 8 kHz: what its peer says on the left, what it
// is sent on the right, tick by tick. Nothing of it is written anywhere but by whoever
// calls Read, and what is muted before that is silence there.
type Recorder struct {
	session *Session
	left    *Tap
	right   *Tap
	ring    *ring
	delay   int // samples of both channels that are held back
	wake    chan struct{}
	closed  chan struct{}
	once    sync.Once
	lost    atomic.Uint64

	mu    sync.Mutex // over what Mute and Read share; no pacer takes it
	mutes [2]mutes   // by channel
	late  uint64

	// The pacer's own.
	frame [stereoFrame]int16 // of this tick
	begun bool
	gap   int // frames for which there was no room, to be silence once there is
}

// NewRecorder records s from the next frame on, until Close.
func NewRecorder(s *Session, c RecorderConfig) *Recorder {
	delay := int(max(c.Delay, 0)/FrameTime) * stereoFrame
	r := &Recorder{
		session: s, ring: newRing(delay + recorderFrames*stereoFrame), delay: delay,
		wake: make(chan struct{}, 1), closed: make(chan struct{}),
	}
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

func (r *Recorder) room() bool { return r.ring.len()+stereoFrame <= len(r.ring.samples) }

// Read waits for sound and fills pcm with it, left and right in turn; the number of
// samples is even. After Close it gives what is left, without a delay, then io.EOF. One
// goroutine may read.
func (r *Recorder) Read(ctx context.Context, pcm []int16) (n int, err error) {
	for {
		if n := r.take(pcm[:len(pcm)&^1]); n > 0 {
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

// take gives what is old enough, without what is muted in it.
func (r *Recorder) take(pcm []int16) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	delay := r.delay
	select {
	case <-r.closed:
		delay = 0
	default:
	}
	at := r.position()
	n := r.ring.take(pcm[:max(0, min(len(pcm), r.ring.len()-delay))])
	if n > 0 {
		r.mutes[0].silence(pcm[:n], at)
		r.mutes[1].silence(pcm[1:n], at)
	}
	return n
}

// first is the position at which the recording begins.
func (r *Recorder) first() int64 { return max(r.left.began.Load()-1, 0) }

// position is what is read next, in samples on the session's clock.
func (r *Recorder) position() int64 {
	return r.first() + int64(r.ring.read.Load()/2) //nolint:gosec // of a recording
}

// Mute silences a part of the recording before it is read. from and to are on the
// session's clock, as Frame.At and Tap.Began are: where times count from the first audio
// of a recognizer, its tap's Began is to be added. What was read already stays as it was
// and is counted: see Late. It may be called from any goroutine, for what has yet to be
// said too, and for what was muted before.
func (r *Recorder) Mute(c Channel, from, to time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	late := int64(0)
	x := stretch{max(int64(from/sampleTime), r.first()), int64((to + sampleTime - 1) / sampleTime)}
	for side := range r.mutes {
		if c&(1<<side) != 0 {
			late = max(late, r.mutes[side].add(x, r.position()))
		}
	}
	r.late += uint64(late) //nolint:gosec // not negative
}

// Late is how many samples should have been muted after they were read.
func (r *Recorder) Late() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.late
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
