package queue_test

import (
	"slices"
	"testing"
	"time"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

// both runs a test on the embedded Redis and on a real one.
func both(t *testing.T, test func(t *testing.T, dial queuetest.Dial)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { test(t, queuetest.Embedded(t)) })
	t.Run("redis-server", func(t *testing.T) { test(t, queuetest.Server(t)) })
}

func kinds(events []queue.Event) []queue.EventKind {
	var out []queue.EventKind
	for _, e := range events {
		out = append(out, e.Kind)
	}
	return out
}

func TestEventsAreReadInOrderAndEachOnce(t *testing.T) {
	both(t, func(t *testing.T, dial queuetest.Dial) {
		t.Helper()
		r := queuetest.Start(t, queue.Config{Client: dial(), WrapUp: -1})
		ctx := t.Context()
		if err := r.Configure(ctx, map[string]queue.Settings{"billing": {}}); err != nil {
			t.Fatal(err)
		}
		if err := r.Configure(ctx, map[string]queue.Settings{"billing": {}}); err != nil { // nothing new
			t.Fatal(err)
		}
		if err := r.SetAgent(ctx, queue.Agent{ID: "anna", State: queue.Available, Queues: []string{"billing"}}); err != nil {
			t.Fatal(err)
		}
		if err := r.Enqueue(ctx, queue.Entry{Call: "c1", Queue: "billing"}); err != nil {
			t.Fatal(err)
		}
		o, err := r.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := r.Accept(ctx, o); !ok || err != nil {
			t.Fatal(ok, err)
		}
		o.Ended, o.To = queue.ByTransfer, "not a name"
		if err := r.Complete(ctx, o); err != nil {
			t.Fatal(err)
		}
		if err := r.Publish(ctx, "call.ended", map[string]string{"call": "c1"}); err != nil {
			t.Fatal(err)
		}
		var all []queue.Event
		for after := ""; ; after = all[len(all)-1].ID {
			some, err := r.Events(ctx, after, 3)
			if err != nil {
				t.Fatal(err)
			}
			if len(some) == 0 {
				break
			}
			all = append(all, some...)
		}
		want := []queue.EventKind{"node", "configured", "agent", "entered", "offered", "answered", "agent", "completed", "call.ended"}
		if got := kinds(all); !equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		if f := all[7].Fields; f["reason"] != "transfer" || f["to"] != queue.Outside || f["agent"] != "anna" {
			t.Errorf("completed: %v", f)
		}
		if f := all[3].Fields; f["score"] == "" || f["enq"] == "" {
			t.Errorf("entered: %v", f)
		}
		if newest, err := r.NewestEvent(ctx); err != nil || newest != all[8].ID || queue.Later(all[7].ID, newest) >= 0 {
			t.Errorf("newest %q, %v", newest, err)
		}
		if e := all[8]; time.Since(e.At).Abs() > time.Minute {
			t.Errorf("at %s", e.At)
		}
	})
}

// Who reads the stream learns of an agent's other queues when they change, not at the agent's
// next call.
func TestAnAgentsOtherQueuesAreTold(t *testing.T) {
	both(t, func(t *testing.T, dial queuetest.Dial) {
		t.Helper()
		r := queuetest.Start(t, queue.Config{Client: dial()})
		for _, a := range []queue.Agent{
			{ID: "anna", Queues: []string{"billing"}}, // is not at work
			{ID: "anna", State: queue.Available},
			{ID: "anna", Queues: []string{"billing"}},
			{ID: "anna", Queues: []string{"billing", "gas"}, Skills: []string{"fr"}},
			{ID: "anna", Queues: []string{"billing", "gas"}, Skills: []string{"en"}},
		} {
			if err := r.SetAgent(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
		events, err := r.Events(t.Context(), "", 100)
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, e := range events {
			if e.Kind == queue.EventAgent {
				told = append(told, e.Fields["state"]+e.Fields["queues"])
			}
		}
		if want := []string{"available billing=0 ", "available billing=0 gas=0 "}; !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
	})
}

func equal(a, b []queue.EventKind) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestOneNodeWritesTheOutputsAndAnotherTakesOverFromWhereItWas(t *testing.T) {
	both(t, func(t *testing.T, dial queuetest.Dial) {
		t.Helper()
		ctx := t.Context()
		first := queuetest.Start(t, queue.Config{Client: dial(), Node: "first", Lease: 300 * time.Millisecond})
		second, err := queue.Open(ctx, queue.Config{Client: dial(), Node: "second", Lease: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		leads := func(r *queue.Redis) bool {
			t.Helper()
			ok, err := r.Lead(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		if !leads(second) || leads(first) || !leads(second) {
			t.Fatal("not one leader")
		}
		if err := second.Advance(ctx, "cdr", "5-1"); err != nil {
			t.Fatal(err)
		}
		if err := first.Advance(ctx, "cdr", "6-1"); err == nil {
			t.Error("who does not lead moves on")
		}
		if err := second.Resign(ctx); err != nil {
			t.Fatal(err)
		}
		if !leads(first) || leads(second) {
			t.Fatal("nobody takes over")
		}
		if at, err := first.Cursor(ctx, "cdr"); err != nil || at != "5-1" {
			t.Errorf("cursor %q, %v", at, err)
		}
		if at, err := first.Cursor(ctx, "other"); err != nil || at != "" {
			t.Errorf("cursor %q, %v", at, err)
		}
		_ = first.Bury(ctx, queue.DeadLetter{Output: "crm", Message: "m1", Body: "{}", Why: "gone"})
		if letters, n, err := second.DeadLetters(ctx, 10); err != nil || n != 1 || letters[0].Message != "m1" {
			t.Errorf("%v %d %v", letters, n, err)
		}
	})
}
