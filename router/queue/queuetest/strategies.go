package queuetest

import (
	"errors"
	"strings"
	"time"

	"github.com/callward/callward/router/queue"
)

// rule sets what the queues of a story are like.
func (s *story) rule(queues map[string]queue.Settings) {
	s.Helper()
	s.must(s.node.Configure(s.ctx(), queues))
}

// take has the next offer be taken by agent, and the talk last d.
func (s *story) take(call, agent string, d time.Duration) {
	s.Helper()
	o := s.answered(call, agent)
	s.clock.Advance(d)
	s.must(s.node.Complete(s.ctx(), o))
	s.wait(5 * time.Second) // wrap-up
}

// served tells who takes callers one after the other.
func (s *story) served(want string, talk func(agent string) time.Duration) {
	s.Helper()
	for i, agent := range strings.Fields(want) {
		call := "c" + string(rune('a'+i))
		s.caller(call, "billing")
		s.take(call, agent, talk(agent))
	}
}

func second(string) time.Duration { return time.Second }

func roundRobinGoesAroundWhoeverIsIdleLongest(s *story) {
	s.rule(map[string]queue.Settings{"billing": {Strategy: queue.RoundRobin}})
	for _, id := range []string{"ann:billing", "bob:billing", "cat:billing"} {
		s.agent(id)
		s.clock.Advance(time.Second)
	}
	s.caller("c1", "billing")
	o := s.offered("c1", "ann")
	s.must(s.node.Leave(s.ctx(), "c1", queue.HungUp)) // ann has been idle longest still
	s.accepted(o, false)
	s.served("bob cat ann bob", second)
}

func fewestCallsGoesToWhoAnsweredLeast(s *story) {
	s.rule(map[string]queue.Settings{"billing": {Strategy: queue.FewestCalls}})
	s.agent("ann:billing")
	s.served("ann ann", second)
	s.agent("bob:billing")
	s.caller("d1", "billing")
	s.take("d1", "bob", time.Second)
	s.caller("d2", "billing")
	s.take("d2", "bob", time.Second)
	s.caller("d3", "billing")
	s.take("d3", "ann", time.Second) // two each: who is idle longest
	s.clock.Advance(16 * time.Hour)  // another day: nobody has answered any
	s.caller("d4", "billing")
	s.take("d4", "bob", time.Second)
}

func leastTalkGoesToWhoTalkedLeast(s *story) {
	s.rule(map[string]queue.Settings{"billing": {Strategy: queue.LeastTalk}})
	s.agent("ann:billing")
	s.clock.Advance(time.Second)
	s.agent("bob:billing")
	s.served("ann bob bob bob ann", func(agent string) time.Duration {
		return map[string]time.Duration{"ann": 3 * time.Minute, "bob": time.Minute + time.Second}[agent]
	})
}

func skillFirstGoesToWhoKnowsMost(s *story) {
	s.rule(map[string]queue.Settings{"billing": {Strategy: queue.SkillFirst, Skills: []string{"gas=2"}}})
	s.agent("low:billing+gas=1")
	s.agent("mid:billing+gas=2")
	s.clock.Advance(time.Second)
	s.agent("top:billing+gas=5,fr=9")
	s.caller("c1", "billing")
	o := s.answered("c1", "top")
	s.caller("c2", "billing")
	s.answered("c2", "mid")
	s.caller("c3", "billing")
	s.position("c3", 1)
	s.state("low", queue.Available) // not enough
	s.must(s.node.Complete(s.ctx(), o))
	s.wait(5 * time.Second)
	s.answered("c3", "top")
}

func linearStartsFromTheFirstAgain(s *story) {
	s.rule(map[string]queue.Settings{"billing": {Strategy: queue.Linear}})
	for _, id := range []string{"cat:billing", "bob:billing", "ann:billing"} {
		s.agent(id)
		s.clock.Advance(time.Second)
	}
	s.served("ann ann", second)
	s.caller("d1", "billing")
	s.answered("d1", "ann")
	s.caller("d2", "billing")
	s.answered("d2", "bob")
}

func lowerPenaltyGoesFirst(s *story) {
	s.agent("ann:billing=2")
	s.clock.Advance(time.Minute)
	s.agent("bob:billing")
	s.caller("c1", "billing")
	s.answered("c1", "bob")
	s.caller("c2", "billing")
	s.answered("c2", "ann")
}

