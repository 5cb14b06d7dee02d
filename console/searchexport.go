package console

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/cdr"
)

// exportAction is what the audit has where somebody took calls out of the console.
const exportAction = "export-search"

type foundExport struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// searchExport registers the table of a search for spreadsheets.
func (s *Server) searchExport() {
	huma.Register(s.api, huma.Operation{
		OperationID: exportAction, Method: http.MethodGet, Path: "/api/v1/records.csv", Tags: []string{"calls"},
		Summary: "All ended calls of a search as CSV (RFC 4180), newest first",
		Description: "Callers are named as in records that leave the server: by pseudonym, unless the tenant shows numbers. " +
			"A cell that a spreadsheet would take for a formula begins with an apostrophe. The audit notes who took how many.",
		Responses: map[string]*huma.Response{"200": {
			Description: "a header and a row for each call",
			Content:     map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
		Errors: []int{http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, s.exportSearch)
}

func (s *Server) exportSearch(ctx context.Context, f *CallFilter) (*foundExport, error) {
	all, err := s.matching(ctx, f)
	if err != nil {
		return nil, err
	}
	body := cdr.Row(foundColumns())
	for i := range all {
		body = append(body, cdr.Row(s.foundCells(&all[i]))...)
	}
	s.note(ctx, f.Tenant, exportAction, fmt.Sprintf("%d calls", len(all)))
	return &foundExport{
		ContentType: "text/csv; charset=utf-8; header=present", Disposition: `attachment; filename="calls.csv"`, Body: body,
	}, nil
}

// foundColumns are those of the table, in order. Their order stays; new ones come last.
func foundColumns() []string {
	return []string{
		"began", "ended", "seconds", "outcome", "cause", "language", "intent", "confidence", "queue", "agent", "caller", "trust", "assistant", "tenant", "call",
	}
}

func (s *Server) foundCells(r *call.Record) []string {
	shown := liveCallOf(r)
	score := ""
	if shown.Intent != "" {
		score = strconv.FormatFloat(shown.Score, 'f', -1, 64)
	}
	return []string{
		stamp(r.Started), stamp(r.Ended), strconv.Itoa(int(r.Ended.Sub(r.Started).Seconds())), outcomeOf(r), r.Cause, r.Language, shown.Intent, score,
		r.Queue, r.Agent, s.alias(r), r.Trust, r.Assistant, r.Tenant, string(r.Call),
	}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
