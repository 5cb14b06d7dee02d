package console

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
)

// This file keeps one supervisor's part in a call from others who supervise it too.

// mayChange lets people change their own part alone: in another's, a microphone would be opened,
// or a caller taken, of which its owner knows nothing.
func (s *Server) mayChange(ctx context.Context, on call.Record, id, mode string) error {
	by, err := s.partOf(ctx, on, id)
	if err != nil || by == "" || by == actorOf(ctx) {
		return err
	}
	s.note(ctx, on.Tenant, mode, "refused: it is the part of "+by)
	return huma.Error403Forbidden("this is the part of " + by + ": nobody else changes it; come onto the call yourself")
}

// mayEnd lets people hang up themselves, and others only with the right to take the call
// over: with a supervisor who has the caller, the call ends.
func (s *Server) mayEnd(ctx context.Context, on call.Record, id string) error {
	by, err := s.partOf(ctx, on, id)
	if err != nil || by == "" || by == actorOf(ctx) {
		return err
	}
	return s.may(ctx, access.TakeOver, on.Tenant, on.Queue)
}

// partOf says whose part in a call it is; empty: there is none of that id.
func (s *Server) partOf(ctx context.Context, on call.Record, id string) (by string, err error) {
	all, err := s.cfg.Supervisors.List(ctx, on.Tenant, on.Call)
	if err != nil {
		return "", s.unsupervised(err)
	}
	for _, one := range all {
		if one.ID == id {
			return one.By, nil
		}
	}
	return "", nil
}
