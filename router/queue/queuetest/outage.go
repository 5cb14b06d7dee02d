package queuetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/router/queue"
)

// cut fails every command while it is set; deaf only loses the answers, but for one that a
// script is not known, upon which it is sent, and for that to the greeting of a new
// connection, without which nothing is.
type cut struct {
	set, deaf atomic.Bool
	failed    atomic.Int64 // how many did
}

var errCut = errors.New("cut off")

func (c *cut) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *cut) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if c.set.Load() {
			c.failed.Add(1)
			return errCut
		}
		err := next(ctx, cmd)
		if c.deaf.Load() && cmd.Name() != "hello" && !redis.HasErrorPrefix(err, "NOSCRIPT") {
			c.failed.Add(1)
			cmd.SetErr(errCut)
			return errCut
		}
		return err
	}
}

func (c *cut) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// frail starts a node that can be cut off.
func (s *story) frail(name string) (*queue.Redis, *cut) {
	s.Helper()
	cfg, c := s.config(name), new(cut)
	cfg.Client.AddHook(c)
	r, _ := run(s, cfg)
	return r, c
}

// cutOff cuts nodes off until each has noticed.
func (s *story) cutOff(cuts ...*cut) {
	s.Helper()
	for _, c := range cuts {
		c.set.Store(true)
	}
	for _, c := range cuts {
		before := c.failed.Load()
		eventually(s, "the node has lost Redis", func() bool { return c.failed.Load() > before+2 })
	}
}

// forgets makes Redis forget a caller, as one does whose primary died before it told.
func (s *story) forgets(call string) {
	s.Helper()
	client, pool := s.dial(), "cw:{acme/"+s.cfg.Pool+"}:"
	s.must(client.HDel(s.ctx(), pool+"calls", call).Err())
	places, err := client.ZRange(s.ctx(), pool+"wait", 0, -1).Result()
	s.must(err)
	for _, place := range places {
		if strings.HasSuffix(place, " "+call) {
			s.must(client.ZRem(s.ctx(), pool+"wait", place).Err())
		}
	}
}

// failover has c1 wait at the first of two nodes and c2 behind at the second. Redis is
// away, and when it is back it has forgotten c1, whose node is still cut off.
func (s *story) failover() (first, second *queue.Redis, away *cut) {
	s.Helper()
	s.cfg.Pool += "-failover"
	first, away = s.frail("first")
	second, other := s.frail("second")
	s.node = second
	s.must(first.Enqueue(s.ctx(), queue.Entry{Call: "c1", Queue: "billing"}))
	s.clock.Advance(time.Millisecond)
	s.caller("c2", "billing")
	s.cutOff(away, other)
	s.forgets("c1")
	s.clock.Advance(2 * time.Second)
	other.set.Store(false)
	s.agent("ann:billing")
	s.state("ann", queue.Available)
	return first, second, away
}

func nobodyIsOfferedUntilAllNodesHaveSaidWhoWaits(s *story) {
	first, _, away := s.failover()
	away.set.Store(false)
	s.node = first
	s.answered("c1", "ann")
	s.position("c2", 1)
	s.agent("bob:billing")
	s.state("bob", queue.Reserved)
}

func nodeThatStaysAwayIsNotAwaitedForLong(s *story) {
	s.failover()
	for range 5 {
		s.wait(500 * time.Millisecond)
		s.state("ann", queue.Available)
	}
	s.wait(500 * time.Millisecond)
	s.answered("c2", "ann")
}

// Whoever is the first to ask once nobody is awaited any more must not be served before
// those who were held back.
func whoComesAfterAnOutageIsBehindThoseWhoWereHeldBack(s *story) {
	s.cfg.Pool += "-held"
	s.node = s.mortal("n2")
	s.caller("c1", "billing")
	hold := fmt.Sprintf("%d elsewhere ", s.clock.Now().Add(3*time.Second).UnixMilli())
	s.must(s.dial().HSet(s.ctx(), "cw:{acme/"+s.cfg.Pool+"}:nodes", "@hold", hold).Err())
	s.agent("ann:billing")
	s.state("ann", queue.Available)
	s.clock.Advance(3 * time.Second)
	s.caller("c2", "billing")
	for _, c := range s.snapshot().Calls {
		if offered := c.State == "reserved"; offered != (c.Call == "c1") {
			s.Errorf("%s is %s", c.Call, c.State)
		}
	}
}

