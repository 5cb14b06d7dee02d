package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// fencedCode is what scripts reply to a node whose epoch is not the one they know.
const fencedCode = -1

// fullCode and emptyCode are what enqueue replies where a queue takes nobody.
const (
	fullCode  = -2
	emptyCode = -3
)

// awaitedCode is what reap replies to a node that is to say again what it knows.
const awaitedCode = -2

// parted is the epoch of a node after Run; epochs count from 1.
const parted = -1

// fenced runs a write under this node's epoch. If the node was declared dead
// meanwhile, it joins again, says what it holds, and tries once more.
func (r *Redis) fenced(ctx context.Context, write func(epoch int64) (int64, error)) error {
	for range 2 {
		epoch := r.epoch.Load()
		if epoch == parted {
			return ErrParted
		}
		code, err := write(epoch)
		if err != nil || code != fencedCode {
			return err
		}
		if err := r.join(ctx, epoch); err != nil {
			return err
		}
	}
	return ErrFenced
}

// join fetches a new epoch, unless somebody did since old, and puts the waiting
// callers of this node back at their places.
func (r *Redis) join(ctx context.Context, old int64) error {
	r.joining.Lock()
	defer r.joining.Unlock()
	switch r.epoch.Load() {
	case old:
	case parted:
		return ErrParted
	default:
		return nil
	}
	epoch, err := r.change(ctx, r.scripts.join, r.cfg.Node, r.cfg.Lease.Milliseconds(), r.highest.Load()).Int64()
	if err != nil {
		return fmt.Errorf("join pool as %s: %w", r.cfg.Node, err)
	}
	r.saw(epoch)
	if err := r.tellSettings(ctx); err != nil {
		return fmt.Errorf("configure the queues: %w", err)
	}
	for _, call := range r.waiting() {
		_, err := r.enqueue(ctx, epoch, call)
		if err != nil && !errors.Is(err, ErrFull) && !errors.Is(err, ErrEmpty) { // of one that is only now entering
			return fmt.Errorf("put back call %s: %w", call, err)
		}
	}
	r.epoch.Store(epoch)
	if old != 0 {
		r.stats.rejoins.Add(1)
		r.cfg.Log.Warn("joined the pool again", slog.String("node", r.cfg.Node), slog.Int64("epoch", epoch))
	}
	return nil
}

// waiting lists the calls of this node that no agent has answered, those who are only
// now entering last: they must not take the room of others.
func (r *Redis) waiting() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var calls []string
	for call, h := range r.held {
		if h.accepted == 0 {
			calls = append(calls, call)
		}
	}
	slices.SortFunc(calls, func(a, b string) int { return cmp.Compare(uint64(r.held[a].place-1), uint64(r.held[b].place-1)) }) //nolint:gosec // 0 is to be the highest
	return calls
}

// saw remembers the highest number this node met.
func (r *Redis) saw(number int64) {
	for {
		high := r.highest.Load()
		if number <= high || r.highest.CompareAndSwap(high, number) {
			return
		}
	}
}

// beat renews the lease and learns how far Redis's clock is from ours.
func (r *Redis) beat(ctx context.Context) error {
	if err := r.learnTime(ctx); err != nil {
		return fmt.Errorf("read redis's clock: %w", err)
	}
	return r.fenced(ctx, func(epoch int64) (int64, error) {
		return r.change(ctx, r.scripts.heartbeat, r.cfg.Node, epoch, r.cfg.Lease.Milliseconds()).Int64()
	})
}

// part gives the lease back. It works after ctx ended, but not for long.
func (r *Redis) part(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	epoch := r.epoch.Swap(parted)
	if err := r.change(ctx, r.scripts.part, r.cfg.Node, epoch).Err(); err != nil {
		return fmt.Errorf("part from pool: %w", err)
	}
	return nil
}

func (r *Redis) learnTime(ctx context.Context) error {
	if r.cfg.Now != nil {
		return r.cfg.Client.Ping(ctx).Err()
	}
	asked := time.Now()
	theirs, err := r.cfg.Client.Time(ctx).Result()
	if err != nil {
		return err
	}
	ours := asked.Add(time.Since(asked) / 2)
	r.offset.Store(int64(theirs.Sub(ours)))
	r.clock.learn(theirs, ours)
	return nil
}
