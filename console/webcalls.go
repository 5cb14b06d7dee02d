package console

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/webcall"
	"github.com/callward/callward/sip"
)

// webCallsPath is where web pages call: no sign-in, since callers have none.
const webCallsPath = "/api/v1/web-calls"

// maxOffer is what an offer may have, in bytes; media would refuse a longer one.
const maxOffer = 8 << 10

type webOffer struct {
	To      string `query:"to" maxLength:"64" doc:"the number to call; without it the first of web_calls.numbers"`
	Peer    string // of the connection
	RawBody []byte `contentType:"application/sdp"`
}

// Resolve takes from the connection whose it is.
func (o *webOffer) Resolve(ctx huma.Context) []error {
	o.Peer = ctx.RemoteAddr()
	return nil
}

type webAnswer struct {
	Location string `header:"Location" doc:"DELETE it to hang up"`
	Type     string `header:"Content-Type"`
	Body     []byte
}

type webCallQuery struct {
	ID string `path:"id" maxLength:"64"`
}

// A WebCall is how a call from a web page fares, for its page.
type WebCall struct {
	State string      `json:"state"`
	Sound *call.Sound `json:"sound,omitempty" doc:"between the page and the server, as far as it came"`
}

type webCallReply struct{ Body WebCall }

func (s *Server) webCalls() {
	if s.cfg.WebCalls == nil {
		return
	}
	huma.Register(s.api, huma.Operation{
		OperationID: "web-call", Method: http.MethodPost, Path: webCallsPath, Tags: []string{"web calls"}, DefaultStatus: http.StatusCreated,
		Summary: "Call a line from a web page: a browser's offer in, the answer out, as in WHIP (RFC 9725)",
		Description: "The answer holds the one candidate there is (ICE-lite), so nothing is trickled: wait for icegatheringstate complete, or offer without candidates. " +
			"The last part of Location names the call for the page alone.",
		MaxBodyBytes: maxOffer,
		Errors:       []int{http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable},
	}, s.takeWebCall)
	huma.Register(s.api, huma.Operation{
		OperationID: "get-web-call", Method: http.MethodGet, Path: webCallsPath + "/{id}", Tags: []string{"web calls"},
		Summary: "How a call from a web page fares", Errors: []int{http.StatusNotFound},
	}, s.getWebCall)
	huma.Register(s.api, huma.Operation{
		OperationID: "end-web-call", Method: http.MethodDelete, Path: webCallsPath + "/{id}", Tags: []string{"web calls"}, DefaultStatus: http.StatusNoContent,
		Summary: "Hang up", Errors: []int{http.StatusNotFound},
	}, s.endWebCall)
	s.captions()
}

func (s *Server) takeWebCall(ctx context.Context, in *webOffer) (*webAnswer, error) {
	offer := pageOffer(ctx, in.Peer, in.RawBody)
	offer.Number, offer.Since = in.To, s.cfg.Journal.Last()
	taken, err := s.cfg.WebCalls.Take(ctx, offer)
	if err != nil {
		return nil, s.webRefusal(err)
	}
	return &webAnswer{Location: webCallsPath + "/" + taken.ID, Type: "application/sdp", Body: taken.Answer}, nil
}

// pageOffer is an offer with the addresses by which it came.
func pageOffer(ctx context.Context, from string, sdp []byte) webcall.Offer {
	offer := webcall.Offer{SDP: sdp}
	if peer, err := netip.ParseAddrPort(from); err == nil {
		offer.From = peer.Addr().Unmap()
	}
	if local, ok := ctx.Value(http.LocalAddrContextKey).(net.Addr); ok {
		if ours, err := netip.ParseAddrPort(local.String()); err == nil {
			offer.Local = ours.Addr().Unmap()
		}
	}
	return offer
}

// webRefusal says why a call is not taken.
func (s *Server) webRefusal(err error) error {
	if refused, ok := errors.AsType[*webcall.Refused](err); ok {
		switch refused.Cause {
		case sip.NotAcceptable:
			return huma.Error422UnprocessableEntity("this offer cannot be answered: it must bring ICE, a fingerprint, rtcp-mux and one of opus, G722, PCMA and PCMU")
		case sip.NotFound:
			return huma.Error404NotFound("no line answers this number")
		default:
			return huma.Error503ServiceUnavailable("the line takes no calls just now")
		}
	}
	switch {
	case errors.Is(err, webcall.ErrOff), errors.Is(err, webcall.ErrNumber):
		return huma.Error404NotFound(err.Error())
	case errors.Is(err, webcall.ErrRate):
		return huma.ErrorWithHeaders(huma.Error429TooManyRequests(err.Error()), http.Header{"Retry-After": {"60"}})
	case errors.Is(err, webcall.ErrFull):
		return huma.Error503ServiceUnavailable(err.Error())
	}
	s.cfg.Log.Info("call from a web page not taken", slog.Any("err", err))
	return huma.Error503ServiceUnavailable("the line takes no calls just now")
}

func (s *Server) getWebCall(_ context.Context, q *webCallQuery) (*webCallReply, error) {
	id, ok := s.cfg.WebCalls.Call(q.ID)
	if !ok {
		return nil, noWebCall()
	}
	for _, r := range s.cfg.Live() {
		if r.Call == id {
			return &webCallReply{WebCall{State: r.State, Sound: r.Sound}}, nil
		}
	}
	return nil, noWebCall()
}

func (s *Server) endWebCall(_ context.Context, q *webCallQuery) (*struct{}, error) {
	if !s.cfg.WebCalls.End(q.ID) {
		return nil, noWebCall()
	}
	return nil, nil //nolint:nilnil // there is nothing to say
}

func noWebCall() error { return huma.Error404NotFound("there is no such call, or it is over") }
