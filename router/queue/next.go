package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// reapAtOnce bounds what one reap does, so that no script is long.
const reapAtOnce = 100

// Run keeps this node alive in the pool until ctx ends: it renews the lease,
// does what is due, whoever's it is, and fetches the offers for Next. Losing
// Redis does not end it. When it returns, the calls this node still holds have
// left the pool.
func (r *Redis) Run(ctx context.Context) error {
	sub := r.cfg.Client.Subscribe(ctx, r.hints)
	defer func() { _ = sub.Close() }()
	beat := time.NewTicker(r.cfg.Lease / 3)
	defer beat.Stop()
	tick := time.NewTimer(0)
	defer tick.Stop()
	r.loop(ctx, beat.C, tick, sub.Channel())
	return r.part(ctx)
}

func (r *Redis) loop(ctx context.Context, beat <-chan time.Time, tick *time.Timer, hints <-chan *redis.Message) {
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-beat:
			err = r.beat(ctx)
		case <-tick.C:
			err = r.work(ctx)
			tick.Reset(r.cfg.Tick/2 + rand.N(r.cfg.Tick/2+1))
		case hint := <-hints:
			if hint == nil || hint.Payload != r.cfg.Node {
				continue
			}
			err = r.fetch(ctx)
		}
		if ctx.Err() == nil {
			r.check(ctx, err)
		}
	}
}

// work does, without any hint, all that hints hasten.
func (r *Redis) work(ctx context.Context) error {
	if r.doubt.Load() { // the Redis that is back may be another, with another clock
		if err := r.learnTime(ctx); err != nil {
			return err
		}
	}
	if err := r.pay(ctx); err != nil {
		return err
	}
	if _, err := r.Reap(ctx); err != nil {
		return err
	}
	return r.fetch(ctx)
}

// Reap does what is due in the pool, at most a hundred things, and says how
// many there were. Run calls it all the time.
func (r *Redis) Reap(ctx context.Context) (int, error) {
	var due int64
	err := r.fenced(ctx, func(epoch int64) (code int64, err error) {
		due, err = r.change(ctx, r.scripts.reap, r.cfg.Node, epoch, r.cfg.Lease.Milliseconds(), reapAtOnce).Int64()
		return due, err
	})
	if err != nil {
		return 0, fmt.Errorf("reap: %w", err)
	}
	if due == awaitedCode {
		r.doubt.Store(true)
	}
	return int(max(due, 0)), nil
}

// Next gives each offer for a call of this node once, oldest first, and waits
// for one if there is none. It needs Run. The error is that of ctx.
func (r *Redis) Next(ctx context.Context) (Offer, error) {
	for {
		o, ok, wake := r.take()
		if ok {
			return o, nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return Offer{}, ctx.Err()
		}
	}
}

func (r *Redis) take() (Offer, bool, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.pending) == 0 {
		return Offer{}, false, r.wake
	}
	o := r.pending[0]
	r.pending = r.pending[1:]
	r.given[o.Number] = struct{}{}
	if h := r.held[o.Call]; h != nil {
		h.given = o.Number
	}
	r.stats.offers.Add(1)
	return o, true, nil
}

// fetch lists the open offers of this node and keeps those not yet given. Only
// the goroutine of Run calls it, so each list is newer than the one before, and
// an offer that is missing from it is over: a number is never open again.
func (r *Redis) fetch(ctx context.Context) error {
	r.mu.Lock()
	r.told = nil
	r.mu.Unlock()
	docs, err := r.run(ctx, r.scripts.offers, r.cfg.Node).StringSlice()
	if err != nil {
		return fmt.Errorf("fetch offers: %w", err)
	}
	open := make([]Offer, 0, len(docs))
	for _, doc := range docs {
		var c callDoc
		if err := json.Unmarshal([]byte(doc), &c); err != nil {
			return fmt.Errorf("fetch offers: %w", err)
		}
		r.saw(int64(c.Offer))
		open = append(open, r.offer(c))
	}
	r.merge(open)
	return nil
}

// hear takes the offer that the reply to an enqueue tells of, if there is one: an agent was
// free. So it need not be fetched.
func (r *Redis) hear(reply []any) error {
	doc, _ := reply[len(reply)-1].(string)
	if doc == "" {
		return nil
	}
	var c callDoc
	if err := json.Unmarshal([]byte(doc), &c); err != nil {
		return fmt.Errorf("read an offer: %w", err)
	}
	r.saw(int64(c.Offer))
	o := r.offer(c)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held[o.Call] == nil || r.gave(o) || slices.ContainsFunc(r.pending, func(p Offer) bool { return p.Number == o.Number }) {
		return nil // it left, or somebody fetched it meanwhile
	}
	r.told = append(r.told, o)
	r.pending = append(r.pending, o)
	r.awaken()
	return nil
}

func (r *Redis) offer(c callDoc) Offer {
	o := Offer{
		Number: int64(c.Offer), Call: c.ID, Queue: c.Queue, Expired: c.State == "expired",
		Entered: r.local(int64(c.Entered)), Priority: c.Priority, Skills: c.own(), Deadline: r.local(int64(c.Due)),
	}
	if c.Back != "" {
		o.Back = readCallback(c)
	}
	if agents := strings.Fields(c.Agent); len(agents) > 0 {
		o.Agent, o.Others = agents[0], agents[1:]
	}
	return o
}

// Agents lists whom the caller is offered to.
func (o Offer) Agents() []string {
	if o.Agent == "" {
		return nil
	}
	return append([]string{o.Agent}, o.Others...)
}

// For gives the offer as it concerns one of its agents.
func (o Offer) For(agent string) Offer {
	o.Agent, o.Others = agent, nil
	return o
}

// merge takes a list of what is open for what there is, besides what we were told meanwhile.
func (r *Redis) merge(open []Offer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range r.told {
		if r.held[o.Call] != nil && !slices.ContainsFunc(open, func(p Offer) bool { return p.Number == o.Number }) {
			open = append(open, o)
		}
	}
	slices.SortFunc(open, func(a, b Offer) int { return cmp.Compare(a.Number, b.Number) })
	given := make(map[int64]struct{}, len(open))
	r.pending = r.pending[:0]
	for _, o := range open {
		if r.gave(o) {
			given[o.Number] = struct{}{}
		} else {
			r.pending = append(r.pending, o)
		}
	}
	r.given = given
	r.awaken()
}

// gave reports that Next has given an offer; r.mu is held.
func (r *Redis) gave(o Offer) bool {
	_, given := r.given[o.Number]
	h := r.held[o.Call]
	return given || h != nil && h.given >= o.Number
}

// awaken has Next look at what is pending; r.mu is held.
func (r *Redis) awaken() {
	if len(r.pending) > 0 {
		close(r.wake)
		r.wake = make(chan struct{})
	}
}
