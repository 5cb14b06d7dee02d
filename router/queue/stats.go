package queue

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// A Snapshot is the pool at one moment.
type Snapshot struct {
	Queues []Status      // by name; queues with callers or agents
	Agents []AgentStatus // by id
	Calls  []CallStatus  // oldest first
}

// A Status is one queue in figures.
type Status struct {
	Name        string
	Waiting     int           // callers no agent has accepted, those being offered included
	Callbacks   int           // callers who have hung up, keep their place, and no agent has accepted yet
	Offered     int           // of them, being offered now
	Talking     int           // callers with an agent
	LongestWait time.Duration // of the callers waiting
	Agents      map[State]int // agents who serve the queue
}

// An AgentStatus is an agent at one moment.
type AgentStatus struct {
	ID     string
	State  State
	Reason Reason
	Queues []string
	Skills []string
	Since  time.Time // in this state
	Until  time.Time // when it ends by itself; zero: it does not
	Call   string    // offered or talking to
}

// A CallStatus is a caller at one moment.
type CallStatus struct {
	Call     string
	State    string // waiting, callback (until when nobody is asked), reserved, ringing, talking, expired
	Back     bool   // a callback
	Queue    string
	Priority int
	Skills   []string // of the caller's own, as Entry has them
	Step     int      // rungs of the queue's ladder climbed
	Node     string
	Agent    string
	Entered  time.Time
}

// Snapshot reads queues, agents and callers at one moment.
func (r *Redis) Snapshot(ctx context.Context) (Snapshot, error) {
	calls, agents, err := r.docs(ctx)
	if err != nil {
		return Snapshot{}, fmt.Errorf("snapshot: %w", err)
	}
	var s Snapshot
	queues := make(map[string]*Status)
	for _, c := range calls {
		s.Calls = append(s.Calls, r.callStatus(c))
		queueOf(queues, c.Queue).count(c, r.now())
	}
	for _, a := range agents {
		s.Agents = append(s.Agents, r.agentStatus(a))
		for _, q := range unlist(a.Queues, 0) {
			name, _, _ := strings.Cut(q, "=")
			queueOf(queues, name).Agents[a.State]++
		}
	}
	for _, q := range queues {
		s.Queues = append(s.Queues, *q)
	}
	slices.SortFunc(s.Queues, func(a, b Status) int { return cmp.Compare(a.Name, b.Name) })
	return s, nil
}

func queueOf(queues map[string]*Status, name string) *Status {
	if queues[name] == nil {
		queues[name] = &Status{Name: name, Agents: make(map[State]int)}
	}
	return queues[name]
}

func (q *Status) count(c callDoc, now time.Time) {
	switch c.State {
	case "talking":
		q.Talking++
		return
	case "expired":
		return
	}
	if c.Back != "" {
		q.Callbacks++
		return
	}
	q.Waiting++
	if c.State != "waiting" {
		q.Offered++
	}
	q.LongestWait = max(q.LongestWait, now.Sub(time.UnixMilli(int64(c.Entered))))
}

func (r *Redis) callStatus(c callDoc) CallStatus {
	return CallStatus{
		Call: c.ID, State: c.State, Queue: c.Queue, Priority: c.Priority, Step: c.Step, Skills: c.own(),
		Node: c.Node, Agent: c.Agent, Entered: r.local(int64(c.Entered)), Back: c.Back != "",
	}
}

func (r *Redis) agentStatus(a agentDoc) AgentStatus {
	st := AgentStatus{
		ID: a.ID, State: a.State, Reason: a.Reason, Call: a.Call, Since: r.local(int64(a.Since)),
		Queues: unlist(a.Queues, 0), Skills: unlist(a.Skills, 1),
	}
	if a.Due != 0 {
		st.Until = r.local(int64(a.Due))
	}
	return st
}

// Position counts the callers of the same queue up to and with this one, from
// 1; 0 says that an agent has accepted the call. A caller being offered still
// holds the place.
func (r *Redis) Position(ctx context.Context, call string) (int, error) {
	n, err := r.run(ctx, r.scripts.position, call).Int()
	if err == nil && n < 0 {
		err = ErrUnknownCall
	}
	if err != nil {
		return 0, fmt.Errorf("position of call %s: %w", call, err)
	}
	return n, nil
}

// Leftovers counts what calls hold in Redis: calls in any state, open offers,
// and timers of offers and agents. All are 0 when there is no call, no wrap-up
// and no rest.
func (r *Redis) Leftovers(ctx context.Context) (calls, offers, timers int64, err error) {
	n, err := r.run(ctx, r.scripts.leftovers).Int64Slice()
	if err != nil {
		return 0, 0, 0, fmt.Errorf("count leftovers: %w", err)
	}
	return n[0], n[1], n[2], nil
}

type counters struct{ scripts, failures, offers, rejoins atomic.Int64 }

// Stats counts what this node did since Open.
type Stats struct {
	Scripts  int64 // sent to Redis
	Failures int64 // of them, failed
	Offers   int64 // given by Next
	Rejoins  int64 // times the node was declared dead, or Redis forgot it
}

// Stats gives the counters.
func (r *Redis) Stats() Stats {
	c := &r.stats
	return Stats{
		Scripts: c.scripts.Load(), Failures: c.failures.Load(),
		Offers: c.offers.Load(), Rejoins: c.rejoins.Load(),
	}
}
