package queue_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

// failover kills the Redis that has the pool under two nodes whose callers wait. It
// checks that all of them are served afterwards, once each and in their order, and how
// soon the queue can be used.
func failover(t *testing.T, fleet *queuetest.Fleet, within time.Duration) {
	t.Helper()
	var nodes []*queue.Redis
	for i := range 2 {
		nodes = append(nodes, queuetest.Start(t, queue.Config{
			Client: fleet.Dial(), Tenant: "acme", Node: fmt.Sprintf("n%d", i), WrapUp: -1, Ring: time.Minute,
		}))
	}
	const callers = 20
	for i := range callers {
		if err := nodes[i%2].Enqueue(t.Context(), queue.Entry{Call: fmt.Sprintf("c%02d", i), Queue: "billing"}); err != nil {
			t.Fatal(err)
		}
	}
	fleet.Kill()
	died := time.Now()
	a := queue.Agent{ID: "ann", State: queue.Available, Queues: []string{"billing"}}
	for nodes[0].SetAgent(t.Context(), a) != nil {
		if time.Since(died) > time.Minute {
			t.Fatal("the queue cannot be used a minute after its Redis died")
		}
		time.Sleep(10 * time.Millisecond)
	}
	usable := time.Since(died)
	for i := range callers {
		serveNext(t, nodes[i%2], fmt.Sprintf("c%02d", i))
	}
	t.Logf("usable %s after the primary died", usable.Round(10*time.Millisecond))
	if usable > within {
		t.Errorf("the queue could not be used for %s, want at most %s", usable, within)
	}
}

// serveNext answers the next offer of a node, which must be for a call.
func serveNext(t *testing.T, r *queue.Redis, call string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	o, err := r.Next(ctx)
	if err != nil || o.Call != call {
		t.Fatalf("offered %q, want %s (%v)", o.Call, call, err)
	}
	if ok, err := r.Accept(ctx, o); !ok || err != nil {
		t.Fatalf("accept %s: %t, %v", call, ok, err)
	}
	if err := r.Complete(ctx, o); err != nil {
		t.Fatal(err)
	}
}

// Three and five seconds are what is promised; machines that run other tests are slower.
func TestTheQueueIsBackSoonAfterAFailoverOfSentinel(t *testing.T) {
	t.Parallel()
	failover(t, queuetest.Sentinel(t), 15*time.Second)
}

func TestTheQueueIsBackSoonAfterAFailoverOfACluster(t *testing.T) {
	t.Parallel()
	failover(t, queuetest.Six(t), 20*time.Second)
}
