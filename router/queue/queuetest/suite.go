package queuetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/router/queue"
)

// Suite runs the stories that must hold on every Redis. Each has a pool of its
// own, so they may share a server.
func Suite(t *testing.T, dial Dial) {
	t.Helper()
	stories := []struct {
		name string
		tell func(*story)
	}{
		{"CallerIsOfferedAnsweredAndForgotten", callerIsOfferedAnsweredAndForgotten},
		{"OlderCallerGoesFirst", olderCallerGoesFirst},
		{"HigherPriorityGoesBeforeOlder", higherPriorityGoesBeforeOlder},
		{"AgentServesTheOldestOverAllTheirQueues", agentServesTheOldestOverAllTheirQueues},
		{"LongestIdleAgentIsPicked", longestIdleAgentIsPicked},
		{"RareSkillDoesNotBlockOthers", rareSkillDoesNotBlockOthers},
		{"RefusedCallerKeepsThePlaceAndAgentRests", refusedCallerKeepsThePlaceAndAgentRests},
		{"SilentPhoneGivesTheCallerBackAtTheDeadline", silentPhoneGivesTheCallerBackAtTheDeadline},
		{"CallerIsBackWhenTheBridgeFails", callerIsBackWhenTheBridgeFails},
		{"OtherAgentsGoBeforeOneWhoFailedTheCaller", otherAgentsGoBeforeOneWhoFailedTheCaller},
		{"StaleOfferChangesNothing", staleOfferChangesNothing},
		{"HangUpWhileRingingFreesTheAgentInTheirPlace", hangUpWhileRingingFreesTheAgentInTheirPlace},
		{"PauseWaitsForTheEndOfTheCall", pauseWaitsForTheEndOfTheCall},
		{"PauseWhileItRingsWaitsForTheEndOfTheCall", pauseWhileItRingsWaitsForTheEndOfTheCall},
		{"PhoneThatRegistersAgainDisturbsNothing", phoneThatRegistersAgainDisturbsNothing},
		{"AvailableEndsWrapUp", availableEndsWrapUp},
		{"EnqueueTwiceIsOnce", enqueueTwiceIsOnce},
		{"OfferArrivesWithoutAnyHint", offerArrivesWithoutAnyHint},
		{"EachOfferIsGivenToOneTaker", eachOfferIsGivenToOneTaker},
		{"WithdrawnOfferIsNotGiven", withdrawnOfferIsNotGiven},
		{"RedisThatWasAwayBuriesNobody", redisThatWasAwayBuriesNobody},
		{"DeadNodeLosesItsCallsAndNobodyElses", deadNodeLosesItsCallsAndNobodyElses},
		{"ClockThatIsBehindPushesNobodyIn", clockThatIsBehindPushesNobodyIn},
		{"ClockThatIsSetBackTakesNothingFromAnybody", clockThatIsSetBackTakesNothingFromAnybody},
		{"OldWordOfTheTimeMovesNothing", oldWordOfTheTimeMovesNothing},
		{"NodeThatHasNotHeardThatTheClockWasSetBackHastensNothing", nodeThatHasNotHeardThatTheClockWasSetBackHastensNothing},
		{"NodeThatStalledDoesNotBuryItself", nodeThatStalledDoesNotBuryItself},
		{"NodeThatWakesUpPutsItsCallersBack", nodeThatWakesUpPutsItsCallersBack},
		{"RedisThatForgotIsTold", redisThatForgotIsTold},
		{"EndThatRedisMissedIsToldLater", endThatRedisMissedIsToldLater},
		{"RefusalThatRedisMissedIsToldLater", refusalThatRedisMissedIsToldLater},
		{"NobodyIsOfferedUntilAllNodesHaveSaidWhoWaits", nobodyIsOfferedUntilAllNodesHaveSaidWhoWaits},
		{"NodeThatStaysAwayIsNotAwaitedForLong", nodeThatStaysAwayIsNotAwaitedForLong},
		{"WhoComesAfterAnOutageIsBehindThoseWhoWereHeldBack", whoComesAfterAnOutageIsBehindThoseWhoWereHeldBack},
		{"CallerWhoseEntryHadNoAnswerKeepsThePlace", callerWhoseEntryHadNoAnswerKeepsThePlace},
		{"CallerWhoDoesNotTryAgainIsForgotten", callerWhoDoesNotTryAgainIsForgotten},
		{"CallerWhoLeftBeforeAFailoverIsNotOffered", callerWhoLeftBeforeAFailoverIsNotOffered},
		{"StoppedNodeLeavesNothing", stoppedNodeLeavesNothing},
		{"SnapshotCountsEverybody", snapshotCountsEverybody},
		{"EventsTellTheStoryInIDsAndStates", eventsTellTheStoryInIDsAndStates},
		{"NamesThatCouldNotBeStoredAreRefused", namesThatCouldNotBeStoredAreRefused},
		{"RoundRobinGoesAroundWhoeverIsIdleLongest", roundRobinGoesAroundWhoeverIsIdleLongest},
		{"FewestCallsGoesToWhoAnsweredLeast", fewestCallsGoesToWhoAnsweredLeast},
		{"LeastTalkGoesToWhoTalkedLeast", leastTalkGoesToWhoTalkedLeast},
		{"SkillFirstGoesToWhoKnowsMost", skillFirstGoesToWhoKnowsMost},
		{"LinearStartsFromTheFirstAgain", linearStartsFromTheFirstAgain},
		{"LowerPenaltyGoesFirst", lowerPenaltyGoesFirst},
		{"RingAllHasOneWinner", ringAllHasOneWinner},
		{"CallerIsBackWhenNobodyOfAllAnswers", callerIsBackWhenNobodyOfAllAnswers},
		{"LadderWidensWhoIsAsked", ladderWidensWhoIsAsked},
		{"LadderThatIsShortenedStillEndsTheWait", ladderThatIsShortenedStillEndsTheWait},
		{"AgeingMakesUpForPriority", ageingMakesUpForPriority},
		{"FullQueueSendsOnOrRefuses", fullQueueSendsOnOrRefuses},
		{"CallerWhoWaitedTooLongOverflowsWithPriorityAndPlace", callerWhoWaitedTooLongOverflowsWithPriorityAndPlace},
		{"CallerWhoWaitedTooLongIsTold", callerWhoWaitedTooLongIsTold},
		{"WaitThatEndsWhileThePhoneRingsGoesOn", waitThatEndsWhileThePhoneRingsGoesOn},
		{"QueueWithoutAgentsTakesNobodyIfItSaysSo", queueWithoutAgentsTakesNobodyIfItSaysSo},
		{"AgentWhoMissesTwoInARowIsPausedForIt", agentWhoMissesTwoInARowIsPausedForIt},
		{"FiguresAreThoseOfTheStory", figuresAreThoseOfTheStory},
		{"ExpectedWaitIsThatOfTheWorkAhead", expectedWaitIsThatOfTheWorkAhead},
		{"RedisThatForgotIsToldTheSettings", redisThatForgotIsToldTheSettings},
		{"SettingsThatMakeNoSenseAreRefused", settingsThatMakeNoSenseAreRefused},
		{"CallerCutOffByADeadNodeHasThePlaceBack", callerCutOffByADeadNodeHasThePlaceBack},
		{"LostPlaceIsForgottenAfterTenMinutes", lostPlaceIsForgottenAfterTenMinutes},
		{"CallbackKeepsThePlace", callbackKeepsThePlace},
		{"CallbackThatIsMissedKeepsThePlaceUntilItIsGivenUp", callbackThatIsMissedKeepsThePlaceUntilItIsGivenUp},
		{"CallbackOfADeadNodeIsPlacedByAnotherOnceThePhoneIsStill", callbackOfADeadNodeIsPlacedByAnotherOnceThePhoneIsStill},
		{"CallbackThatTalksIsNobodyElsesAfterAFailover", callbackThatTalksIsNobodyElsesAfterAFailover},
		{"CallbackThatTalksIsTakenFromWhomItIsOfferedTo", callbackThatTalksIsTakenFromWhomItIsOfferedTo},
		{"CallbackThatWasNotReachedOutlivesAFailover", callbackThatWasNotReachedOutlivesAFailover},
		{"NobodyIsCalledBackTwice", nobodyIsCalledBackTwice},
		{"CallbackIsGivenUpWhenItIsTooLate", callbackIsGivenUpWhenItIsTooLate},
	}
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) { s.tell(newStory(t, dial)) })
	}
}

