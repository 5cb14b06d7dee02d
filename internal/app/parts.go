package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// parts are what a server is made of: each runs on a goroutine of its own and
// is stopped before those that were started ahead of it.
type parts struct {
	mu     sync.Mutex
	parts  []*part
	over   bool       // stop was called: nothing starts any more
	failed chan error // the first part that ended by itself
}

type part struct {
	name   string
	cancel context.CancelFunc
	done   chan struct{}
}

func newParts() *parts { return &parts{failed: make(chan error, 1)} }

// start runs f until stop. Its return before that, or an error, fails the server.
func (ps *parts) start(ctx context.Context, name string, f func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := &part{name: name, cancel: cancel, done: make(chan struct{})}
	if !ps.add(p) {
		cancel()
		return
	}
	go func() {
		defer close(p.done)
		err := f(ctx)
		if ctx.Err() == nil || err != nil && !errors.Is(err, context.Canceled) {
			ps.fail(fmt.Errorf("%s: %w", name, orEnded(err)))
		}
	}()
}

func (ps *parts) add(p *part) bool {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if !ps.over {
		ps.parts = append(ps.parts, p)
	}
	return !ps.over
}

var errEnded = errors.New("ended unexpectedly")

func orEnded(err error) error {
	if err == nil {
		return errEnded
	}
	return err
}

func (ps *parts) fail(err error) {
	select {
	case ps.failed <- err:
	default:
	}
}

// stop ends the parts, the last one started first, and waits for each.
func (ps *parts) stop() {
	ps.mu.Lock()
	ps.over = true
	all := ps.parts
	ps.parts = nil
	ps.mu.Unlock()
	for _, p := range slices.Backward(all) {
		p.cancel()
		<-p.done
	}
}
