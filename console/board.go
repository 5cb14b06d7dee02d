package console

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
	"github.com/callward/callward/router/queue"
)

// A Board is all that a wallboard shows, at one moment. Nothing in it changes merely
// because time passes: waits are told by when they began.
type Board struct {
	At      time.Time    `json:"at"`
	Queues  []BoardQueue `json:"queues" doc:"by tenant and name"`
	Agents  []Agent      `json:"agents" doc:"by tenant and name"`
	Calls   []LiveCall   `json:"calls" doc:"in progress, oldest first"`
	Days    []Day        `json:"days" doc:"one for each tenant"`
	Trouble bool         `json:"trouble" doc:"queues cannot be read just now: what is shown of them is old"`
}

// A BoardQueue is one queue in figures.
type BoardQueue struct {
	Tenant  string         `json:"tenant"`
	Name    string         `json:"name"`
	Waiting int            `json:"waiting" doc:"callers no agent has accepted, those being offered included"`
	Offered int            `json:"offered" doc:"of them, being offered to an agent now"`
	Talking int            `json:"talking"`
	Backs   int            `json:"callbacks" doc:"callers who have hung up, keep their place, and no agent has accepted"`
	Since   time.Time      `json:"waiting_since,omitzero" doc:"when the caller who waits longest entered"`
	Wait    time.Duration  `json:"expected_wait_ns,omitempty" doc:"of the last in line, to 10 s; left out if it is not known"`
	Target  time.Duration  `json:"target_ns,omitempty" doc:"within which a call should be answered: what the service levels count"`
	Agents  map[string]int `json:"agents" doc:"agents who serve the queue, by state"`
	Today   Today          `json:"today"`
}

// A LiveCall is a call in progress.
type LiveCall struct {
	Tenant    string    `json:"tenant"`
	Call      string    `json:"call"`
	Caller    string    `json:"caller" doc:"as the trunk says"`
	Trust     string    `json:"trust,omitempty" doc:"of caller: A, B, C, none or failed"`
	Assistant string    `json:"assistant"`
	Language  string    `json:"language,omitempty"`
	State     string    `json:"state"`
	Started   time.Time `json:"started"`
	Intent    string    `json:"intent,omitempty"`
	Score     float64   `json:"score,omitempty" doc:"of intent, 0 to 1"`
	Queue     string    `json:"queue,omitempty"`
	Agent     string    `json:"agent,omitempty"`
	TakenOver bool      `json:"taken_over,omitempty" doc:"agent is a supervisor's phone, or name, who has the caller"`
}

type (
	boardQuery struct {
		Tenant string `query:"tenant" doc:"only of this tenant"`
	}
	boardReply struct{ Body Board }
)

func (s *Server) board() {
	huma.Register(s.api, huma.Operation{
		OperationID: "get-board", Method: http.MethodGet, Path: "/api/v1/board", Tags: []string{"board"},
		Summary: "Queues with their figures, agents and calls in progress, at this moment",
	}, func(ctx context.Context, q *boardQuery) (*boardReply, error) {
		b := s.readBoard(ctx)
		b.Days = s.days(ctx)
		b.keep(sightOf(ctx, q.Tenant))
		return &boardReply{b}, nil
	})
	s.boardEvents()
}

// readBoard looks at everything but the days.
func (s *Server) readBoard(ctx context.Context) Board {
	b := Board{At: time.Now(), Queues: []BoardQueue{}, Agents: []Agent{}, Calls: s.liveCalls(), Days: []Day{}}
	for _, p := range s.cfg.Pools() {
		if err := b.pool(ctx, p, &s.waits); err != nil {
			b.Trouble = true
		}
	}
	return b
}

// pool adds the queues and agents of one tenant.
func (b *Board) pool(ctx context.Context, p Pool, waits *expected) error {
	snap, err := p.Snapshot(ctx)
	if err != nil {
		return err
	}
	var figures map[string]queue.Figures
	if p.Figures != nil {
		if figures, err = p.Figures(ctx); err != nil {
			return err
		}
	}
	for _, st := range snap.Queues {
		q := boardQueueOf(p.Tenant, st, snap.Calls)
		q.Today = roundedToday(figures[st.Name])
		if p.Target != nil {
			q.Target = p.Target(st.Name)
		}
		q.Wait = waits.of(ctx, p, st.Name, snap.Calls)
		b.Queues = append(b.Queues, q)
	}
	for _, a := range snap.Agents {
		b.Agents = append(b.Agents, agentOf(p.Tenant, a))
	}
	return nil
}

func boardQueueOf(tenant string, st queue.Status, calls []queue.CallStatus) BoardQueue {
	q := BoardQueue{Tenant: tenant, Name: st.Name, Waiting: st.Waiting, Offered: st.Offered, Talking: st.Talking, Backs: st.Callbacks, Agents: map[string]int{}}
	for state, n := range st.Agents {
		q.Agents[string(state)] = n
	}
	for _, c := range calls { // oldest first, but an overflow may have moved one
		if c.Queue == st.Name && waits(c) && (q.Since.IsZero() || c.Entered.Before(q.Since)) {
			q.Since = c.Entered
		}
	}
	return q
}

// waits reports whether a caller is on the line and no agent has accepted.
func waits(c queue.CallStatus) bool { return c.State != "talking" && c.State != "expired" && !c.Back }

