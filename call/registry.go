package call

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"

	"github.com/callward/callward/router/queue"
)

// Registry knows the calls of this process while they live. It is safe for
// concurrent use.
type Registry struct {
	mu    sync.Mutex
	calls map[ID]*Call
	wg    sync.WaitGroup
	total int64
}

// NewRegistry has no calls yet.
func NewRegistry() *Registry { return &Registry{calls: make(map[ID]*Call)} }

// Run lives c, known under its id meanwhile, and returns when it has ended.
func (r *Registry) Run(ctx context.Context, c *Call) error {
	r.mu.Lock()
	r.calls[c.ID()] = c
	r.total++
	r.wg.Add(1)
	r.mu.Unlock()
	defer r.wg.Done()
	defer func() {
		r.mu.Lock()
		delete(r.calls, c.ID())
		r.mu.Unlock()
	}()
	return c.Run(ctx)
}

// Live gives the records, so far, of the calls that live, oldest first.
func (r *Registry) Live() []Record {
	r.mu.Lock()
	live := make([]Record, 0, len(r.calls))
	for _, c := range r.calls {
		live = append(live, c.Record())
	}
	r.mu.Unlock()
	slices.SortFunc(live, func(a, b Record) int { return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.Call, b.Call)) })
	return live
}

// Count gives the number of live calls, and of all calls since the start.
func (r *Registry) Count() (live int, total int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.calls), r.total
}

// Wait returns when no call lives any more, or with the error of ctx.
func (r *Registry) Wait(ctx context.Context) error {
	gone := make(chan struct{})
	go func() {
		r.wg.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Reservations gives the agents that are reserved for the calls of this process.
type Reservations interface {
	Next(ctx context.Context) (queue.Offer, error)
	Reject(ctx context.Context, o queue.Offer, why queue.Reason) error
}

// Dispatch hands each reservation to its call until ctx ends; one whose call is
// gone is given back.
func (r *Registry) Dispatch(ctx context.Context, q Reservations, log *slog.Logger) error {
	for {
		o, err := q.Next(ctx)
		if err != nil {
			return err
		}
		r.mu.Lock()
		c := r.calls[ID(o.Call)]
		r.mu.Unlock()
		if c != nil {
			c.Reserve(ctx, o)
			continue
		}
		if err := q.Reject(ctx, o, queue.GaveWay); err != nil {
			log.Warn("give back agent", slog.Any("err", err))
		}
	}
}
