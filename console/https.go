package console

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
)

// HTTPS is a second listener, which other machines may reach.
type HTTPS struct {
	Address string
	TLS     *tls.Config            // takes what certificate is current
	Covers  func(host string) bool // whether the certificate is for a host
}

// bind takes a port.
func bind(what, address string) (net.Listener, error) {
	ln, err := net.Listen("tcp", address) //nolint:noctx // a bind does not wait
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen for %s on %s: the port is occupied by another program", what, address)
	}
	if err != nil {
		return nil, fmt.Errorf("listen for %s on %s: %w", what, address, err)
	}
	return ln, nil
}

// SecureAddr is where the server listens for HTTPS; not valid if nowhere.
func (s *Server) SecureAddr() netip.AddrPort {
	if s.secure == nil {
		return netip.AddrPort{}
	}
	ap, err := netip.ParseAddrPort(s.secure.Addr().String())
	if err != nil {
		return netip.AddrPort{}
	}
	return ap
}

// serve serves all listeners and gives the end of each.
func (s *Server) serve(srv *http.Server) (ended chan error, listeners int) {
	all := []net.Listener{s.ln}
	if s.secure != nil {
		all = append(all, tls.NewListener(s.secure, s.cfg.HTTPS.TLS))
	}
	ended = make(chan error, len(all))
	for _, ln := range all {
		go func() { ended <- srv.Serve(ln) }()
	}
	return ended, len(all)
}
