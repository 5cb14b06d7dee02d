package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// A route is where a message came from, and so where one can go: a socket of
// ours and the far address.
type route struct {
	udp    *udpSocket // one of the two is set
	stream *stream
	peer   netip.AddrPort
}

// The transports (RFC 3261 section 18, RFC 7118).
const (
	udpNetwork = "udp"
	tcpNetwork = "tcp"
	tlsNetwork = "tls"
	wsNetwork  = "ws"
	wssNetwork = "wss"
)

func isNetwork(name string) bool {
	return name == udpNetwork || name == tcpNetwork || name == tlsNetwork || isWeb(name)
}

func (r route) network() string {
	if r.stream != nil {
		return r.stream.network
	}
	return udpNetwork
}

// isWeb reports whether peers come by WebSocket: they cannot be called back.
func (r route) isWeb() bool { return isWeb(r.network()) }

func isWeb(network string) bool { return network == wsNetwork || network == wssNetwork }

func (r route) alive() bool { return r.udp != nil || r.stream != nil && !r.stream.isClosed() }

// nearness is 2 for the same way, 1 for the same far host, else 0.
func (r route) nearness(other route) int {
	switch {
	case r == other:
		return 2
	case r.peer.Addr() == other.peer.Addr():
		return 1
	}
	return 0
}

func (r route) send(b []byte) error {
	if r.stream != nil {
		return r.stream.send(b)
	}
	return r.udp.send(b, r.peer)
}

// local is the host and port that peers reach us at over this route.
func (r route) local() (host string, port int) {
	l := r.listener()
	if l == nil { // a connection of ours, and we do not listen for such
		at := r.stream.local
		return at.Addr().String(), int(at.Port())
	}
	port = int(l.bound.Port())
	told := l.tells(r.peer)
	switch {
	case told != "":
		return told, port
	case !l.bound.Addr().IsUnspecified():
		return l.bound.Addr().String(), port
	case r.stream != nil:
		return r.stream.local.Addr().String(), port
	}
	return sourceToward(r.peer).String(), port
}

// A Way is how messages go between another side and us. What there is none of is not valid.
type Way struct {
	Local      netip.Addr // of ours, by which the other side knows us
	Advertised netip.Addr // what the listener tells in its place
	Peer       netip.Addr // where the other side's messages come from
	Transport  string     // udp, tcp, tls, ws or wss
	Browser    bool       // of Toward: the phone does not know its own address, as browsers do not (RFC 7118 section 5.3)
}

func (r route) way() Way {
	w := Way{Peer: r.peer.Addr().Unmap(), Transport: r.network()}
	if l := r.listener(); l != nil {
		w.Local = l.bound.Addr()
		w.Advertised, _ = netip.ParseAddr(trimBrackets(l.tells(r.peer))) // it may be a name
	}
	switch {
	case r.stream != nil:
		w.Local = r.stream.local.Addr()
	case w.Local.IsUnspecified():
		w.Local = sourceToward(r.peer)
	}
	return w
}

