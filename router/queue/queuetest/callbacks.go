package queuetest

import (
	"errors"
	"time"

	"github.com/callward/callward/router/queue"
)

// back is a callback as the stories ask for it.
func back(number string) queue.Callback {
	return queue.Callback{
		Number: number, Language: "fr", Line: "+33100000000",
		After: 15 * time.Second, Keep: time.Hour, Tries: 2, Retry: 5 * time.Minute,
	}
}

func (s *story) dialled(r *queue.Redis, o queue.Offer, want bool) {
	s.Helper()
	ok, err := r.Dial(s.ctx(), o)
	s.must(err)
	if ok != want {
		s.Fatalf("dial for offer %d: %t, want %t", o.Number, ok, want)
	}
}

// calledBack waits for the offer of a callback, and answers it.
func (s *story) calledBack(call, agent string) queue.Offer {
	s.Helper()
	o := s.answered(call, agent)
	if o.Back == nil || o.Back.Number == "" || o.Back.Language != "fr" {
		s.Fatalf("offer %+v is no callback", o)
	}
	return o
}

func callbackKeepsThePlace(s *story) {
	s.caller("c1", "billing")
	s.clock.Advance(time.Second)
	s.caller("c2", "billing")
	s.must(s.node.CallBack(s.ctx(), "c1", back("+33611111111")))
	s.must(s.node.CallBack(s.ctx(), "c1", back("+33611111111"))) // again, as after a lost answer
	s.position("c2", 2)
	s.agent("ann:billing")
	s.accepted(s.offered("c2", "ann"), true) // c1 may not have hung up yet
	s.wait(15 * time.Second)
	s.agent("bob:billing")
	s.caller("c3", "billing")
	s.position("c3", 2) // who is offered holds the place
	o := s.calledBack("c1", "bob")
	if !o.Entered.Before(s.clock.Now().Add(-15*time.Second)) || o.Back.Rings != 0 {
		s.Fatalf("offer %+v, rung %d times", o, o.Back.Rings)
	}
	s.dialled(s.node, o, true)
	ok, err := s.node.Reached(s.ctx(), o)
	s.must(err)
	if !ok {
		s.Fatal("not reached")
	}
	s.clock.Advance(time.Minute)
	s.must(s.node.Complete(s.ctx(), o))
	s.state("bob", queue.WrapUp)
	f := s.figures("billing")
	if f.Queued != 3 || f.Callbacks != 1 || f.CalledBack != 1 || f.Answered != 1 || f.Uncalled+f.Abandoned+f.Left != 0 {
		s.Fatalf("figures %+v", f.Tally)
	}
}

func callbackThatIsMissedKeepsThePlaceUntilItIsGivenUp(s *story) {
	s.caller("c1", "billing")
	s.must(s.node.CallBack(s.ctx(), "c1", back("+33611111111")))
	s.agent("ann:billing")
	s.wait(15 * time.Second)
	o := s.calledBack("c1", "ann")
	s.dialled(s.node, o, true)
	s.dialled(s.node, o, true) // again
	over, err := s.node.Postpone(s.ctx(), o, queue.NoAnswer, 5*time.Minute)
	s.must(err)
	if over {
		s.Fatal("given up after one try of two")
	}
	s.state("ann", queue.Available) // it was not her fault
	s.dialled(s.node, o, false)
	s.caller("c2", "billing")
	s.answered("c2", "ann")
	s.caller("c3", "billing")
	s.position("c3", 2)
	s.wait(5 * time.Minute)
	s.agent("bob:billing")
	o = s.calledBack("c1", "bob")
	s.dialled(s.node, o, true)
	over, err = s.node.Postpone(s.ctx(), o, queue.LineBusy, 5*time.Minute)
	s.must(err)
	if !over {
		s.Fatal("not given up after the second try")
	}
	s.gone("c1")
	s.offered("c3", "bob")
	if f := s.figures("billing"); f.Callbacks != 1 || f.Uncalled != 1 || f.Unbridged+f.Left+f.CalledBack != 0 {
		s.Fatalf("figures %+v", f.Tally)
	}
}

func callbackOfADeadNodeIsPlacedByAnotherOnceThePhoneIsStill(s *story) {
	other, stop := run(s, s.config("n2"))
	s.must(other.Enqueue(s.ctx(), queue.Entry{Call: "c1", Queue: "billing"}))
	s.must(other.CallBack(s.ctx(), "c1", back("+33611111111")))
	s.agent("ann:billing")
	s.wait(15 * time.Second)
	o, err := other.Next(s.ctx()) // it is the one that was called
	s.must(err)
	ok, err := other.Accept(s.ctx(), o)
	s.must(err)
	if !ok {
		s.Fatal("not accepted")
	}
	s.dialled(other, o, true)
	stop() // while the phone rings
	s.state("ann", queue.Available)
	s.wait(80 * time.Second)
	s.state("ann", queue.Available) // the phone may still ring
	if ok, err := s.node.Dial(s.ctx(), o); ok || err != nil {
		s.Fatalf("the old offer dials: %t, %v", ok, err)
	}
	s.wait(11 * time.Second)
	s.state("ann", queue.Reserved)
}

func nobodyIsCalledBackTwice(s *story) {
	s.caller("c1", "billing")
	s.caller("c2", "billing")
	s.caller("c3", "technical")
	s.must(s.node.CallBack(s.ctx(), "c1", back("+33611111111")))
	if err := s.node.CallBack(s.ctx(), "c2", back("+33611111111")); !errors.Is(err, queue.ErrCalledBack) {
		s.Fatalf("a second one for the number: %v", err)
	}
	s.gone("c2")
	s.must(s.node.CallBack(s.ctx(), "c3", back("+33611111111"))) // another matter
	s.agent("ann:billing")
	s.caller("c4", "billing")
	o := s.offered("c4", "ann")
	if err := s.node.CallBack(s.ctx(), "c4", back("+33622222222")); !errors.Is(err, queue.ErrNotWaiting) {
		s.Fatalf("one who is being offered: %v", err)
	}
	s.accepted(o, true)
	if err := s.node.CallBack(s.ctx(), "c9", back("+33622222222")); !errors.Is(err, queue.ErrNotWaiting) {
		s.Fatalf("one who is not there: %v", err)
	}
}

func callbackIsGivenUpWhenItIsTooLate(s *story) {
	s.rule(map[string]queue.Settings{"billing": {MaxWait: 10 * time.Minute}})
	s.caller("c1", "billing")
	s.must(s.node.CallBack(s.ctx(), "c1", back("+33611111111")))
	s.wait(30 * time.Minute) // longer than anybody may wait on the line
	if snap := s.snapshot(); len(snap.Queues) != 1 || snap.Queues[0].Callbacks != 1 || snap.Queues[0].Waiting != 0 || snap.Queues[0].LongestWait != 0 {
		s.Fatalf("queues %+v", snap.Queues)
	}
	s.wait(31 * time.Minute)
	s.gone("c1")
	if f := s.figures("billing"); f.Uncalled != 1 || f.Expired != 0 {
		s.Fatalf("figures %+v", f.Tally)
	}
	s.nothingLeft()
}
