package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/call"
)

// searched is how many records of a tenant a search goes through.
const searched = 100_000

// The outcomes of a call, as a search names them.
const (
	OutcomeBot        = "bot"        // it ended with the bot
	OutcomeAgent      = "agent"      // a human was reached
	OutcomeSupervisor = "supervisor" // a supervisor had taken it over
	OutcomeAbandoned  = "abandoned"  // it entered a queue and reached nobody
)

// Found is a page of ended calls.
type Found struct {
	Calls []FoundCall `json:"calls" doc:"newest first"`
	Next  string      `json:"next,omitempty" doc:"ask again with this cursor for those before; left out on the last page"`
	Kept  string      `json:"kept" enum:"memory" doc:"memory: only the latest calls of this process are known"`
}

// FoundCall is one ended call of a search.
type FoundCall struct {
	LiveCall

	Ended   time.Time `json:"ended"`
	Outcome string    `json:"outcome" enum:"bot,agent,supervisor,abandoned"`
	Cause   string    `json:"cause,omitempty" doc:"why it ended"`
	Alias   string    `json:"alias,omitempty" doc:"the caller as records of calls that leave the server have it: a pseudonym, unless the tenant shows numbers"`
}

// A CallFilter says which ended calls are wanted; an empty field wants all.
type CallFilter struct {
	Tenant  string    `query:"tenant" doc:"only calls of this tenant"`
	From    time.Time `query:"from" doc:"begun at this time or later"`
	To      time.Time `query:"to" doc:"begun before this time"`
	Queue   string    `query:"queue"`
	Intent  string    `query:"intent"`
	Outcome string    `query:"outcome" enum:"bot,agent,supervisor,abandoned"`
	Caller  string    `query:"caller" maxLength:"64" doc:"a number, or the pseudonym that records of calls have for it"`
}

type searchQuery struct {
	CallFilter

	Cursor string `query:"cursor" maxLength:"200" doc:"next of the page before"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"500"`
}

type searchReply struct{ Body Found }

func (s *Server) search() {
	huma.Register(s.api, huma.Operation{
		OperationID: "search-calls", Method: http.MethodGet, Path: "/api/v1/records", Tags: []string{"calls"},
		Summary: "Ended calls by time, queue, intent, outcome and caller, a page at a time",
		Errors:  []int{http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, s.searchCalls)
	s.searchExport()
}

func (s *Server) searchCalls(ctx context.Context, q *searchQuery) (*searchReply, error) {
	before, err := parseCursor(q.Cursor)
	if err != nil {
		return nil, huma.Error422UnprocessableEntity("the cursor is none of ours: take next of the page before")
	}
	all, err := s.matching(ctx, &q.CallFilter)
	if err != nil {
		return nil, err
	}
	reply := &searchReply{Found{Calls: []FoundCall{}, Kept: "memory"}}
	for i := range all {
		r := &all[i]
		if q.Cursor != "" && compareCursors(cursorOf(r), before) >= 0 {
			continue
		}
		if len(reply.Body.Calls) == q.Limit {
			last := reply.Body.Calls[q.Limit-1]
			reply.Body.Next = cursor{last.Started.UnixNano(), last.Call}.String()
			break
		}
		reply.Body.Calls = append(reply.Body.Calls, FoundCall{LiveCall: liveCallOf(r), Ended: r.Ended, Outcome: outcomeOf(r), Cause: r.Cause, Alias: s.alias(r)})
	}
	return reply, nil
}

// matching gives the ended calls that a filter wants and that are within reach, newest first.
func (s *Server) matching(ctx context.Context, f *CallFilter) ([]call.Record, error) {
	var all []call.Record
	for _, tenant := range s.tenants(ctx, f.Tenant) {
		rs, err := s.cfg.Records.List(ctx, tenant, searched)
		if err != nil {
			return nil, s.unavailable("list records", err)
		}
		all = append(all, rs...)
	}
	all = slices.DeleteFunc(all, func(r call.Record) bool { return !f.wants(&r) || !s.calledBy(&r, f.Caller) || !sees(ctx, r) })
	slices.SortFunc(all, func(a, b call.Record) int { return compareCursors(cursorOf(&b), cursorOf(&a)) })
	return all, nil
}

func (f *CallFilter) wants(r *call.Record) bool {
	return (f.From.IsZero() || !r.Started.Before(f.From)) && (f.To.IsZero() || r.Started.Before(f.To)) &&
		(f.Queue == "" || r.Queue == f.Queue) && (f.Outcome == "" || outcomeOf(r) == f.Outcome) &&
		(f.Intent == "" || r.Intent != nil && r.Intent.Name == f.Intent)
}

// calledBy reports whether who called is the one that is asked for, by number or pseudonym.
func (s *Server) calledBy(r *call.Record, caller string) bool {
	caller = dialled(caller)
	return caller == "" || caller == dialled(r.Caller) || caller == s.alias(r)
}

// dialled leaves out what people write between the digits of a number.
func dialled(number string) string {
	return strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ".", "", "-", "", "(", "", ")", "").Replace(number)
}

// alias is what records that leave the server have in place of a caller's number.
func (s *Server) alias(r *call.Record) string {
	if s.cfg.Alias == nil {
		return ""
	}
	return s.cfg.Alias(r)
}

func outcomeOf(r *call.Record) string {
	switch {
	case r.TakenOver:
		return OutcomeSupervisor
	case r.Agent != "":
		return OutcomeAgent
	case r.Queue != "":
		return OutcomeAbandoned
	default:
		return OutcomeBot
	}
}

// A cursor is a place in the order of calls: those that came meanwhile do not move it.
type cursor struct {
	started int64 // ns
	call    string
}

func cursorOf(r *call.Record) cursor { return cursor{r.Started.UnixNano(), string(r.Call)} }

func (c cursor) String() string { return fmt.Sprintf("%d.%s", c.started, c.call) }

func parseCursor(text string) (c cursor, err error) {
	if text == "" {
		return c, nil
	}
	started, id, _ := strings.Cut(text, ".")
	if c.started, err = strconv.ParseInt(started, 10, 64); err != nil {
		return c, err
	}
	if c.call = id; c.String() != text || id == "" || strings.IndexFunc(id, isOdd) >= 0 {
		return c, errors.New("no cursor is written so")
	}
	return c, nil
}

// isOdd reports whether no name of a call has a letter.
func isOdd(r rune) bool {
	return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

func compareCursors(a, b cursor) int {
	return cmp.Or(cmp.Compare(a.started, b.started), cmp.Compare(a.call, b.call))
}
