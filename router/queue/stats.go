package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A whole is a number that the scripts may keep as text: printing one anew costs them as
// much as a command.
type whole int64

// UnmarshalJSON reads 12 and "12".
func (w *whole) UnmarshalJSON(text []byte) error {
	n, err := strconv.ParseInt(strings.Trim(string(text), `"`), 10, 64)
	if err != nil {
		return fmt.Errorf("read a number: %w", err)
	}
	*w = whole(n)
	return nil
}

// A callDoc is a call as the scripts keep it.
type callDoc struct {
	ID       string `json:"id"`
	State    string `json:"st"` // waiting, callback, reserved, ringing, talking, expired
	Queue    string `json:"queue"`
	Priority int    `json:"prio"`
	Skills   string `json:"skills"`
	Node     string `json:"node"`
	Seq      whole  `json:"seq"`
	Place    string `json:"place"`
	Score    string `json:"score"`
	Step     int    `json:"step"` // rungs of the ladder climbed
	Entered  whole  `json:"enq"`
	Joined   whole  `json:"joined"` // this queue, after an overflow
	Tried    string `json:"tried"`
	Offer    whole  `json:"offer"`
	Agent    string `json:"agent"` // several, parted by spaces, where all are rung
	Due      whole  `json:"due"`   // of the offer, of the next rung, or when a callback may be offered
	Back     string `json:"back"`  // a Callback, JSON; empty: the caller is on the line
	Ends     whole  `json:"ends"`  // when a callback is given up
	Rings    int    `json:"rings"` // how often the phone was rung for it
}

// An agentDoc is an agent as the scripts keep it.
type agentDoc struct {
	ID     string `json:"id"`
	State  State  `json:"st"`
	Reason Reason `json:"reason"`
	Queues string `json:"queues"`
	Skills string `json:"skills"`
	Since  whole  `json:"since"`
	Call   string `json:"call"`
	Offer  whole  `json:"offer"`
	Due    whole  `json:"due"`
	Want   State  `json:"want"`
	Missed int    `json:"missed"` // offers in a row
	Turn   whole  `json:"turn"`   // number of the last offer

	Mark  whole `json:"mark"` // until when the following are counted, all of one day
	Day   whole `json:"day"`
	Calls whole `json:"calls"`
	Talk  whole `json:"talk"` // ms, as the next two
	Wrap  whole `json:"wrap"`
	Free  whole `json:"free"`
}

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
	Step     int // rungs of the queue's ladder climbed
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

// docs reads every document, calls in the order of their places.
func (r *Redis) docs(ctx context.Context) ([]callDoc, []agentDoc, error) {
	reply, err := r.run(ctx, r.scripts.snapshot).Slice()
	if err != nil {
		return nil, nil, err
	}
	if len(reply) != 2 {
		return nil, nil, fmt.Errorf("reply has %d parts, need 2", len(reply))
	}
	calls, err := decode[callDoc](reply[0])
	if err != nil {
		return nil, nil, err
	}
	agents, err := decode[agentDoc](reply[1])
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(calls, func(a, b callDoc) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortFunc(agents, func(a, b agentDoc) int { return cmp.Compare(a.ID, b.ID) })
	return calls, agents, nil
}

func decode[T any](part any) ([]T, error) {
	list, _ := part.([]any)
	docs := make([]T, len(list))
	for i := range list {
		text, _ := list[i].(string)
		if err := json.Unmarshal([]byte(text), &docs[i]); err != nil {
			return nil, err
		}
	}
	return docs, nil
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
		Call: c.ID, State: c.State, Queue: c.Queue, Priority: c.Priority, Step: c.Step,
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