func ringAllHasOneWinner(s *story) {
	s.rule(map[string]queue.Settings{"billing": {Strategy: queue.RingAll, Fan: 3}})
	for _, id := range []string{"ann:billing", "bob:billing", "cat:billing", "dan:billing"} {
		s.clock.Advance(time.Second)
		s.must(s.node.SetAgent(s.ctx(), queue.Agent{ID: id[:3], State: queue.Available, Queues: []string{"billing"}}))
	}
	s.caller("c1", "billing")
	o := s.offered("c1", "ann")
	if got := strings.Join(o.Agents(), " "); got != "ann bob cat" {
		s.Fatalf("rung: %s", got)
	}
	for _, id := range o.Agents() {
		s.must(s.node.Ringing(s.ctx(), o.For(id)))
	}
	s.must(s.node.Reject(s.ctx(), o.For("ann"), queue.Declined))
	s.state("ann", queue.Paused, queue.Declined)
	s.state("bob", queue.Rings)
	s.accepted(o.For("ann"), false) // too late to change one's mind
	s.accepted(o.For("cat"), true)
	s.accepted(o.For("bob"), false)
	s.accepted(o.For("cat"), true) // the same again, as after a lost reply
	s.state("bob", queue.Available)
	s.state("cat", queue.Busy)
	s.must(s.node.Reject(s.ctx(), o.For("bob"), queue.Declined)) // that he could not answer
	s.state("cat", queue.Busy)
	s.state("bob", queue.Available)
	s.must(s.node.Complete(s.ctx(), o.For("cat")))
	s.wait(15 * time.Second)
	s.nothingLeft()
}

func callerIsBackWhenNobodyOfAllAnswers(s *story) {
	s.rule(map[string]queue.Settings{"billing": {Strategy: queue.RingAll}})
	s.agent("ann:billing")
	s.agent("bob:billing")
	s.caller("c1", "billing") // rings ann and bob
	o := s.offered("c1", "ann")
	s.must(s.node.Reject(s.ctx(), o.For("ann"), queue.LineBusy))
	s.must(s.node.Reject(s.ctx(), o.For("bob"), queue.Declined))
	s.position("c1", 1)
	s.accepted(o.For("bob"), false)
	s.wait(15 * time.Second)
	s.offered("c1", "ann")
	s.must(s.node.Leave(s.ctx(), "c1", queue.HungUp))
	s.state("ann", queue.Available)
	s.state("bob", queue.Available)
}

func ladderWidensWhoIsAsked(s *story) {
	two := 2
	s.rule(map[string]queue.Settings{"billing": {
		Skills: []string{"gas=3", "fr"}, Penalty: new(int),
		Ladder: []queue.Rung{
			{After: 10 * time.Second, Level: 1},
			{After: 20 * time.Second, Penalty: &two},
			{After: 30 * time.Second, Drop: []string{"fr"}, Priority: 5},
		},
	}})
	s.caller("c1", "billing")
	s.agent("low:billing+gas=1,fr=1")
	s.agent("far:billing=2+gas=9,fr=9")
	s.agent("deaf:billing+gas=9")
	s.wait(10*time.Second - time.Millisecond)
	s.state("low", queue.Available)
	s.wait(time.Millisecond)
	o := s.offered("c1", "low")
	s.must(s.node.Reject(s.ctx(), o, queue.Declined)) // the rung stays climbed
	s.wait(10 * time.Second)
	o = s.offered("c1", "far")
	s.must(s.node.Reject(s.ctx(), o, queue.Declined))
	s.clock.Advance(10 * time.Second)
	s.must(s.node.SetAgent(s.ctx(), queue.Agent{ID: "low", State: queue.Offline}))
	s.wait(0)
	s.answered("c1", "deaf")
	if c := s.snapshot().Calls[0]; c.Step != 3 || c.Priority != 5 {
		s.Fatalf("call %+v", c)
	}
}

