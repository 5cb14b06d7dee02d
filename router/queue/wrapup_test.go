package queue_test

import (
	"errors"
	"testing"
	"time"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

// Whoever ends wrap-up ends nothing else: neither a pause, nor one that is asked for during a
// talk, nor the talk.
func TestTheEndOfWrapUpEndsNothingElse(t *testing.T) {
	both(t, func(t *testing.T, dial queuetest.Dial) {
		t.Helper()
		ctx, clock := t.Context(), queuetest.NewClock()
		r := queuetest.Start(t, queue.Config{Client: dial(), Now: clock.Now, WrapUp: time.Hour})
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		refused := func(state queue.State) {
			t.Helper()
			if err := r.EndWrapUp(ctx, "anna"); !errors.Is(err, queue.ErrNoWrapUp) {
				t.Errorf("%s: %v", state, err)
			}
			s, err := r.Snapshot(ctx)
			must(err)
			if len(s.Agents) == 1 && s.Agents[0].State != state {
				t.Errorf("anna is %s, not %s", s.Agents[0].State, state)
			}
		}
		refused("")
		as := func(s queue.State) {
			t.Helper()
			must(r.SetAgent(ctx, queue.Agent{ID: "anna", State: s, Queues: []string{"billing"}}))
		}
		as(queue.Paused)
		refused(queue.Paused)
		for _, pauses := range []bool{false, true} {
			as(queue.Available)
			refused(queue.Available)
			must(r.Enqueue(ctx, queue.Entry{Call: "c", Queue: "billing"}))
			o, err := r.Next(ctx)
			must(err)
			if ok, err := r.Accept(ctx, o); !ok || err != nil {
				t.Fatal(ok, err)
			}
			refused(queue.Busy)
			if pauses {
				as(queue.Paused)
				refused(queue.Busy)
			}
			must(r.Complete(ctx, o))
			if pauses {
				refused(queue.Paused)
				continue
			}
			must(r.EndWrapUp(ctx, "anna"))
			refused(queue.Available)
		}
	})
}
