package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// An event is a message of the engine.
type event[M any] struct {
	m    M
	at   time.Time
	sent int64 // samples that had been sent when it came
}

// An inbox keeps what a stream receives, with the time of each message.
type inbox[M any] struct {
	sent atomic.Int64 // samples

	mu      sync.Mutex
	got     []event[M]
	size    int   // of all, about
	err     error // of the end; io.EOF: OK
	ended   time.Time
	changed chan struct{}
}

// What a stream of a check may bring in all: an engine that sends without end must not
// take the memory of who checks it.
const (
	mostReceived = 64 << 20 // bytes
	besides      = 256      // of each message
)

var errFlood = errors.New("more than 64 MiB came on one stream")

// receive takes messages until the stream ends, or there are too many. The stream's context
// ends it.
func (b *inbox[M]) receive(recv func() (M, error)) {
	for {
		m, err := recv()
		now := time.Now()
		b.mu.Lock()
		if p, ok := any(m).(proto.Message); ok && err == nil {
			if b.size += proto.Size(p) + besides; b.size > mostReceived {
				err = errFlood
			}
		}
		if err != nil {
			b.err, b.ended = err, now
		} else {
			b.got = append(b.got, event[M]{m, now, b.sent.Load()})
		}
		close(b.changed)
		b.changed = make(chan struct{})
		b.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func newInbox[M any]() *inbox[M] { return &inbox[M]{changed: make(chan struct{})} }

// now gives what has come so far, the end of the stream, if it has come, and a
// channel that is closed when there is more.
func (b *inbox[M]) now() (got []event[M], more <-chan struct{}, end error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.got, b.changed, b.err
}

// until waits for a message that fits, of those from the given one on, and gives
// its place.
func (b *inbox[M]) until(ctx context.Context, limit time.Duration, from int, what string, fits func(M) bool) (int, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		got, more, end := b.now()
		for ; from < len(got); from++ {
			if fits(got[from].m) {
				return from, nil
			}
		}
		if end != nil {
			return 0, fmt.Errorf("the stream ended (%w) without %s", outcome(end), what)
		}
		select {
		case <-more:
		case <-timer.C:
			return 0, fmt.Errorf("%w %s within %v", errNone, what, limit)
		case <-ctx.Done():
			return 0, fmt.Errorf("no %s: %w", what, ctx.Err())
		}
	}
}

// errNone begins the error of what did not come in its time.
var errNone = errors.New("no")

// errNotReady says that a stream did not become ready in its time.
var errNotReady = errors.New("the stream does not become ready")

// opened notes how the wait for ready came out.
func (t *target) opened(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.served = true
	}
	if errors.Is(err, errNone) {
		return fmt.Errorf("%w: %w", errNotReady, err)
	}
	return err
}

// end waits for the end of the stream: io.EOF is OK.
func (b *inbox[M]) end(ctx context.Context, limit time.Duration) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		_, more, end := b.now()
		if end != nil {
			return end
		}
		select {
		case <-more:
		case <-timer.C:
			return errOpen
		case <-ctx.Done():
			return errOpen
		}
	}
}

// errOpen says that a stream has not ended.
var errOpen = errors.New("the stream is still open")

// outcome shows how a stream ended.
func outcome(end error) error {
	if errors.Is(end, io.EOF) {
		return errors.New("OK")
	}
	return end
}

// wellEnded says what is wrong with an end that should be OK.
func wellEnded(end error) error {
	if errors.Is(end, io.EOF) {
		return nil
	}
	if errors.Is(end, errOpen) {
		return end
	}
	return fmt.Errorf("the stream ended with %w, not OK", end)
}

// refused says what is wrong with an end that should be a refusal with a code, or
// with one of several.
func refused(end error, allowed ...codes.Code) error {
	if errors.Is(end, errOpen) {
		return end
	}
	if errors.Is(end, io.EOF) || !slices.Contains(allowed, status.Code(end)) {
		return fmt.Errorf("the stream ended with %w, not %v", outcome(end), allowed)
	}
	return nil
}
