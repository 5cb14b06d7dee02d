package sip

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// onInvite begins a call to us.
func (s *Server) onInvite(ctx context.Context, in inbound) {
	s.count.invites.Add(1)
	if code := checkOffer(in.req); code != 0 {
		s.refuse(in, code, gosip.NewHeader("Accept", "application/sdp"))
		return
	}
	if c := in.req.Contact(); c != nil && c.Address.Wildcard { // RFC 3261 section 8.1.1.8; of RFC 2543 it may be missing
		s.refuse(in, 400)
		return
	}
	if !takesSDP(in.req) {
		s.refuse(in, 406)
		return
	}
	if code, why := s.checkSession(in.req); code != 0 {
		s.refuse(in, code, why)
		return
	}
	switch {
	case s.isMerged(in), s.isLooped(in.req):
		s.refuse(in, 482)
		return
	case s.cfg.Handler == nil:
		s.refuse(in, 480)
		return
	}
	user, ok := s.proved(in)
	if !ok {
		return
	}
	if user == "" && s.limits.isStranger(in.from.peer.Addr()) {
		s.turnAway(in)
		return
	}
	other, code := s.findReplaced(in.req)
	if code != 0 {
		s.refuse(in, code)
		return
	}
	var l *Leg
	if (s.cfg.Busy == nil || !s.cfg.Busy()) && s.limits.takesCall() {
		l = s.newInbound(in, user, other)
	}
	if l == nil {
		s.count.refused.Add(1)
		s.refuse(in, 503, gosip.NewHeader("Retry-After", retryAfter))
		return
	}
	if s.overtaken(in.key) {
		l.canceled(in.req)
		return
	}
	s.wg.Go(func() { s.handle(ctx, s.cfg.Handler, l) })
}

// proved gives the user whose password an INVITE proves, "" if it tries none; not ok
// means that it tried in vain and is answered.
func (s *Server) proved(in inbound) (user string, ok bool) {
	g := s.phones.gate
	if g == nil {
		return "", true
	}
	user, v := g.check(in.req)
	switch v {
	case welcome:
		s.limits.judge(in.from.peer.Addr(), true)
	case wrongSecret:
		s.limits.judge(in.from.peer.Addr(), false)
		s.refuse(in, 403)
		return "", false
	case staleNonce:
		s.refuse(in, 401, g.challenge(in.req, true)...)
		return "", false
	case unknownCaller:
	}
	return user, true
}

// User is the user whose password the INVITE proved; empty if it proved none.
func (l *Leg) User() string { return l.user }

// Challenge refuses the call until it proves, in another INVITE, whose it is (RFC
// 3261 section 22.2). Without Config.Credentials it is forbidden.
func (l *Leg) Challenge() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != legRinging || l.tx == nil {
		return fmt.Errorf("challenge leg %s: %w", l.id, ErrEnded)
	}
	g := l.s.phones.gate
	if g == nil {
		return l.refuse(403, Forbidden)
	}
	l.challenges = g.challenge(l.first, false)
	return l.refuse(401, Forbidden)
}

// turnAway refuses a call of a stranger who proves nothing, and keeps nothing of it:
// whoever makes up addresses would have each refusal repeated to them, and fill the
// table meanwhile.
func (s *Server) turnAway(in inbound) {
	n := s.count.turnedAway.Add(1)
	now, last := time.Now().Unix(), s.lastTurn.Load()
	if now-last >= 10 && s.lastTurn.CompareAndSwap(last, now) {
		s.log.Warn("refused calls from where none may come", slog.Uint64("in_all", n), slog.String("source", in.from.peer.String()))
	}
	s.refuse(in, 403)
}

// isMerged reports whether the same INVITE came by another path already (RFC 3261
// section 8.2.2.2).
func (s *Server) isMerged(in inbound) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.merged[mergeKey(in.req)]
	return ok
}

func mergeKey(r *gosip.Request) string {
	return r.CallID().Value() + "|" + tagOf(r.From().Params) + "|" + strconv.FormatUint(uint64(r.CSeq().SeqNo), 10)
}

// isLooped reports whether an INVITE of ours came back to us through others
// unchanged (RFC 3261 section 16.3).
func (s *Server) isLooped(r *gosip.Request) bool {
	for i, h := range r.GetHeaders("via") {
		via, ok := h.(*gosip.ViaHeader)
		if !ok || i == 0 {
			continue
		}
		branch, _ := via.Params.Get("branch")
		if tx := s.client(clientKey(branch, gosip.INVITE)); tx != nil && tx.req.Recipient.String() == r.Recipient.String() {
			return true
		}
	}
	return false
}