// A story is a pool with a clock moved by hand, and words to tell what happens.
type story struct {
	*testing.T
	dial  Dial
	clock *Clock
	cfg   queue.Config
	node  *queue.Redis // the first node
}

func newStory(t *testing.T, dial Dial) *story {
	t.Helper()
	s := &story{T: t, dial: dial, clock: NewClock()}
	pool := t.Name()[strings.LastIndexByte(t.Name(), '/')+1:]
	s.cfg = queue.Config{
		Tenant: "acme", Pool: pool, Lease: 1000 * time.Hour, Tick: 10 * time.Millisecond, Now: s.clock.Now,
	}
	s.node = s.start("n1")
	return s
}

func (s *story) start(name string) *queue.Redis {
	s.Helper()
	r, _ := run(s, s.config(name))
	return r
}

func (s *story) config(name string) queue.Config {
	cfg := s.cfg
	cfg.Node, cfg.Client = name, s.dial()
	return cfg
}

func (s *story) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *story) ctx() context.Context { return s.Context() }

// agent is available for the queues of agent:queue,queue or agent:queue+skill.
func (s *story) agent(spec string) {
	s.Helper()
	id, queues, _ := strings.Cut(spec, ":")
	queues, skills, _ := strings.Cut(queues, "+")
	a := queue.Agent{ID: id, State: queue.Available, Queues: strings.Split(queues, ",")}
	if skills != "" {
		a.Skills = strings.Split(skills, ",")
	}
	s.must(s.node.SetAgent(s.ctx(), a))
}

