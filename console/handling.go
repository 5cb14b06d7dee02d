package console

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
)

// This file is for what people do with messages that callers left: one takes a message, is
// shown the number, calls back, and says when it is done.

type handleRequest struct {
	ID     string `path:"id"`
	Tenant string `query:"tenant" doc:"only a message of this tenant"`
	Body   struct {
		State string `json:"state" enum:"new,taken,done" doc:"taken and done are by who asks; new puts it back, whoever had it"`
	}
}

type handleReply struct{ Body MessageView }

func (s *Server) handling(path string) {
	huma.Register(s.api, huma.Operation{
		OperationID: "handle-message", Method: http.MethodPost, Path: path + "/{id}/state", Tags: []string{"messages"},
		Summary: "Take a message, say that it is done, or put it back",
		Description: "Of two who take it one has it: the other gets 409, and so does who is to be done with what another has taken. " +
			"Asked again, nothing changes. Who has taken it is shown the caller's number. Each change is in the audit.",
		Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity},
	}, s.handleMessage)
}

func (s *Server) handleMessage(ctx context.Context, q *handleRequest) (*handleReply, error) {
	m, err := s.messageOf(ctx, &callQuery{ID: q.ID, Tenant: q.Tenant})
	if err != nil {
		return nil, err
	}
	next := call.Handling{State: call.MessageState(q.Body.State), By: actorOf(ctx), At: time.Now()}
	m, err = s.cfg.Messages.Handle(m.Tenant, m.Call, next)
	switch {
	case errors.Is(err, call.ErrTaken):
		return nil, huma.Error409Conflict(err.Error())
	case err != nil: // it went meanwhile
		return nil, huma.Error404NotFound(call.ErrNoMessage.Error())
	}
	s.note(ctx, m.Tenant, string(access.HandleMessages), "call "+string(m.Call)+": "+q.Body.State)
	return &handleReply{s.messageView(ctx, m)}, nil
}

// callerOf names who left a message. The number is for who is to call back.
func (s *Server) callerOf(ctx context.Context, m call.Message) string {
	mine := m.Handling.State == call.MessageTaken && m.Handling.By == actorOf(ctx)
	switch {
	case m.Private:
		return "anonymous"
	case mine || s.cfg.Alias == nil:
		return m.Caller
	}
	return s.alias(&call.Record{Tenant: m.Tenant, Call: m.Call, Caller: m.Caller})
}
