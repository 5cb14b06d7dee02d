package sip

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
)

// SIP over WebSockets (RFC 7118): a message of SIP is a message of the socket.

const (
	wsProtocol = "sip"
	wsPulse    = 30 * time.Second // between two looks whether the peer is there
)

// serveWS takes WebSockets until the listener is closed.
func (s *Server) serveWS(ctx context.Context, l *streamListener) {
	t := s.cfg.Timers
	web := &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.upgrade(ctx, l, w, r) }),
		ReadHeaderTimeout: t.FirstBytes, IdleTimeout: t.FirstBytes, MaxHeaderBytes: maxHead,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
	web.SetKeepAlivesEnabled(false)
	defer context.AfterFunc(ctx, func() { _ = web.Close() })()
	var ln net.Listener = &door{Listener: l.Listener, limits: s.limits, most: s.cfg.MaxConnections, inside: map[netip.Prefix]int{}}
	if l.network == wssNetwork {
		ln = tls.NewListener(ln, s.cfg.TLS)
	}
	for ctx.Err() == nil {
		if err := web.Serve(ln); errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
			return
		}
		s.count.readErrors.Add(1)
		time.Sleep(10 * time.Millisecond)
	}
}

// A door bounds the connections of a listener from their first moment on: what has
// not shaken hands yet is no stream.
type door struct {
	net.Listener

	limits *limiter
	most   int

	mu     sync.Mutex
	inside map[netip.Prefix]int
	total  int
}

// Accept closes those that there is no room for.
func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := addrPort(c.RemoteAddr()).Addr()
		if d.enters(from) {
			return &guest{Conn: c, leave: sync.OnceFunc(func() { d.leaves(from) })}, nil
		}
		_ = c.Close()
	}
}

func (d *door) enters(from netip.Addr) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.limits.takesConnection(from, d.total, d.most, func() int { return d.inside[network(from)] }) {
		return false
	}
	d.inside[network(from)]++
	d.total++
	return true
}

func (d *door) leaves(from netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.total--
	if d.inside[network(from)]--; d.inside[network(from)] == 0 {
		delete(d.inside, network(from))
	}
}

// guest is a connection that a door has let in.
type guest struct {
	net.Conn

	leave func()
}

// Close makes room for another.
func (g *guest) Close() error {
	g.leave()
	return g.Conn.Close()
}

// upgrade makes a connection of a request and stays until it ends. Pages of other
// sites are refused unless Config.Origins lists them: browsers let them try.
func (s *Server) upgrade(ctx context.Context, l *streamListener, w http.ResponseWriter, r *http.Request) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		http.Error(w, "no address", http.StatusBadRequest)
		return
	}
	if !s.admits(unmap(peer)) {
		http.Error(w, "too many requests", http.StatusTooManyRequests)
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{wsProtocol}, OriginPatterns: s.cfg.Origins})
	if err != nil {
		s.malformed()
		return // it has answered
	}
	if ws.Subprotocol() != wsProtocol {
		_ = ws.Close(websocket.StatusPolicyViolation, "the subprotocol is sip (RFC 7118)")
		return
	}
	ws.SetReadLimit(maxMessage)
	p := &wsPipe{ws: ws}
	p.heard.Store(time.Now().UnixNano())
	c := &stream{network: l.network, pipe: p, listener: &l.listener, local: localOf(r), peer: unmap(peer)}
	if err := s.adopt(c, func() { s.readWS(ctx, c, p) }); err != nil {
		_ = ws.Close(websocket.StatusTryAgainLater, err.Error())
		return
	}
	s.pulse(ctx, c, p)
}

func localOf(r *http.Request) netip.AddrPort {
	if a, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return addrPort(a)
	}
	return netip.AddrPort{}
}

// wsPipe is a WebSocket.
type wsPipe struct {
	ws    *websocket.Conn
	heard atomic.Int64 // Unix time in ns
}

func (p *wsPipe) write(b []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	kind := websocket.MessageText
	if !utf8.Valid(b) {
		kind = websocket.MessageBinary
	}
	return p.ws.Write(ctx, kind, b)
}

// Close does not wait for the peer's own goodbye.
func (p *wsPipe) Close() error { return p.ws.CloseNow() }

// readWS reads until the connection ends. The first message must come within
// Timers.FirstBytes.
func (s *Server) readWS(ctx context.Context, c *stream, p *wsPipe) {
	first, cancel := context.WithTimeout(ctx, s.cfg.Timers.FirstBytes)
	defer cancel()
	until := first
	for {
		_, b, err := p.ws.Read(until)
		if err != nil {
			return
		}
		p.heard.Store(time.Now().UnixNano())
		if !s.admits(c.peer) {
			return
		}
		if isKeepAlive(b) {
			if bytes.Equal(b, []byte("\r\n\r\n")) { // RFC 7118 section 6
				_ = c.send([]byte("\r\n"))
			}
			continue
		}
		msg, err := cutDatagram(b)
		if err != nil {
			s.malformed()
			return
		}
		until = ctx
		s.receive(ctx, msg, route{stream: c, peer: c.peer})
	}
}

// pulse ends a connection whose peer is gone, or silent though nobody needs it.
func (s *Server) pulse(ctx context.Context, c *stream, p *wsPipe) {
	tick := time.NewTicker(min(wsPulse, s.cfg.Timers.Idle))
	defer tick.Stop()
	for {
		select {
		case <-c.closed:
			return
		case <-tick.C:
		}
		silent := time.Since(time.Unix(0, p.heard.Load()))
		if silent >= s.cfg.Timers.Idle && c.users.Load() == 0 || !p.there(ctx) {
			c.close()
			return
		}
	}
}

func (p *wsPipe) there(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return p.ws.Ping(ctx) == nil
}