func (s *story) caller(call, queueName string, skills ...string) {
	s.Helper()
	s.must(s.node.Enqueue(s.ctx(), queue.Entry{Call: call, Queue: queueName, Skills: skills}))
}

// offered waits for the next offer and checks whom it joins.
func (s *story) offered(call, agent string) queue.Offer {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.ctx(), patience)
	defer cancel()
	o, err := s.node.Next(ctx)
	s.must(err)
	if o.Call != call || o.Agent != agent {
		s.Fatalf("offered %s to %s, want %s to %s", o.Call, o.Agent, call, agent)
	}
	return o
}

func (s *story) accepted(o queue.Offer, want bool) {
	s.Helper()
	got, err := s.node.Accept(s.ctx(), o)
	s.must(err)
	if got != want {
		s.Fatalf("accept of offer %d for %s: %t, want %t", o.Number, o.Call, got, want)
	}
}

func (s *story) answered(call, agent string) queue.Offer {
	s.Helper()
	o := s.offered(call, agent)
	s.must(s.node.Ringing(s.ctx(), o))
	s.accepted(o, true)
	return o
}

func (s *story) position(call string, want int) {
	s.Helper()
	got, err := s.node.Position(s.ctx(), call)
	s.must(err)
	if got != want {
		s.Fatalf("position of %s is %d, want %d", call, got, want)
	}
}

func (s *story) gone(call string) {
	s.Helper()
	if n, err := s.node.Position(s.ctx(), call); !errors.Is(err, queue.ErrUnknownCall) {
		s.Fatalf("call %s is still there, at %d (%v)", call, n, err)
	}
}

func (s *story) snapshot() queue.Snapshot {
	s.Helper()
	snap, err := s.node.Snapshot(s.ctx())
	s.must(err)
	return snap
}

// state checks what an agent is doing; reason may be left out.
func (s *story) state(agent string, want queue.State, reason ...queue.Reason) {
	s.Helper()
	for _, a := range s.snapshot().Agents {
		if a.ID != agent {
			continue
		}
		if a.State != want || (len(reason) > 0 && a.Reason != reason[0]) {
			s.Fatalf("agent %s is %s (%s), want %s %v", agent, a.State, a.Reason, want, reason)
		}
		return
	}
	s.Fatalf("no agent %s", agent)
}

// wait lets time pass, and does what is due.
func (s *story) wait(d time.Duration) {
	s.Helper()
	s.clock.Advance(d)
	_, err := s.node.Reap(s.ctx())
	s.must(err)
}

