package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/console/signin"
)

// samlPath is where a browser goes to the provider of SAML; below it the answer comes.
const samlPath = "/api/v1/session/saml"

// samlForm bounds the form that holds an answer, in base64.
const samlForm = 512 << 10

type (
	samlAnswer struct {
		RawBody []byte `contentType:"application/x-www-form-urlencoded"`
	}
	ticketQuery struct {
		Ticket string `query:"ticket" maxLength:"128"`
	}
	metadataReply struct {
		ContentType string `header:"Content-Type"`
		Body        []byte
	}
)

// saml serves the ways to a provider of SAML 2.0 and back: the Web Browser SSO profile
// (SAML profiles section 4.1), requests by redirect and answers by POST.
func (s *Server) saml() {
	op := func(id, method, path, summary string, status int, errs ...int) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: samlPath + path, Tags: []string{"session"}, Summary: summary, DefaultStatus: status,
			MaxBodyBytes: samlForm, Errors: append(errs, http.StatusNotFound),
		}
	}
	huma.Register(s.api, op("sign-in-by-saml", http.MethodGet, "", "Send the browser to the identity provider (SAML 2.0)", http.StatusFound, 429, 502), s.toSAML)
	accept := op("accept-saml", http.MethodPost, "/acs", "Where the identity provider's page sends its answer (assertion consumer service)", http.StatusSeeOther, 401, 502)
	accept.SkipValidateBody = true // it is a form, and read by package signin
	huma.Register(s.api, accept, s.acceptSAML)
	huma.Register(s.api, op("finish-saml", http.MethodGet, "/finish", "Sign in by an answer that was believed; the reply sets a cookie", http.StatusSeeOther, 401, 403), s.finishSAML)
	huma.Register(s.api, op("saml-metadata", http.MethodGet, "/metadata", "This server as the identity provider must know it", http.StatusOK), s.samlMetadata)
}

func (s *Server) hasSAML() error {
	if s.cfg.SignIn == nil || !s.cfg.SignIn.HasSAML() {
		return huma.Error404NotFound("no identity provider of SAML is configured here: sign_in.saml")
	}
	return nil
}

func (s *Server) toSAML(ctx context.Context, _ *struct{}) (*turnAway, error) {
	if err := s.hasSAML(); err != nil {
		return nil, err
	}
	v := visitOf(ctx)
	address, state, err := s.cfg.SignIn.BeginSAML(ctx, v.origin()+samlPath+"/acs", v.address)
	if err != nil {
		return nil, s.doubted(ctx, "", err)
	}
	return &turnAway{Status: http.StatusFound, Location: address, SetCookie: []string{stateCookie(v.secure, "saml", state)}}, nil
}

// acceptSAML comes without a cookie, as a page of another site sends it. The link that it
// leads to comes with one.
func (s *Server) acceptSAML(ctx context.Context, q *samlAnswer) (*turnAway, error) {
	if err := s.hasSAML(); err != nil {
		return nil, err
	}
	v := visitOf(ctx)
	form, err := url.ParseQuery(string(q.RawBody))
	if err != nil || len(form["SAMLResponse"]) != 1 {
		return nil, s.doubted(ctx, "", signin.Doubt{Why: "it is no form with one SAMLResponse"})
	}
	ticket, err := s.cfg.SignIn.AnswerSAML(ctx, form.Get("SAMLResponse"), v.origin()+samlPath+"/acs", v.address)
	if err != nil {
		return nil, s.doubted(ctx, "", err)
	}
	return &turnAway{Status: http.StatusSeeOther, Location: samlPath + "/finish?ticket=" + url.QueryEscape(ticket)}, nil
}

func (s *Server) finishSAML(ctx context.Context, q *ticketQuery) (*turnAway, error) {
	if err := s.hasSAML(); err != nil {
		return nil, err
	}
	v := visitOf(ctx)
	cookie, name, err := s.cfg.SignIn.FinishSAML(ctx, q.Ticket, v.cookie(stateName(v.secure, "saml")))
	if err != nil {
		return nil, s.doubted(ctx, name, err)
	}
	s.noteFor(ctx, "user:"+name, "", "sign-in-by-saml", "ok, from "+v.address)
	entered := s.entered(ctx, cookie)
	return &turnAway{Status: http.StatusSeeOther, Location: "/", SetCookie: []string{entered.SetCookie, stateCookie(v.secure, "saml", "")}}, nil
}

func (s *Server) samlMetadata(ctx context.Context, _ *struct{}) (*metadataReply, error) {
	if err := s.hasSAML(); err != nil {
		return nil, err
	}
	text, err := s.cfg.SignIn.SAMLMetadata(visitOf(ctx).origin() + samlPath + "/acs")
	if err != nil {
		return nil, s.unavailable("saml metadata", err)
	}
	return &metadataReply{ContentType: "application/samlmetadata+xml", Body: text}, nil
}

// doubted says why nobody was signed in: to the browser and the audit in words of ours, and
// to the log in detail, so many times a minute, as anybody can send an answer.
func (s *Server) doubted(ctx context.Context, name string, err error) error {
	d, ok := errors.AsType[signin.Doubt](err)
	if !ok {
		return s.astray(ctx, name, "saml", err)
	}
	if s.noteFor(ctx, "nobody", "", "sign-in-by-saml", "refused: "+d.Why+", from "+visitOf(ctx).address) {
		s.cfg.Log.Info("an answer of the identity provider is not believed", slog.Any("err", err))
	}
	return huma.Error401Unauthorized("the answer of the identity provider is not believed: " + d.Why)
}
