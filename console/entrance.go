package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/webcall"
)

type enterRequest struct {
	ID      string `path:"id"`
	Tenant  string `query:"tenant" doc:"only a call of this tenant"`
	Mode    string `query:"mode" required:"true" enum:"listen,whisper,barge,take-over"`
	Peer    string // of the connection
	RawBody []byte `contentType:"application/sdp"`
}

// Resolve takes from the connection whose it is.
func (q *enterRequest) Resolve(ctx huma.Context) []error {
	q.Peer = ctx.RemoteAddr()
	return nil
}

// entrance is how supervisors come onto a call with no telephone.
func (s *Server) entrance(path string) {
	huma.Register(s.api, huma.Operation{
		OperationID: "enter-call", Method: http.MethodPost, Path: path + "/browser", Tags: []string{"supervision"}, DefaultStatus: http.StatusCreated,
		Summary: "Come onto a call from a page: a browser's offer in, the answer out, as in WHIP (RFC 9725)",
		Description: "Location is the supervision: PATCH it to do something else, DELETE it to leave. " +
			"Rights, journal and audit are those of a supervisor who is called. Each offer is a supervisor of its own: there is no idempotency key.",
		MaxBodyBytes: maxOffer,
		Errors:       []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, s.enter)
}

func (s *Server) enter(ctx context.Context, q *enterRequest) (*webAnswer, error) {
	on, err := s.callFor(ctx, q.Tenant, q.ID, q.Mode)
	if err != nil {
		return nil, err
	}
	r := Supervise{Mode: call.Mode(q.Mode), Actor: actorOf(ctx)}
	begun, answer, err := s.cfg.Supervisors.Enter(ctx, on.Tenant, on.Call, r, pageOffer(ctx, q.Peer, q.RawBody))
	if refused, ok := errors.AsType[*webcall.Refused](err); ok {
		return nil, s.webRefusal(refused)
	}
	if err != nil {
		return nil, s.unsupervised(err)
	}
	s.oversee(ctx, on, begun.ID)
	at := "/api/v1/calls/" + url.PathEscape(q.ID) + "/supervision/" + begun.ID
	return &webAnswer{Location: at, Type: "application/sdp", Body: answer}, nil
}
