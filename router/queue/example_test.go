package queue_test

import (
	"context"
	"fmt"

	"github.com/callward/callward/router/queue"
)

// One node, a Redis inside the process, a caller and an agent.
func Example() {
	client, stop := queue.Embedded()
	defer stop()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	q, err := queue.Open(ctx, queue.Config{Client: client})
	if err != nil {
		fmt.Println(err)
		return
	}
	done := make(chan error)
	go func() { done <- q.Run(ctx) }()

	_ = q.SetAgent(ctx, queue.Agent{ID: "ann", State: queue.Available, Queues: []string{"billing"}})
	_ = q.Enqueue(ctx, queue.Entry{Call: "c1", Queue: "billing"})
	offer, _ := q.Next(ctx) // call the agent's phone now
	_ = q.Ringing(ctx, offer)
	ours, _ := q.Accept(ctx, offer) // at their 200 OK: bridge only if true
	fmt.Println(offer.Agent, "takes", offer.Call, ours)
	_ = q.Complete(ctx, offer)

	calls, offers, _, _ := q.Leftovers(ctx)
	fmt.Println("left:", calls, "calls,", offers, "offers")
	cancel()
	<-done
	// Output:
	// ann takes c1 true
	// left: 0 calls, 0 offers
}
