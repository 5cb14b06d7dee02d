package console

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
	"github.com/callward/callward/internal/webcall"
)

// Supervisors lets people onto calls. Tenant is empty for a call of any. Its errors are
// those of package call, and ErrNoPhone.
type Supervisors interface {
	List(ctx context.Context, tenant string, id call.ID) ([]call.Supervision, error)
	Begin(ctx context.Context, tenant string, id call.ID, r Supervise) (call.Supervision, error)
	Change(ctx context.Context, tenant string, id call.ID, supervision string, mode call.Mode, actor string) (call.Supervision, error)
	End(ctx context.Context, tenant string, id call.ID, supervision, actor string) error
	// Enter lets in a supervisor who comes from a page, and gives our answer to its offer.
	// *webcall.Refused: the offer cannot be answered.
	Enter(ctx context.Context, tenant string, id call.ID, r Supervise, o webcall.Offer) (call.Supervision, []byte, error)
}

// ErrNoPhone says that a phone is not one that a supervisor may be called on.
var ErrNoPhone = errors.New("this is neither a phone of the call's tenant nor a number that it may call")

// Supervise asks for a supervisor to be called into a call.
type Supervise struct {
	Key   string // who asks for the same again with it gets what there is, or was; empty: never
	Mode  call.Mode
	Phone string // an agent's name, or a number outside; empty: a page, for Enter
	Actor string
}

type superviseRequest struct {
	ID     string `path:"id"`
	Tenant string `query:"tenant" doc:"only a call of this tenant"`
	Key    string `header:"Idempotency-Key" maxLength:"128" doc:"who asks for the same again with the same key, while the call lasts, gets the same supervision as it is then, and nobody is called twice; for anything else the key is refused (422)"`
	Body   struct {
		Mode  string `json:"mode" enum:"listen,whisper,barge,take-over" doc:"what the supervisor does once the phone is answered"`
		Phone string `json:"phone" minLength:"1" maxLength:"64" doc:"where the supervisor is called: a registered phone by its user, or a number that the tenant may call"`
	}
}

type changeRequest struct {
	ID          string `path:"id"`
	Supervision string `path:"supervision"`
	Tenant      string `query:"tenant" doc:"only a call of this tenant"`
	Body        struct {
		Mode string `json:"mode" enum:"listen,whisper,barge,take-over,hand-back"`
	}
}

type endRequest struct {
	ID          string `path:"id"`
	Supervision string `path:"supervision"`
	Tenant      string `query:"tenant" doc:"only a call of this tenant"`
}

type (
	supervisionReply  struct{ Body call.Supervision }
	supervisionsReply struct{ Body []call.Supervision }
)

// supervision registers what supervisors do on calls. A right is asked by the mode: each is
// an action of its own, of the same name.
func (s *Server) supervision() {
	if s.cfg.Supervisors == nil {
		return
	}
	const path = "/api/v1/calls/{id}/supervision"
	refusals := []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity}
	huma.Register(s.api, huma.Operation{
		OperationID: "list-supervisions", Method: http.MethodGet, Path: path, Tags: []string{"supervision"},
		Summary: "Supervisors on a call", Errors: []int{http.StatusNotFound},
	}, s.listSupervisions)
	huma.Register(s.api, huma.Operation{
		OperationID: "supervise-call", Method: http.MethodPost, Path: path, Tags: []string{"supervision"}, DefaultStatus: http.StatusCreated,
		Summary:     "Call a supervisor into a call",
		Description: "The reply comes while the phone rings; on is true once it was answered. Journal and audit say who did what.",
		Errors:      refusals,
	}, s.supervise)
	huma.Register(s.api, huma.Operation{
		OperationID: "change-supervision", Method: http.MethodPatch, Path: path + "/{supervision}", Tags: []string{"supervision"},
		Summary:     "Listen, whisper, barge in, take the call over or hand it back",
		Description: "hand-back gives the caller to whom it was taken from: the bot asks its last question again, a queue takes the caller back.",
		Errors:      refusals,
	}, s.changeSupervision)
	huma.Register(s.api, huma.Operation{
		OperationID: "end-supervision", Method: http.MethodDelete, Path: path + "/{supervision}", Tags: []string{"supervision"},
		Summary:     "Hang up a supervisor",
		Description: "Who has taken the call over ends it so, as an agent does; hand it back first to have it go on.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
	}, s.endSupervision)
	s.entrance(path)
}

