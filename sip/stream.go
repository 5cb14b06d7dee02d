package sip

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

const (
	streamQueue  = 256             // messages waiting for a peer that does not read,
	streamOfUser = 4               // and of each leg and binding that it ever had at once; one more and it goes
	writeTimeout = 5 * time.Second // for one message
	dialTimeout  = 5 * time.Second
)

// stream is one connection, over TCP, TLS or a WebSocket. Its reader and its
// writer are goroutines of Run; close ends both.
type stream struct {
	network  string
	pipe     pipe
	listener *listener // ours for this network; nil if we have none
	local    netip.AddrPort
	peer     netip.AddrPort
	name     string // that the peer's certificate was checked against; empty if the peer called
	out      outbox
	users    atomic.Int64 // legs and bindings that need it while it is silent
	most     atomic.Int64 // of them at once
	closing  sync.Once
	closed   chan struct{}
}

// pipe takes whole messages.
type pipe interface {
	write(b []byte) error
	Close() error
}

// streamKey finds the connection to a peer.
type streamKey struct {
	network string
	peer    netip.AddrPort
}

// send leaves a message to the writer. A peer with many calls may be sent as many messages
// at once, as when all of them end.
func (c *stream) send(b []byte) error {
	switch {
	case c.isClosed():
		return net.ErrClosed
	case c.out.put(b, streamQueue+streamOfUser*int(c.most.Load())):
		return nil
	}
	c.close()
	return errors.New("peer does not read")
}

// hold keeps the connection open for a leg or a binding, until users falls again.
func (c *stream) hold() {
	n := c.users.Add(1)
	for old := c.most.Load(); n > old && !c.most.CompareAndSwap(old, n); {
		old = c.most.Load()
	}
}

// outbox holds what waits to be written. It takes no memory while nothing does.
type outbox struct {
	mu    sync.Mutex
	queue [][]byte
	wake  chan struct{}
}

func newOutbox() outbox { return outbox{wake: make(chan struct{}, 1)} }

// put adds a message, unless as many as most wait already.
func (o *outbox) put(b []byte, most int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) >= most {
		return false
	}
	o.queue = append(o.queue, b)
	select {
	case o.wake <- struct{}{}:
	default:
	}
	return true
}

// take gives the first message; nil if none waits.
func (o *outbox) take() (b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		o.queue = nil
		return nil
	}
	b, o.queue = o.queue[0], o.queue[1:]
	return b
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
		_ = c.pipe.Close()
	})
}

// adopt starts the writer of a connection, and its reader, which read is.
func (s *Server) adopt(c *stream, read func()) error {
	c.out, c.closed = newOutbox(), make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || !s.limits.takesConnection(c.peer.Addr(), len(s.conns), s.cfg.MaxConnections, func() int { return s.connectionsOf(c.peer.Addr()) }) {
		return errors.New("too many connections")
	}
	s.conns[c] = struct{}{}
	s.streams[streamKey{c.network, c.peer}] = c
	s.wg.Go(func() {
		defer s.forget(c)
		read()
	})
	s.wg.Go(c.write)
	return nil
}

// connectionsOf counts those of one source. It needs s.mu.
func (s *Server) connectionsOf(from netip.Addr) (n int) {
	for c := range s.conns {
		if network(c.peer.Addr()) == network(from) {
			n++
		}
	}
	return n
}

// write sends what is queued until the connection ends.
func (c *stream) write() {
	for {
		for b := c.out.take(); b != nil; b = c.out.take() {
			if c.isClosed() {
				return
			}
			if c.pipe.write(b) != nil {
				c.close()
				return
			}
		}
		select {
		case <-c.closed:
			return
		case <-c.out.wake:
		}
	}
}

func (s *Server) forget(c *stream) {
	c.close()
	s.mu.Lock()
	delete(s.conns, c)
	if key := (streamKey{c.network, c.peer}); s.streams[key] == c {
		delete(s.streams, key)
	}
	s.mu.Unlock()
}

// openStream is the connection to peer, if there is one.
func (s *Server) openStream(network string, peer netip.AddrPort) *stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.streams[streamKey{network, peer}]; c != nil && !c.isClosed() {
		return c
	}
	return nil
}

// streamListener takes connections.
type streamListener struct {
	listener
	net.Listener
}

func listenStream(ctx context.Context, l Listener) (*streamListener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, inFamily("tcp", l.Address), l.Address)
	if err != nil {
		return nil, listenError(l, err)
	}
	return &streamListener{listener{l.Network, l.Advertise, addrPort(ln.Addr())}, ln}, nil
}

// accept takes connections until the listener is closed. No other error ends it.
func (s *Server) accept(ctx context.Context, l *streamListener) {
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
		if !s.admits(addrPort(conn.RemoteAddr())) {
			_ = conn.Close()
			continue
		}
		if l.network == tlsNetwork {
			conn = tls.Server(conn, s.cfg.TLS)
		}
		c := newByteStream(conn, l.network, &l.listener)
		if s.adopt(c, func() { s.readStream(ctx, c, conn, false) }) != nil {
			_ = conn.Close()
		}
	}
}

func newByteStream(conn net.Conn, network string, l *listener) *stream {
	return &stream{
		network: network, pipe: bytePipe{conn}, listener: l,
		local: addrPort(conn.LocalAddr()), peer: addrPort(conn.RemoteAddr()),
	}
}

// bytePipe is a connection whose messages are framed by their length (RFC 3261
// section 18.3).
type bytePipe struct{ net.Conn }

