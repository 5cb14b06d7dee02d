package media

import (
	"context"
	"errors"
	"sync/atomic"
)

// ErrStopped says that what is written will not be heard: the source was flushed
// or its session closed.
var ErrStopped = errors.New("source is no longer played")

const (
	streamLength = 16384 // two seconds
	// A writer that waits is woken for this much room, not for each frame: it
	// would cost more to wake it than to play.
	streamRoom = streamLength / 4
)

// A Stream is a Source of 8 kHz fed by one goroutine, which may run ahead by two
// seconds.
type Stream struct {
	ring    *ring
	room    chan struct{} // the reader made room
	stopped chan struct{}
	ended   atomic.Bool // CloseWrite was called
	stops   atomic.Bool
}

// NewStream makes a Stream.
func NewStream() *Stream {
	return &Stream{ring: newRing(streamLength), room: make(chan struct{}, 1), stopped: make(chan struct{})}
}

// Write queues samples. It blocks while there is no room, and then until there is
// half a second of it. It returns ErrStopped once nobody will hear them, or the
// error of ctx. One goroutine may write.
func (s *Stream) Write(ctx context.Context, pcm []int16) error {
	for {
		if s.stops.Load() {
			return ErrStopped
		}
		pcm = pcm[s.ring.write(pcm):]
		if len(pcm) == 0 {
			return nil
		}
		select {
		case <-s.room:
		case <-s.stopped:
			return ErrStopped
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// CloseWrite says that no more comes: the stream ends when it has been played.
// It may be called twice.
func (s *Stream) CloseWrite() { s.ended.Store(true) }

// ReadFrame implements Source. A frame is played when it is whole, or the last.
func (s *Stream) ReadFrame(f *Frame) (ok, done bool) {
	f.narrow()
	ended := s.ended.Load() // before the length: the writer writes first
	if s.ring.len() < len(f.PCM) && !ended {
		return false, false
	}
	f.PCM = f.PCM[:s.ring.take(f.PCM)]
	left := s.ring.len()
	if left <= streamLength-streamRoom {
		select {
		case s.room <- struct{}{}:
		default:
		}
	}
	return len(f.PCM) > 0, ended && left == 0
}

// Stop implements Stopper: Write fails from now on.
func (s *Stream) Stop() {
	if s.stops.CompareAndSwap(false, true) {
		close(s.stopped)
	}
}
