package queue_test

import (
	"testing"
	"time"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

// Nobody serves a queue that a reload took away: who waits there is told so instead of
// waiting for ever, who is being offered may still be taken, and nobody is called back from it.
func TestWhoWaitsInAQueueThatIsNoMoreIsToldSo(t *testing.T) {
	both(t, func(t *testing.T, dial queuetest.Dial) {
		t.Helper()
		ctx, clock := t.Context(), queuetest.NewClock()
		r, err := queue.Open(ctx, queue.Config{Client: dial(), Now: clock.Now})
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(err)
		must(r.Configure(ctx, map[string]queue.Settings{"billing": {}, "gas": {}}))
		must(r.SetAgent(ctx, queue.Agent{ID: "anna", State: queue.Available, Queues: []string{"billing"}}))
		for _, call := range []string{"offered", "waits", "back"} {
			must(r.Enqueue(ctx, queue.Entry{Call: call, Queue: "billing"}))
		}
		must(r.Enqueue(ctx, queue.Entry{Call: "other", Queue: "gas"}))
		must(r.Enqueue(ctx, queue.Entry{Call: "direct", Queue: "agent.ben"})) // was never named
		must(r.CallBack(ctx, "back", queue.Callback{Number: "+33611111111", Keep: time.Hour, Tries: 1}))
		for range 2 {
			must(r.Configure(ctx, map[string]queue.Settings{"gas": {}}))
		}
		is := func(want map[string]string) {
			t.Helper()
			clock.Advance(time.Second)
			_, err := r.Reap(ctx)
			must(err)
			s, err := r.Snapshot(ctx)
			must(err)
			if len(s.Calls) != len(want) {
				t.Errorf("calls are %+v, want %v", s.Calls, want)
			}
			for _, c := range s.Calls {
				if c.State != want[c.Call] {
					t.Errorf("call %q is %s, want %q", c.Call, c.State, want[c.Call])
				}
			}
		}
		is(map[string]string{"offered": "reserved", "waits": "expired", "other": "waiting", "direct": "waiting"})
		clock.Advance(20 * time.Second) // anna does not answer
		is(map[string]string{"offered": "expired", "waits": "expired", "other": "waiting", "direct": "waiting"})
		events, err := r.Events(ctx, "", 100)
		must(err)
		n := 0
		for _, e := range events {
			if e.Kind == queue.EventConfigured {
				n++
			}
		}
		if n != 2 {
			t.Errorf("configured %d times, want 2", n)
		}
		must(r.Configure(ctx, map[string]queue.Settings{"gas": {}, "billing": {}}))
		must(r.Enqueue(ctx, queue.Entry{Call: "new", Queue: "billing"}))
		is(map[string]string{"offered": "expired", "waits": "expired", "other": "waiting", "direct": "waiting", "new": "waiting"})
	})
}