// A reload takes rungs away that somebody has climbed, or waits for: what they changed is
// undone, and the wait ends when it would have.
func ladderThatIsShortenedStillEndsTheWait(s *story) {
	billing := queue.Settings{
		Skills: []string{"gas=3"}, MaxWait: time.Minute, Overflow: "second",
		Ladder: []queue.Rung{{After: 10 * time.Second, Level: 2}, {After: 30 * time.Second, Level: 1}},
	}
	s.rule(map[string]queue.Settings{"billing": billing, "second": {}})
	s.caller("c1", "billing")
	s.wait(10 * time.Second)
	billing.Ladder = nil
	s.rule(map[string]queue.Settings{"billing": billing, "second": {}})
	s.agent("low:billing+gas=2")
	s.agent("other:second")
	s.wait(20 * time.Second) // the second rung would be climbed now
	s.state("low", queue.Available)
	s.wait(30*time.Second - time.Millisecond)
	s.state("other", queue.Available)
	s.wait(time.Millisecond)
	s.offered("c1", "other")
}

func ageingMakesUpForPriority(s *story) {
	s.rule(map[string]queue.Settings{"billing": {Ageing: time.Minute}})
	s.caller("old", "billing")
	s.clock.Advance(119 * time.Second)
	s.must(s.node.Enqueue(s.ctx(), queue.Entry{Call: "urgent", Queue: "billing", Priority: 2}))
	s.position("urgent", 1)
	s.clock.Advance(2 * time.Second)
	s.must(s.node.Enqueue(s.ctx(), queue.Entry{Call: "late", Queue: "billing", Priority: 2}))
	s.position("old", 2)
	s.position("late", 3)
	s.must(s.node.Enqueue(s.ctx(), queue.Entry{Call: "boosted", Queue: "billing", Boost: time.Hour}))
	s.position("boosted", 1)
}

func fullQueueSendsOnOrRefuses(s *story) {
	s.rule(map[string]queue.Settings{
		"billing": {MaxLength: 1, Overflow: "second"}, "second": {MaxLength: 1},
	})
	s.caller("c1", "billing")
	s.caller("c2", "billing")
	if c := s.snapshot().Calls[1]; c.Call != "c2" || c.Queue != "second" {
		s.Fatalf("second call %+v", c)
	}
	if err := s.node.Enqueue(s.ctx(), queue.Entry{Call: "c3", Queue: "billing"}); !errors.Is(err, queue.ErrFull) {
		s.Fatalf("third call: %v", err)
	}
	s.gone("c3")
	s.caller("c1", "billing") // who is in is not refused
	s.must(s.node.Leave(s.ctx(), "c1", queue.HungUp))
	s.caller("c3", "billing")
	f := s.figures("billing")
	if f.Full != 2 || f.Queued != 2 || f.Short != 1 {
		s.Fatalf("figures %+v", f.Tally)
	}
}

func callerWhoWaitedTooLongOverflowsWithPriorityAndPlace(s *story) {
	s.rule(map[string]queue.Settings{"billing": {MaxWait: time.Minute, Overflow: "technical"}, "technical": {}})
	s.must(s.node.Enqueue(s.ctx(), queue.Entry{Call: "c1", Queue: "billing", Priority: 1}))
	s.clock.Advance(time.Second)
	s.caller("t1", "technical")
	s.must(s.node.Enqueue(s.ctx(), queue.Entry{Call: "t2", Queue: "technical", Priority: 1}))
	s.wait(59 * time.Second)
	s.position("c1", 1)
	s.position("t2", 2)
	s.position("t1", 3)
	s.agent("ann:technical")
	if o := s.answered("c1", "ann"); o.Queue != "technical" {
		s.Fatalf("offer %+v", o)
	}
	b, t := s.figures("billing"), s.figures("technical")
	if b.Moved != 1 || t.Queued != 3 || t.Answered != 1 || t.Wait != time.Minute {
		s.Fatalf("billing %+v, technical %+v", b.Tally, t.Tally)
	}
}

func callerWhoWaitedTooLongIsTold(s *story) {
	s.rule(map[string]queue.Settings{"billing": {MaxWait: time.Minute}})
	s.caller("c1", "billing")
	s.wait(time.Minute)
	o := s.offered("c1", "")
	if !o.Expired || len(o.Agents()) != 0 {
		s.Fatalf("offer %+v", o)
	}
	s.agent("ann:billing")
	s.state("ann", queue.Available)
	s.accepted(o, false)
	s.must(s.node.Leave(s.ctx(), "c1", queue.GaveWay))
	s.gone("c1")
	s.nothingLeft()
	if f := s.figures("billing"); f.Expired != 1 || f.Left != 0 {
		s.Fatalf("figures %+v", f.Tally)
	}
}

