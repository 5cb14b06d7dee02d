package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// A Redis is one node's view of a pool.
type Redis struct {
	cfg     Config
	keys    []string
	hints   string // channel that names the node whose calls were offered an agent
	phones  string // hash: agent -> "NODE UNTIL CONTACT", as where.go has it; no script reads it
	scripts scripts
	offset  atomic.Int64 // ns, Redis's clock minus ours
	epoch   atomic.Int64 // 0: not joined
	highest atomic.Int64 // highest number seen, so that a Redis that forgot does not hand it out again
	stats   counters

	joining  sync.Mutex               // held while a new epoch is fetched
	settings atomic.Pointer[settings] // of the queues; nil: not told

	mu      sync.Mutex // guards what follows
	held    map[string]*held
	owed    map[string]Reason  // calls whose end Redis has not heard of
	pending []Offer            // open, not yet given by Next
	given   map[int64]struct{} // open, given by Next
	wake    chan struct{}      // closed when pending grows
}

// A held is a call of this node, as needed to put it back at its place.
type held struct {
	entry    Entry
	place    int64  // number of the place, 0 until known
	entered  int64  // ms, 0 until known
	accepted int64  // number of the offer an agent accepted, 0: waiting
	by       string // that agent
}

// Open joins the pool. Nothing is offered to this node before Run.
func Open(ctx context.Context, cfg Config) (*Redis, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	prefix := "cw:{" + cfg.Tenant + "/" + cfg.Pool + "}:"
	r := &Redis{
		cfg: cfg, keys: keys(prefix), hints: prefix + "hints", phones: prefix + "phones", scripts: loadScripts(),
		held: make(map[string]*held), owed: make(map[string]Reason), given: make(map[int64]struct{}), wake: make(chan struct{}),
	}
	if err := r.learnTime(ctx); err != nil {
		return nil, fmt.Errorf("reach redis: %w", err)
	}
	if err := r.join(ctx, 0); err != nil {
		return nil, err
	}
	return r, nil
}

// Node is the name under which this process holds its calls.
func (r *Redis) Node() string { return r.cfg.Node }

// Enqueue makes a caller wait. A call that is in the queue already stays as it
// is. After an error the call does not wait, or will not for long. ErrFull and
// ErrEmpty: the queue does not take it, as its Settings say.
func (r *Redis) Enqueue(ctx context.Context, e Entry) error {
	if err := e.check(); err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	r.hold(e)
	if err := r.fenced(ctx, func(epoch int64) (int64, error) { return r.enqueue(ctx, epoch, e.Call) }); err != nil {
		r.release(e.Call)
		if !errors.Is(err, ErrFull) && !errors.Is(err, ErrEmpty) {
			r.owe(e.Call, Failure)
		}
		return fmt.Errorf("enqueue call %s: %w", e.Call, err)
	}
	return nil
}

// Leave ends a call in any state: a waiting caller is forgotten, an agent who
// was being rung is free again in their old place, one who talked wraps up.
// Leaving twice is no error. If Redis cannot be reached, Run tells it later.
func (r *Redis) Leave(ctx context.Context, call string, why Reason) error {
	if err := checkReason(why); err != nil {
		return fmt.Errorf("leave call %s: %w", call, err)
	}
	r.release(call)
	if _, err := r.settle(ctx, r.scripts.leave, call, string(why)); err != nil {
		r.owe(call, why)
		return fmt.Errorf("leave call %s: %w", call, err)
	}
	return nil
}

// Ringing notes that the agent's phone rings. ErrStale: stop it.
func (r *Redis) Ringing(ctx context.Context, o Offer) error {
	ok, err := r.settle(ctx, r.scripts.ringing, o.Call, o.Number, o.Agent)
	if err == nil && !ok {
		err = ErrStale
	}
	if err != nil {
		return fmt.Errorf("ringing for call %s: %w", o.Call, err)
	}
	return nil
}

// Accept gives the caller to the agent who answered. If it is false, or fails,
// the caller is not theirs: the agent's leg must be hung up, not bridged.
func (r *Redis) Accept(ctx context.Context, o Offer) (bool, error) {
	ok, err := r.settle(ctx, r.scripts.accept, o.Call, o.Number, o.Agent)
	if err != nil {
		return false, fmt.Errorf("accept call %s: %w", o.Call, err)
	}
	if ok {
		r.accepted(o)
	}
	return ok, nil
}

