package facts_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callward/callward/internal/facts"
	"github.com/callward/callward/router/queue"
)

// A shift is a pool with a clock of its own, in which things happen at random.
type shift struct {
	r      *queue.Redis
	now    time.Time
	read   string
	fold   *facts.Fold
	offers map[string]queue.Offer // open, or once open
	counts map[facts.Name]int64
	begun  map[string]int // waits that go on, by ticket
}

func begin(t *rapid.T) (s *shift, end func()) {
	client, stop := queue.Embedded()
	s = &shift{
		now: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC), fold: facts.NewFold(), offers: map[string]queue.Offer{},
		counts: map[facts.Name]int64{}, begun: map[string]int{},
	}
	var err error
	s.r, err = queue.Open(context.Background(), queue.Config{
		Client: client, Node: "n", Lease: time.Hour, Rest: time.Second, WrapUp: time.Second, Now: func() time.Time { return s.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.r.Configure(context.Background(), map[string]queue.Settings{
		"billing": {MaxWait: time.Minute, Overflow: "gas"}, "gas": {MaxWait: 2 * time.Minute},
	}); err != nil {
		t.Fatal(err)
	}
	return s, stop
}

// catchUp folds what happened, and holds each fact to what a reader may rely on.
func (s *shift) catchUp(t *rapid.T) {
	events, err := s.r.Events(context.Background(), s.read, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		s.read = e.ID
		if e.Kind == queue.EventOffered {
			n, _ := strconv.ParseInt(e.Fields["offer"], 10, 64)
			s.offers[e.Fields["call"]] = queue.Offer{Call: e.Fields["call"], Number: n, Agent: e.Fields["agent"], Queue: e.Fields["queue"]}
		}
		for i, f := range s.fold.Apply(e) {
			s.counts[f.Name]++
			if i == 0 && f.ID != e.ID || f.Wait < 0 || f.Ring < 0 || f.Talk < 0 {
				t.Fatalf("%+v of %+v", f, e)
			}
			s.balance(t, f)
		}
	}
}

// balance sees that each wait begins once and ends once.
func (s *shift) balance(t *rapid.T, f facts.Fact) {
	switch f.Name {
	case facts.QueueEntered, facts.QueueReturned:
		s.begun[f.Ticket]++
	case facts.QueueConnected, facts.QueueAbandoned, facts.QueueLeft, facts.QueueTimeout:
		s.begun[f.Ticket]--
		if f.Position < 1 || f.First < 1 {
			t.Fatalf("no place: %+v", f)
		}
	default:
		return
	}
	if n := s.begun[f.Ticket]; n < 0 || n > 1 {
		t.Fatalf("%d waits of %s after %s", n, f.Ticket, f.Name)
	}
}

// What readers of facts count is what the pool itself counts, whatever happens in which order.
func TestFactsAddUpAsTheFiguresDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, end := begin(t)
		defer end()
		ctx := context.Background()
		calls := 0
		anyOffer := func() queue.Offer {
			if calls == 0 {
				return queue.Offer{Call: "c1"}
			}
			call := fmt.Sprintf("c%d", rapid.IntRange(1, calls).Draw(t, "call"))
			if o, ok := s.offers[call]; ok {
				return o
			}
			return queue.Offer{Call: call, Number: 1, Agent: "anna"}
		}
		for range rapid.IntRange(5, 30).Draw(t, "steps") {
			var err error
			switch rapid.SampledFrom([]string{"enter", "enter", "agent", "accept", "accept", "reject", "leave", "complete", "wait"}).Draw(t, "step") {
			case "enter":
				calls++
				err = s.r.Enqueue(ctx, queue.Entry{Call: fmt.Sprintf("c%d", calls), Queue: rapid.SampledFrom([]string{"billing", "gas"}).Draw(t, "queue"), Priority: rapid.IntRange(0, 2).Draw(t, "priority")})
			case "agent":
				err = s.r.SetAgent(ctx, queue.Agent{
					ID: rapid.SampledFrom([]string{"anna", "boris"}).Draw(t, "agent"), Queues: []string{"billing", "gas"},
					State: rapid.SampledFrom([]queue.State{queue.Available, queue.Available, queue.Paused, queue.Offline}).Draw(t, "state"),
				})
			case "accept":
				_, err = s.r.Accept(ctx, anyOffer())
			case "reject":
				err = s.r.Reject(ctx, anyOffer(), rapid.SampledFrom([]queue.Reason{queue.NoAnswer, queue.NoMedia}).Draw(t, "why"))
			case "leave":
				err = s.r.Leave(ctx, anyOffer().Call, rapid.SampledFrom([]queue.Reason{queue.HungUp, queue.GaveWay}).Draw(t, "why"))
			case "complete":
				err = s.r.Complete(ctx, anyOffer())
			case "wait":
				s.now = s.now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second)
				_, err = s.r.Reap(ctx)
			}
			if err != nil {
				t.Fatal(err)
			}
			s.catchUp(t)
		}
		s.compare(t)
	})
}

func (s *shift) compare(t *rapid.T) {
	figures, err := s.r.Figures(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var sum queue.Tally
	for _, f := range figures {
		sum.Queued += f.Queued
		sum.Answered += f.Answered
		sum.Unbridged += f.Unbridged
		sum.Abandoned += f.Abandoned + f.Short
		sum.Left += f.Left
		sum.Moved += f.Moved + f.Expired
		sum.Handled += f.Handled
	}
	for name, want := range map[facts.Name]int64{
		facts.QueueEntered: sum.Queued, facts.QueueConnected: sum.Answered, facts.QueueReturned: sum.Unbridged, facts.QueueTimeout: sum.Moved,
		facts.QueueAbandoned: sum.Abandoned, facts.QueueCompleted: sum.Handled,
	} {
		if s.counts[name] != want {
			t.Fatalf("%d times %s, the pool counts %d", s.counts[name], name, want)
		}
	}
}
