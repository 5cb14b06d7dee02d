package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

// A Check is the state of one thing that the server depends on.
type Check struct {
	Name   string `json:"name" doc:"what is depended on" example:"speech"`
	Ready  bool   `json:"ready"`
	Reason string `json:"reason,omitempty" doc:"why it is not ready, or does not do all that is wanted"`
}

// Health is what /healthz and /readyz say.
type Health struct {
	Status string  `json:"status" enum:"ok,not ready"`
	Checks []Check `json:"checks,omitempty"`
}

type healthReply struct {
	Status int
	Body   Health
}

func (s *Server) health() {
	huma.Register(s.api, huma.Operation{
		OperationID: "healthz", Method: http.MethodGet, Path: "/healthz", Tags: []string{"health"},
		Summary: "The process is up",
	}, func(context.Context, *struct{}) (*healthReply, error) {
		return &healthReply{Status: http.StatusOK, Body: Health{Status: "ok"}}, nil
	})
	huma.Register(s.api, huma.Operation{
		OperationID: "readyz", Method: http.MethodGet, Path: "/readyz", Tags: []string{"health"},
		Summary:     "Every dependency works, so that calls can be served in full",
		Description: "503 names each dependency that does not, and on this machine why. Calls are answered even so: with an apology, keypad prompts and a place in the queue.",
		Responses:   map[string]*huma.Response{"503": {Description: "a dependency does not work; the body is as with 200"}},
	}, s.ready)
	huma.Register(s.api, huma.Operation{
		OperationID: "metrics", Method: http.MethodGet, Path: "/metrics", Tags: []string{"health"},
		Summary: "Metrics for Prometheus",
		Responses: map[string]*huma.Response{"200": {
			Description: "text exposition format",
			Content:     map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
	}, s.metrics)
}

func (s *Server) ready(ctx context.Context, _ *struct{}) (*healthReply, error) {
	reply := &healthReply{Status: http.StatusOK, Body: Health{Status: "ok", Checks: s.cfg.Health(ctx)}}
	for i, c := range reply.Body.Checks {
		if ctx.Value(distantKey{}) != nil {
			reply.Body.Checks[i].Reason = "" // it may name what only this network should know
		}
		if !c.Ready {
			reply.Status = http.StatusServiceUnavailable
			reply.Body.Status = "not ready"
		}
	}
	return reply, nil
}

func (s *Server) metrics(context.Context, *struct{}) (*huma.StreamResponse, error) {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		r, w := humachi.Unwrap(ctx)
		s.cfg.Metrics.ServeHTTP(w, r)
	}}, nil
}
