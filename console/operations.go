package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Reloaded says what a reload did.
type Reloaded struct {
	File    string   `json:"file,omitempty" doc:"the configuration file, if there is one"`
	Changed []string `json:"changed" doc:"settings that differ from before"`
	Restart []string `json:"restart" doc:"of them, those that take effect after a restart only"`
}

// An AuditEvent is something an operator or the program itself did.
type AuditEvent struct {
	Time   time.Time `json:"time"`
	Tenant string    `json:"tenant,omitempty" doc:"empty: it concerns them all"`
	Actor  string    `json:"actor" doc:"who"`
	Action string    `json:"action" doc:"what"`
	Result string    `json:"result"`
}

type reloadReply struct{ Body Reloaded }

type auditQuery struct {
	Limit int `query:"limit" default:"100" minimum:"0" maximum:"1000"`
}

// auditMost is how many events are looked at for those that somebody may see.
const auditMost = 1000

type auditReply struct{ Body []AuditEvent }

func (s *Server) operations() {
	huma.Register(s.api, huma.Operation{
		OperationID: "reload", Method: http.MethodPost, Path: "/api/v1/reload", Tags: []string{"operations"},
		Summary:     "Read the configuration and the assistants again",
		Description: "A configuration with a fault changes nothing; the problem lists the faults.",
		Errors:      []int{http.StatusUnprocessableEntity},
	}, s.reload)
	huma.Register(s.api, huma.Operation{
		OperationID: "list-audit", Method: http.MethodGet, Path: "/api/v1/audit", Tags: []string{"operations"},
		Summary: "What operators and the program did, newest first",
	}, s.audit)
}

func (s *Server) reload(ctx context.Context, _ *struct{}) (*reloadReply, error) {
	// Half a reload is worse than a late one: the client's going does not stop it.
	done, err := s.cfg.Reload(context.WithoutCancel(ctx), visitOf(ctx).who.Name)
	if err != nil {
		return nil, huma.Error422UnprocessableEntity("the configuration has faults; nothing was changed", parts(err)...)
	}
	done.Changed, done.Restart = orEmpty(done.Changed), orEmpty(done.Restart)
	return &reloadReply{done}, nil
}

// parts takes a joined error apart, and those within it.
func parts(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // the tree itself is wanted
	if !ok {
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, parts(e)...)
	}
	return out
}

func (s *Server) audit(ctx context.Context, q *auditQuery) (*auditReply, error) {
	events, err := s.cfg.Audit(ctx, auditMost)
	if err != nil {
		return nil, s.unavailable("list audit", err)
	}
	reach, out := reachOf(ctx), []AuditEvent{}
	for _, e := range events {
		if len(out) < q.Limit && (reach.Everywhere() || e.Tenant != "" && reach.Whole(e.Tenant)) {
			out = append(out, e)
		}
	}
	return &auditReply{out}, nil
}
