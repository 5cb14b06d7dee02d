package queuetest

import (
	"time"

	"github.com/callward/callward/router/queue"
)

// longest is how long the caller of a queue has waited who waits longest there.
func (s *story) longest(name string) time.Duration {
	s.Helper()
	for _, q := range s.snapshot().Queues {
		if q.Name == name {
			return q.LongestWait
		}
	}
	s.Fatalf("no queue %s", name)
	return 0
}

func (s *story) waited(want time.Duration) {
	s.Helper()
	if got := s.longest("billing"); got != want {
		s.Fatalf("waited %s, want %s", got, want)
	}
}

// setBack sets the clock back by an hour, and has it go on.
func (s *story) setBack() {
	s.Helper()
	s.wait(-time.Hour)
	s.wait(time.Second)
}

func clockThatIsSetBackTakesNothingFromAnybody(s *story) {
	s.rule(map[string]queue.Settings{"billing": {MaxWait: time.Minute}})
	s.agent("ann:billing")
	s.caller("c0", "billing")
	s.must(s.node.Complete(s.ctx(), s.answered("c0", "ann")))
	s.caller("c1", "billing")
	s.wait(3 * time.Second)
	s.setBack() // until it is sure, time stands still
	s.waited(3 * time.Second)
	s.caller("c2", "billing")
	s.position("c2", 2)
	s.state("ann", queue.WrapUp)
	s.wait(2 * time.Second)
	s.must(s.node.Complete(s.ctx(), s.answered("c1", "ann")))
	if f := s.figures("billing"); f.Wait != 5*time.Second || f.Talk != 0 || f.Wrap != 5*time.Second {
		s.Fatalf("figures %+v", f.Tally)
	}
	s.must(s.node.SetAgent(s.ctx(), queue.Agent{ID: "ann", State: queue.Paused}))
	s.wait(58 * time.Second)
	if o := s.offered("c2", ""); !o.Expired {
		s.Fatalf("offer %+v", o)
	}
}

// A process that was stopped says what time it was when it was.
func oldWordOfTheTimeMovesNothing(s *story) {
	cfg, stopped := s.config("stopped"), s.clock.Now()
	r := s.asleep(cfg, func() time.Time { return stopped })
	s.caller("c1", "billing")
	for range 5 { // in steps that keep what the other node says at the same time from counting as old
		s.wait(9 * time.Second)
		_, err := r.Reap(s.ctx())
		s.must(err)
		stopped = stopped.Add(2 * time.Second)
	}
	s.waited(45 * time.Second)
}

// asleep gives a node with a clock of its own that does nothing by itself.
func (s *story) asleep(cfg queue.Config, now func() time.Time) *queue.Redis {
	s.Helper()
	cfg.Now = now
	r, err := queue.Open(s.ctx(), cfg)
	s.must(err)
	return r
}

// A node asks Redis what time it is once a second. What is due within the hour that is gone
// is not due for it, and who entered by its clock has the place that belongs to them.
func nodeThatHasNotHeardThatTheClockWasSetBackHastensNothing(s *story) {
	ahead := time.Duration(0)
	unaware := s.asleep(s.config("unaware"), func() time.Time { return s.clock.Now().Add(ahead) })
	s.rule(map[string]queue.Settings{"billing": {MaxWait: time.Minute}})
	s.caller("c1", "billing")
	s.clock.Advance(time.Second)
	s.must(unaware.Enqueue(s.ctx(), queue.Entry{Call: "d1", Queue: "billing"}))
	s.clock.Advance(time.Second)
	s.caller("c2", "billing")
	s.setBack()
	ahead = time.Hour
	_, err := unaware.Reap(s.ctx())
	s.must(err)
	s.forgets("d1")
	s.must(unaware.Enqueue(s.ctx(), queue.Entry{Call: "d1", Queue: "billing"})) // as after an outage
	s.must(unaware.Enqueue(s.ctx(), queue.Entry{Call: "d2", Queue: "billing"}))
	s.waited(2 * time.Second)
	for i, call := range []string{"c1", "d1", "c2", "d2"} {
		s.position(call, i+1)
	}
	s.wait(time.Minute - 2*time.Second)
	s.offered("c1", "")
}
