package sip

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// allowed are the methods we answer (RFC 3261 section 20.5).
const allowed = "INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY"

// supported are the extensions we know (RFC 3261 section 20.37).
const supported = "timer, replaces, norefersub, " + reliably

// receive parses one message and handles it to its end, without blocking. It
// runs on the reader of the socket it came from.
func (s *Server) receive(ctx context.Context, b []byte, from route) {
	defer s.survive()
	msg, err := s.parser.ParseSIP(b)
	if err != nil {
		s.unread(b, from)
		return
	}
	switch m := msg.(type) {
	case *gosip.Request:
		m.Method = methodOf(b)
		tidy(m)
		code := checkRequest(m)
		if code == incomplete {
			s.unread(b, from)
			return
		}
		s.onRequest(ctx, m, from, code)
	case *gosip.Response:
		tidy(m)
		s.onResponse(m)
	}
}

// methodOf is the method as it was written: the parser puts it in capitals, and
// methods are case-sensitive (RFC 3261 section 7.1).
func methodOf(b []byte) gosip.RequestMethod {
	method, _, _ := bytes.Cut(b, []byte(" "))
	return gosip.RequestMethod(method)
}

// survive keeps a message that breaks us from breaking other calls.
func (s *Server) survive() {
	if r := recover(); r != nil {
		s.log.Error("a message could not be handled")
		s.malformed()
	}
}

// malformed counts a dropped message, and says so in the log now and then: never
// what was in it, nor who sent it.
func (s *Server) malformed() {
	n := s.count.malformed.Add(1)
	now, last := time.Now().Unix(), s.lastDrop.Load()
	if now-last >= 10 && s.lastDrop.CompareAndSwap(last, now) {
		s.log.Warn("dropped unreadable SIP messages", slog.Uint64("in_all", n))
	}
}

func (s *Server) onResponse(res *gosip.Response) {
	if !checkResponse(res) {
		s.malformed()
		return
	}
	branch, _ := res.Via().Params.Get("branch")
	if tx := s.client(clientKey(branch, res.CSeq().MethodName)); tx != nil {
		tx.onResponse(res)
	}
}

// onRequest handles a request that checkRequest gave code for.
func (s *Server) onRequest(ctx context.Context, req *gosip.Request, from route, code int) {
	stampVia(req.Via(), from.peer)
	in := inbound{req: req, from: from, back: replyRoute(req.Via(), from), key: serverKey(req)}
	if tx := s.serverTx(in.key); tx != nil {
		tx.again(req)
		return
	}
	switch {
	case req.Method == gosip.ACK:
		if code == 0 {
			s.onAck(in)
		}
	case code != 0:
		s.refuse(in, code)
	case req.Method == gosip.CANCEL:
		s.onCancel(in)
	case unsupported(req) != "":
		s.refuse(in, 420, gosip.NewHeader("Unsupported", unsupported(req)))
	case tagOf(req.To().Params) != "":
		s.onInside(in)
	default:
		s.onOutside(ctx, in)
	}
}

// inbound is a request with the way it came and the way back.
type inbound struct {
	req        *gosip.Request
	from, back route
	key        string
}

func (in inbound) dialog() dialogID {
	return dialogID{in.req.CallID().Value(), tagOf(in.req.To().Params), tagOf(in.req.From().Params)}
}

// onOutside handles a request that belongs to no dialog.
func (s *Server) onOutside(ctx context.Context, in inbound) {
	switch in.req.Method {
	case gosip.INVITE:
		s.onInvite(ctx, in)
	case gosip.OPTIONS:
		s.onOptions(in)
	case gosip.BYE, gosip.PRACK, gosip.UPDATE, gosip.INFO, gosip.NOTIFY:
		s.refuse(in, 481)
	case gosip.REFER: // nobody makes us call somebody without a call of their own
		s.refuse(in, 403)
	case gosip.REGISTER:
		s.phones.onRegister(in)
	default:
		s.refuse(in, 405, gosip.NewHeader("Allow", s.allow()))
	}
}

// onOptions answers a health check (RFC 3261 section 11).
func (s *Server) onOptions(in inbound) {
	if s.draining.Load() {
		s.refuse(in, 503, gosip.NewHeader("Retry-After", retryAfter))
		return
	}
	s.refuse(in, 200, gosip.NewHeader("Allow", s.allow()), gosip.NewHeader("Accept", "application/sdp"),
		gosip.NewHeader("Supported", supported))
}

const retryAfter = "5" // seconds, beside a 503

func (s *Server) allow() string {
	if s.cfg.Credentials != nil {
		return allowed + ", REGISTER"
	}
	return allowed
}

