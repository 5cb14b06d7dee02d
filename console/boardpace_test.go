package console

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/router/queue"
)

const (
	paceCalls  = 500
	paceAgents = 200
	paceLate   = 300 * time.Millisecond // an event may be on the board so much later
)

// A replay is a floor of calls and agents, of which a stream of events changes one at a time:
// which event was the last is told in the state of a call, or the reason of an agent.
type replay struct {
	mu      sync.Mutex
	calls   []call.Record
	agents  []queue.AgentStatus
	pending map[string]time.Time // by what the board is to say, when it happened
}

func newReplay() *replay {
	f := &replay{pending: map[string]time.Time{}}
	for i := range paceCalls {
		f.calls = append(f.calls, call.Record{Tenant: "t", Call: call.ID(fmt.Sprint("c", i)), State: "listening", Queue: fmt.Sprint("q", i%5)})
	}
	for i := range paceAgents {
		f.agents = append(f.agents, queue.AgentStatus{ID: fmt.Sprint("a", i), State: queue.Busy, Queues: []string{fmt.Sprint("q", i%5)}})
	}
	return f
}

func (f *replay) config(j *call.Journal) Config {
	return Config{
		Journal: j, Records: records{}, Log: slog.New(slog.DiscardHandler), Live: f.live,
		Pools: func() []Pool { return []Pool{{Tenant: "t", Snapshot: f.snapshot}} },
	}
}

func (f *replay) live() []call.Record {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]call.Record(nil), f.calls...)
}

func (f *replay) snapshot(context.Context) (queue.Snapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return queue.Snapshot{Queues: []queue.Status{{Name: "q0"}}, Agents: append([]queue.AgentStatus(nil), f.agents...)}, nil
}

// event has something happen to a call, or to an agent.
func (f *replay) event(n int, rnd *rand.Rand) {
	f.mu.Lock()
	defer f.mu.Unlock()
	told := fmt.Sprint("event", n)
	if rnd.IntN(2) == 0 {
		i := rnd.IntN(paceCalls)
		delete(f.pending, f.calls[i].State) // it may never be seen
		f.calls[i].State = told
	} else {
		i := rnd.IntN(paceAgents)
		delete(f.pending, string(f.agents[i].Reason))
		f.agents[i].Reason = queue.Reason(told)
	}
	f.pending[told] = time.Now()
}

// shown takes what the board says off the list, and gives how late the latest was.
func (f *replay) shown(c BoardChange) (late time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	saw := func(told string) {
		if at, ok := f.pending[told]; ok {
			late = max(late, time.Since(at))
			delete(f.pending, told)
		}
	}
	for _, c := range c.Calls {
		saw(c.State)
	}
	for _, a := range c.Agents {
		saw(a.Reason)
	}
	return late
}

// A stream of events of 500 calls and 200 agents, in virtual time: what it takes of a
// processor is measured by make bench-board.
func TestEventsAreOnTheBoardWithin300msInFiveFramesASecondAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		floor, journal := newReplay(), call.NewJournal(1024, time.Now)
		s := New(floor.config(journal))
		s.boards.join(s)
		defer s.boards.leave()
		var late time.Duration
		frames, began := 0, time.Now()
		ctx, stop := context.WithCancel(t.Context())
		var reader sync.WaitGroup
		reader.Go(func() {
			for id := ""; ; {
				fs, more := s.boards.after(id)
				for _, f := range fs {
					id, frames = f.id, frames+1
					late = max(late, floor.shown(f.change))
				}
				select {
				case <-more:
				case <-ctx.Done():
					return
				}
			}
		})
		time.Sleep(time.Second)            // the first frame is all of it
		rnd := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test's
		for n := range 1000 {
			floor.event(n, rnd)
			journal.Append(call.Entry{Kind: call.KindState})
			time.Sleep(time.Duration(rnd.IntN(40)) * time.Millisecond)
		}
		time.Sleep(paceLate)
		took := time.Since(began)
		stop()
		reader.Wait()
		if len(floor.pending) > 0 || late > paceLate || late == 0 {
			t.Errorf("the latest event was shown after %s, %d never", late, len(floor.pending))
		}
		if most := int(took.Seconds()*5) + 2; frames > most {
			t.Errorf("%d frames in %s", frames, took)
		}
	})
}
