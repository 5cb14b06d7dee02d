package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Rehearse asks for a play of an assistant's scenarios.
type Rehearse struct {
	Tenant    string `json:"tenant" minLength:"1" maxLength:"100"`
	Assistant string `json:"assistant" minLength:"1" maxLength:"100"`
	File      bool   `json:"file,omitempty" doc:"the version of its file, before it is activated; else the one that runs"`
}

// A Rehearsal is one play of an assistant's scenarios in text.
type Rehearsal struct {
	Assistant string        `json:"assistant"`
	Version   string        `json:"version" doc:"of the assistant, as compared"`
	File      bool          `json:"file" doc:"it was the version of the file"`
	At        time.Time     `json:"at"`
	By        string        `json:"by"`
	Took      time.Duration `json:"took_ns"`
	Failed    int           `json:"failed"`
	Scenarios []Rehearsed   `json:"scenarios"`
}

// A Rehearsed is how one scenario went.
type Rehearsed struct {
	Name  string          `json:"name"`
	At    string          `json:"at" doc:"file:line"`
	Turns int             `json:"turns" doc:"without the opening"`
	Fault *RehearsalFault `json:"fault,omitempty" doc:"left out: it went as expected"`
}

// A RehearsalFault is the turn that did not go as expected; those after it were not played.
type RehearsalFault struct {
	Turn  int      `json:"turn" doc:"from 1; 0 is the opening"`
	At    string   `json:"at" doc:"file:line"`
	Act   string   `json:"act" doc:"what the caller does in it"`
	Why   []string `json:"why" doc:"what was expected, and what came"`
	Story []Told   `json:"story" doc:"up to then"`
}

// A Told is a line of the story of a rehearsed call.
type Told struct {
	Turn int    `json:"turn"`
	Who  string `json:"who" doc:"caller, bot, or call for what is decided"`
	Text string `json:"text"`
}

var (
	// ErrBusy says that scenarios are being played, or that calls need the machine.
	ErrBusy = errors.New("a rehearsal is under way, or calls need the machine: try again soon")
	// ErrNoScenarios says that an assistant has none.
	ErrNoScenarios = errors.New("there are no scenarios of this assistant: write them into the folder rehearsals beside it")
)

type (
	rehearseRequest struct{ Body Rehearse }
	rehearsalReply  struct{ Body Rehearsal }
	rehearsalsReply struct{ Body []Rehearsal }
)

func (s *Server) rehearsals() {
	if s.cfg.Rehearse == nil || s.cfg.Rehearsals == nil {
		return
	}
	huma.Register(s.api, huma.Operation{
		OperationID: "list-rehearsals", Method: http.MethodGet, Path: "/api/v1/assistants/rehearsals", Tags: []string{"assistants"},
		Summary: "The last rehearsal of each assistant, since the start",
	}, func(ctx context.Context, q *tenantQuery) (*rehearsalsReply, error) {
		reply := &rehearsalsReply{Body: []Rehearsal{}}
		for _, r := range s.cfg.Rehearsals() {
			if s.answers(ctx, q.Tenant, r.Assistant) {
				reply.Body = append(reply.Body, r)
			}
		}
		return reply, nil
	})
	huma.Register(s.api, huma.Operation{
		OperationID: "rehearse", Method: http.MethodPost, Path: "/api/v1/assistants/rehearsals", Tags: []string{"assistants"},
		Summary:     "Play an assistant's scenarios in text",
		Description: "One play at a time, within seconds and without a call. Scenarios whose files have faults are not played; the problem lists the faults.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity},
	}, s.rehearse)
}

// answers reports whether an assistant is one of a tenant's within reach; of any such
// tenant's, if none is named.
func (s *Server) answers(ctx context.Context, tenant, assistant string) bool {
	return s.cfg.Assistants != nil && slices.ContainsFunc(s.cfg.Assistants(), func(a Assistant) bool {
		return a.Name == assistant && (tenant == "" || a.Tenant == tenant) && reachOf(ctx).Tenant(a.Tenant)
	})
}

func (s *Server) rehearse(ctx context.Context, r *rehearseRequest) (*rehearsalReply, error) {
	if !reachOf(ctx).Tenant(r.Body.Tenant) {
		return nil, huma.Error403Forbidden("your roles do not reach this tenant")
	}
	if !s.answers(ctx, r.Body.Tenant, r.Body.Assistant) {
		return nil, huma.Error404NotFound("this tenant has no such assistant")
	}
	played, err := s.cfg.Rehearse(ctx, r.Body, actorOf(ctx))
	switch {
	case errors.Is(err, ErrUnknown), errors.Is(err, ErrNoScenarios):
		return nil, huma.Error404NotFound(err.Error())
	case errors.Is(err, ErrBusy):
		return nil, huma.Error409Conflict(err.Error())
	case err != nil:
		return nil, huma.Error422UnprocessableEntity("the scenarios, or the assistant, have faults; nothing was played", parts(err)...)
	}
	s.note(ctx, r.Body.Tenant, "rehearse", fmt.Sprintf("%s: %d of %d failed", played.Assistant, played.Failed, len(played.Scenarios)))
	return &rehearsalReply{played}, nil
}
