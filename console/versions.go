package console

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// A Comparison is how an assistant's file differs from the version that runs.
type Comparison struct {
	Assistant string   `json:"assistant"`
	File      string   `json:"file,omitempty" doc:"left out: it is the one within the program"`
	Running   string   `json:"running" doc:"version that runs: a hash of its text"`
	OnDisk    string   `json:"on_disk,omitempty" doc:"version of the file; left out if it is gone"`
	Diff      string   `json:"diff,omitempty" doc:"unified; left out if they are the same"`
	Cut       bool     `json:"cut,omitempty" doc:"there is more of diff than is shown"`
	Faults    []string `json:"faults" doc:"for which a reload would be refused, each as file:line: what, and what is allowed"`
	Settings  []string `json:"settings" doc:"what else a reload would change"`
}

// ErrOther says that a file is no longer the version that was looked at.
var ErrOther = errors.New("the file has changed since it was compared; nothing was changed here")

type (
	compareRequest struct {
		Name string `path:"name" maxLength:"100"`
	}
	comparisonReply struct{ Body Comparison }
	activateRequest struct {
		Name string `path:"name" maxLength:"100"`
		Body struct {
			Version string `json:"version" minLength:"1" maxLength:"64" doc:"on_disk of the comparison: another is refused"`
		}
	}
)

// versions registers how assistants are changed. They are files that all tenants share, and
// what activates one is a reload of everything, so that its right is needed.
func (s *Server) versions() {
	if s.cfg.Compare == nil || s.cfg.Activate == nil {
		return
	}
	huma.Register(s.api, huma.Operation{
		OperationID: "compare-assistant", Method: http.MethodGet, Path: "/api/v1/assistants/{name}/version", Tags: []string{"assistants"},
		Summary: "How an assistant's file differs from the version that runs", Errors: []int{http.StatusNotFound},
	}, s.compare)
	huma.Register(s.api, huma.Operation{
		OperationID: "activate-assistant", Method: http.MethodPost, Path: "/api/v1/assistants/{name}/version", Tags: []string{"assistants"},
		Summary: "Have an assistant's file take effect",
		Description: "It is the reload of POST /api/v1/reload, done only if the file is still the version that was compared: what else differs takes effect too. " +
			"Calls in progress go on as they began. A fault anywhere changes nothing; the problem lists the faults.",
		Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity},
	}, s.activate)
}

func (s *Server) compare(ctx context.Context, q *compareRequest) (*comparisonReply, error) {
	c, err := s.cfg.Compare(ctx, q.Name)
	switch {
	case errors.Is(err, ErrUnknown):
		return nil, huma.Error404NotFound("there is no such assistant")
	case err != nil:
		return nil, s.unavailable("compare assistant", err)
	}
	c.Faults, c.Settings = orEmpty(c.Faults), orEmpty(c.Settings)
	return &comparisonReply{c}, nil
}

func (s *Server) activate(ctx context.Context, q *activateRequest) (*reloadReply, error) {
	done, err := s.cfg.Activate(context.WithoutCancel(ctx), q.Name, q.Body.Version, actorOf(ctx))
	switch {
	case errors.Is(err, ErrUnknown):
		return nil, huma.Error404NotFound("there is no such assistant")
	case errors.Is(err, ErrOther):
		return nil, huma.Error409Conflict(err.Error())
	case err != nil:
		return nil, huma.Error422UnprocessableEntity("the configuration has faults; nothing was changed", parts(err)...)
	}
	done.Changed, done.Restart = orEmpty(done.Changed), orEmpty(done.Restart)
	return &reloadReply{done}, nil
}
