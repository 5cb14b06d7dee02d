package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// A Redis is one node's view of a pool.
type Redis struct {
	cfg     Config
	keys    []string
	misses  string // as scripts/pool.lua takes them
	hints   string // channel that names the node whose calls were offered an agent
	phones  string // hash: agent -> "NODE UNTIL CONTACT", as where.go has it; no script reads it
	scripts scripts
	clock   poolClock
	offset  atomic.Int64 // ns, Redis's clock minus ours
	epoch   atomic.Int64 // 0: not joined
	doubt   atomic.Bool  // Redis was away, and may not know all that this node does
	highest atomic.Int64 // highest number seen, so that a Redis that forgot does not hand it out again
	stats   counters

	joining  sync.Mutex               // held while a new epoch is fetched
	settings atomic.Pointer[settings] // of the queues; nil: not told
	calls    reader[callDoc]
	agents   reader[agentDoc]

	mu      sync.Mutex // guards what follows
	held    map[string]*held
	owed    map[string]debt    // calls whose end Redis has not heard of
	refused []refusal          // offers that came to nothing, of which Redis has not heard
	pending []Offer            // open, not yet given by Next
	told    []Offer            // of them, those that came since the last list was asked for
	given   map[int64]struct{} // open, given by Next
	wake    chan struct{}      // closed when pending grows
}

// Open joins the pool. Nothing is offered to this node before Run.
func Open(ctx context.Context, cfg Config) (*Redis, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	prefix := "cw:{" + cfg.Tenant + "/" + cfg.Pool + "}:"
	r := &Redis{
		cfg: cfg, keys: keys(prefix), hints: prefix + "hints", phones: prefix + "phones", scripts: allScripts(),
		held: make(map[string]*held), owed: make(map[string]debt), given: make(map[int64]struct{}), wake: make(chan struct{}),
		misses: fmt.Sprintf("%d %d", max(cfg.Misses, 0), max(cfg.MissedPause.Milliseconds(), 0)),
	}
	r.clock.fixed = cfg.Now
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
// is. After an error the call does not wait, or will not for long; if it is tried
// again within ten seconds, the place is that of the first try. ErrFull and
// ErrEmpty: the queue does not take it, as its Settings say.
func (r *Redis) Enqueue(ctx context.Context, e Entry) error {
	if err := e.check(); err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	r.hold(e)
	if err := r.fenced(ctx, func(epoch int64) (int64, error) { return r.enqueue(ctx, epoch, e.Call) }); err != nil {
		r.unheard(e.Call, !errors.Is(err, ErrFull) && !errors.Is(err, ErrEmpty))
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
	r.paid(call)
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
// over already is no error. If Redis cannot be reached, Run tells it later.
func (r *Redis) Reject(ctx context.Context, o Offer, why Reason) error {
	if err := checkReason(why); err != nil {
		return fmt.Errorf("reject call %s: %w", o.Call, err)
	}
	agent := o.Agent
	if len(o.Others) > 0 {
		agent = "" // all of them
	}
	r.withdraw(o, agent)
	if _, err := r.settle(ctx, r.scripts.reject, o.Call, o.Number, string(why), agent); err != nil {
		r.oweRefusal(o, why)
		return fmt.Errorf("reject call %s: %w", o.Call, err)
	}
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
func (r *Redis) settle(ctx context.Context, s *script, call string, args ...any) (bool, error) {
	code, err := r.code(ctx, s, call, args...)
	return code == 1, err
}

// code does the same and gives what the script replies.
func (r *Redis) code(ctx context.Context, s *script, call string, args ...any) (code int64, err error) {
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
		h.entry.Caller, h.entry.Note, count(h.entry.Resume), h.setBack).Slice()
	if err != nil {
		return 0, err
	}
	switch code := number(reply, 0); code {
	case fullCode:
		return 0, ErrFull
	case emptyCode:
		return 0, ErrEmpty
	case 1:
		r.placed(call, number(reply, 1), number(reply, 2), strconv.FormatInt(number(reply, 3), 10))
		return code, r.hear(reply)
	default:
		return code, nil
	}
}

// number reads one of a script's reply; 0: there is none.
func number(reply []any, i int) int64 {
	if i >= len(reply) {
		return 0
	}
	switch n := reply[i].(type) {
	case int64:
		return n
	case string:
		v, _ := strconv.ParseInt(n, 10, 64)
		return v
	}
	return 0
}