func callerWhoseEntryHadNoAnswerKeepsThePlace(s *story) {
	node, c := s.frail("unheard")
	unheard := func(call string, how *atomic.Bool) {
		how.Store(true)
		if err := node.Enqueue(s.ctx(), queue.Entry{Call: call, Queue: "billing"}); !errors.Is(err, errCut) {
			s.Fatalf("enqueue while cut off: %v", err)
		}
		how.Store(false)
		s.clock.Advance(100 * time.Millisecond)
	}
	unheard("c1", &c.deaf)
	unheard("c2", &c.set)
	s.caller("c3", "billing")
	before := node.Stats().Scripts
	eventually(s, "the node told what it owes", func() bool { return node.Stats().Scripts > before+10 })
	for _, call := range []string{"c2", "c1"} {
		s.must(node.Enqueue(s.ctx(), queue.Entry{Call: call, Queue: "billing"}))
	}
	s.position("c1", 1)
	s.position("c2", 2)
	s.position("c3", 3)
}

func callerWhoDoesNotTryAgainIsForgotten(s *story) {
	node, c := s.frail("unheard")
	c.deaf.Store(true)
	if err := node.Enqueue(s.ctx(), queue.Entry{Call: "c1", Queue: "billing"}); !errors.Is(err, errCut) {
		s.Fatalf("enqueue while cut off: %v", err)
	}
	c.deaf.Store(false)
	s.position("c1", 1)
	s.clock.Advance(10 * time.Second)
	eventually(s, "the call is gone", func() bool {
		_, err := s.node.Position(s.ctx(), "c1")
		return errors.Is(err, queue.ErrUnknownCall)
	})
}

// A Redis that forgot that somebody left must not offer them to anybody.
func callerWhoLeftBeforeAFailoverIsNotOffered(s *story) {
	node, c := s.frail("told")
	client, pool := s.dial(), "cw:{acme/"+s.cfg.Pool+"}:"
	s.must(node.Enqueue(s.ctx(), queue.Entry{Call: "c1", Queue: "billing"}))
	doc, err := client.HGet(s.ctx(), pool+"calls", "c1").Result()
	s.must(err)
	places, err := client.ZRangeWithScores(s.ctx(), pool+"wait", 0, -1).Result()
	s.must(err)
	s.must(node.Leave(s.ctx(), "c1", queue.HungUp))
	s.cutOff(c)
	s.must(client.HSet(s.ctx(), pool+"calls", "c1", doc).Err())
	s.must(client.ZAdd(s.ctx(), pool+"wait", places...).Err())
	c.set.Store(false)
	eventually(s, "the call is gone", func() bool {
		_, err := s.node.Position(s.ctx(), "c1")
		return errors.Is(err, queue.ErrUnknownCall)
	})
	s.nothingLeft()
}

func refusalThatRedisMissedIsToldLater(s *story) {
	node, c := s.frail("cut")
	s.node = node
	s.agent("ann:billing")
	s.caller("c1", "billing")
	o := s.answered("c1", "ann")
	c.set.Store(true)
	if err := node.Reject(s.ctx(), o, queue.NoMedia); !errors.Is(err, errCut) {
		s.Fatalf("reject while cut off: %v", err)
	}
	c.set.Store(false)
	eventually(s, "the caller waits again", func() bool {
		n, err := node.Position(s.ctx(), "c1")
		return err == nil && n == 1
	})
	s.state("ann", queue.Paused, queue.NoMedia)
}

func endThatRedisMissedIsToldLater(s *story) {
	node, c := s.frail("cut")
	s.node = node
	s.agent("ann:billing")
	s.caller("c1", "billing")
	o := s.answered("c1", "ann")
	s.caller("c2", "billing")
	c.set.Store(true)
	if err := s.node.Complete(s.ctx(), o); !errors.Is(err, errCut) {
		s.Fatalf("complete while cut off: %v", err)
	}
	if err := s.node.Leave(s.ctx(), "c2", queue.HungUp); !errors.Is(err, errCut) {
		s.Fatalf("leave while cut off: %v", err)
	}
	c.set.Store(false)
	eventually(s, "both calls are gone", func() bool {
		calls, _, _, err := s.node.Leftovers(s.ctx())
		return err == nil && calls == 0
	})
	s.state("ann", queue.WrapUp)
}
