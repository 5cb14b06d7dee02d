package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/console/access"
	"github.com/callward/callward/console/signin"
)

// Session is who is signed in.
type Session struct {
	Name    string        `json:"name" doc:"user:NAME, token:NAME, or local" example:"user:jean"`
	Agent   string        `json:"agent,omitempty" doc:"the agent whose state and calls are theirs, with the role agent"`
	Roles   []access.Role `json:"roles"`
	Tenants []string      `json:"tenants" doc:"* for all"`
	Grants  []string      `json:"grants" doc:"each role and where it holds" example:"supervisor@acme/billing"`
	Setup   bool          `json:"setup" doc:"came by a link and has nothing yet to sign in with again"`
	Factor  bool          `json:"second_factor" doc:"a code is asked for at sign-in"`
	Left    int           `json:"recovery_codes" doc:"recovery codes that are left"`
	Keys    []signin.Key  `json:"passkeys"`
}

type signInBody struct {
	Name       string `json:"name" maxLength:"64"`
	Passphrase string `json:"passphrase" maxLength:"1024"`
	Code       string `json:"code,omitempty" maxLength:"32" doc:"of the second factor, or a recovery code"`
}

type (
	signInQuery struct{ Body signInBody }
	linkQuery   struct {
		Body struct {
			Token string `json:"token" maxLength:"128" doc:"what stands after # in the link"`
		}
	}
	cookieReply struct {
		SetCookie string `header:"Set-Cookie"`
	}
	sessionReply    struct{ Body Session }
	passphraseQuery struct {
		Body struct {
			Old string `json:"old,omitempty" maxLength:"1024" doc:"the one there is; not asked of who came by a link"`
			New string `json:"new" maxLength:"1024"`
		}
	}
)

// signInBytes bounds what somebody sends before we know them.
const signInBytes = 8 << 10

func (s *Server) sessions() {
	op := func(id, method, path, summary string, errs ...int) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: "/api/v1/session" + path, Tags: []string{"session"}, Summary: summary,
			DefaultStatus: http.StatusNoContent, MaxBodyBytes: signInBytes, Errors: errs,
		}
	}
	huma.Register(s.api, op("sign-in", http.MethodPost, "", "Sign in by name and passphrase; the reply sets a cookie", 401, 429), s.signIn)
	huma.Register(s.api, op("sign-in-by-link", http.MethodPost, "/bootstrap", "Sign in by a one-time link", 401), s.signInByLink)
	huma.Register(s.api, op("sign-out", http.MethodDelete, "", "Sign out", 401), s.signOut)
	huma.Register(s.api, op("set-passphrase", http.MethodPut, "/passphrase", "Set one's passphrase; other sessions end, and the cookie is a new one", 401, 422), s.setPassphrase)
	get := op("get-session", http.MethodGet, "", "Who is signed in", 401)
	get.DefaultStatus = http.StatusOK
	huma.Register(s.api, get, s.session)
}

func (s *Server) signIn(ctx context.Context, q *signInQuery) (*cookieReply, error) {
	v := visitOf(ctx)
	if err := s.hasSignIn(); err != nil {
		return nil, err
	}
	cookie, err := s.cfg.SignIn.SignIn(ctx, signin.Attempt{Name: q.Body.Name, Passphrase: q.Body.Passphrase, Code: q.Body.Code, Address: v.address})
	actor := "user:" + q.Body.Name
	if err != nil {
		if !s.cfg.SignIn.Known(ctx, q.Body.Name) {
			actor = "nobody" // what was typed may be a passphrase
		}
		if !errors.Is(err, signin.ErrCode) {
			s.noteFor(ctx, actor, "", "sign-in", "refused, from "+v.address)
		}
		return nil, s.refusal(err)
	}
	s.noteFor(ctx, actor, "", "sign-in", "ok, from "+v.address)
	return s.entered(ctx, cookie), nil
}

func (s *Server) signInByLink(ctx context.Context, q *linkQuery) (*cookieReply, error) {
	if err := s.hasSignIn(); err != nil {
		return nil, err
	}
	cookie, name, err := s.cfg.SignIn.Redeem(ctx, q.Body.Token)
	actor := "user:" + name
	if name == "" {
		actor = "nobody"
	}
	if errors.Is(err, signin.ErrRefused) {
		s.noteFor(ctx, actor, "", "sign-in-by-link", "refused, from "+visitOf(ctx).address)
		return nil, huma.Error401Unauthorized("this link was used, or is too old; callward user reset NAME makes another")
	}
	if err != nil {
		return nil, s.refusal(err)
	}
	s.noteFor(ctx, actor, "", "sign-in-by-link", "ok, from "+visitOf(ctx).address)
	return s.entered(ctx, cookie), nil
}

