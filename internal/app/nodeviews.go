package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/callward/callward/console"
)

// nodeViews shows who shares the queues of each tenant, and counts what nobody took of its
// messages. What cannot be read is left out: /readyz says why.
func (a *App) nodeViews(ctx context.Context) (nodes []console.Node, undelivered int64) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	nodes = []console.Node{}
	all := a.pools.all()
	for _, tenant := range names(all) {
		joined, err := all[tenant].Nodes(ctx)
		if err != nil {
			a.log.Debug("nodes of a tenant", slog.String("tenant", tenant), slog.Any("err", err))
			continue
		}
		for _, n := range joined {
			nodes = append(nodes, console.Node{Tenant: tenant, Name: n.Node, Own: n.Own, Alive: n.Lease.After(time.Now()), Calls: n.Calls})
		}
		if _, kept, err := all[tenant].DeadLetters(ctx, 1); err == nil {
			undelivered += kept
		}
	}
	return nodes, undelivered
}
