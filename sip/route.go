package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// A route is where a message came from, and so where one can go: a socket of
// ours and the far address.
type route struct {
	udp  *udpSocket // one of the two is set
	tcp  *stream
	peer netip.AddrPort
}

func (r route) network() string {
	if r.tcp != nil {
		return "tcp"
	}
	return "udp"
}

func (r route) alive() bool { return r.udp != nil || r.tcp != nil && !r.tcp.isClosed() }

func (r route) send(b []byte) error {
	if r.tcp != nil {
		return r.tcp.send(b)
	}
	return r.udp.send(b, r.peer)
}

// local is the host and port that peers reach us at over this route.
func (r route) local() (host string, port int) {
	l := r.listener()
	if l == nil { // a TCP connection of ours, and nothing of ours listens on TCP
		at := r.tcp.local
		return at.Addr().String(), int(at.Port())
	}
	port = int(l.bound.Port())
	switch {
	case l.advertise != "":
		return l.advertise, port
	case !l.bound.Addr().IsUnspecified():
		return l.bound.Addr().String(), port
	case r.tcp != nil:
		return r.tcp.local.Addr().String(), port
	}
	return sourceToward(r.peer).String(), port
}

func (r route) listener() *listener {
	if r.tcp != nil {
		return r.tcp.listener
	}
	return &r.udp.listener
}

// sourceToward is the local address from which the machine reaches peer. No
// packet is sent.
func sourceToward(peer netip.AddrPort) netip.Addr {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(peer))
	if err != nil {
		return netip.IPv6Unspecified()
	}
	defer func() { _ = c.Close() }()
	return addrPort(c.LocalAddr()).Addr()
}

// listener is what sockets of both kinds know of their Listener.
type listener struct {
	network   string
	advertise string
	bound     netip.AddrPort
}

func addrPort(a net.Addr) netip.AddrPort {
	switch a := a.(type) {
	case *net.UDPAddr:
		return unmap(a.AddrPort())
	case *net.TCPAddr:
		return unmap(a.AddrPort())
	}
	return netip.AddrPort{}
}

func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// routeTo finds the way to hop. from, if it has a value, is how its owner was
// heard before: its socket is used again, and a TCP connection to the same host
// stands in for a new one (its far end may sit behind a NAT).
func (s *Server) routeTo(ctx context.Context, hop gosip.Uri, from route) (route, error) {
	if r, ok := s.routeNow(hop, from); ok {
		return r, nil
	}
	peer, err := s.resolve(ctx, hop)
	if err != nil {
		return route{}, err
	}
	switch network := s.networkOf(hop, from); network {
	case "udp":
		return s.routeUDP(peer, from)
	case "tcp":
		r, err := s.routeTCP(ctx, peer)
		if err != nil && from.tcp != nil && from.alive() {
			return from, nil
		}
		return r, err
	default:
		return route{}, fmt.Errorf("transport %q is not supported", network)
	}
}

// routeNow is routeTo where nothing has to be waited for.
func (s *Server) routeNow(hop gosip.Uri, from route) (route, bool) {
	if r, ok := s.phones.routeTo(hop); ok {
		return r, true
	}
	ip, err := netip.ParseAddr(strings.Trim(hop.Host, "[]"))
	if err != nil {
		return route{}, false
	}
	peer := unmap(netip.AddrPortFrom(ip, uint16(portOf(hop))))
	if s.networkOf(hop, from) == "udp" {
		r, err := s.routeUDP(peer, from)
		return r, err == nil
	}
	if from.tcp != nil && from.alive() && from.peer.Addr() == peer.Addr() {
		return from, true
	}
	c := s.openStream(peer)
	return route{tcp: c, peer: peer}, c != nil
}

// networkOf is the transport a URI asks for.
func (s *Server) networkOf(hop gosip.Uri, from route) string {
	if network, ok := hop.UriParams.Get("transport"); ok {
		return strings.ToLower(network)
	}
	return s.usualNetwork(from)
}

func portOf(u gosip.Uri) int {
	if u.Port <= 0 || u.Port > 65535 {
		return 5060
	}
	return u.Port
}

// usualNetwork is the transport for a URI that names none: what its owner used
// before, else UDP if we have it (RFC 3263 section 4.1).
func (s *Server) usualNetwork(from route) string {
	if from.udp != nil || from.tcp != nil {
		return from.network()
	}
	if len(s.udp) == 0 {
		return "tcp"
	}
	return "udp"
}

func (s *Server) routeUDP(peer netip.AddrPort, from route) (route, error) {
	if from.udp != nil {
		return route{udp: from.udp, peer: peer}, nil
	}
	for _, u := range s.udp {
		if a := u.bound.Addr(); a.Is4() == peer.Addr().Is4() || a.Is6() && a.IsUnspecified() {
			return route{udp: u, peer: peer}, nil
		}
	}
	return route{}, fmt.Errorf("no UDP listener can reach %s", familyOf(peer))
}

func familyOf(a netip.AddrPort) string {
	if a.Addr().Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// resolve finds the address of a URI's host. It blocks on DNS if it is a name.
func (s *Server) resolve(ctx context.Context, u gosip.Uri) (netip.AddrPort, error) {
	host, port := strings.Trim(u.Host, "[]"), portOf(u)
	if ip, err := netip.ParseAddr(host); err == nil {
		return unmap(netip.AddrPortFrom(ip, uint16(port))), nil
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("resolve host of address: %w", err)
	}
	for _, ip := range ips { // IPv4 first
		if ip = ip.Unmap(); ip.Is4() {
			return netip.AddrPortFrom(ip, uint16(port)), nil
		}
	}
	return netip.AddrPortFrom(ips[0], uint16(port)), nil
}
