package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
)

// check notes that Redis is away, and says again what we know once it is back.
func (r *Redis) check(ctx context.Context, err error) {
	doubted := r.doubt.Load()
	if err == nil && doubted {
		err = r.reassert(ctx)
	}
	switch {
	case err != nil && ctx.Err() == nil:
		r.doubt.Store(true)
		if !doubted {
			r.cfg.Log.Error("lost the pool", slog.Any("error", err))
		}
	case err == nil && doubted:
		r.cfg.Log.Info("pool is back")
	}
}

// reassert says again what a Redis that was away, or that another has replaced, may not
// know: who waits, whom an agent has, and who has left. What it does know stays as it is.
// Until every node has, nobody is offered to anybody; see scripts/pool.lua.
func (r *Redis) reassert(ctx context.Context) error {
	if err := r.fenced(ctx, func(epoch int64) (int64, error) { return r.repeat(ctx, epoch) }); err != nil {
		return err
	}
	if err := r.disown(ctx); err != nil {
		return err
	}
	if err := r.tellSettings(ctx); err != nil { // they may have changed meanwhile
		return err
	}
	err := r.fenced(ctx, func(epoch int64) (int64, error) {
		return r.change(ctx, r.scripts.present, r.cfg.Node, epoch).Int64()
	})
	if err == nil {
		r.doubt.Store(false)
	}
	return err
}

// repeat tells of our callers, those who wait and those who talk. Who talks, and cannot be
// said to, must not wait either, to be offered to somebody else.
func (r *Redis) repeat(ctx context.Context, epoch int64) (int64, error) {
	for _, call := range r.waiting() {
		code, err := r.enqueue(ctx, epoch, call)
		if errors.Is(err, ErrFull) || errors.Is(err, ErrEmpty) {
			continue // of one that is only now entering
		}
		if err != nil || code == fencedCode {
			return code, err
		}
	}
	for call, h := range r.talking() {
		if code, err := r.repeatTalk(ctx, epoch, call, h); err != nil || code == fencedCode {
			return code, err
		}
	}
	return 1, nil
}

// repeatTalk tells of one who talks, or whom an agent is about to call back: of that callback
// another may take care, unless the caller has answered.
func (r *Redis) repeatTalk(ctx context.Context, epoch int64, call string, h held) (code int64, err error) {
	say := func(s *script, what ...any) {
		if err == nil && code == 1 {
			code, err = r.change(ctx, s, append([]any{r.cfg.Node, epoch, call}, what...)...).Int64()
		}
	}
	code = 1
	say(r.scripts.accept, h.accepted, h.by)
	if h.dialled {
		say(r.scripts.dial, h.accepted)
	}
	if h.reached {
		say(r.scripts.reached, h.accepted)
	}
	if err == nil && code == 0 && (h.reached || !h.back) {
		code = 1
		say(r.scripts.leave, string(Failure))
	}
	return code, err
}

// disown ends calls that Redis takes for ours and that have left: it has forgotten that.
// Whoever is not ours when asked twice has not just become a callback.
func (r *Redis) disown(ctx context.Context) error {
	strangers, err := r.strangers(ctx)
	if err != nil || len(strangers) == 0 {
		return err
	}
	still, err := r.strangers(ctx)
	for _, call := range still {
		if slices.Contains(strangers, call) {
			r.owe(call, Failure)
		}
	}
	return errors.Join(err, r.pay(ctx))
}

// strangers lists the calls that Redis takes for ours and that are not.
func (r *Redis) strangers(ctx context.Context) ([]string, error) {
	docs, err := r.run(ctx, r.scripts.mine, r.cfg.Node).Slice()
	if err != nil {
		return nil, fmt.Errorf("list our calls: %w", err)
	}
	calls, err := decode[callDoc](docs)
	if err != nil {
		return nil, fmt.Errorf("list our calls: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, c := range calls {
		_, owed := r.owed[c.ID]
		if c.Back == "" && !owed && r.held[c.ID] == nil {
			out = append(out, c.ID)
		}
	}
	return out, nil
}

// talking gives the calls of this node that agents have.
func (r *Redis) talking() map[string]held {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls := make(map[string]held)
	for call, h := range r.held {
		if h.accepted != 0 {
			calls[call] = *h
		}
	}
	return calls
}
