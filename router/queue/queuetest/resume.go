package queuetest

import (
	"time"

	"github.com/callward/callward/router/queue"
)

func callerCutOffByADeadNodeHasThePlaceBack(s *story) {
	who := queue.CallerKey("acme", "+33611111111")
	other, stop := run(s, s.config("n2"))
	s.caller("c0", "billing")
	s.clock.Advance(time.Second)
	s.must(other.Enqueue(s.ctx(), queue.Entry{Call: "c1", Queue: "billing", Priority: 0, Caller: who, Note: "a wrong bill"}))
	s.clock.Advance(time.Second)
	s.caller("c2", "billing")
	if _, ok, err := s.node.Lost(s.ctx(), who); ok || err != nil {
		s.Fatalf("lost before the node is: %t, %v", ok, err)
	}
	stop()
	s.gone("c1")
	p, ok, err := s.node.Lost(s.ctx(), who)
	s.must(err)
	if !ok || p.Queue != "billing" || p.Note != "a wrong bill" || s.clock.Now().Sub(p.Entered) != time.Second {
		s.Fatalf("lost %+v, %t", p, ok)
	}
	s.clock.Advance(time.Minute)
	again := queue.Entry{Call: "c3", Queue: "billing", Caller: who, Resume: true}
	s.must(s.node.Enqueue(s.ctx(), again))
	s.must(s.node.Enqueue(s.ctx(), again))
	s.position("c3", 2)
	s.position("c2", 3)
	if _, ok, err := s.node.Lost(s.ctx(), who); ok || err != nil {
		s.Fatalf("lost still: %t, %v", ok, err)
	}
	s.must(s.node.Leave(s.ctx(), "c3", queue.HungUp))
	if _, ok, _ := s.node.Lost(s.ctx(), who); ok {
		s.Fatal("who hangs up has a place")
	}
}

func lostPlaceIsForgottenAfterTenMinutes(s *story) {
	who := queue.CallerKey("acme", "+33611111111")
	other, stop := run(s, s.config("n2"))
	s.must(other.Enqueue(s.ctx(), queue.Entry{Call: "c1", Queue: "billing", Caller: who}))
	stop()
	s.caller("c2", "billing")
	s.wait(10 * time.Minute)
	if _, ok, err := s.node.Lost(s.ctx(), who); ok || err != nil {
		s.Fatalf("still there: %t, %v", ok, err)
	}
	s.must(s.node.Enqueue(s.ctx(), queue.Entry{Call: "c3", Queue: "billing", Caller: who, Resume: true}))
	s.position("c3", 2)
	for _, call := range []string{"c2", "c3"} {
		s.must(s.node.Leave(s.ctx(), call, queue.HungUp))
	}
	s.nothingLeft()
}
