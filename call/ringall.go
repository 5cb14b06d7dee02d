package call

import (
	"context"
	"log/slog"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
)

// reachAny rings the phones of everybody to whom the caller is offered, mostly one, and
// gives who took the caller. The queue has one winner: whoever picks up later finds the
// offer taken. One who refuses lets the others ring on; the error is the last one's.
func (c *Call) reachAny(ctx context.Context, a Ring, o queue.Offer, b briefing) (agent string, err error) {
	if len(o.Others) == 0 {
		return a.Agent, c.reach(ctx, a, o, b)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(sip.Elsewhere.Err())
	agents := o.Agents()
	ends := make(chan ringEnd, len(agents)) // nobody may wait for a call that is over
	for _, agent := range agents {
		c.run(func() {
			ring := a
			ring.Agent = agent
			ends <- ringEnd{agent, c.reach(ctx, ring, o.For(agent), b)}
		})
	}
	for range agents {
		end := <-ends
		if end.err == nil {
			return end.agent, nil
		}
		err = end.err
		c.log.Info("one of several not reached", slog.String("agent", end.agent), slog.Any("err", err))
		if context.Cause(ctx) == nil { // else the machine ends the whole offer
			why := reasonOf(err)
			c.queueOp(func(op context.Context) { c.warn("let agent go", c.deps.Queues.Reject(op, o.For(end.agent), why)) })
		}
	}
	return "", err
}

// ringEnd is what came of one phone of several.
type ringEnd struct {
	agent string
	err   error
}
