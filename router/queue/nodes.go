package queue

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// A NodeStatus is one node of the pool at one moment.
type NodeStatus struct {
	Node  string
	Own   bool      // it is this one
	Lease time.Time // when it is taken for dead, unless it beats before
	Calls int       // it holds: callers who wait, talk, or are to be called back
}

// Nodes reads who has joined the pool, by name. A node is no longer there once it has parted,
// or another has found its lease to be over.
func (r *Redis) Nodes(ctx context.Context) ([]NodeStatus, error) {
	calls, _, err := r.docs(ctx)
	if err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	held := make(map[string]int)
	for _, c := range calls {
		held[c.Node]++
	}
	names, err := r.cfg.Client.HKeys(ctx, r.key("nodes")).Result()
	if err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, "@") }) // as keys.lua says
	slices.Sort(names)
	leases := make([]*redis.FloatCmd, len(names))
	_, _ = r.cfg.Client.Pipelined(ctx, func(p redis.Pipeliner) error { // what fails is a lease that is over
		for i, name := range names {
			leases[i] = p.ZScore(ctx, r.key("timers"), "n "+name)
		}
		return nil
	})
	out := make([]NodeStatus, len(names))
	for i, name := range names {
		out[i] = NodeStatus{Node: name, Own: name == r.cfg.Node, Calls: held[name]}
		if due, err := leases[i].Result(); err == nil {
			out[i].Lease = r.local(int64(due))
		}
	}
	return out, nil
}
