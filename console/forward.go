package console

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// A Proxy stands before the server and ends TLS there. What it says of a request is
// believed, and what others say so is not.
type Proxy struct {
	From  []netip.Prefix // it asks from there; empty: there is none
	Names []string       // hosts by which browsers ask it, in lower case
}

// has reports whether an address is the proxy's.
func (p Proxy) has(a netip.Addr) bool {
	return slices.ContainsFunc(p.From, func(n netip.Prefix) bool { return n.Contains(a.Unmap()) })
}

// securedKey marks requests that came to a proxy over TLS.
type securedKey struct{}

// isSecure reports whether a request came over TLS, to us or to the proxy.
func isSecure(r *http.Request) bool {
	return r.TLS != nil || r.Context().Value(securedKey{}) != nil
}

// forwarded takes from a proxy who asks, and whether over TLS. The port stays that of the
// proxy's connection, so that no two of them have the same address.
func (s *Server) forwarded(next http.Handler) http.Handler {
	if len(s.cfg.Proxy.From) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !s.cfg.Proxy.has(peer.Addr()) {
			next.ServeHTTP(w, r)
			return
		}
		ctx := r.Context()
		if proto := r.Header.Values("X-Forwarded-Proto"); len(proto) == 1 && proto[0] == "https" {
			ctx = context.WithValue(ctx, securedKey{}, true)
		}
		r = r.WithContext(ctx)
		r.RemoteAddr = netip.AddrPortFrom(s.cfg.Proxy.client(peer.Addr(), r.Header.Values("X-Forwarded-For")), peer.Port()).String()
		next.ServeHTTP(w, r)
	})
}

// client is who asked the proxy: each writes at the end of the header who asked it, so
// it is read from there, for as long as those who wrote are the proxy's.
func (p Proxy) client(peer netip.Addr, headers []string) netip.Addr {
	hops := strings.Split(strings.Join(headers, ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, ok := hopAddress(strings.TrimSpace(hop))
		if !ok {
			return peer // what stands before was written by nobody we know
		}
		if peer = a; !p.has(a) {
			return a
		}
	}
	return peer
}

// hopAddress reads an address that may have a port.
func hopAddress(text string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return a.Unmap().WithZone(""), err == nil
}