func waitThatEndsWhileThePhoneRingsGoesOn(s *story) {
	s.rule(map[string]queue.Settings{"billing": {MaxWait: time.Minute, Ring: 30 * time.Second}})
	s.caller("c1", "billing")
	s.clock.Advance(50 * time.Second)
	s.agent("ann:billing")
	o := s.offered("c1", "ann")
	s.wait(20 * time.Second)
	s.accepted(o, true)
	s.must(s.node.Complete(s.ctx(), o))
	s.wait(5 * time.Second)
	s.nothingLeft()
}

func queueWithoutAgentsTakesNobodyIfItSaysSo(s *story) {
	s.rule(map[string]queue.Settings{"billing": {JoinEmpty: queue.JoinNobody}, "technical": {JoinEmpty: queue.JoinPaused}})
	refused := func(name string, want error) {
		s.Helper()
		err := s.node.Enqueue(s.ctx(), queue.Entry{Call: "c1", Queue: name})
		if !errors.Is(err, want) {
			s.Fatalf("enter %s: %v, want %v", name, err, want)
		}
		s.must(s.node.Leave(s.ctx(), "c1", queue.GaveWay))
	}
	refused("billing", queue.ErrEmpty)
	s.agent("ann:billing,technical")
	s.must(s.node.SetAgent(s.ctx(), queue.Agent{ID: "ann", State: queue.Paused, Reason: "lunch"}))
	refused("billing", queue.ErrEmpty)
	refused("technical", nil)
	s.agent("ann:billing,technical")
	refused("billing", nil)
}

func agentWhoMissesTwoInARowIsPausedForIt(s *story) {
	s.cfg.Rest, s.cfg.MissedPause = -1, time.Minute
	s.node = s.start("strict")
	miss := func() {
		s.Helper()
		s.must(s.node.Reject(s.ctx(), s.offered("c1", "ann"), queue.NoAnswer))
	}
	s.agent("ann:billing")
	s.caller("c1", "billing")
	miss()
	s.state("ann", queue.Reserved) // once is nothing, and nobody else is there
	o := s.offered("c1", "ann")
	s.accepted(o, true)
	s.must(s.node.Reject(s.ctx(), o, queue.NoMedia)) // an answer ends the row
	miss()
	miss()
	s.state("ann", queue.Paused, queue.RONA)
	s.wait(time.Minute - time.Millisecond)
	s.state("ann", queue.Paused, queue.RONA)
	s.wait(time.Millisecond)
	miss()
	miss()
	s.agent("ann:billing") // one click
	s.answered("c1", "ann")
	if f := s.figures("billing"); f.Missed != 5 || f.Unbridged != 1 {
		s.Fatalf("figures %+v", f.Tally)
	}
}

func (s *story) figures(name string) queue.Figures {
	s.Helper()
	all, err := s.node.Figures(s.ctx())
	s.must(err)
	return all[name]
}

