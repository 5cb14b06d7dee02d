package sip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	streamQueue  = 256             // messages waiting for a peer that does not read; one more and it goes
	writeTimeout = 5 * time.Second // for one message
	dialTimeout  = 5 * time.Second
)

// stream is one TCP connection. Its reader and its writer are goroutines of Run;
// close ends both.
type stream struct {
	conn     net.Conn
	listener *listener // ours for this network; nil if we have none
	local    netip.AddrPort
	peer     netip.AddrPort
	out      chan []byte
	users    atomic.Int64 // legs and bindings that need it while it is silent
	spoke    bool         // a whole message came; for its reader alone
	closing  sync.Once
	closed   chan struct{}
}

func (c *stream) send(b []byte) error {
	select {
	case <-c.closed:
		return net.ErrClosed
	case c.out <- b:
		return nil
	default:
		c.close()
		return errors.New("TCP peer does not read")
	}
}

func (c *stream) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

func (c *stream) close() {
	c.closing.Do(func() {
		close(c.closed)
		_ = c.conn.Close()
	})
}

type tcpListener struct {
	listener
	net.Listener
}

func listenTCP(ctx context.Context, l Listener) (*tcpListener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", l.Address)
	if err != nil {
		return nil, listenError(l, err)
	}
	return &tcpListener{listener{"tcp", l.Advertise, addrPort(ln.Addr())}, ln}, nil
}

// accept takes connections until the listener is closed. No other error ends it.
func (s *Server) accept(ctx context.Context, l *tcpListener) {
	for {
		conn, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // out of descriptors, most likely
			s.count.readErrors.Add(1)
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if _, err := s.adopt(ctx, conn, &l.listener, false); err != nil {
			_ = conn.Close()
		}
	}
}

// adopt starts the goroutines of a connection. Who is known because we called him
// need not speak first.
func (s *Server) adopt(ctx context.Context, conn net.Conn, l *listener, known bool) (*stream, error) {
	c := &stream{
		conn: conn, listener: l, spoke: known, out: make(chan []byte, streamQueue), closed: make(chan struct{}),
		local: addrPort(conn.LocalAddr()), peer: addrPort(conn.RemoteAddr()),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.streams) >= s.cfg.MaxConnections {
		return nil, errors.New("too many TCP connections")
	}
	s.streams[c.peer] = c
	s.wg.Go(func() { s.readStream(ctx, c) })
	s.wg.Go(c.write)
	return c, nil
}

// write sends what is queued until the connection ends.
func (c *stream) write() {
	for {
		select {
		case <-c.closed:
			return
		case b := <-c.out:
			_ = c.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
			if _, err := c.conn.Write(b); err != nil {
				c.close()
				return
			}
		}
	}
}

// readStream reads until the connection ends. A message must be whole within
// Timers.FirstBytes of its first byte, the first one of the connection's start;
// bytes that drip in buy no time.
func (s *Server) readStream(ctx context.Context, c *stream) {
	defer s.forget(c)
	deadline := time.Now().Add(s.cfg.Timers.FirstBytes)
	if c.spoke {
		deadline = time.Now().Add(s.cfg.Timers.Idle)
	}
	var pending []byte
	buf := make([]byte, 8<<10)
	for {
		_ = c.conn.SetReadDeadline(deadline)
		n, err := c.conn.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) && len(pending) == 0 && c.users.Load() > 0 {
			deadline = time.Now().Add(s.cfg.Timers.Idle)
			continue
		}
		if err != nil {
			return
		}
		begun := len(pending) > 0
		whole := len(pending) + n
		if pending, err = s.takeMessages(ctx, c, append(pending, buf[:n]...)); err != nil {
			s.malformed()
			return
		}
		switch {
		case !c.spoke: // keep-alive alone buys no time either
		case len(pending) == 0:
			deadline = time.Now().Add(s.cfg.Timers.Idle)
		case !begun, len(pending) < whole: // another message began
			deadline = time.Now().Add(s.cfg.Timers.FirstBytes)
		}
	}
}

// takeMessages handles each whole message in b and gives back the rest.
func (s *Server) takeMessages(ctx context.Context, c *stream, b []byte) ([]byte, error) {
	if bytes.Equal(b, []byte("\r\n\r\n")) { // ping and pong of RFC 5626 section 3.5.1
		return nil, c.send([]byte("\r\n"))
	}
	for {
		msg, rest, err := cutStream(b)
		if err != nil || msg == nil {
			return append([]byte(nil), rest...), err
		}
		c.spoke = true
		s.receive(ctx, msg, route{tcp: c, peer: c.peer})
		b = rest
	}
}

func (s *Server) forget(c *stream) {
	c.close()
	s.mu.Lock()
	if s.streams[c.peer] == c {
		delete(s.streams, c.peer)
	}
	s.mu.Unlock()
}

// openStream is the connection to peer, if there is one.
func (s *Server) openStream(peer netip.AddrPort) *stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.streams[peer]; c != nil && !c.isClosed() {
		return c
	}
	return nil
}

// routeTCP uses the connection there is, or opens one. It blocks while it dials.
func (s *Server) routeTCP(ctx context.Context, peer netip.AddrPort) (route, error) {
	if c := s.openStream(peer); c != nil {
		return route{tcp: c, peer: peer}, nil
	}
	d := net.Dialer{Timeout: dialTimeout}
	conn, err := d.DialContext(ctx, "tcp", peer.String())
	if err != nil {
		return route{}, fmt.Errorf("connect over TCP: %w", err)
	}
	var l *listener
	if len(s.tcp) > 0 {
		l = &s.tcp[0].listener
	}
	c, err := s.adopt(s.life, conn, l, true) //nolint:contextcheck // the connection outlives who asked for it
	if err != nil {
		_ = conn.Close()
		return route{}, err
	}
	return route{tcp: c, peer: peer}, nil
}
