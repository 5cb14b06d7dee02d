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
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
	"golang.org/x/net/netutil"
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
	ln := netutil.LimitListener(l.Listener, s.cfg.MaxConnections)
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