func (s *story) nothingLeft() {
	s.Helper()
	calls, offers, timers, err := s.node.Leftovers(s.ctx())
	s.must(err)
	if calls+offers+timers != 0 {
		s.Fatalf("left over: %d calls, %d offers, %d timers", calls, offers, timers)
	}
}

func callerIsOfferedAnsweredAndForgotten(s *story) {
	s.agent("ann:billing")
	s.caller("c1", "billing")
	o := s.offered("c1", "ann")
	if o.Queue != "billing" || !o.Entered.Equal(s.clock.Now()) || !o.Deadline.Equal(s.clock.Now().Add(20*time.Second)) {
		s.Fatalf("offer %+v", o)
	}
	s.state("ann", queue.Reserved)
	s.must(s.node.Ringing(s.ctx(), o))
	s.state("ann", queue.Rings)
	s.position("c1", 1)
	s.accepted(o, true)
	s.state("ann", queue.Busy)
	s.position("c1", 0)
	s.must(s.node.Complete(s.ctx(), o))
	s.state("ann", queue.WrapUp)
	s.gone("c1")
	s.wait(5 * time.Second)
	s.state("ann", queue.Available)
	s.nothingLeft()
}

func olderCallerGoesFirst(s *story) {
	for i := range 5 { // all in the same millisecond
		s.caller(fmt.Sprintf("c%d", 5-i), "billing")
	}
	s.position("c5", 1)
	s.position("c1", 5)
	s.agent("ann:billing")
	for _, call := range []string{"c5", "c4", "c3", "c2", "c1"} {
		s.must(s.node.Complete(s.ctx(), s.answered(call, "ann")))
		s.wait(5 * time.Second)
	}
	s.nothingLeft()
}

func higherPriorityGoesBeforeOlder(s *story) {
	s.caller("old", "billing")
	s.clock.Advance(time.Hour)
	s.must(s.node.Enqueue(s.ctx(), queue.Entry{Call: "urgent", Queue: "billing", Priority: 1}))
	s.must(s.node.Enqueue(s.ctx(), queue.Entry{Call: "fire", Queue: "billing", Priority: queue.MaxPriority}))
	s.position("fire", 1)
	s.position("urgent", 2)
	s.position("old", 3)
	s.agent("ann:billing")
	s.answered("fire", "ann")
}

func agentServesTheOldestOverAllTheirQueues(s *story) {
	s.caller("c1", "technical")
	s.clock.Advance(time.Second)
	s.caller("c2", "billing")
	s.position("c1", 1)
	s.position("c2", 1)
	s.agent("ann:billing,technical")
	s.answered("c1", "ann")
}

func longestIdleAgentIsPicked(s *story) {
	for _, id := range []string{"cat", "ann", "bob"} {
		s.agent(id + ":billing")
		s.clock.Advance(time.Second)
	}
	for i, id := range []string{"cat", "ann", "bob"} {
		call := fmt.Sprintf("c%d", i)
		s.caller(call, "billing")
		s.answered(call, id)
	}
}

func rareSkillDoesNotBlockOthers(s *story) {
	for i := range 100 { // more than one page of callers
		s.caller(fmt.Sprintf("rare%d", i), "billing", "latin")
	}
	s.caller("plain", "billing", "fr")
	s.agent("ann:billing+fr,en")
	s.answered("plain", "ann")
	s.agent("bob:billing+fr,latin")
	s.answered("rare0", "bob")
}

func refusedCallerKeepsThePlaceAndAgentRests(s *story) {
	s.caller("c1", "billing")
	s.clock.Advance(time.Second)
	s.caller("c2", "billing")
	s.agent("ann:billing")
	s.must(s.node.Reject(s.ctx(), s.offered("c1", "ann"), queue.Declined))
	s.state("ann", queue.Paused, queue.Declined)
	s.position("c1", 1)
	s.agent("bob:billing")
	s.answered("c1", "bob") // not c2
	s.wait(14 * time.Second)
	s.state("ann", queue.Paused)
	s.wait(time.Second)
	s.answered("c2", "ann")
}

