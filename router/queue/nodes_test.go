package queue_test

import (
	"testing"
	"time"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

func TestNodesOfAPoolAreKnownToEachOther(t *testing.T) {
	dial := queuetest.Embedded(t)
	a := queuetest.Start(t, queue.Config{Client: dial(), Node: "a", Lease: time.Minute})
	queuetest.Start(t, queue.Config{Client: dial(), Node: "b", Lease: time.Minute})
	if err := a.Enqueue(t.Context(), queue.Entry{Call: "c1", Queue: "billing"}); err != nil {
		t.Fatal(err)
	}
	nodes, err := a.Nodes(t.Context())
	if err != nil || len(nodes) != 2 || nodes[0].Node != "a" || !nodes[0].Own || nodes[0].Calls != 1 || nodes[1].Own || nodes[1].Calls != 0 {
		t.Fatalf("%+v, %v", nodes, err)
	}
	for _, n := range nodes {
		if left := time.Until(n.Lease); left <= 0 || left > time.Minute {
			t.Errorf("the lease of %s ends in %s", n.Node, left)
		}
	}
}
