package queuetest

import (
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/router/queue"
)

// A memory is what Redis knows of calls and agents at one moment.
type memory struct {
	docs map[string]map[string]string
	sets map[string][]redis.Z
}

func (s *story) memory() memory {
	s.Helper()
	m, client := memory{map[string]map[string]string{}, map[string][]redis.Z{}}, s.dial()
	var err error
	for _, key := range []string{"calls", "agents"} {
		m.docs[key], err = client.HGetAll(s.ctx(), "cw:{acme/"+s.cfg.Pool+"}:"+key).Result()
		s.must(err)
	}
	for _, key := range []string{"wait", "offers", "timers", "ready"} {
		m.sets[key], err = client.ZRangeWithScores(s.ctx(), "cw:{acme/"+s.cfg.Pool+"}:"+key, 0, -1).Result()
		s.must(err)
	}
	return m
}

// knowsOnly makes Redis forget all since, as one does whose primary died before it told.
func (s *story) knowsOnly(m memory) {
	s.Helper()
	_, err := s.dial().TxPipelined(s.ctx(), func(p redis.Pipeliner) error {
		for key, docs := range m.docs {
			p.Del(s.ctx(), "cw:{acme/"+s.cfg.Pool+"}:"+key)
			p.HSet(s.ctx(), "cw:{acme/"+s.cfg.Pool+"}:"+key, docs)
		}
		for key, members := range m.sets {
			p.Del(s.ctx(), "cw:{acme/"+s.cfg.Pool+"}:"+key)
			if len(members) > 0 {
				p.ZAdd(s.ctx(), "cw:{acme/"+s.cfg.Pool+"}:"+key, members...)
			}
		}
		return nil
	})
	s.must(err)
}

// forgottenCallback has ann called back with c1, who answers. Redis is away, and when it is
// back it knows only that ann is to be rung.
func (s *story) forgottenCallback(reached bool) (o queue.Offer, away *cut) {
	s.Helper()
	s.node, away = s.frail("caller")
	s.caller("c1", "billing")
	s.must(s.node.CallBack(s.ctx(), "c1", back("+33611111111")))
	s.wait(15 * time.Second)
	s.agent("ann:billing")
	o = s.offered("c1", "ann")
	knew := s.memory()
	s.accepted(o, true)
	s.dialled(s.node, o, true)
	if reached {
		ok, err := s.node.Reached(s.ctx(), o)
		s.must(err)
		if !ok {
			s.Fatal("not reached")
		}
	}
	s.cutOff(away)
	s.knowsOnly(knew)
	return o, away
}

// reaped has the first node, which was not cut off, do what is due after d.
func (s *story) reaped(d time.Duration) {
	s.Helper()
	cfg := s.config("meanwhile")
	r := s.asleep(cfg, s.clock.Now)
	s.clock.Advance(d)
	_, err := r.Reap(s.ctx())
	s.must(err)
}

func (s *story) talks(call string) bool {
	s.Helper()
	for _, c := range s.snapshot().Calls {
		if c.Call == call {
			return c.State == "talking"
		}
	}
	return false
}

func callbackThatTalksIsNobodyElsesAfterAFailover(s *story) {
	o, away := s.forgottenCallback(true)
	away.set.Store(false)
	eventually(s, "the talk is known again", func() bool { // counts were not forgotten: that it was reached is now counted twice
		return s.talks("c1") && s.figures("billing").CalledBack == 2
	})
	s.agent("bob:billing")
	s.wait(time.Hour)
	s.state("ann", queue.Busy)
	s.state("bob", queue.Available)
	s.must(s.node.Complete(s.ctx(), o))
	if f := s.figures("billing"); f.Callbacks != 1 || f.Uncalled != 0 {
		s.Fatalf("figures %+v", f.Tally)
	}
	s.wait(5 * time.Second)
	s.nothingLeft()
}

// The offer may have ended before the node could say that the caller talks already.
func callbackThatTalksIsTakenFromWhomItIsOfferedTo(s *story) {
	_, away := s.forgottenCallback(true)
	s.reaped(20 * time.Second)
	away.set.Store(false)
	s.agent("bob:billing")
	eventually(s, "nobody is to call c1", func() bool { return len(s.snapshot().Calls) == 0 })
	s.state("bob", queue.Available)
}

// One whose phone only rings is still to be called back.
func callbackThatWasNotReachedOutlivesAFailover(s *story) {
	o, away := s.forgottenCallback(false)
	s.reaped(20 * time.Second)
	away.set.Store(false)
	s.agent("bob:billing")
	again := s.offered("c1", "bob")
	ok, err := s.node.Reached(s.ctx(), o)
	s.must(err)
	if ok {
		s.Fatal("the first agent has a caller who is offered to another")
	}
	s.accepted(again, true)
	_, err = s.node.Postpone(s.ctx(), o, queue.Failure, time.Minute)
	s.must(err)
	s.state("bob", queue.Busy)
}