func silentPhoneGivesTheCallerBackAtTheDeadline(s *story) {
	s.caller("c1", "billing")
	s.agent("ann:billing")
	o := s.offered("c1", "ann")
	s.must(s.node.Ringing(s.ctx(), o))
	s.wait(20*time.Second - time.Millisecond)
	s.state("ann", queue.Rings)
	s.wait(time.Millisecond)
	s.state("ann", queue.Paused, "timeout")
	s.accepted(o, false)
	s.position("c1", 1)
	s.wait(15 * time.Second)
	s.answered("c1", "ann") // nobody else is there
}

func callerIsBackWhenTheBridgeFails(s *story) {
	s.caller("c1", "billing")
	s.caller("c2", "billing")
	s.agent("ann:billing")
	o := s.answered("c1", "ann")
	s.must(s.node.Reject(s.ctx(), o, queue.NoMedia))
	s.position("c1", 1)
	s.position("c2", 2)
	s.state("ann", queue.Paused, queue.NoMedia)
}

func otherAgentsGoBeforeOneWhoFailedTheCaller(s *story) {
	s.cfg.Rest = -1
	s.node = s.start("restless")
	s.agent("ann:billing")
	s.clock.Advance(time.Second)
	s.agent("bob:billing")
	s.caller("c1", "billing")
	s.must(s.node.Reject(s.ctx(), s.offered("c1", "ann"), queue.NoAnswer))
	s.must(s.node.Reject(s.ctx(), s.offered("c1", "bob"), queue.NoAnswer))
	s.answered("c1", "ann") // both failed: longest idle again
}

func staleOfferChangesNothing(s *story) {
	s.caller("c1", "billing")
	s.agent("ann:billing")
	old := s.offered("c1", "ann")
	s.must(s.node.Reject(s.ctx(), old, queue.LineBusy))
	s.must(s.node.Reject(s.ctx(), old, queue.LineBusy))
	s.agent("bob:billing")
	o := s.offered("c1", "bob")
	s.accepted(old, false)
	s.must(s.node.Reject(s.ctx(), old, queue.LineBusy))
	s.must(s.node.Complete(s.ctx(), old))
	if err := s.node.Ringing(s.ctx(), old); !errors.Is(err, queue.ErrStale) {
		s.Fatalf("ringing with a stale offer: %v", err)
	}
	s.state("bob", queue.Reserved)
	s.accepted(o, true)
	s.accepted(o, true) // the same script again, as after a lost reply
	s.must(s.node.Reject(s.ctx(), old, queue.LineBusy))
	s.state("bob", queue.Busy)
}

func hangUpWhileRingingFreesTheAgentInTheirPlace(s *story) {
	s.agent("ann:billing")
	s.clock.Advance(time.Second)
	s.agent("bob:billing")
	s.caller("c1", "billing")
	o := s.offered("c1", "ann")
	s.must(s.node.Ringing(s.ctx(), o))
	s.must(s.node.Leave(s.ctx(), "c1", queue.HungUp))
	s.accepted(o, false)
	s.state("ann", queue.Available)
	s.nothingLeft()
	s.caller("c2", "billing")
	s.answered("c2", "ann")
	s.must(s.node.Leave(s.ctx(), "c2", queue.HungUp)) // in a talk
	s.state("ann", queue.WrapUp)
	s.must(s.node.Leave(s.ctx(), "c2", queue.HungUp))
}

func pauseWaitsForTheEndOfTheCall(s *story) {
	s.agent("ann:billing")
	s.caller("c1", "billing")
	o := s.answered("c1", "ann")
	s.must(s.node.SetAgent(s.ctx(), queue.Agent{ID: "ann", State: queue.Paused, Reason: "lunch"}))
	s.state("ann", queue.Busy)
	s.must(s.node.Complete(s.ctx(), o))
	s.state("ann", queue.Paused, "lunch")
	s.wait(time.Hour / 2)
	s.state("ann", queue.Paused, "lunch")
	s.nothingLeft()
}

// Who pauses while the phone rings, and takes the caller all the same, has the call, and the
// pause after it.
func pauseWhileItRingsWaitsForTheEndOfTheCall(s *story) {
	s.agent("ann:billing")
	s.caller("c1", "billing")
	o := s.offered("c1", "ann")
	s.must(s.node.Ringing(s.ctx(), o))
	s.must(s.node.SetAgent(s.ctx(), queue.Agent{ID: "ann", State: queue.Paused, Reason: "lunch"}))
	s.state("ann", queue.Rings)
	s.caller("c2", "billing")
	s.accepted(o, true)
	s.state("ann", queue.Busy)
	s.must(s.node.Complete(s.ctx(), o))
	s.state("ann", queue.Paused, "lunch")
	s.wait(time.Hour / 2)
	s.state("ann", queue.Paused, "lunch")
	s.position("c2", 1)
}