// newInbound makes the leg of an INVITE and its transaction; nil if there is no room.
func (s *Server) newInbound(in inbound, user string, replaces *Leg) *Leg {
	req := in.req
	l := &Leg{
		s: s, id: newTag(), inbound: true, first: req, path: in.from,
		done: make(chan struct{}), acked: make(chan struct{}), offers: make(chan *Reoffer, 1), answers: make(chan []byte, 1), infos: make(chan Info, maxInfos), referrals: make(chan *Referral, 1),
		theirs: &gosip.ToHeader{DisplayName: req.From().DisplayName, Address: req.From().Address, Params: req.From().Params},
		ours:   &gosip.FromHeader{DisplayName: req.To().DisplayName, Address: req.To().Address, Params: req.To().Params.Clone()},
		seqIn:  int64(req.CSeq().SeqNo), remote: req.Body(), reliable: reliableOf(req),
		user: user, replaces: replaces,
	}
	l.ours.Params.Add("tag", l.id)
	l.dialog = dialogID{req.CallID().Value(), l.id, tagOf(req.From().Params)}
	l.target = targetOf(req.Contact(), req.From().Address)
	for _, h := range req.GetHeaders("record-route") {
		if rr, ok := h.(*gosip.RecordRouteHeader); ok {
			l.routes = append(l.routes, rr.Address)
		}
	}
	if !s.admit(l) {
		return nil
	}
	l.tx = &serverTx{s: s, key: in.key, mergeKey: mergeKey(req), invite: true, back: in.back, tag: l.id, leg: l}
	l.hold(in.from.stream)
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.keep(l.tx) != nil {
		l.ended(Overload)
		l.forget()
		return nil
	}
	tx, hundred := l.tx, s.reply(req, 100, "")
	l.trying = time.AfterFunc(s.cfg.Timers.Trying, func() { tx.trying(hundred) })
	l.until = time.AfterFunc(s.cfg.Timers.Invite, l.expire)
	return l
}

// targetOf is the remote target: where the other side wants requests.
func targetOf(c *gosip.ContactHeader, other gosip.Uri) gosip.Uri {
	if c == nil || c.Address.Host == "" || c.Address.Wildcard {
		return other
	}
	u := *c.Address.Clone()
	u.Headers = nil
	return u
}

// expire refuses a call that nobody answered in time.
func (l *Leg) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == legRinging && l.tx != nil {
		_ = l.refuse(NoAnswer.Status(), NoAnswer)
	}
}

// admit takes a leg into the table if there is room for one more call.
func (s *Server) admit(l *Leg) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.life.Err() != nil || s.live >= s.cfg.MaxCalls || l.inbound && s.draining.Load() {
		return false
	}
	s.legs[l.dialog] = l
	s.live++
	l.counted, l.kept = true, true
	return true
}

func (s *Server) leg(id dialogID) *Leg {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.legs[id]
}

// discount makes room for another call.
func (s *Server) discount(l *Leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.counted {
		l.counted = false
		s.live--
	}
}

func (s *Server) forgetLeg(l *Leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.kept {
		l.kept = false
		delete(s.legs, l.dialog)
	}
}

// canceled handles a CANCEL (RFC 3261 section 9.2): without effect once the
// INVITE has its final response.
func (l *Leg) canceled(cancel *gosip.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.state == legRinging && l.tx != nil:
		_ = l.refuse(487, reasonOf(cancel, Canceled))
	case l.offered != nil && l.offered.req.CSeq().SeqNo == cancel.CSeq().SeqNo:
		l.offered.refuse(487)
		l.offered = nil
	}
}

func reasonOf(r message, other Cause) Cause {
	for _, h := range r.Headers() {
		if strings.EqualFold(h.Name(), "Reason") {
			return causeOfReason(h.Value(), other)
		}
	}
	return other
}

// onAck ends the repeats of our 2xx.
func (l *Leg) onAck(ack *gosip.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.repeat.bytes == nil || ack.CSeq().SeqNo != l.repeat.seq {
		return
	}
	l.stopRepeating()
	if l.repeat.asks {
		l.remote = ack.Body()
		l.bring(l.remote)
	}
	if ack.CSeq().SeqNo == l.first.CSeq().SeqNo {
		close(l.acked)
	}
	switch {
	case l.goodbye:
		l.bye(l.farewel)
	case l.state == legAnswered:
		l.state = legTalking
	}
}

// onRequest handles a request inside the dialog. Each gets its answer here, but
// for a new offer.
func (l *Leg) onRequest(in inbound, tx *serverTx) {
	l.mu.Lock()
	defer l.mu.Unlock()
	seq := int64(in.req.CSeq().SeqNo)
	if seq <= l.seqIn { // RFC 3261 section 12.2.2
		_ = tx.respond(l.respond(in.req, 500, nil))
		return
	}
	l.seqIn = seq
	switch in.req.Method {
	case gosip.BYE:
		l.onBye(in.req, tx)
	case gosip.INVITE:
		l.onReinvite(in, tx)
	case gosip.UPDATE:
		l.onUpdate(in, tx)
	case gosip.PRACK:
		l.onPrack(in.req, tx)
	case gosip.INFO:
		l.onInfo(in.req, tx)
	case gosip.REFER:
		l.onRefer(in.req, tx)
	case gosip.NOTIFY:
		l.onNotify(in.req, tx)
	case gosip.OPTIONS:
		l.respondWith(tx, in.req, 200, "Allow", allowed)
	default:
		l.respondWith(tx, in.req, 405, "Allow", allowed)
	}
}

// respondWith sends a response with one more header. It needs l.mu.
func (l *Leg) respondWith(tx *serverTx, req *gosip.Request, code int, name, value string) {
	res := l.respond(req, code, nil)
	res.AppendHeader(gosip.NewHeader(name, value))
	_ = tx.respond(res)
}

// onBye ends the leg. A caller may say it while we ring (RFC 3261 section 15).
func (l *Leg) onBye(req *gosip.Request, tx *serverTx) {
	_ = tx.respond(l.respond(req, 200, nil))
	switch l.state {
	case legRinging:
		if l.tx != nil {
			_ = l.refuse(487, reasonOf(req, Canceled))
		}
	case legEnded: // our BYE and theirs crossed; ours still waits for its answer
		if l.repeat.bytes != nil {
			l.goodbye = false
			l.forget()
		}
	case legAnswered, legTalking:
		l.stopRepeating()
		l.ended(reasonOf(req, Normal))
		l.forget()
	}
}
