package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/callward/callward/internal/facts"
	"github.com/callward/callward/router/queue"
)

const (
	// outputTick is how often the stream is looked at.
	outputTick = 250 * time.Millisecond
	// retryOutput is how long to wait after a failure, or for the node that leads.
	retryOutput = time.Second
	// lastWords is how long the end may wait for what is left to be written and sent.
	lastWords = 3 * time.Second
	// batch is how many events are read at once.
	batch = 500
)

// run keeps the outputs going until ctx ends, and then writes what is left.
func (o *outputs) run(ctx context.Context, pools func(tenant string) *pool) error {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var publisher sync.WaitGroup
	quit, last := make(chan struct{}), make(chan struct{})
	publisher.Go(func() { o.publish(late, quit, pools) })
	for {
		tenants, changed := o.wanted()
		round, stop := context.WithCancel(late)
		var writers sync.WaitGroup
		for _, tenant := range names(tenants) {
			for _, out := range o.list(tenant, tenants[tenant]) {
				writers.Go(func() { o.follow(round, last, pools, out) })
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			time.AfterFunc(lastWords, cancel)
			close(quit) // no call lives any more
			publisher.Wait()
			close(last)
			writers.Wait()
		}
		stop()
		writers.Wait()
		if ctx.Err() != nil {
			return nil
		}
	}
}

// errOtherLeads says that another node writes the outputs now.
var errOtherLeads = errors.New("another node writes the outputs")

// follow writes one output whenever this node leads its pool.
func (o *outputs) follow(ctx context.Context, last <-chan struct{}, pools func(tenant string) *pool, out *output) {
	for {
		p, failed := pools(out.tenant), false
		if p != nil {
			leads, err := p.Lead(ctx)
			if err == nil && leads {
				err = o.write(ctx, last, p, out)
			}
			if ctx.Err() != nil {
				return
			}
			if failed = err != nil && !errors.Is(err, errOtherLeads); failed {
				out.state.failures.Add(1)
				o.warn(out.tenant, out.name, "write", err)
			}
		}
		if !failed && over(last) || !sleep(ctx, retryOutput) { // the last are tried again, for nobody else may come to write them
			return
		}
	}
}

// over reports whether the last events are in the stream.
func over(last <-chan struct{}) bool {
	select {
	case <-last:
		return true
	default:
		return false
	}
}

// A reader goes through the events of a pool for one output.
type reader struct {
	*output

	p     *pool
	w     writer
	fold  *facts.Fold
	after string // the last event that is dealt with
	from  string // the last event that was read
	noted string // what the pool knows of after
}

// write deals with events until ctx ends, another node leads, or the last are written.
func (o *outputs) write(ctx context.Context, last <-chan struct{}, p *pool, out *output) error {
	w, err := out.open(p)
	if err != nil {
		return err
	}
	defer func() { o.warn(out.tenant, out.name, "close", w.close()) }()
	r := &reader{output: out, p: p, w: w, fold: facts.NewFold()}
	if err := r.begin(ctx, o.since); err != nil {
		return err
	}
	for {
		all := over(last) // asked before it reads: the last event may come between the two
		more, err := r.read(ctx)
		if err != nil {
			return err
		}
		if more {
			continue
		}
		if all && w.idle() || !sleep(ctx, outputTick) {
			return nil
		}
	}
}

// begin finds out where to go on. A pool whose stream is younger than that has forgotten: it
// is read from its beginning.
func (r *reader) begin(ctx context.Context, since time.Time) error {
	at, err := r.p.Cursor(ctx, r.name)
	if err != nil {
		return err
	}
	newest, err := r.p.NewestEvent(ctx)
	if err != nil {
		return err
	}
	r.after = at
	if own := r.w.last(); queue.Later(own, at) > 0 {
		r.after = own
	}
	switch {
	case r.after == "":
		r.after = queue.Since(since)
	case queue.Later(r.after, newest) > 0:
		r.after = ""
	}
	return r.note(ctx, r.after)
}

// read deals with the next events, and reports whether there may be more at once.
func (r *reader) read(ctx context.Context) (more bool, err error) {
	events, err := r.p.Events(ctx, r.from, batch)
	if err != nil {
		return false, err
	}
	leads := false
	for _, e := range events {
		meant := r.fold.Apply(e)
		r.from = e.ID
		if queue.Later(e.ID, r.after) <= 0 {
			continue
		}
		if !leads {
			if leads, err = r.p.Lead(ctx); err == nil && !leads {
				err = errOtherLeads
			}
			if err != nil { // what was read is not taken: who reads next begins anew
				return false, err
			}
		}
		if err := r.w.take(ctx, e.ID, meant); err != nil {
			return false, err
		}
		r.state.events.Add(1)
		r.after = e.ID
	}
	r.state.behind.Store(len(events) == batch || !r.w.idle())
	return len(events) == batch, r.settle(ctx)
}

// settle makes sure of what was taken and notes it.
func (r *reader) settle(ctx context.Context) error {
	if r.after == r.noted {
		return nil
	}
	done, err := r.w.commit(r.after)
	if err != nil || done == "" || done == r.noted {
		return err
	}
	return r.note(ctx, done)
}

func (r *reader) note(ctx context.Context, id string) error {
	if err := r.p.Advance(ctx, r.name, id); err != nil {
		return err
	}
	r.noted = id
	r.state.done.Store(queue.EventTime(id).UnixMilli())
	return nil
}