// Reject ends an offer that came to nothing, or an accepted one whose audio
// never met. The caller is back at the old place, the agents rest. An offer as For
// gives it ends for that agent alone while others ring. Rejecting an offer that is
// over already is no error.
func (r *Redis) Reject(ctx context.Context, o Offer, why Reason) error {
	if err := checkReason(why); err != nil {
		return fmt.Errorf("reject call %s: %w", o.Call, err)
	}
	agent := o.Agent
	if len(o.Others) > 0 {
		agent = "" // all of them
	}
	if _, err := r.settle(ctx, r.scripts.reject, o.Call, o.Number, string(why), agent); err != nil {
		return fmt.Errorf("reject call %s: %w", o.Call, err)
	}
	r.refused(o, agent)
	return nil
}

// Complete ends a talk: the call is forgotten, the agent wraps up. Completing
// twice is no error. If Redis cannot be reached, Run tells it later.
func (r *Redis) Complete(ctx context.Context, o Offer) error {
	r.release(o.Call)
	if _, err := r.settle(ctx, r.scripts.complete, o.Call, o.Number, string(o.ended()), o.to()); err != nil {
		r.owe(o.Call, Completed)
		return fmt.Errorf("complete call %s: %w", o.Call, err)
	}
	return nil
}

// settle runs a transition of one of this node's calls; false: nothing to do.
func (r *Redis) settle(ctx context.Context, s *redis.Script, call string, args ...any) (bool, error) {
	code, err := r.code(ctx, s, call, args...)
	return code == 1, err
}

// code does the same and gives what the script replies.
func (r *Redis) code(ctx context.Context, s *redis.Script, call string, args ...any) (code int64, err error) {
	err = r.fenced(ctx, func(epoch int64) (int64, error) {
		code, err = r.change(ctx, s, append([]any{r.cfg.Node, epoch, call}, args...)...).Int64()
		return code, err
	})
	return code, err
}

// enqueue says where a held call waits, and learns its place.
func (r *Redis) enqueue(ctx context.Context, epoch int64, call string) (int64, error) {
	h, ok := r.heldCall(call)
	if !ok {
		return 1, nil // left meanwhile
	}
	reply, err := r.change(ctx, r.scripts.enqueue, r.cfg.Node, epoch, call, h.entry.Queue,
		h.entry.Priority, strings.Trim(strings.ReplaceAll(list(h.entry.Skills, 1), " ", ","), ",="),
		h.entered, h.place, h.entry.Boost.Milliseconds(),
		h.entry.Caller, h.entry.Note, count(h.entry.Resume)).Int64Slice()
	if err != nil {
		return 0, err
	}
	switch reply[0] {
	case fullCode:
		return 0, ErrFull
	case emptyCode:
		return 0, ErrEmpty
	case 1:
		r.placed(call, reply[1], reply[2])
	}
	return reply[0], nil
}

// hold remembers a call of this node, until release.
func (r *Redis) hold(e Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.owed, e.Call)
	if r.held[e.Call] == nil {
		r.held[e.Call] = &held{entry: e}
	}
}

func (r *Redis) release(call string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.held, call)
}

// owe remembers a call that ended while Redis could not be told.
func (r *Redis) owe(call string, why Reason) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.owed[call] = why
}

// debt gives one call that is owed and forgets it.
func (r *Redis) debt() (call string, why Reason, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for call, why := range r.owed {
		delete(r.owed, call)
		return call, why, true
	}
	return "", "", false
}

// pay tells Redis what it has missed, until it fails again.
func (r *Redis) pay(ctx context.Context) error {
	for {
		call, why, ok := r.debt()
		if !ok {
			return nil
		}
		if err := r.Leave(ctx, call, why); err != nil {
			return err
		}
	}
}

func (r *Redis) heldCall(call string) (held, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.held[call]
	if h == nil {
		return held{}, false
	}
	return *h, true
}

func (r *Redis) placed(call string, place, entered int64) {
	r.saw(place)
	r.mu.Lock()
	defer r.mu.Unlock()
	if h := r.held[call]; h != nil {
		h.place, h.entered = place, entered
	}
}

// accepted notes whose agent has a call.
func (r *Redis) accepted(o Offer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if h := r.held[o.Call]; h != nil && h.accepted == 0 {
		h.accepted, h.by = o.Number, o.Agent
	}
}

// refused notes that a call waits again, unless it is another agent who has it.
func (r *Redis) refused(o Offer, agent string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if h := r.held[o.Call]; h != nil && h.accepted == o.Number && (agent == "" || agent == h.by) {
		h.accepted, h.by = 0, ""
	}
}
