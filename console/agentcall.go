package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/queue"
)

// An AgentCall is what an agent is shown of the caller who rings, or whom the agent talks
// with: who it is, as the agent's phone shows it, and what the talk with the machine came to.
type AgentCall struct {
	Tenant   string       `json:"tenant"`
	Call     call.ID      `json:"call"`
	Caller   string       `json:"caller" doc:"as the trunk says; anonymous if the caller wants not to be named"`
	Trust    string       `json:"trust,omitempty" doc:"of caller: A, B, C, none or failed"`
	Language string       `json:"language,omitempty"`
	Queue    string       `json:"queue,omitempty"`
	Intent   *call.Scored `json:"intent,omitempty"`
	Summary  redact.Safe  `json:"summary,omitzero" doc:"of what the caller wants, as the assistant's file words it"`
	Skills   []string     `json:"skills,omitempty" doc:"that the caller's wish and language want of whoever takes the call"`
	Said     []SaidLine   `json:"said" doc:"the last lines of the talk with the machine, oldest first"`
}

// A SaidLine is what the caller or the machine said.
type SaidLine struct {
	Kind call.Kind   `json:"kind" enum:"bot.said,caller.said,caller.keyed"`
	Text redact.Safe `json:"text"`
}

// mostLines is as much as is read while it rings.
const mostLines = 8

type (
	agentCallQuery struct {
		Name   string `path:"name"`
		Tenant string `query:"tenant" doc:"only an agent of this tenant"`
	}
	agentCallReply struct{ Body AgentCall }
)

func (s *Server) agentCalls() {
	huma.Register(s.api, huma.Operation{
		OperationID: "get-agent-call", Method: http.MethodGet, Path: "/api/v1/agents/{name}/call", Tags: []string{"queues"},
		Summary:     "Who rings at an agent's phone, or talks with the agent, and what they want",
		Description: "Agents read it of themselves, by the name that is their account's or that their provider gives; others where they may read the call. There is none before it is offered, nor once it is over.",
		Errors:      []int{http.StatusNotFound, http.StatusServiceUnavailable},
	}, s.getAgentCall)
}

func (s *Server) getAgentCall(ctx context.Context, q *agentCallQuery) (*agentCallReply, error) {
	own := visitOf(ctx).who.Agent == q.Name
	calls := visitOf(ctx).who.May(access.ReadCalls)
	var found *call.Record
	var skills []string
	err := s.pools(ctx, q.Tenant, func(tenant string, snap queue.Snapshot) {
		for _, a := range snap.Agents {
			if a.ID != q.Name {
				continue
			}
			if r, ok := s.callOf(tenant, a); ok && (own || calls.Queue(tenant, r.Queue)) {
				found, skills = &r, skillsOf(snap, a.Call)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, huma.Error404NotFound("no call rings or is held there, or none that you may see")
	}
	reply := &agentCallReply{s.agentCallOf(ctx, *found)}
	reply.Body.Skills = skills
	return reply, nil
}

// skillsOf gives what is wanted of whoever takes a caller.
func skillsOf(snap queue.Snapshot, ticket string) []string {
	i := slices.IndexFunc(snap.Calls, func(c queue.CallStatus) bool { return c.Call == ticket })
	if i < 0 {
		return nil
	}
	return snap.Calls[i].Skills
}

// callOf gives the call in progress that is offered to an agent, or that the agent is in.
func (s *Server) callOf(tenant string, a queue.AgentStatus) (call.Record, bool) {
	switch a.State {
	case queue.Reserved, queue.Rings, queue.Busy:
	default: // what is over is none of theirs any more
		return call.Record{}, false
	}
	for _, r := range s.cfg.Live() {
		if r.Tenant == tenant && r.Call == call.OfTicket(a.Call) {
			return r, true
		}
	}
	return call.Record{}, false
}

func (s *Server) agentCallOf(ctx context.Context, r call.Record) AgentCall {
	out := AgentCall{
		Tenant: r.Tenant, Call: r.Call, Caller: r.Caller, Trust: r.Trust, Language: r.Language, Queue: r.Queue, Intent: r.Intent, Said: []SaidLine{},
	}
	if r.Private {
		out.Caller, out.Trust = "anonymous", ""
	}
	waits := false // what is said to who waits, over and over, tells the agent nothing
	for _, e := range s.journalOf(ctx, r.Call) {
		switch {
		case e.Kind == call.KindQueued:
			waits = true
			if !e.Text.Empty() {
				out.Summary = e.Text
			}
		case e.Text.Empty(), waits && e.Kind == call.KindBotSaid:
		case e.Kind == call.KindBotSaid, e.Kind == call.KindCallerSaid, e.Kind == call.KindCallerKeyed:
			out.Said = append(out.Said, SaidLine{e.Kind, e.Text})
		}
	}
	out.Said = out.Said[max(0, len(out.Said)-mostLines):]
	return out
}
