package console

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
	"github.com/callward/callward/router/queue"
)

// Staff changes what agents are doing.
type Staff interface {
	// SetState makes an agent available, paused or logged out. ErrNoAgent.
	SetState(ctx context.Context, tenant, agent, state, reason, actor string) error
	// EndWrapUp makes an agent available who wraps up, and notes in the record of the call how
	// it ended. ErrNoAgent; queue.ErrNoWrapUp; call.ErrNoRecord: no call of theirs is kept.
	EndWrapUp(ctx context.Context, tenant, agent, disposition, actor string) error
}

// ErrNoAgent says that there is no such agent.
var ErrNoAgent = errors.New("there is no such agent")

type stateRequest struct {
	Name   string `path:"name"`
	Tenant string `query:"tenant" doc:"only an agent of this tenant"`
	Body   struct {
		State  string `json:"state" enum:"available,paused,logged_out" doc:"available ends a pause and wrap-up at once; paused and logged_out take effect when a call in progress is over"`
		Reason string `json:"reason,omitempty" maxLength:"32" pattern:"^[a-z0-9_-]*$" doc:"why paused, such as lunch"`
	}
}

type wrapUpRequest struct {
	Name   string `path:"name"`
	Tenant string `query:"tenant" doc:"only an agent of this tenant"`
	Body   struct {
		Disposition string `json:"disposition,omitempty" maxLength:"32" pattern:"^[a-z0-9_-]*$" doc:"how the agent's last call ended, such as solved; it goes into the call's record"`
	}
}

func (s *Server) agentStates() {
	if s.cfg.Staff == nil {
		return
	}
	huma.Register(s.api, huma.Operation{
		OperationID: "set-agent-state", Method: http.MethodPost, Path: "/api/v1/agents/{name}/state", Tags: []string{"queues"},
		Summary: "Log an agent in or out, pause, or take calls again", Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, func(ctx context.Context, q *stateRequest) (*struct{}, error) {
		tenant, err := s.staffOf(ctx, q.Tenant, q.Name)
		if err != nil {
			return nil, err
		}
		return nil, s.unstaffed(s.cfg.Staff.SetState(ctx, tenant, q.Name, q.Body.State, q.Body.Reason, actorOf(ctx)))
	})
	huma.Register(s.api, huma.Operation{
		OperationID: "end-wrap-up", Method: http.MethodPost, Path: "/api/v1/agents/{name}/wrap-up", Tags: []string{"queues"},
		Summary: "End an agent's wrap-up, with how the call ended", Description: "Only of an agent who wraps up: a pause stays as it is, and who does anything else is told so (409). Within ten minutes of a call of which nothing was said yet, its disposition alone is noted.",
		Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity},
	}, func(ctx context.Context, q *wrapUpRequest) (*struct{}, error) {
		tenant, err := s.staffOf(ctx, q.Tenant, q.Name)
		if err != nil {
			return nil, err
		}
		return nil, s.unstaffed(s.cfg.Staff.EndWrapUp(ctx, tenant, q.Name, q.Body.Disposition, actorOf(ctx)))
	})
}

// staffOf gives the tenant of an agent whose state may be set by who asks: their own, by the
// agent whom they are, or that of somebody who serves a queue within their reach.
func (s *Server) staffOf(ctx context.Context, only, name string) (string, error) {
	own := visitOf(ctx).who.Agent == name
	others := visitOf(ctx).who.May(access.SetAgentState)
	for _, p := range s.cfg.Pools() {
		if only != "" && p.Tenant != only || !reachOf(ctx).Tenant(p.Tenant) {
			continue
		}
		snap, err := p.Snapshot(ctx)
		if err != nil {
			return "", s.unavailable("read queues", err)
		}
		for _, a := range snap.Agents {
			if a.ID == name && (own || works(others, p.Tenant, a)) {
				return p.Tenant, nil
			}
		}
	}
	s.note(ctx, s.tenantNamed(only), "set-agent-state", "refused: there is no such agent, or none whose state they may set")
	return "", huma.Error404NotFound(ErrNoAgent.Error() + ", or none whose state you may set")
}

func (s *Server) unstaffed(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNoAgent):
		return huma.Error404NotFound(err.Error())
	case errors.Is(err, queue.ErrNoWrapUp):
		return huma.Error409Conflict("the agent does not wrap up a call: there is nothing to end, and nothing was changed")
	case errors.Is(err, call.ErrNoRecord):
		return huma.Error404NotFound("the agent has had no call that is still remembered; leave the disposition out")
	default:
		return s.unavailable("set agent", err)
	}
}