// roundedToday leaves out what changes all the time without telling anybody more.
func roundedToday(f queue.Figures) Today {
	t := *todayOf(f)
	for _, share := range []*float64{t.AnsweredLevel, t.InclusiveLevel, t.OfferedLevel, t.AbandonRate, t.Occupancy} {
		if share != nil {
			*share = float64(int(*share*1000+0.5)) / 1000
		}
	}
	return t
}

func (s *Server) liveCalls() []LiveCall {
	live := s.cfg.Live()
	out := make([]LiveCall, len(live))
	for i := range live {
		out[i] = liveCallOf(&live[i])
	}
	return out
}

func liveCallOf(r *call.Record) LiveCall {
	c := LiveCall{
		Tenant: r.Tenant, Call: string(r.Call), Caller: r.Caller, Trust: r.Trust, Assistant: r.Assistant,
		Language: r.Language, State: r.State, Started: r.Started, Queue: r.Queue, Agent: r.Agent, TakenOver: r.TakenOver,
	}
	if r.Intent != nil {
		c.Intent, c.Score = r.Intent.Name, float64(int(r.Intent.Confidence*100+0.5))/100
	}
	return c
}

// A sight is what somebody may see of a board.
type sight struct {
	tenant       string // all others are left out; empty: none is
	board, calls access.Reach
}

func sightOf(ctx context.Context, tenant string) sight {
	who := visitOf(ctx).who
	return sight{tenant: tenant, board: reachOf(ctx), calls: who.May(access.ReadCalls)}
}

func (v sight) wants(tenant string) bool { return v.tenant == "" || v.tenant == tenant }

func (v sight) queue(q BoardQueue) bool { return v.wants(q.Tenant) && v.board.Queue(q.Tenant, q.Name) }

func (v sight) agent(a Agent) bool { return v.wants(a.Tenant) && serves(v.board, a.Tenant, a.Queues) }

func (v sight) call(c LiveCall) bool { return v.wants(c.Tenant) && v.calls.Queue(c.Tenant, c.Queue) }

func (v sight) day(d Day) bool { return v.wants(d.Tenant) && v.board.Whole(d.Tenant) }

// narrow reports that what is seen depends on queues. Then something may come into sight, and
// out of it, without being new or gone.
func (v sight) narrow() bool { return v.board.Narrow() || v.calls.Narrow() }

// keep leaves out what is not to be seen.
func (b *Board) keep(v sight) {
	b.Queues = slices.DeleteFunc(b.Queues, func(q BoardQueue) bool { return !v.queue(q) })
	b.Agents = slices.DeleteFunc(b.Agents, func(a Agent) bool { return !v.agent(a) })
	b.Calls = slices.DeleteFunc(b.Calls, func(c LiveCall) bool { return !v.call(c) })
	b.Days = slices.DeleteFunc(b.Days, func(d Day) bool { return !v.day(d) })
}

func (q BoardQueue) key() string { return q.Tenant + "/" + q.Name }
func (a Agent) key() string      { return a.Tenant + "/" + a.Name }
func (c LiveCall) key() string   { return c.Tenant + "/" + c.Call }
func (d Day) key() string        { return d.Tenant }

func (q BoardQueue) same(o BoardQueue) bool {
	return q.Waiting == o.Waiting && q.Offered == o.Offered && q.Talking == o.Talking && q.Backs == o.Backs && atOnce(q.Since, o.Since) &&
		q.Wait == o.Wait && q.Target == o.Target && maps.Equal(q.Agents, o.Agents) && q.Today.same(o.Today)
}

func (a Agent) same(o Agent) bool {
	return a.State == o.State && a.Reason == o.Reason && a.Call == o.Call && atOnce(a.Since, o.Since) && atOnce(a.Until, o.Until) &&
		slices.Equal(a.Queues, o.Queues) && slices.Equal(a.Skills, o.Skills)
}

// clockStep is how far the clock of Redis, by which the queue keeps its times, may seem to move
// from one look to the next: how far off it is, is measured anew each second.
const clockStep = 500 * time.Millisecond

// atOnce reports whether two times of the queue are the same.
func atOnce(a, b time.Time) bool {
	return a.IsZero() == b.IsZero() && a.Sub(b).Abs() < clockStep
}

func (c LiveCall) same(o LiveCall) bool {
	at := c.Started.Equal(o.Started)
	c.Started = o.Started
	return at && c == o
}

func (d Day) same(o Day) bool {
	return d.Calls == o.Calls && d.Contained == o.Contained && d.Ended == o.Ended && slices.EqualFunc(d.Curve, o.Curve, func(a, b Quarter) bool {
		return a.At.Equal(b.At) && a.Calls == b.Calls && a.Queued == b.Queued
	})
}

func (t Today) same(o Today) bool {
	shares := func(t Today) [5]float64 {
		var out [5]float64
		for i, v := range []*float64{t.AnsweredLevel, t.InclusiveLevel, t.OfferedLevel, t.AbandonRate, t.Occupancy} {
			if out[i] = -1; v != nil {
				out[i] = *v
			}
		}
		return out
	}
	if shares(t) != shares(o) {
		return false
	}
	for _, x := range []*Today{&t, &o} {
		x.AnsweredLevel, x.InclusiveLevel, x.OfferedLevel, x.AbandonRate, x.Occupancy = nil, nil, nil, nil, nil
	}
	return t == o
}
