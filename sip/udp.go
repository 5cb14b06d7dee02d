package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// udpSocket is one UDP listener. Its reader is the only one who reads; anybody
// may send.
type udpSocket struct {
	listener
	conn *net.UDPConn
}

func listenUDP(ctx context.Context, l Listener) (*udpSocket, error) {
	var lc net.ListenConfig
	pc, err := lc.ListenPacket(ctx, inFamily("udp", l.Address), l.Address)
	if err != nil {
		return nil, listenError(l, err)
	}
	c, ok := pc.(*net.UDPConn)
	if !ok {
		return nil, fmt.Errorf("listen on udp %s: not a UDP socket", l.Address)
	}
	_ = c.SetReadBuffer(4 << 20) // a burst waits in the kernel; less is granted where the system says so
	_ = c.SetWriteBuffer(1 << 20)
	return &udpSocket{listener: listener{udpNetwork, l.Advertise, addrPort(c.LocalAddr())}, conn: c}, nil
}

func (u *udpSocket) send(b []byte, to netip.AddrPort) error {
	if u.bound.Addr().Is6() && to.Addr().Is4() {
		to = netip.AddrPortFrom(netip.AddrFrom16(to.Addr().As16()), to.Port())
	}
	_, err := u.conn.WriteToUDPAddrPort(b, to)
	return err
}

// readUDP handles datagrams until the socket is closed. No other error ends it.
func (s *Server) readUDP(ctx context.Context, u *udpSocket) {
	buf := make([]byte, 64<<10)
	for {
		n, from, err := u.conn.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			s.count.readErrors.Add(1)
			time.Sleep(time.Millisecond)
			continue
		}
		if isKeepAlive(buf[:n]) {
			continue
		}
		if !s.admits(unmap(from)) {
			continue
		}
		s.takeDatagram(ctx, buf[:n], route{udp: u, peer: unmap(from)})
	}
}

func (s *Server) takeDatagram(ctx context.Context, b []byte, from route) {
	if isSTUN(b) {
		s.onSTUN(b, from)
		return
	}
	switch msg, err := cutDatagram(b); {
	case err == nil:
		s.receive(ctx, msg, from)
	case errors.Is(err, errLength):
		s.unread(msg, from)
	default:
		s.malformed()
	}
}

// admits reports whether what comes from there is to be read, and counts what is
// not.
func (s *Server) admits(from netip.AddrPort) bool {
	if s.limits.admits(from.Addr()) {
		return true
	}
	s.count.throttled.Add(1)
	return false
}

// isKeepAlive reports whether a datagram only keeps a NAT open (RFC 5626 section
// 3.5.1, and the zero bytes some phones send).
func isKeepAlive(b []byte) bool {
	for _, c := range b {
		if c != '\r' && c != '\n' && c != 0 {
			return false
		}
	}
	return true
}