// entered gives the cookie of a new session. The one of before, if there was any, ends: a
// cookie that somebody planted is worth nothing after the sign-in.
func (s *Server) entered(ctx context.Context, cookie string) *cookieReply {
	v := visitOf(ctx)
	if v.badge.Cookie != "" {
		if err := s.cfg.SignIn.SignOut(ctx, v.badge.Cookie); err != nil {
			s.cfg.Log.Warn("an old session was not ended", slog.Any("err", err))
		}
	}
	return &cookieReply{cookieOf(v.secure, cookie, 12*time.Hour)}
}

// cookieOf keeps a session's cookie from scripts and from other sites.
func cookieOf(secure bool, value string, age time.Duration) string {
	c := http.Cookie{ //nolint:gosec // it is secure over TLS, and on loopback there is none
		Name: cookieName(secure), Value: value, Path: "/", MaxAge: int(age / time.Second),
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c.String()
}

func (s *Server) session(ctx context.Context, _ *struct{}) (*sessionReply, error) {
	v := visitOf(ctx)
	out := Session{Name: v.who.Name, Agent: v.who.Agent, Roles: v.who.Roles(), Tenants: v.who.Tenants(), Grants: []string{}, Keys: []signin.Key{}}
	for _, g := range v.who.Grants {
		out.Grants = append(out.Grants, g.String())
	}
	if v.badge.Cookie != "" {
		st, err := s.cfg.SignIn.Standing(ctx, v.badge.Cookie)
		if err != nil {
			return nil, s.refusal(err)
		}
		out.Setup, out.Factor, out.Left = st.Bare, st.Factor, st.Recovery
		out.Keys = append(out.Keys, st.Passkeys...)
	}
	return &sessionReply{out}, nil
}

func (s *Server) signOut(ctx context.Context, _ *struct{}) (*cookieReply, error) {
	v := visitOf(ctx)
	if v.badge.Cookie == "" {
		return nil, huma.Error401Unauthorized("there is no session; a token is revoked by its id")
	}
	if err := s.cfg.SignIn.SignOut(ctx, v.badge.Cookie); err != nil {
		return nil, s.refusal(err)
	}
	s.note(ctx, "", "sign-out", "ok")
	return &cookieReply{cookieOf(v.secure, "", 0)}, nil
}

func (s *Server) setPassphrase(ctx context.Context, q *passphraseQuery) (*cookieReply, error) {
	v := visitOf(ctx)
	cookie, err := s.cfg.SignIn.SetPassphrase(ctx, v.badge.Cookie, q.Body.Old, q.Body.New)
	if err != nil {
		s.note(ctx, "", "set-passphrase", "refused")
		return nil, s.refusal(err)
	}
	s.note(ctx, "", "set-passphrase", "ok")
	return &cookieReply{cookieOf(v.secure, cookie, 12*time.Hour)}, nil
}

// hasSignIn is for a server that was put together without one.
func (s *Server) hasSignIn() error {
	if s.cfg.SignIn == nil {
		return huma.Error503ServiceUnavailable("there is no sign-in here")
	}
	return nil
}

// refusal turns an error of sign-in into a problem.
func (s *Server) refusal(err error) error {
	if wait, ok := errors.AsType[signin.Wait](err); ok {
		seconds := strconv.Itoa(int(wait.For.Seconds() + 0.999))
		return huma.ErrorWithHeaders(huma.Error429TooManyRequests(wait.Error()), http.Header{"Retry-After": {seconds}})
	}
	if f, ok := errors.AsType[signin.Fault](err); ok {
		return huma.Error422UnprocessableEntity(f.Error())
	}
	switch {
	case errors.Is(err, signin.ErrCode):
		return codeNeeded()
	case errors.Is(err, signin.ErrRefused):
		return huma.Error401Unauthorized(signin.ErrRefused.Error())
	case errors.Is(err, signin.ErrUnknown):
		return huma.Error401Unauthorized("sign in first")
	case errors.Is(err, signin.ErrNoAccount), errors.Is(err, signin.ErrNoToken):
		return huma.Error404NotFound(err.Error())
	case errors.Is(err, signin.ErrTaken):
		return huma.Error409Conflict(err.Error())
	}
	return s.unavailable("sign-in", err)
}

// CodeNeeded is the type of the problem that asks for the second factor.
const CodeNeeded = "urn:callward:problem:code-needed"

func codeNeeded() error {
	return &huma.ErrorModel{
		Type: CodeNeeded, Status: http.StatusUnauthorized, Title: http.StatusText(http.StatusUnauthorized), Detail: signin.ErrCode.Error(),
	}
}
