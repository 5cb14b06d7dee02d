package console

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// guard refuses what a browser may be tricked into: a foreign name for this
// host, and a write from another site; and what would show secrets to a network.
func (s *Server) guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.AddInsecureBypassPattern("POST " + samlPath + "/acs") // a page of the provider sends it, and what is signed in it counts
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusForbidden, "a page of another site may not do this")
	}))
	next = origin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := hostOf(r)
		distant := isSecure(r) || s.beyond && !near(r)
		if distant {
			r = r.WithContext(context.WithValue(r.Context(), distantKey{}, true))
		}
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'") // pages say what they need
		probe := distant && (r.URL.Path == "/healthz" || r.URL.Path == "/readyz")      // balancers ask by an address, and in clear
		if status, why := s.refused(r, host); status != 0 && !probe {
			problem(w, status, why)
			return
		}
		if isSecure(r) && !loopbackHost(host) {
			h.Set("Strict-Transport-Security", "max-age=31536000") // RFC 6797; of localhost it would shut plain loopback out
		}
		next.ServeHTTP(w, r)
	})
}

// distantKey marks requests that may come from another machine.
type distantKey struct{}

// refused says why a request is not for us, or not in this way; 0: it is.
func (s *Server) refused(r *http.Request, host string) (status int, why string) {
	secure := isSecure(r)
	switch {
	case !s.answersTo(host):
		return http.StatusMisdirectedRequest, "this server answers to 127.0.0.1, [::1], localhost, the names of its certificate and listeners.proxy.names only"
	case !secure && (!loopbackHost(host) || s.beyond && !near(r)):
		return http.StatusForbidden, "this came in clear over a network; ask over https"
	case secure && r.URL.Path == "/metrics":
		return http.StatusForbidden, "figures are given to this machine alone, over plain HTTP on loopback"
	}
	return 0, ""
}

// answersTo reports whether a host is ours.
func (s *Server) answersTo(host string) bool {
	return loopbackHost(host) || slices.Contains(s.cfg.Proxy.Names, strings.ToLower(host)) || s.cfg.HTTPS != nil && s.cfg.HTTPS.Covers(host)
}

// near reports whether a request comes from this machine.
func near(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback()
}

// hostOf is the Host without its port and brackets.
func hostOf(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.Host); err == nil {
		return host
	}
	host := r.Host
	if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		host = host[1 : len(host)-1]
	}
	return host
}

// problem answers with an RFC 9457 problem.
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(huma.ErrorModel{
		Status: status, Title: http.StatusText(status), Detail: detail,
	}) // the client may be gone; there is nobody else to tell
}