// onCancel cancels the INVITE of the same branch (RFC 3261 section 9.2). If that
// has not come yet, it is remembered for a moment: datagrams overtake each other.
func (s *Server) onCancel(in inbound) {
	invite := s.serverTx(serverKeyAs(in.req, gosip.INVITE))
	if invite == nil {
		s.rememberCancel(serverKeyAs(in.req, gosip.INVITE))
		s.refuse(in, 481)
		return
	}
	tx := s.open(in, nil)
	if tx == nil {
		return
	}
	_ = tx.respond(s.reply(in.req, 200, invite.tag))
	if l := invite.waiting(); l != nil {
		l.canceled(in.req)
	}
}

const maxEarly = 1024 // CANCELs remembered at once

func (s *Server) rememberCancel(key string) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, t := range s.early {
		if now.Sub(t) > s.cfg.Timers.T4 {
			delete(s.early, k)
		}
	}
	if len(s.early) < maxEarly {
		s.early[key] = now
	}
}

// overtaken reports whether the CANCEL of an INVITE came before it.
func (s *Server) overtaken(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.early[key]
	delete(s.early, key)
	return ok && time.Since(t) <= s.cfg.Timers.T4
}

// refuse answers without keeping anything (RFC 3261 section 8.2.7): a repeat of
// the request gets the same answer, tag included.
func (s *Server) refuse(in inbound, code int, extra ...gosip.Header) {
	res := s.reply(in.req, code, s.stillTag(in))
	for _, h := range extra {
		res.AppendHeader(h)
	}
	b, err := encode(res)
	if err == nil {
		err = in.back.send(b)
	}
	if err != nil {
		s.count.unsent.Add(1)
	}
}

// stillTag is a tag that need not be stored.
func (s *Server) stillTag(in inbound) string {
	return s.tagFrom(in.req.CallID().Value(), tagOf(in.req.From().Params), in.key)
}

// tagFrom is the same tag each time for the same parts.
func (s *Server) tagFrom(parts ...string) string {
	h := hmac.New(sha256.New, s.secret[:])
	for _, part := range parts {
		_, _ = h.Write([]byte(part))
		_, _ = h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// reply makes a response (RFC 3261 section 8.2.6). tag goes into To unless one is
// there or the response is a 100.
func (s *Server) reply(req *gosip.Request, code int, tag string) *gosip.Response {
	res := gosip.NewResponse(code, phrase(code))
	gosip.CopyHeaders("Via", req, res)
	if req.Method == gosip.INVITE && code > 100 && code < 300 {
		gosip.CopyHeaders("Record-Route", req, res)
	}
	if code == 100 {
		gosip.CopyHeaders("Timestamp", req, res)
	}
	res.AppendHeader(gosip.HeaderClone(req.From()))
	to := &gosip.ToHeader{DisplayName: req.To().DisplayName, Address: req.To().Address, Params: req.To().Params.Clone()}
	if code > 100 && tagOf(to.Params) == "" && tag != "" {
		to.Params.Add("tag", tag)
	}
	res.AppendHeader(to)
	res.AppendHeader(gosip.HeaderClone(req.CallID()))
	res.AppendHeader(gosip.HeaderClone(req.CSeq()))
	res.AppendHeader(gosip.NewHeader("Server", s.cfg.UserAgent))
	res.SetBody(nil)
	return res
}

// stampVia notes where a request came from (RFC 3261 section 18.2.1, RFC 3581).
func stampVia(via *gosip.ViaHeader, peer netip.AddrPort) {
	rport := via.Params.Has("rport")
	if rport {
		via.Params.Add("rport", strconv.Itoa(int(peer.Port())))
	}
	if ip, err := netip.ParseAddr(strings.Trim(via.Host, "[]")); rport || err != nil || ip.Unmap() != peer.Addr() {
		via.Params.Add("received", peer.Addr().String())
	}
}

// replyRoute is where responses go (RFC 3261 section 18.2.2, RFC 3581 section 4).
func replyRoute(via *gosip.ViaHeader, from route) route {
	if from.stream != nil || via.Params.Has("rport") {
		return from
	}
	port := via.Port
	if port <= 0 || port > 65535 {
		port = 5060
	}
	from.peer = netip.AddrPortFrom(from.peer.Addr(), uint16(port))
	return from
}

// onAck ends the repeats of a final response: by dialog, for a 2xx; an ACK for
// another one found its transaction already.
func (s *Server) onAck(in inbound) {
	if l := s.leg(in.dialog()); l != nil {
		l.onAck(in.req)
	}
}

// onInside handles a request inside a dialog.
func (s *Server) onInside(in inbound) {
	l := s.leg(in.dialog())
	if l == nil {
		l = s.earlyLeg(in)
	}
	if l == nil {
		s.refuse(in, 481)
		return
	}
	tx := s.open(in, l)
	if tx == nil {
		return
	}
	l.onRequest(in, tx)
}

// handle runs a handler that may not take others down with it.
func (s *Server) handle(ctx context.Context, h Handler, l *Leg) {
	defer func() {
		if r := recover(); r != nil {
			s.log.Error("the handler of a call failed")
			l.abandon(Failed)
		}
	}()
	h.Invite(ctx, l)
}

// errBusyTable says that a table is full.
var errBusyTable = errors.New("too many transactions")