func (s *Server) listSupervisions(ctx context.Context, q *callQuery) (*supervisionsReply, error) {
	r, err := s.liveCall(ctx, q.Tenant, q.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.cfg.Supervisors.List(ctx, r.Tenant, r.Call)
	if err != nil {
		return nil, s.unsupervised(err)
	}
	if all == nil {
		all = []call.Supervision{}
	}
	return &supervisionsReply{all}, nil
}

func (s *Server) supervise(ctx context.Context, q *superviseRequest) (*supervisionReply, error) {
	on, err := s.callFor(ctx, q.Tenant, q.ID, q.Body.Mode)
	if err != nil {
		return nil, err
	}
	r := Supervise{Key: q.Key, Mode: call.Mode(q.Body.Mode), Phone: q.Body.Phone, Actor: actorOf(ctx)}
	begun, err := s.cfg.Supervisors.Begin(ctx, on.Tenant, on.Call, r)
	if err != nil {
		return nil, s.unsupervised(err)
	}
	s.oversee(ctx, on, begun.ID)
	return &supervisionReply{begun}, nil
}

func (s *Server) changeSupervision(ctx context.Context, q *changeRequest) (*supervisionReply, error) {
	on, err := s.callFor(ctx, q.Tenant, q.ID, q.Body.Mode)
	if err == nil {
		err = s.mayChange(ctx, on, q.Supervision, q.Body.Mode)
	}
	if err != nil {
		return nil, err
	}
	changed, err := s.cfg.Supervisors.Change(ctx, on.Tenant, on.Call, q.Supervision, call.Mode(q.Body.Mode), actorOf(ctx))
	if err != nil {
		return nil, s.unsupervised(err)
	}
	if mode := call.Mode(q.Body.Mode); mode == call.HandBack && !visitOf(ctx).who.May(access.Listen).Queue(on.Tenant, on.Queue) {
		// Who hands back goes on as a listener, which is a right of its own.
		if err := s.cfg.Supervisors.End(ctx, on.Tenant, on.Call, q.Supervision, actorOf(ctx)); err != nil && !errors.Is(err, call.ErrNoSupervision) {
			return nil, s.unsupervised(err)
		}
		changed.On = false
	} else {
		s.oversee(ctx, on, changed.ID)
	}
	return &supervisionReply{changed}, nil
}

func (s *Server) endSupervision(ctx context.Context, q *endRequest) (*struct{}, error) {
	on, err := s.liveCall(ctx, q.Tenant, q.ID)
	if err != nil {
		return nil, err
	}
	if err := s.mayEnd(ctx, on, q.Supervision); err != nil {
		return nil, err
	}
	if err := s.cfg.Supervisors.End(ctx, on.Tenant, on.Call, q.Supervision, actorOf(ctx)); err != nil {
		return nil, s.unsupervised(err)
	}
	return nil, nil //nolint:nilnil // huma's way to say 204
}

// liveCall gives a call in progress that is within reach.
func (s *Server) liveCall(ctx context.Context, tenant, id string) (call.Record, error) {
	for _, r := range s.cfg.Live() {
		if string(r.Call) == id && (tenant == "" || r.Tenant == tenant) && sees(ctx, r) {
			return r, nil
		}
	}
	return call.Record{}, huma.Error404NotFound("no such call is in progress")
}

// callFor gives one in which whoever asks may do what a mode is.
func (s *Server) callFor(ctx context.Context, tenant, id, mode string) (call.Record, error) {
	on, err := s.liveCall(ctx, tenant, id)
	if err != nil {
		s.note(ctx, s.tenantNamed(tenant), mode, "refused: no such call is in progress, or none within reach")
		return on, err
	}
	return on, s.may(ctx, access.Action(mode), on.Tenant, on.Queue)
}

// actorOf names who asks, for the journal and the audit.
func actorOf(ctx context.Context) string { return visitOf(ctx).who.Name }

// unsupervised puts why it cannot be as HTTP does.
func (s *Server) unsupervised(err error) error {
	switch {
	case errors.Is(err, call.ErrOver), errors.Is(err, call.ErrNoSupervision):
		return huma.Error404NotFound(err.Error())
	case errors.Is(err, call.ErrNotNow):
		return huma.Error409Conflict(err.Error())
	case errors.Is(err, ErrNoPhone), errors.Is(err, call.ErrOtherWish):
		return huma.Error422UnprocessableEntity(err.Error())
	default:
		return s.unavailable("supervise", err)
	}
}