func phoneThatRegistersAgainDisturbsNothing(s *story) {
	reachable := func(is bool) { s.must(s.node.Reachable(s.ctx(), "ann", is)) }
	s.must(s.node.SetAgent(s.ctx(), queue.Agent{ID: "ann", Queues: []string{"billing"}}))
	s.state("ann", queue.Offline)
	reachable(true)
	s.caller("c1", "billing")
	o := s.answered("c1", "ann")
	reachable(true)
	s.must(s.node.Complete(s.ctx(), o))
	reachable(true)
	s.state("ann", queue.WrapUp)
	s.must(s.node.SetAgent(s.ctx(), queue.Agent{ID: "ann", State: queue.Paused, Reason: "lunch"}))
	reachable(true)
	s.state("ann", queue.Paused, "lunch")
	reachable(false)
	s.state("ann", queue.Offline)
}

func availableEndsWrapUp(s *story) {
	s.agent("ann:billing")
	s.caller("c1", "billing")
	s.must(s.node.Complete(s.ctx(), s.answered("c1", "ann")))
	s.caller("c2", "billing")
	s.state("ann", queue.WrapUp)
	s.must(s.node.SetAgent(s.ctx(), queue.Agent{ID: "ann", State: queue.Available}))
	s.answered("c2", "ann")
}

func enqueueTwiceIsOnce(s *story) {
	s.caller("c1", "billing")
	s.caller("c2", "billing")
	s.caller("c1", "billing")
	s.position("c1", 1)
	s.position("c2", 2)
	s.agent("ann:billing")
	o := s.answered("c1", "ann")
	s.caller("c1", "billing")
	s.position("c1", 0)
	s.must(s.node.Complete(s.ctx(), o))
	s.gone("c1")
}

// deaf hears no hints.
type deaf struct{ redis.UniversalClient }

func (d deaf) Subscribe(ctx context.Context, _ ...string) *redis.PubSub {
	return d.UniversalClient.Subscribe(ctx, "nowhere")
}

func offerArrivesWithoutAnyHint(s *story) {
	cfg := s.config("deaf")
	cfg.Client = deaf{cfg.Client}
	s.node, _ = run(s, cfg)
	s.agent("ann:billing")
	s.caller("c1", "billing")
	s.answered("c1", "ann")
}

func eachOfferIsGivenToOneTaker(s *story) {
	const calls, takers = 40, 4
	for i := range calls {
		s.agent(fmt.Sprintf("a%d:billing", i))
	}
	got := make(chan queue.Offer)
	ctx, cancel := context.WithCancel(s.ctx())
	defer cancel()
	for range takers {
		go func() {
			for {
				o, err := s.node.Next(ctx)
				if err != nil {
					return
				}
				select {
				case got <- o:
				case <-ctx.Done():
				}
			}
		}()
	}
	for i := range calls {
		s.caller(fmt.Sprintf("c%d", i), "billing")
	}
	seen := make(map[int64]bool)
	for range calls {
		o := <-got
		if seen[o.Number] {
			s.Fatalf("offer %d was given twice", o.Number)
		}
		seen[o.Number] = true
	}
	s.agent("last:billing")
	s.caller("last", "billing")
	if o := <-got; o.Call != "last" {
		s.Fatalf("offer %d for %s came again", o.Number, o.Call)
	}
}

func withdrawnOfferIsNotGiven(s *story) {
	s.agent("ann:billing")
	s.caller("c1", "billing")
	s.must(s.node.Leave(s.ctx(), "c1", queue.HungUp))
	s.wait(0)
	s.caller("c2", "billing")
	o := s.offeredOneOf("c1", "c2")
	if o.Call == "c1" { // fetched before it was withdrawn: then it must be refused
		s.accepted(o, false)
		o = s.offeredOneOf("c2")
	}
	s.accepted(o, true)
}