func figuresAreThoseOfTheStory(s *story) {
	s.rule(map[string]queue.Settings{"billing": {Target: 10 * time.Second}})
	for i, wait := range []time.Duration{2, 8, 40} {
		call := "c" + string(rune('1'+i))
		s.caller(call, "billing")
		s.clock.Advance(wait * time.Second)
		s.agent("ann:billing")
		o := s.answered(call, "ann")
		s.clock.Advance(time.Minute)
		s.must(s.node.Complete(s.ctx(), o))
		s.must(s.node.SetAgent(s.ctx(), queue.Agent{ID: "ann", State: queue.Paused, Reason: "lunch"}))
	}
	for i, wait := range []time.Duration{4, 8, 30} {
		call := "d" + string(rune('1'+i))
		s.caller(call, "billing")
		s.clock.Advance(wait * time.Second)
		s.must(s.node.Leave(s.ctx(), call, queue.HungUp))
	}
	f := s.figures("billing")
	if f.Queued != 6 || f.Answered != 3 || f.Abandoned != 2 || f.Short != 1 || f.Handled != 3 ||
		f.AnsweredInTarget != 2 || f.AbandonedInTarget != 1 {
		s.Fatalf("figures %+v", f.Tally)
	}
	shares := []queue.Share{f.AnsweredLevel(), f.InclusiveLevel(), f.OfferedLevel(), f.AbandonRate()}
	for i, want := range []queue.Share{{Part: 2, Whole: 3}, {Part: 3, Whole: 5}, {Part: 2, Whole: 5}, {Part: 2, Whole: 6}} {
		if shares[i] != want {
			s.Errorf("share %d is %+v, want %+v", i, shares[i], want)
		}
	}
	if f.ASA() != 50*time.Second/3 || f.AHT() != time.Minute {
		s.Errorf("ASA %s, AHT %s", f.ASA(), f.AHT())
	}
	if within, n := f.Waits(); n != 3 || within[5] != 1 || within[10] != 2 || within[60] != 3 {
		s.Errorf("waits %v of %d", within, n)
	}
	if f.Recent.Answered != 3 || f.Recent.Handling != 3*time.Minute {
		s.Errorf("recent %+v", f.Recent)
	}
	if o, ok := f.Occupied.Value(); !ok || o < 0.9 {
		s.Errorf("occupancy %v", o)
	}
	s.caller("e1", "billing")
	s.clock.Advance(20 * time.Hour) // a new day
	s.wait(0)
	if f := s.figures("billing"); f.Carried != 1 || f.Queued != 0 || f.Answered != 0 || f.Recent.Answered != 0 {
		s.Fatalf("the day after: %+v", f)
	}
}

func expectedWaitIsThatOfTheWorkAhead(s *story) {
	s.rule(map[string]queue.Settings{"billing": {}, "technical": {}})
	s.caller("c1", "billing")
	if o := s.outlook("c1"); o.Known || o.Position != 1 {
		s.Fatalf("nobody is at work: %+v", o)
	}
	s.agent("ann:billing")
	s.agent("bob:billing,technical")
	s.answered("c1", "ann")
	s.caller("t1", "technical")
	s.answered("t1", "bob")
	s.caller("t2", "technical")
	s.caller("c2", "billing")
	s.caller("c3", "billing")
	// 90 s of handling and 4 of ringing are a guess: ann is free at 23.5 s and takes c2, bob at
	// 70.5 and takes t2; so c3 is ann's, who is free at 117.5.
	if o := s.outlook("c3"); !o.Known || o.Position != 2 || o.Wait != 121500*time.Millisecond {
		s.Fatalf("outlook %+v", o)
	}
	if o := s.outlook("t2"); o.Position != 1 || o.Wait != 74500*time.Millisecond {
		s.Fatalf("outlook %+v", o)
	}
	if o := s.outlook("c1"); o.Known || o.Position != 0 {
		s.Fatalf("c1 talks: %+v", o)
	}
}

func (s *story) outlook(call string) queue.Outlook {
	s.Helper()
	o, err := s.node.Outlook(s.ctx(), call)
	s.must(err)
	return o
}

func redisThatForgotIsToldTheSettings(s *story) {
	s.rule(map[string]queue.Settings{"billing": {MaxLength: 1}})
	s.caller("c1", "billing")
	s.must(s.dial().FlushAll(s.ctx()).Err()) // the story before this one has ended
	if err := s.node.Enqueue(s.ctx(), queue.Entry{Call: "c2", Queue: "billing"}); !errors.Is(err, queue.ErrFull) {
		s.Fatalf("second call: %v", err)
	}
	s.position("c1", 1)
}

func settingsThatMakeNoSenseAreRefused(s *story) {
	bad := map[string]queue.Settings{
		"strategy": {Strategy: "random"}, "join": {JoinEmpty: "maybe"}, "level": {Skills: []string{"gas=0"}},
		"overflow": {Overflow: "nowhere"}, "wait": {MaxWait: time.Millisecond}, "fan": {Fan: 100},
		"order": {Ladder: []queue.Rung{{After: 2 * time.Second, Level: 1}, {After: time.Second, Level: 1}}},
		"idle":  {Ladder: []queue.Rung{{After: 2 * time.Second}}},
		"late":  {MaxWait: time.Second, Ladder: []queue.Rung{{After: 2 * time.Second, Level: 1}}},
	}
	for name, set := range bad {
		if err := s.node.Configure(s.ctx(), map[string]queue.Settings{name: set}); err == nil || !strings.Contains(err.Error(), name) {
			s.Errorf("%s: %v", name, err)
		}
	}
}