func (r route) listener() *listener {
	if r.stream != nil {
		return r.stream.listener
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

// listener is what sockets of all kinds know of their Listener.
type listener struct {
	network   string
	advertise string
	bound     netip.AddrPort
}

func (l *listener) isWeb() bool { return isWeb(l.network) }

// tells is what peer is told in place of our address, empty if nothing: a socket of
// both families may have an address of one to tell, which the other cannot reach.
func (l *listener) tells(peer netip.AddrPort) string {
	if ip, err := netip.ParseAddr(trimBrackets(l.advertise)); err == nil && ip.Unmap().Is4() != peer.Addr().Is4() {
		return ""
	}
	return l.advertise
}

// inFamily holds "udp" or "tcp" to the family of an address. Else 0.0.0.0 would be
// every address of IPv6 too; that is what [::] is for. A name may be of both.
func inFamily(network, address string) string {
	at, err := netip.ParseAddrPort(address)
	switch {
	case err != nil:
		return network
	case at.Addr().Unmap().Is4():
		return network + "4"
	case at.Addr().IsUnspecified():
		return network
	}
	return network + "6"
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
// heard before: its socket is used again, and a connection to the same host
// stands in for a new one (its far end may sit behind a NAT).
func (s *Server) routeTo(ctx context.Context, hop gosip.Uri, from route) (route, error) {
	if r, ok := s.routeNow(hop, from); ok {
		return r, nil
	}
	network, err := s.networkOf(hop, from)
	if err != nil {
		return route{}, err
	}
	if isWeb(network) {
		return route{}, errors.New("the WebSocket is closed, and only its client can open another")
	}
	peer, err := s.resolve(ctx, hop, network)
	if err != nil {
		return route{}, err
	}
	if network == udpNetwork {
		return s.routeUDP(peer, from)
	}
	r, err := s.routeStream(ctx, network, peer, serverName(hop, from))
	if err != nil && from.stream != nil && from.alive() {
		return from, nil
	}
	return r, err
}

// routeNow is routeTo where nothing has to be waited for.
func (s *Server) routeNow(hop gosip.Uri, from route) (route, bool) {
	if r, ok := s.phones.routeTo(hop, from); ok {
		return r, true
	}
	network, err := s.networkOf(hop, from)
	if err != nil {
		return route{}, false
	}
	if isWeb(network) { // its address is one that nobody can reach (RFC 7118 section 5)
		return from, from.isWeb() && from.alive()
	}
	ip, err := netip.ParseAddr(trimBrackets(hop.Host))
	if err != nil {
		return route{}, false
	}
	peer := unmap(netip.AddrPortFrom(ip, portOf(hop, network)))
	if network == udpNetwork {
		r, err := s.routeUDP(peer, from)
		return r, err == nil
	}
	if from.stream != nil && from.alive() && from.network() == network && from.peer.Addr() == peer.Addr() {
		return from, true
	}
	c := s.openStream(network, peer)
	return route{stream: c, peer: peer}, c != nil
}

func trimBrackets(host string) string { return strings.Trim(host, "[]") }

// networkOf is the transport a URI asks for (RFC 3263 section 4.1). A WebSocket is
// called ws with and without TLS (RFC 7118 section 5.5).
func (s *Server) networkOf(hop gosip.Uri, from route) (string, error) {
	network, ok := hop.UriParams.Get("transport")
	network = strings.ToLower(network)
	switch {
	case ok && !isNetwork(network):
		return "", fmt.Errorf("transport %q is not known", network)
	case isWeb(network) && from.isWeb():
		return from.network(), nil
	case ok && (network != tcpNetwork || hop.Scheme != "sips"):
		return network, nil
	case hop.Scheme == "sips":
		return tlsNetwork, nil
	}
	return s.usualNetwork(from), nil
}

// portOf is the port of a URI over a network (RFC 3261 section 19.1.2).
func portOf(u gosip.Uri, network string) uint16 {
	switch {
	case u.Port > 0 && u.Port <= 65535:
		return uint16(u.Port)
	case network == tlsNetwork:
		return 5061
	}
	return 5060
}

// usualNetwork is the transport for a URI that names none: what its owner used
// before, else UDP if we have it (RFC 3263 section 4.1).
func (s *Server) usualNetwork(from route) string {
	if from.udp != nil || from.stream != nil {
		return from.network()
	}
	if len(s.udp) == 0 && len(s.listeners) > 0 && !s.listeners[0].isWeb() {
		return s.listeners[0].network
	}
	return udpNetwork
}

func (s *Server) routeUDP(peer netip.AddrPort, from route) (route, error) {
	if from.udp != nil && reaches(from.udp.bound, peer) {
		return route{udp: from.udp, peer: peer}, nil
	}
	for _, u := range s.udp {
		if reaches(u.bound, peer) {
			return route{udp: u, peer: peer}, nil
		}
	}
	return route{}, fmt.Errorf("no UDP listener can reach %s", familyOf(peer))
}

// reaches reports whether a socket bound to an address can send to another.
func reaches(bound, peer netip.AddrPort) bool {
	a := bound.Addr()
	return a.Is4() == peer.Addr().Is4() || a.Is6() && a.IsUnspecified()
}

// maxDatagram is what a request over UDP may measure, our Via not counted: above
// 1300 bytes it could be cut in pieces that get lost (RFC 3261 section 18.1.1).
const maxDatagram = 1200

// roomFor is the way for a request: TCP for a large one, if the peer takes that.
func (s *Server) roomFor(ctx context.Context, req *gosip.Request, path route) route {
	if path.udp == nil {
		return path
	}
	if b, err := encode(req); err != nil || len(b) <= maxDatagram {
		return path
	}
	ctx, cancel := context.WithTimeout(ctx, 4*s.cfg.Timers.T1) // a firewall may say nothing
	defer cancel()
	r, err := s.routeStream(ctx, tcpNetwork, path.peer, "")
	if err != nil {
		return path
	}
	return r
}

func familyOf(a netip.AddrPort) string {
	if a.Addr().Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// resolve finds the address of a URI's host. It blocks on DNS if it is a name.
func (s *Server) resolve(ctx context.Context, u gosip.Uri, network string) (netip.AddrPort, error) {
	host, port := trimBrackets(u.Host), portOf(u, network)
	if ip, err := netip.ParseAddr(host); err == nil {
		return unmap(netip.AddrPortFrom(ip, port)), nil
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("resolve host of address: %w", err)
	}
	for _, ip := range ips { // IPv4 first
		if ip = ip.Unmap(); ip.Is4() {
			return netip.AddrPortFrom(ip, port), nil
		}
	}
	return netip.AddrPortFrom(ips[0], port), nil
}
