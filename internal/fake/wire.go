package fake

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// hooks are where a fault touches a stream. Any of them may be nil.
type hooks struct {
	open func() error                                 // before the engine sees the stream
	recv func(proto.Message) (keep bool, err error)   // each request, which it may change
	send func(proto.Message) ([]proto.Message, error) // each answer: what goes out in its place
	half func() error                                 // at the half-close
	fail func(error) error                            // when receiving fails otherwise
	over func()                                       // when the engine has left the stream
}

// A wire is a stream as the engine sees it.
type wire struct {
	grpc.ServerStream

	hooks []hooks
	delay time.Duration // of each answer, while not calm
	calm  *atomic.Bool

	format *speechv1.AudioFormat
	heard  span // of audio, received
	made   span // and sent

	mu     sync.Mutex
	late   []held // answers that are held up
	busy   bool   // one of them is being sent
	wake   chan struct{}
	closed bool
	failed error // of a held answer
	sent   sync.WaitGroup
}

// A span is a time that one goroutine counts and others read.
type span struct{ ns atomic.Int64 }

func (s *span) add(d time.Duration) { s.ns.Add(int64(d)) }
func (s *span) long() time.Duration { return time.Duration(s.ns.Load()) }

// A held answer waits for its time.
type held struct {
	m  proto.Message
	at time.Time
}

// RecvMsg gives the next request that no fault drops.
func (w *wire) RecvMsg(m any) error {
	for {
		if err := w.ServerStream.RecvMsg(m); err != nil {
			return w.stopped(err)
		}
		msg := m.(proto.Message) //nolint:forcetypeassert // all requests are
		w.hear(msg)
		keep := true
		for _, h := range w.hooks {
			if h.recv == nil || !keep {
				continue
			}
			k, err := h.recv(msg)
			if err != nil {
				return err
			}
			keep = k
		}
		if keep {
			return nil
		}
		proto.Reset(msg)
	}
}

func (w *wire) stopped(err error) error {
	for _, h := range w.hooks {
		if errors.Is(err, io.EOF) && h.half != nil {
			if err := h.half(); err != nil {
				return err
			}
		}
		if !errors.Is(err, io.EOF) && h.fail != nil {
			err = h.fail(err)
		}
	}
	return err
}

// hear keeps count of the audio.
func (w *wire) hear(m proto.Message) {
	switch r := m.(type) {
	case *asrv1.StreamingRecognizeRequest:
		if c := r.GetConfig(); c != nil && w.format == nil {
			w.format = c.GetFormat()
		}
		w.heard.add(w.length(r.GetAudio().GetData()))
	case *ttsv1.StreamingSynthesizeRequest:
		if c := r.GetConfig(); c != nil && w.format == nil {
			w.format = c.GetFormat()
		}
	}
}

func (w *wire) length(data []byte) time.Duration {
	bytes := time.Duration(w.format.GetSampleRateHz())
	if w.format.GetEncoding() == speechv1.Encoding_ENCODING_LINEAR16 {
		bytes *= 2
	}
	return time.Duration(len(data)) * time.Second / max(bytes, 1)
}

// SendMsg sends what the faults make of an answer.
func (w *wire) SendMsg(m any) error {
	if r, speaks := m.(*ttsv1.StreamingSynthesizeResponse); speaks {
		w.made.add(w.length(r.GetAudio().GetData()))
	}
	answers := []proto.Message{m.(proto.Message)} //nolint:forcetypeassert // all answers are
	for _, h := range w.hooks {
		if h.send == nil {
			continue
		}
		var next []proto.Message
		for _, a := range answers {
			out, err := h.send(a)
			if err != nil {
				return err
			}
			next = append(next, out...)
		}
		answers = next
	}
	for _, a := range answers {
		if err := w.out(a); err != nil {
			return err
		}
	}
	return nil
}

// out sends, or holds up.
func (w *wire) out(m proto.Message) error {
	if w.delay == 0 {
		return w.ServerStream.SendMsg(m)
	}
	delay := w.delay
	if w.calm.Load() {
		delay = 0
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if delay == 0 && len(w.late) == 0 && !w.busy { // nor does anything overtake what is late
		return w.ServerStream.SendMsg(m)
	}
	if w.wake == nil {
		w.wake = make(chan struct{}, 1)
		w.sent.Go(w.release)
	}
	w.late = append(w.late, held{proto.Clone(m), time.Now().Add(delay)})
	w.poke()
	return w.failed
}

func (w *wire) poke() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// release sends held answers in their time, until the stream is over and none is
// left.
func (w *wire) release() {
	for {
		w.mu.Lock()
		if len(w.late) == 0 && w.closed {
			w.mu.Unlock()
			return
		}
		var next held
		if len(w.late) > 0 {
			next, w.late, w.busy = w.late[0], w.late[1:], true
		}
		w.mu.Unlock()
		if next.m == nil {
			<-w.wake
			continue
		}
		err := sleep(w.Context(), time.Until(next.at))
		if err == nil {
			err = w.ServerStream.SendMsg(next.m)
		}
		w.mu.Lock()
		w.failed, w.busy = err, false
		w.mu.Unlock()
	}
}

// close waits until nothing is held up any more.
func (w *wire) close() {
	w.mu.Lock()
	w.closed = true
	if w.wake != nil {
		w.poke()
	}
	w.mu.Unlock()
	w.sent.Wait()
	for _, h := range w.hooks {
		if h.over != nil {
			h.over()
		}
	}
}

// sleep waits, or ends with ctx.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(max(d, 0))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
