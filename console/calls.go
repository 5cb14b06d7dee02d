package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/call"
)

// Calls is what /api/v1/calls gives.
type Calls struct {
	Live   []call.Record `json:"live" doc:"calls in progress, oldest first"`
	Recent []call.Record `json:"recent" doc:"calls that have ended, newest first for each tenant"`
}

type callsQuery struct {
	Tenant string `query:"tenant" doc:"only calls of this tenant"`
	Limit  int    `query:"limit" default:"100" minimum:"0" maximum:"1000" doc:"at most so many ended calls for each tenant"`
}

type callsReply struct{ Body Calls }

type callQuery struct {
	ID     string `path:"id"`
	Tenant string `query:"tenant" doc:"only a call of this tenant"`
}

type callReply struct{ Body call.Record }

func (s *Server) calls() {
	huma.Register(s.api, huma.Operation{
		OperationID: "list-calls", Method: http.MethodGet, Path: "/api/v1/calls", Tags: []string{"calls"},
		Summary: "Calls in progress, and the latest that ended", Errors: []int{http.StatusUnprocessableEntity},
	}, s.listCalls)
	huma.Register(s.api, huma.Operation{
		OperationID: "get-call", Method: http.MethodGet, Path: "/api/v1/calls/{id}", Tags: []string{"calls"},
		Summary: "One call with its journal: what happened, what was decided and why", Errors: []int{http.StatusNotFound},
	}, s.getCall)
}

func (s *Server) listCalls(ctx context.Context, q *callsQuery) (*callsReply, error) {
	reply := &callsReply{Calls{Live: []call.Record{}, Recent: []call.Record{}}}
	for _, r := range s.cfg.Live() {
		if (q.Tenant == "" || r.Tenant == q.Tenant) && sees(ctx, r) {
			reply.Body.Live = append(reply.Body.Live, r)
		}
	}
	for _, tenant := range s.tenants(ctx, q.Tenant) {
		rs, err := s.cfg.Records.List(ctx, tenant, q.Limit)
		if err != nil {
			return nil, s.unavailable("list records", err)
		}
		for _, r := range rs {
			if sees(ctx, r) {
				reply.Body.Recent = append(reply.Body.Recent, r)
			}
		}
	}
	return reply, nil
}

// sees reports whether a call is within reach: who is held to queues sees those that are, or
// were at last, in one of them.
func sees(ctx context.Context, r call.Record) bool { return reachOf(ctx).Queue(r.Tenant, r.Queue) }

func (s *Server) getCall(ctx context.Context, q *callQuery) (*callReply, error) {
	id := call.ID(q.ID)
	for _, r := range s.cfg.Live() {
		if r.Call == id && (q.Tenant == "" || r.Tenant == q.Tenant) && sees(ctx, r) {
			r.Journal = s.journalOf(ctx, id)
			s.noteRead(ctx, r.Tenant, r.Call)
			return &callReply{r}, nil
		}
	}
	for _, tenant := range s.tenants(ctx, q.Tenant) {
		r, err := s.cfg.Records.Get(ctx, tenant, id)
		if err == nil && !sees(ctx, r) {
			break
		}
		if err == nil {
			s.noteRead(ctx, r.Tenant, r.Call)
			return &callReply{r}, nil
		}
		if !errors.Is(err, call.ErrNoRecord) {
			return nil, s.unavailable("get record", err)
		}
	}
	return nil, huma.Error404NotFound("no such call, or it is no longer remembered")
}

// journalOf gives what memory still holds of the journal of a call in progress.
func (s *Server) journalOf(ctx context.Context, id call.ID) []call.Entry {
	now, cancel := context.WithCancel(ctx)
	cancel() // what is there, without waiting
	entries, err := s.cfg.Journal.Next(now, 0)
	if err != nil {
		return nil
	}
	var out []call.Entry
	for _, e := range entries {
		if e.Call == id {
			out = append(out, e)
		}
	}
	return out
}

// tenants lists the tenants that a request is about, and that are within reach.
func (s *Server) tenants(ctx context.Context, only string) []string {
	if only != "" {
		return []string{only} // authorize has seen to it
	}
	var names []string
	for _, p := range s.cfg.Pools() {
		if reachOf(ctx).Tenant(p.Tenant) {
			names = append(names, p.Tenant)
		}
	}
	return names
}

// unavailable tells the log why, and the client that it is not their fault.
func (s *Server) unavailable(what string, err error) error {
	s.failed(what, err)
	return huma.Error503ServiceUnavailable("this cannot be told just now; /readyz says what is missing")
}

// failed tells the log of a request. Who goes away before the reply, as whoever closes a
// page, is no fault of ours.
func (s *Server) failed(what string, err error) {
	if !errors.Is(err, context.Canceled) {
		s.cfg.Log.Warn("api request failed", slog.String("what", what), slog.Any("err", err))
	}
}
