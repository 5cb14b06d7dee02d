package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
	"github.com/callward/callward/router/queue"
)

// A Queue is one queue at this moment.
type Queue struct {
	Tenant      string         `json:"tenant"`
	Name        string         `json:"name"`
	Waiting     int            `json:"waiting" doc:"callers no agent has accepted, those being offered included"`
	Offered     int            `json:"offered" doc:"of them, being offered to an agent now"`
	Callbacks   int            `json:"callbacks" doc:"callers who have hung up, keep their place, and no agent has accepted"`
	Talking     int            `json:"talking"`
	LongestWait time.Duration  `json:"longest_wait_ns" doc:"of the callers waiting, in nanoseconds"`
	Agents      map[string]int `json:"agents" doc:"agents who serve the queue, by state"`
	Callers     []Waiting      `json:"callers" doc:"oldest first"`
	Today       *Today         `json:"today,omitempty"`
}

// Waiting is one caller in a queue.
type Waiting struct {
	Call     string    `json:"call"`
	State    string    `json:"state" enum:"waiting,callback,reserved,ringing,talking,expired"`
	Callback bool      `json:"callback,omitempty" doc:"has hung up and is to be called back; in the state callback nobody is asked yet"`
	Priority int       `json:"priority"`
	Skills   []string  `json:"skills,omitempty" doc:"that whoever takes the caller must have, besides what the queue wants and before what its ladder drops"`
	Step     int       `json:"step" doc:"rungs of the queue's ladder climbed"`
	Agent    string    `json:"agent,omitempty"`
	Entered  time.Time `json:"entered"`
}

// An Agent is one human at this moment.
type Agent struct {
	Tenant string    `json:"tenant"`
	Name   string    `json:"name"`
	State  string    `json:"state" enum:"offline,paused,available,reserved,ringing,busy,wrapup"`
	Reason string    `json:"reason,omitempty" doc:"why paused"`
	Queues []string  `json:"queues"`
	Skills []string  `json:"skills"`
	Since  time.Time `json:"since" doc:"in this state"`
	Until  time.Time `json:"until,omitzero" doc:"when the state ends by itself"`
	Call   string    `json:"call,omitempty" doc:"offered or talking to"`
}

type tenantQuery struct {
	Tenant string `query:"tenant" doc:"only of this tenant"`
}

type (
	queuesReply struct{ Body []Queue }
	agentsReply struct{ Body []Agent }
)

func (s *Server) queues() {
	huma.Register(s.api, huma.Operation{
		OperationID: "list-queues", Method: http.MethodGet, Path: "/api/v1/queues", Tags: []string{"queues"},
		Summary: "Queues and who waits in them", Errors: []int{http.StatusServiceUnavailable},
	}, func(ctx context.Context, q *tenantQuery) (*queuesReply, error) {
		reply := &queuesReply{Body: []Queue{}}
		err := s.pools(ctx, q.Tenant, func(tenant string, snap queue.Snapshot) {
			for _, st := range snap.Queues {
				if !reachOf(ctx).Queue(tenant, st.Name) {
					continue
				}
				reply.Body = append(reply.Body, queueOf(tenant, st, snap.Calls))
			}
		})
		if err == nil {
			err = s.figures(ctx, q.Tenant, reply.Body)
		}
		return reply, err
	})
	huma.Register(s.api, huma.Operation{
		OperationID: "list-agents", Method: http.MethodGet, Path: "/api/v1/agents", Tags: []string{"queues"},
		Summary: "Agents and what they are doing", Errors: []int{http.StatusServiceUnavailable},
	}, func(ctx context.Context, q *tenantQuery) (*agentsReply, error) {
		reply := &agentsReply{Body: []Agent{}}
		err := s.pools(ctx, q.Tenant, func(tenant string, snap queue.Snapshot) {
			for _, a := range snap.Agents {
				if !works(reachOf(ctx), tenant, a) {
					continue
				}
				reply.Body = append(reply.Body, agentOf(tenant, a))
			}
		})
		return reply, err
	})
}

// pools shows each tenant's snapshot to f.
func (s *Server) pools(ctx context.Context, only string, f func(tenant string, snap queue.Snapshot)) error {
	for _, p := range s.cfg.Pools() {
		if only != "" && p.Tenant != only || !reachOf(ctx).Tenant(p.Tenant) {
			continue
		}
		snap, err := p.Snapshot(ctx)
		if err != nil {
			return s.unavailable("read queues", err)
		}
		f(p.Tenant, snap)
	}
	return nil
}

// works reports whether an agent is within reach: they serve a queue that is.
func works(reach access.Reach, tenant string, a queue.AgentStatus) bool {
	return serves(reach, tenant, a.Queues)
}

// serves reports whether one of an agent's queues is within reach.
func serves(reach access.Reach, tenant string, queues []string) bool {
	return reach.Whole(tenant) || slices.ContainsFunc(queues, func(q string) bool {
		name, _, err := queue.SplitLevel(q, 0)
		return err == nil && reach.Queue(tenant, name)
	})
}

func queueOf(tenant string, st queue.Status, calls []queue.CallStatus) Queue {
	q := Queue{
		Tenant: tenant, Name: st.Name, Waiting: st.Waiting, Offered: st.Offered, Callbacks: st.Callbacks, Talking: st.Talking,
		LongestWait: st.LongestWait, Agents: map[string]int{}, Callers: []Waiting{},
	}
	for state, n := range st.Agents {
		q.Agents[string(state)] = n
	}
	for _, c := range calls {
		if c.Queue == st.Name {
			q.Callers = append(q.Callers, Waiting{Call: c.Call, State: c.State, Callback: c.Back, Priority: c.Priority, Skills: c.Skills, Step: c.Step, Agent: c.Agent, Entered: c.Entered})
		}
	}
	return q
}

func agentOf(tenant string, a queue.AgentStatus) Agent {
	return Agent{
		Tenant: tenant, Name: a.ID, State: string(a.State), Reason: string(a.Reason),
		Queues: orEmpty(a.Queues), Skills: orEmpty(a.Skills), Since: a.Since, Until: a.Until, Call: string(call.OfTicket(a.Call)),
	}
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