func (p bytePipe) write(b []byte) error {
	_ = p.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, err := p.Write(b)
	return err
}

// handshake finishes that of a TLS connection; it has as long as a first message.
func (s *Server) handshake(ctx context.Context, conn net.Conn) error {
	t, ok := conn.(*tls.Conn)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timers.FirstBytes)
	defer cancel()
	if err := t.HandshakeContext(ctx); err != nil {
		s.count.handshakes.Add(1)
		return err
	}
	return nil
}

// readStream reads until the connection ends. A message must be whole within
// Timers.FirstBytes of its first byte, the first one of the connection's start;
// bytes that drip in buy no time. Who is known because we called him need not
// speak first.
func (s *Server) readStream(ctx context.Context, c *stream, conn net.Conn, spoke bool) {
	deadline := time.Now().Add(s.cfg.Timers.FirstBytes)
	if spoke {
		deadline = time.Now().Add(s.cfg.Timers.Idle)
	} else if s.handshake(ctx, conn) != nil {
		return
	}
	var pending []byte
	buf := make([]byte, 1<<10) // who says nothing shall cost little
	for {
		_ = conn.SetReadDeadline(deadline)
		n, err := conn.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) && len(pending) == 0 && c.users.Load() > 0 {
			deadline = time.Now().Add(s.cfg.Timers.Idle)
			continue
		}
		if err != nil {
			return
		}
		begun := len(pending) > 0
		whole := len(pending) + n
		var took bool
		if pending, took, err = s.takeMessages(ctx, c, append(pending, buf[:n]...)); err != nil {
			if !errors.Is(err, errThrottled) {
				s.malformed()
			}
			return
		}
		spoke = spoke || took
		if spoke && len(buf) < 8<<10 {
			buf = make([]byte, 8<<10)
		}
		switch {
		case !spoke: // keep-alive alone buys no time either
		case len(pending) == 0:
			deadline = time.Now().Add(s.cfg.Timers.Idle)
		case !begun, len(pending) < whole: // another message began
			deadline = time.Now().Add(s.cfg.Timers.FirstBytes)
		}
	}
}

// takeMessages handles each whole message in b and gives back the rest.
func (s *Server) takeMessages(ctx context.Context, c *stream, b []byte) (rest []byte, took bool, err error) {
	if len(bytes.Trim(b, "\r\n")) == 0 { // ping and pong of RFC 5626 section 3.5.1
		if !s.admits(c.peer) {
			return nil, false, errThrottled
		}
		if string(b) == "\r\n\r\n" {
			err = c.send([]byte("\r\n"))
		}
		return nil, false, err
	}
	for {
		msg, rest, err := cutStream(b)
		if err != nil || msg == nil {
			return append([]byte(nil), rest...), took, err
		}
		if !s.admits(c.peer) {
			return nil, took, errThrottled
		}
		took = true
		s.receive(ctx, msg, route{stream: c, peer: c.peer})
		b = rest
	}
}

// errThrottled ends a connection that says more than it may.
var errThrottled = errors.New("too many messages")

// routeStream uses the connection there is, or opens one. It blocks while it
// dials. name is what the peer's certificate has to show.
func (s *Server) routeStream(ctx context.Context, network string, peer netip.AddrPort, name string) (route, error) {
	if c := s.openStream(network, peer); c != nil {
		return route{stream: c, peer: peer}, nil
	}
	conn, err := s.dialStream(ctx, network, peer, name)
	if err != nil {
		return route{}, fmt.Errorf("connect over %s: %w", network, err)
	}
	c := newByteStream(conn, network, s.listenerOf(network, peer))
	c.name = name
	err = s.adopt(c, func() { s.readStream(s.life, c, conn, true) }) //nolint:contextcheck // the connection outlives who asked for it
	if err != nil {
		_ = conn.Close()
		return route{}, err
	}
	return route{stream: c, peer: peer}, nil
}

func (s *Server) dialStream(ctx context.Context, network string, peer netip.AddrPort, name string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	var d net.Dialer
	if network != tlsNetwork {
		return d.DialContext(ctx, "tcp", peer.String())
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.cfg.ClientTLS != nil {
		cfg = s.cfg.ClientTLS().Clone()
	}
	cfg.ServerName = name
	return (&tls.Dialer{NetDialer: &d, Config: cfg}).DialContext(ctx, "tcp", peer.String())
}

// listenerOf is the listener of ours that a peer of a network can reach.
func (s *Server) listenerOf(network string, peer netip.AddrPort) *listener {
	for _, l := range s.listeners {
		if l.network == network && reaches(l.bound, peer) {
			return &l.listener
		}
	}
	return nil
}

// certificate is what the peer proved to be, nil if nothing.
func (c *stream) certificate() *x509.Certificate {
	p, ok := c.pipe.(bytePipe)
	if !ok {
		return nil
	}
	t, ok := p.Conn.(*tls.Conn)
	if !ok {
		return nil
	}
	if st := t.ConnectionState(); len(st.VerifiedChains) > 0 {
		return st.VerifiedChains[0][0]
	}
	return nil
}

// serverName is the name that a certificate has to show for a URI, or that it has
// shown on the way that its owner was heard before.
func serverName(hop gosip.Uri, from route) string {
	if from.stream != nil && from.stream.name != "" && from.peer.Addr().String() == hop.Host {
		return from.stream.name
	}
	return trimBrackets(hop.Host)
}