func (s *story) offeredOneOf(calls ...string) queue.Offer {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.ctx(), patience)
	defer cancel()
	o, err := s.node.Next(ctx)
	s.must(err)
	if !slices.Contains(calls, o.Call) {
		s.Fatalf("offered %s, want one of %v", o.Call, calls)
	}
	return o
}

// mortal opens a node that does not beat: no Run.
func (s *story) mortal(name string) *queue.Redis {
	s.Helper()
	cfg := s.config(name)
	cfg.Lease = 3 * time.Second
	r, err := queue.Open(s.ctx(), cfg)
	s.must(err)
	return r
}

// outlive lets time pass in which the other nodes are at work.
func (s *story) outlive(d time.Duration) {
	for range d / (time.Second / 2) {
		s.wait(time.Second / 2)
	}
}

func redisThatWasAwayBuriesNobody(s *story) {
	away := s.mortal("away")
	s.must(away.Enqueue(s.ctx(), queue.Entry{Call: "d1", Queue: "billing"}))
	s.caller("c1", "billing")
	s.wait(time.Minute) // in which no script ran
	s.position("d1", 1)
	s.position("c1", 2)
	if n := away.Stats().Rejoins; n != 0 {
		s.Fatalf("joined again %d times", n)
	}
}

func deadNodeLosesItsCallsAndNobodyElses(s *story) {
	dead := s.mortal("dead")
	for _, id := range []string{"ann", "bob"} {
		s.agent(id + ":billing")
		s.clock.Advance(time.Second / 2)
	}
	for _, call := range []string{"d1", "d2", "d3"} {
		s.must(dead.Enqueue(s.ctx(), queue.Entry{Call: call, Queue: "billing"}))
	}
	s.caller("c1", "billing")
	s.position("c1", 4)
	s.outlive(3 * time.Second)
	for _, call := range []string{"d1", "d2", "d3"} {
		s.gone(call)
	}
	s.answered("c1", "ann")
	s.state("bob", queue.Available)
}

func clockThatIsBehindPushesNobodyIn(s *story) {
	s.caller("c1", "billing")
	cfg := s.config("behind")
	cfg.Now = func() time.Time { return s.clock.Now().Add(-9 * time.Second) }
	behind, _ := run(s, cfg)
	s.must(behind.Enqueue(s.ctx(), queue.Entry{Call: "c2", Queue: "billing"}))
	s.position("c1", 1)
	s.position("c2", 2)
}

func nodeThatStalledDoesNotBuryItself(s *story) {
	s.cfg.Pool += "-alone"
	s.node = s.mortal("slow")
	s.caller("c1", "billing")
	s.wait(time.Minute)
	s.position("c1", 1)
	if n := s.node.Stats().Rejoins; n != 0 {
		s.Fatalf("joined again %d times", n)
	}
}

func nodeThatWakesUpPutsItsCallersBack(s *story) {
	slept := s.mortal("sleeper")
	s.must(slept.Enqueue(s.ctx(), queue.Entry{Call: "d1", Queue: "billing"}))
	s.caller("c1", "billing")
	s.agent("ann:billing")
	s.outlive(3 * time.Second) // d1 was being offered
	s.gone("d1")
	s.must(s.node.Reject(s.ctx(), s.offered("c1", "ann"), queue.Declined))
	s.must(slept.Enqueue(s.ctx(), queue.Entry{Call: "d2", Queue: "billing"}))
	s.position("d1", 1)
	s.position("c1", 2)
	s.position("d2", 3)
	if n := slept.Stats().Rejoins; n != 1 {
		s.Fatalf("joined again %d times, want once", n)
	}
}

func redisThatForgotIsTold(s *story) {
	s.caller("c1", "billing")
	s.clock.Advance(time.Second)
	s.caller("c2", "billing")
	s.agent("ann:billing")
	o := s.answered("c1", "ann")
	s.must(s.dial().FlushAll(s.ctx()).Err()) // the story before this one has ended
	s.caller("c3", "billing")
	s.position("c2", 1)
	s.position("c3", 2)
	s.gone("c1") // it talks: whoever holds it ends it
	s.must(s.node.Complete(s.ctx(), o))
	s.agent("bob:billing")
	s.state("bob", queue.Available) // other nodes may hold callers who are before c2
	s.wait(time.Second)
	if later := s.answered("c2", "bob"); later.Number <= o.Number {
		s.Fatalf("offer %d was given a number again that is not above %d", later.Number, o.Number)
	}
}

