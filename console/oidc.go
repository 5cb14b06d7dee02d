package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/console/signin"
)

// Ways is how people may sign in here.
type Ways struct {
	Passphrase bool `json:"passphrase"`
	OIDC       bool `json:"oidc" doc:"GET /api/v1/session/oidc leads to the identity provider"`
	SAML       bool `json:"saml" doc:"GET /api/v1/session/saml does, to that of SAML 2.0"`
}

type (
	waysReply struct{ Body Ways }
	turnAway  struct {
		Status    int
		Location  string   `header:"Location"`
		SetCookie []string `header:"Set-Cookie"`
	}
	callbackQuery struct {
		State string `query:"state" maxLength:"128"`
		Code  string `query:"code" maxLength:"4096"`
		Error string `query:"error" maxLength:"256" doc:"the provider signed nobody in"`

		// Others that providers send along, and that say nothing to us.
		Description string `query:"error_description" hidden:"true"`
		ErrorURI    string `query:"error_uri" hidden:"true"`
		Issuer      string `query:"iss" hidden:"true"`
		Session     string `query:"session_state" hidden:"true"`
		Scope       string `query:"scope" hidden:"true"`
		User        string `query:"authuser" hidden:"true"`
		Domain      string `query:"hd" hidden:"true"`
		Prompt      string `query:"prompt" hidden:"true"`
	}
)

// oidcPath is where a browser goes to the provider, and its state's cookie goes with it.
const oidcPath = "/api/v1/session/oidc"

func (s *Server) federated() {
	op := func(id, path, summary string, status int, errs ...int) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Tags: []string{"session"}, Summary: summary, DefaultStatus: status, Errors: errs}
	}
	huma.Register(s.api, op("sign-in-ways", "/api/v1/session/ways", "How people may sign in", http.StatusOK), func(context.Context, *struct{}) (*waysReply, error) {
		in := s.cfg.SignIn
		return &waysReply{Ways{Passphrase: in != nil, OIDC: in != nil && in.HasOIDC(), SAML: in != nil && in.HasSAML()}}, nil
	})
	huma.Register(s.api, op("sign-in-by-oidc", oidcPath, "Send the browser to the identity provider (OpenID Connect, code with PKCE)", http.StatusFound, 404, 502), s.toProvider)
	huma.Register(s.api, op("finish-oidc", oidcPath+"/callback", "Where the identity provider sends the browser back", http.StatusSeeOther, 401, 403, 502), s.fromProvider)
}

func (s *Server) toProvider(ctx context.Context, _ *struct{}) (*turnAway, error) {
	v := visitOf(ctx)
	if s.cfg.SignIn == nil || !s.cfg.SignIn.HasOIDC() {
		return nil, huma.Error404NotFound("no identity provider is configured here: sign_in.oidc")
	}
	address, state, err := s.cfg.SignIn.BeginOIDC(ctx, v.origin()+oidcPath+"/callback", v.address)
	if err != nil {
		return nil, s.astray(ctx, "", "oidc", err)
	}
	return &turnAway{Status: http.StatusFound, Location: address, SetCookie: []string{stateCookie(v.secure, "oidc", state)}}, nil
}

// stateName is of the cookie that a sign-in at a provider is known by, of kind oidc or saml.
func stateName(secure bool, kind string) string { return cookieName(secure) + "-" + kind }

// stateCookie goes along when the provider sends the browser back: a link from another site,
// so it is lax.
func stateCookie(secure bool, kind, state string) string {
	c := http.Cookie{ //nolint:gosec // it is secure over TLS, and on loopback there is none
		Name: stateName(secure, kind), Value: state, Path: "/", MaxAge: int(10 * time.Minute / time.Second),
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
	if state == "" {
		c.MaxAge = -1
	}
	return c.String()
}

func (s *Server) fromProvider(ctx context.Context, q *callbackQuery) (*turnAway, error) {
	v := visitOf(ctx)
	if s.cfg.SignIn == nil || !s.cfg.SignIn.HasOIDC() {
		return nil, huma.Error404NotFound("no identity provider is configured here: sign_in.oidc")
	}
	if q.Error != "" {
		return nil, s.astray(ctx, "", "oidc", signin.ErrRefused)
	}
	cookie, name, err := s.cfg.SignIn.FinishOIDC(ctx, q.State, q.Code, v.cookie(stateName(v.secure, "oidc")))
	if err != nil {
		return nil, s.astray(ctx, name, "oidc", err)
	}
	s.noteFor(ctx, "user:"+name, "", "sign-in-by-oidc", "ok, from "+v.address)
	entered := s.entered(ctx, cookie)
	return &turnAway{Status: http.StatusSeeOther, Location: "/", SetCookie: []string{entered.SetCookie, stateCookie(v.secure, "oidc", "")}}, nil
}

// astray says why nobody was signed in, to the browser in general and to the log in detail.
func (s *Server) astray(ctx context.Context, name, kind string, err error) error {
	actor, action := "nobody", "sign-in-by-"+kind
	if name != "" {
		actor = "user:" + name
	}
	switch {
	case errors.Is(err, signin.ErrProvider):
		s.cfg.Log.Warn("no sign-in by the identity provider", slog.Any("err", err))
		s.noteFor(ctx, actor, "", action, "refused: the provider")
		return huma.Error502BadGateway(signin.ErrProvider.Error() + "; the server's log says why")
	case errors.Is(err, signin.ErrNoRole):
		s.noteFor(ctx, actor, "", action, "refused: no role")
		return huma.Error403Forbidden(signin.ErrNoRole.Error() + "; an admin can give one of them some: sign_in." + kind + ".roles")
	case errors.Is(err, signin.ErrRefused):
		s.noteFor(ctx, actor, "", action, "refused, from "+visitOf(ctx).address)
		return huma.Error401Unauthorized("this sign-in was begun elsewhere, took too long, or was refused; begin again")
	}
	return s.refusal(err)
}
