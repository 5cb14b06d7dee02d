package call

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"github.com/callward/callward/router/queue"
)

// Registry knows the calls of this process while they live. It is safe for
// concurrent use.
type Registry struct {
	mu    sync.Mutex
	calls map[ID]*Call
	desks map[ID]*Desk
	backs map[*Back]struct{}
	wg    sync.WaitGroup
	total int64
}

// NewRegistry has no calls yet.
func NewRegistry() *Registry {
	return &Registry{calls: make(map[ID]*Call), desks: make(map[ID]*Desk), backs: make(map[*Back]struct{})}
}

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
		close(c.over)
	}()
	return c.Run(ctx)
}

// Outlive returns when the calls of which what holds, now, live no more, so that their records
// are kept; or with the error of ctx.
func (r *Registry) Outlive(ctx context.Context, what func(Record) bool) error {
	var ends []<-chan struct{}
	r.mu.Lock()
	for _, c := range r.calls {
		if what(c.Record()) {
			ends = append(ends, c.over)
		}
	}
	r.mu.Unlock()
	for _, over := range ends {
		select {
		case <-over:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// RunDesk lives a call that an agent places.
func (r *Registry) RunDesk(ctx context.Context, d *Desk) error {
	r.mu.Lock()
	r.desks[d.ID()] = d
	r.wg.Add(1)
	r.mu.Unlock()
	defer r.wg.Done()
	defer func() {
		r.mu.Lock()
		delete(r.desks, d.ID())
		r.mu.Unlock()
	}()
	return d.Run(ctx)
}

// Yield gives the far end of an agent's own call away: see Talks.
func (r *Registry) Yield(tenant, leg string) (Party, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.desks {
		if p, ok := d.yield(tenant, leg); ok {
			return p, true
		}
	}
	return Party{}, false
}

// Find gives a live call of a tenant; of any, if tenant is empty.
func (r *Registry) Find(tenant string, id ID) (*Call, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.calls[id]
	return c, c != nil && (tenant == "" || c.setup.Tenant == tenant)
}

// Holding gives the call of a tenant that has a leg with a human.
func (r *Registry) Holding(tenant, leg string) (*Call, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.calls {
		if c.setup.Tenant == tenant && c.holds(leg) {
			return c, true
		}
	}
	return nil, false
}

// CloseAll has every caller's call end well, soon: see Closing. Agents' own end now.
func (r *Registry) CloseAll(ctx context.Context) {
	r.mu.Lock()
	calls := slices.Collect(maps.Values(r.calls))
	for _, d := range r.desks {
		d.Close()
	}
	for b := range r.backs {
		b.Close()
	}
	r.mu.Unlock()
	for _, c := range calls {
		c.post(ctx, Closing{})
	}
}

// taker is who a reservation is for.
type taker interface {
	Reserve(ctx context.Context, o queue.Offer)
}

// taker finds whom an offer is for; nil if it is gone.
func (r *Registry) taker(o queue.Offer) taker {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := OfTicket(o.Call)
	if c := r.calls[id]; c != nil {
		return c
	}
	if d := r.desks[id]; d != nil {
		return d
	}
	return nil
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

// Desks gives the number of calls that agents placed.
func (r *Registry) Desks() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.desks)
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
		if t := r.taker(o); t != nil {
			t.Reserve(ctx, o)
			continue
		}
		if err := q.Reject(ctx, o, queue.GaveWay); err != nil {
			log.Warn("give back agent", slog.Any("err", err))
		}
	}
}