func stoppedNodeLeavesNothing(s *story) {
	r, stop := run(s, s.config("brief"))
	s.must(r.Enqueue(s.ctx(), queue.Entry{Call: "c1", Queue: "billing"}))
	stop()
	s.gone("c1")
	s.nothingLeft()
	if err := r.Enqueue(s.ctx(), queue.Entry{Call: "c2", Queue: "billing"}); !errors.Is(err, queue.ErrParted) {
		s.Fatalf("enqueue after the node left: %v", err)
	}
}

func snapshotCountsEverybody(s *story) {
	s.caller("c1", "billing")
	s.clock.Advance(time.Minute)
	s.caller("c2", "billing")
	s.caller("c3", "technical")
	s.agent("bob:billing,technical+fr")
	s.answered("c1", "bob")
	s.agent("ann:technical")
	snap := s.snapshot()
	if len(snap.Queues) != 2 || len(snap.Agents) != 2 || len(snap.Calls) != 3 {
		s.Fatalf("snapshot %+v", snap)
	}
	billing, technical := snap.Queues[0], snap.Queues[1]
	if billing.Name != "billing" || billing.Waiting != 1 || billing.Talking != 1 || billing.LongestWait != 0 {
		s.Fatalf("billing %+v", billing)
	}
	if technical.Waiting != 1 || technical.Offered != 1 || technical.Agents[queue.Reserved] != 1 || technical.Agents[queue.Busy] != 1 {
		s.Fatalf("technical %+v", technical)
	}
	if bob := snap.Agents[1]; bob.Call != "c1" || !slices.Equal(bob.Skills, []string{"fr"}) {
		s.Fatalf("bob %+v", bob)
	}
	if c := snap.Calls[0]; c.Call != "c1" || c.State != "talking" || c.Agent != "bob" || c.Node != s.node.Node() {
		s.Fatalf("c1 %+v", c)
	}
}

func eventsTellTheStoryInIDsAndStates(s *story) {
	s.agent("ann:billing")
	s.caller("c1", "billing")
	o := s.offered("c1", "ann")
	s.must(s.node.Ringing(s.ctx(), o))
	s.must(s.node.Reject(s.ctx(), o, queue.NoAnswer))
	s.wait(15 * time.Second)
	s.must(s.node.Complete(s.ctx(), s.answered("c1", "ann")))
	stream := "cw:{acme/" + s.cfg.Pool + "}:ev"
	entries, err := s.dial().XRange(s.ctx(), stream, "-", "+").Result()
	s.must(err)
	var told []string
	for _, e := range entries {
		if e.Values["call"] == "c1" {
			told = append(told, fmt.Sprint(e.Values["kind"]))
		}
	}
	want := "entered offered ringing returned offered ringing answered completed"
	if got := strings.Join(told, " "); got != want {
		s.Fatalf("events %s, want %s", got, want)
	}
}

func namesThatCouldNotBeStoredAreRefused(s *story) {
	for _, e := range []queue.Entry{
		{Call: "", Queue: "billing"},
		{Call: "with space", Queue: "billing"},
		{Call: "c1", Queue: "bill}ing"},
		{Call: "c1", Queue: "billing", Skills: []string{"a b"}},
		{Call: "c1", Queue: "billing", Priority: queue.MaxPriority + 1},
		{Call: "c1", Queue: "billing", Priority: -1},
	} {
		if s.node.Enqueue(s.ctx(), e) == nil {
			s.Errorf("%+v was enqueued", e)
		}
	}
	for _, a := range []queue.Agent{{ID: "a b"}, {ID: "ann", State: queue.Busy}, {ID: "ann", Reason: "4111 1111"}} {
		if s.node.SetAgent(s.ctx(), a) == nil {
			s.Errorf("%+v was set", a)
		}
	}
	if s.node.Leave(s.ctx(), "c1", "Because I said so") == nil {
		s.Error("a sentence passed as a reason")
	}
	s.nothingLeft()
}
