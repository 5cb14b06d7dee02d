package call

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

// An outage is a Redis that is away for a node's scripts until a time.
type outage struct {
	clock *queuetest.Clock
	until time.Time
}

var errAway = errors.New("no redis")

func (o *outage) DialHook(next redis.DialHook) redis.DialHook { return next }

func (o *outage) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (o *outage) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if o.clock.Now().Before(o.until) {
			return errAway
		}
		return next(ctx, cmd)
	}
}

// A caller who comes to the queue just as Redis goes away for ten seconds is in it when it is
// back, before who came meanwhile by another server.
func TestACallIsInTheQueueWhenRedisWasAwayForTenSeconds(t *testing.T) {
	clock, dial := queuetest.NewClock(), queuetest.Embedded(t)
	cfg := queue.Config{Client: dial(), Tenant: "acme", Now: clock.Now}
	r, err := queue.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	other, err := queue.Open(t.Context(), queue.Config{Client: dial(), Tenant: "acme", Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Client.AddHook(&outage{clock, clock.Now().Add(10 * time.Second)})
	c := New(Setup{ID: "c1", Tenant: "acme", Assistant: testLine(t, ""), Languages: []string{"en"}}, Deps{Queues: r, Log: slog.New(slog.DiscardHandler), Now: clock.Now}, nil)
	c.worker.Go(func() { c.queueWorker(t.Context()) })
	defer c.worker.Wait()
	defer close(c.ops)
	c.machine.join(clock.Now(), assistant.Place{Queue: "people"})
	c.queueing(t, c.machine.out)
	clock.Advance(500 * time.Millisecond)
	if err := other.Enqueue(t.Context(), queue.Entry{Call: "c2", Queue: "people"}); err != nil {
		t.Fatal(err)
	}
	for !c.queueing(t, c.machine.step(clock.Now(), Tick{})) {
		clock.Advance(500 * time.Millisecond)
		if c.machine.state != StateQueued {
			t.Fatalf("the call is %s at %s", c.machine.state, clock.Now())
		}
	}
	for i, call := range []string{"c1", "c2"} {
		if n, err := other.Position(t.Context(), call); err != nil || n != i+1 {
			t.Errorf("%s is at %d, %v", call, n, err)
		}
	}
}

// queueing performs what concerns the queue, and tells the machine what comes of it.
func (c *Call) queueing(t *testing.T, todo []Action) (placed bool) {
	t.Helper()
	for _, a := range todo {
		e, ok := a.(Enqueue)
		if !ok {
			continue
		}
		c.enqueue(t.Context(), e)
		ev := <-c.events
		_, placed = ev.(Placed)
		c.machine.step(c.deps.Now(), ev)
	}
	return placed
}
