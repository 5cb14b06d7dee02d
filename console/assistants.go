package console

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/call"
	"github.com/callward/callward/redact"
)

// An Assistant is one that a tenant's numbers lead to.
type Assistant struct {
	Tenant    string            `json:"tenant"`
	Name      string            `json:"name"`
	Numbers   []string          `json:"numbers" doc:"that lead to it"`
	Languages []string          `json:"languages"`
	Minimum   float64           `json:"min_confidence" doc:"below which an intent counts as not understood, 0 to 1"`
	Intents   []AssistantIntent `json:"intents"`
}

// AssistantIntent is one thing that an assistant understands.
type AssistantIntent struct {
	Name     string         `json:"name"`
	Examples map[string]int `json:"examples" doc:"how many it was taught, by language"`
}

// A Sentence is to be understood as if a caller had said it.
type Sentence struct {
	Tenant    string `json:"tenant" minLength:"1" maxLength:"100"`
	Assistant string `json:"assistant" minLength:"1" maxLength:"100"`
	Language  string `json:"language" minLength:"2" maxLength:"20"`
	Text      string `json:"text" minLength:"1" maxLength:"500"`
}

// Understood is what an assistant makes of a Sentence.
type Understood struct {
	Text       redact.Safe   `json:"text" doc:"as the assistant reads it: secrets are masked"`
	Intent     string        `json:"intent,omitempty" doc:"the best; left out if there is nothing to go by"`
	Confidence float64       `json:"confidence" doc:"0 to 1"`
	Enough     bool          `json:"enough" doc:"confidence reaches the assistant's minimum"`
	Top        []call.Scored `json:"top" doc:"the best intents"`
}

// A Misunderstanding is a caller's turn that led nowhere.
type Misunderstanding struct {
	Tenant   string        `json:"tenant"`
	Call     call.ID       `json:"call"`
	At       time.Time     `json:"at"`
	Language string        `json:"language,omitempty"`
	Text     redact.Safe   `json:"text,omitzero" doc:"what was heard, redacted; left out if it was nothing"`
	Top      []call.Scored `json:"top,omitempty"`
	Reason   string        `json:"reason,omitempty"`
	Misses   int           `json:"misses" doc:"in a row, this one included"`
}

// ErrUnknown says that a Sentence names a tenant, an assistant or a language that is not there.
var ErrUnknown = errors.New("no such assistant, or it does not speak that language")

type (
	assistantsReply struct{ Body []Assistant }
	tryRequest      struct{ Body Sentence }
	tryReply        struct{ Body Understood }
	missedReply     struct{ Body []Misunderstanding }
)

func (s *Server) assistants() {
	huma.Register(s.api, huma.Operation{
		OperationID: "list-assistants", Method: http.MethodGet, Path: "/api/v1/assistants", Tags: []string{"assistants"},
		Summary: "Assistants, and what they understand",
	}, func(ctx context.Context, q *tenantQuery) (*assistantsReply, error) {
		reply := &assistantsReply{Body: []Assistant{}}
		if s.cfg.Assistants != nil {
			for _, a := range s.cfg.Assistants() {
				if (q.Tenant == "" || q.Tenant == a.Tenant) && reachOf(ctx).Tenant(a.Tenant) {
					reply.Body = append(reply.Body, a)
				}
			}
		}
		return reply, nil
	})
	huma.Register(s.api, huma.Operation{
		OperationID: "try-sentence", Method: http.MethodPost, Path: "/api/v1/assistants/try", Tags: []string{"assistants"},
		Summary:     "What would be understood of a sentence",
		Description: "The sentence is redacted first, as a caller's is, and kept nowhere.",
		Errors:      []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.try)
	huma.Register(s.api, huma.Operation{
		OperationID: "list-misunderstandings", Method: http.MethodGet, Path: "/api/v1/assistants/misunderstandings", Tags: []string{"assistants"},
		Summary: "What callers said lately that led nowhere, newest first, as far as memory holds it",
	}, func(ctx context.Context, q *tenantQuery) (*missedReply, error) {
		return &missedReply{s.misunderstandings(ctx, q.Tenant)}, nil
	})
}

func (s *Server) try(ctx context.Context, r *tryRequest) (*tryReply, error) {
	if s.cfg.Try == nil {
		return nil, huma.Error404NotFound(ErrUnknown.Error())
	}
	if !reachOf(ctx).Tenant(r.Body.Tenant) {
		return nil, huma.Error403Forbidden("your roles do not reach this tenant")
	}
	u, err := s.cfg.Try(ctx, r.Body)
	switch {
	case errors.Is(err, ErrUnknown):
		return nil, huma.Error404NotFound(ErrUnknown.Error())
	case err != nil:
		return nil, s.unavailable("try sentence", err)
	}
	return &tryReply{u}, nil
}

// mostMissed bounds the list of misunderstandings.
const mostMissed = 200

// misunderstandings reads the journal that memory holds.
func (s *Server) misunderstandings(ctx context.Context, tenant string) []Misunderstanding {
	out := []Misunderstanding{}
	now, cancel := context.WithCancel(ctx)
	cancel() // what is there, without waiting
	entries, err := s.cfg.Journal.Next(now, 0)
	if err != nil {
		return out
	}
	type turn struct{ said, intent call.Entry }
	turns := map[call.ID]*turn{}
	for _, e := range entries {
		if tenant != "" && e.Tenant != tenant || !reachOf(ctx).Whole(e.Tenant) {
			continue
		}
		t := turns[e.Call]
		if t == nil {
			t = &turn{}
			turns[e.Call] = t
		}
		switch {
		case e.Kind == call.KindCallerSaid:
			t.said = e
		case e.Kind == call.KindIntent:
			t.intent = e
		case e.Kind == call.KindDecision && e.Outcome != nil:
			if e.Outcome.Misses > 0 && e.Outcome.Input == call.InputSaid {
				out = append(out, Misunderstanding{
					Tenant: e.Tenant, Call: e.Call, At: e.Time, Language: e.Outcome.Language, Text: t.said.Text,
					Top: t.intent.Top, Reason: e.Reason, Misses: e.Outcome.Misses,
				})
			}
			*t = turn{}
		}
	}
	return newest(out, mostMissed)
}

// newest gives the last n of a list, the last first.
func newest[T any](all []T, n int) []T {
	out := make([]T, 0, min(n, len(all)))
	for i := len(all) - 1; i >= 0 && len(out) < n; i-- {
		out = append(out, all[i])
	}
	return out
}
