package queue_test

import (
	"context"
	"testing"
	"time"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

// While nodes are reloaded one after the other, a queue that one of them still has takes
// callers and is served; the last to give it up, or to die, closes it.
func TestAQueueGoesOnUntilTheLastNodeGivesItUp(t *testing.T) {
	both(t, func(t *testing.T, dial queuetest.Dial) {
		t.Helper()
		ctx, clock := t.Context(), queuetest.NewClock()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		open := func(name string) *queue.Redis {
			r, err := queue.Open(ctx, queue.Config{Client: dial(), Now: clock.Now, Node: name, Rest: -1, WrapUp: -1})
			must(err)
			return r
		}
		old, next := map[string]queue.Settings{"billing": {}, "gas": {}}, map[string]queue.Settings{"gas": {}}
		a, b, c := open("a"), open("b"), open("c")
		for _, r := range []*queue.Redis{a, b, c} {
			must(r.Configure(ctx, old))
			must(r.SetAgent(ctx, queue.Agent{ID: "anna", Queues: []string{"billing=1", "gas"}}))
		}
		states := func(alive ...*queue.Redis) map[string]string {
			t.Helper()
			clock.Advance(time.Second)
			for _, r := range alive {
				_, err := r.Reap(ctx)
				must(err)
			}
			s, err := b.Snapshot(ctx)
			must(err)
			out := map[string]string{}
			for _, c := range s.Calls {
				out[c.Call] = c.State
			}
			return out
		}
		must(a.Enqueue(ctx, queue.Entry{Call: "of-a", Queue: "billing"}))
		must(a.Configure(ctx, next))
		must(a.SetAgent(ctx, queue.Agent{ID: "anna", Queues: []string{"gas=2"}})) // as the new file has it
		must(b.Enqueue(ctx, queue.Entry{Call: "of-b", Queue: "billing"}))
		if got := states(a, b, c); got["of-a"] != "waiting" || got["of-b"] != "waiting" {
			t.Errorf("while two nodes have it: %v", got)
		}
		must(b.SetAgent(ctx, queue.Agent{ID: "anna", State: queue.Available}))
		if got := states(a, b, c); got["of-a"] != "reserved" {
			t.Errorf("nobody serves it: %v", got)
		}
		s, err := b.Snapshot(ctx)
		must(err)
		if got := s.Agents[0].Queues; len(got) != 2 || got[0] != "gas=2" || got[1] != "billing=1" {
			t.Errorf("anna serves %v", got)
		}
		must(b.Configure(ctx, next))
		if got := states(a, b, c); got["of-b"] != "waiting" {
			t.Errorf("while one node has it: %v", got)
		}
		must(b.SetAgent(ctx, queue.Agent{ID: "anna", Queues: []string{"gas=2"}}))
		for range 4 { // c is silent for longer than its lease
			_ = states(a, b)
		}
		if got := states(a, b); got["of-b"] != "expired" {
			t.Errorf("when nobody has it any more: %v", got)
		}
		must(b.SetAgent(ctx, queue.Agent{ID: "anna", Queues: []string{"gas=2"}}))
		if s, err = b.Snapshot(ctx); err != nil || len(s.Agents[0].Queues) != 1 {
			t.Errorf("anna serves %+v, %v", s.Agents, err)
		}
	})
}

// A node that stops as the last one takes nothing with it: it may be about to start again.
func TestTheLastNodeThatStopsClosesNothing(t *testing.T) {
	both(t, func(t *testing.T, dial queuetest.Dial) {
		t.Helper()
		ctx, clock := t.Context(), queuetest.NewClock()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		start := func(name string, queues ...string) *queue.Redis {
			t.Helper()
			r, err := queue.Open(ctx, queue.Config{Client: dial(), Now: clock.Now, Node: name})
			must(err)
			settings := map[string]queue.Settings{}
			for _, q := range queues {
				settings[q] = queue.Settings{}
			}
			must(r.Configure(ctx, settings))
			return r
		}
		stop := func(r *queue.Redis) {
			ended, cancel := context.WithCancel(ctx)
			cancel()
			must(r.Run(ended))
		}
		first := start("first", "billing", "gas")
		must(first.Enqueue(ctx, queue.Entry{Call: "back", Queue: "billing"}))
		must(first.CallBack(ctx, "back", queue.Callback{Number: "+33611111111", Keep: time.Hour, Tries: 1, After: time.Minute}))
		stop(first)
		kept := func(r *queue.Redis) bool {
			clock.Advance(time.Second)
			_, err := r.Reap(ctx)
			must(err)
			s, err := r.Snapshot(ctx)
			must(err)
			return len(s.Calls) == 1
		}
		second := start("second", "billing", "gas")
		if !kept(second) {
			t.Error("the callback is gone")
		}
		stop(second)
		if kept(start("third", "gas")) {
			t.Error("the callback of a queue that is no more is kept")
		}
	})
}
