package console

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/console/access"
	"github.com/callward/callward/console/signin"
)

// A visit is a request to the API, and who makes it.
type visit struct {
	who     access.Principal
	badge   signin.Badge
	err     error // why who is nobody; nil: nothing was shown
	address string
	host    string // by which this server was asked; guard has seen that it is ours
	secure  bool   // over TLS

	cookie func(name string) string // of the request; empty: there is none
}

// origin is where a browser sees this server.
func (v visit) origin() string {
	if v.secure {
		return "https://" + v.host
	}
	return "http://" + v.host
}

type (
	visitKey struct{}
	reachKey struct{}
)

func visitOf(ctx context.Context) visit {
	v, _ := ctx.Value(visitKey{}).(visit)
	return v
}

// reachOf is how far the action of an operation reaches for whoever asked for it. A
// handler shows nothing beyond.
func reachOf(ctx context.Context) access.Reach {
	r, _ := ctx.Value(reachKey{}).(access.Reach)
	return r
}

// again is how often it is looked whether who follows a stream still may.
const again = 2 * time.Second

// identify finds out who makes a request of the API. A request that lasts ends when they
// are signed out, revoked, or have other roles.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			next.ServeHTTP(w, r)
			return
		}
		v := visit{badge: badgeOf(r), address: addressOf(r), host: r.Host, secure: isSecure(r), cookie: cookiesOf(r)}
		if v.badge != (signin.Badge{}) {
			v.who, v.err = s.whose(r.Context(), v.badge, true)
		}
		ctx, cancel := context.WithCancel(context.WithValue(r.Context(), visitKey{}, v))
		defer cancel()
		if v.who.Known() {
			go s.watch(ctx, cancel, v)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func (s *Server) whose(ctx context.Context, b signin.Badge, use bool) (access.Principal, error) {
	if s.cfg.SignIn == nil {
		return access.Principal{}, signin.ErrUnknown
	}
	return s.cfg.SignIn.Identify(ctx, b, use)
}

// watch ends a request whose maker lost the right to it. A Redis that does not answer
// takes nobody's.
func (s *Server) watch(ctx context.Context, end context.CancelFunc, v visit) {
	tick := time.NewTicker(again)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		who, err := s.whose(ctx, v.badge, false)
		if errors.Is(err, signin.ErrUnknown) || err == nil && !who.Equal(v.who) {
			end()
			return
		}
	}
}

// badgeOf gives what a request shows. A token in its header is looked at alone.
func badgeOf(r *http.Request) signin.Badge {
	if kind, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(kind, "Bearer") {
		return signin.Badge{Bearer: strings.TrimSpace(token)}
	}
	return signin.Badge{Cookie: cookiesOf(r)(cookieName(isSecure(r)))}
}

func cookiesOf(r *http.Request) func(string) string {
	return func(name string) string {
		c, err := r.Cookie(name)
		if err != nil {
			return ""
		}
		return c.Value
	}
}

// cookieName is bound to this host where the browser can know it: over TLS.
func cookieName(secure bool) string {
	if secure {
		return "__Host-callward"
	}
	return "callward"
}

func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// authorize holds an operation to the policy.
func (s *Server) authorize(ctx huma.Context, next func(huma.Context)) {
	op := ctx.Operation()
	action, known := actionOf(op.OperationID)
	v := visitOf(ctx.Context())
	reach := v.who.May(action)
	tenant := ctx.Query("tenant")
	switch {
	case !known:
		_ = huma.WriteErr(s.api, ctx, http.StatusForbidden, "nobody may do this")
		return
	case action == access.Public:
	case v.err != nil && !errors.Is(v.err, signin.ErrUnknown):
		s.failed("identify", v.err)
		_ = huma.WriteErr(s.api, ctx, http.StatusServiceUnavailable, "it cannot be told just now who you are; /readyz says what is missing")
		return
	case !v.who.Known():
		s.stranger(ctx, v, op.OperationID)
		return
	case !reach.Anywhere() || tenant != "" && !reach.Tenant(tenant):
		s.note(ctx.Context(), s.tenantNamed(tenant), op.OperationID, "refused: no right")
		_ = huma.WriteErr(s.api, ctx, http.StatusForbidden, "your roles do not reach this; an admin can give you one that does")
		return
	}
	if action != access.Public && tenant != "" && s.tenantNamed(tenant) == "" && asksOfTenant(op) {
		s.noTenant(ctx, reach, tenant)
		return
	}
	next(huma.WithValue(ctx, reachKey{}, reach))
	if action.Acts() {
		s.note(ctx.Context(), s.tenantNamed(tenant), op.OperationID, resultOf(ctx.Status()))
	}
}

// tenantNamed gives the tenant of a name; empty: there is none. What somebody typed for one may be
// as long as a request, and is not for the audit.
func (s *Server) tenantNamed(name string) string {
	for _, p := range s.cfg.Pools() {
		if p.Tenant == name {
			return name
		}
	}
	return ""
}

// stranger asks who it is. What was shown and is worth nothing is written down, so many
// times a minute: it may be a guess.
func (s *Server) stranger(ctx huma.Context, v visit, operation string) {
	if v.err != nil {
		s.note(ctx.Context(), "", operation, "refused: "+describe(v.badge)+" that is not known, from "+v.address)
	}
	ctx.SetHeader("WWW-Authenticate", `Bearer realm="callward"`)
	_ = huma.WriteErr(s.api, ctx, http.StatusUnauthorized, "sign in first; programs show a token: Authorization: Bearer TOKEN")
}

func describe(b signin.Badge) string {
	if b.Bearer != "" {
		return "a token"
	}
	return "a session"
}

func resultOf(status int) string {
	if status >= http.StatusBadRequest {
		return "failed: " + http.StatusText(status)
	}
	return "ok"
}

// may asks for a right that depends on more than the operation, such as the way in which a
// call is to be heard. Its refusal is audited; its use is by what is done with it.
func (s *Server) may(ctx context.Context, action access.Action, tenant, queue string) error {
	if !visitOf(ctx).who.May(action).Queue(tenant, queue) {
		s.note(ctx, tenant, string(action), "refused: no right")
		return huma.Error403Forbidden("your roles do not give the right to " + string(action) + " here")
	}
	return nil
}

// note writes down what somebody did, or was refused.
func (s *Server) note(ctx context.Context, tenant, action, result string) {
	actor := visitOf(ctx).who.Name
	if actor == "" {
		actor = "nobody"
	}
	s.noteFor(ctx, actor, tenant, action, result)
}

// noteFor reports whether it was written down: of refusals so many a minute are, as more
// would push all else out.
func (s *Server) noteFor(ctx context.Context, actor, tenant, action, result string) bool {
	if s.cfg.Note == nil || strings.HasPrefix(result, "refused") && !s.guesses.Allow() {
		return false
	}
	s.cfg.Note(context.WithoutCancel(ctx), AuditEvent{Time: time.Now(), Tenant: tenant, Actor: actor, Action: action, Result: result})
	return true
}
