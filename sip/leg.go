package sip

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// dialogID names a dialog from our side (RFC 3261 section 12).
type dialogID struct{ callID, ours, theirs string }

type legState uint8

const (
	legRinging  legState = iota // an INVITE to us without a final answer
	legAnswered                 // we said 200 and wait for the ACK
	legTalking                  // confirmed
	legEnded
)

// A Leg is one dialog: the caller's, or the agent's. It has no goroutine. Its
// methods may be called from any; none but Reinvite waits for the other side.
type Leg struct {
	s       *Server
	id      string // our tag
	dialog  dialogID
	inbound bool
	first   *gosip.Request // the INVITE that made it
	answer  *gosip.Response
	done    chan struct{}
	acked   chan struct{}
	offers  chan *Reoffer
	answers chan []byte
	infos   chan Info

	mu           sync.Mutex
	state        legState
	cause        Cause
	ours         *gosip.FromHeader // as we write ourselves in requests, tag included
	theirs       *gosip.ToHeader   // and the other side
	target       gosip.Uri         // remote target
	routes       []gosip.Uri       // route set
	path         route             // how it was heard last
	seqOut       uint32
	seqIn        int64     // highest heard; -1 before the first
	remote       []byte    // the body heard last
	local        []byte    // and the one said last that was not refused
	updates      bool      // the other side takes UPDATE
	tx           *serverTx // of the INVITE, while ringing
	accepted     *serverTx // and of the one that we said 200 to last
	until        *time.Timer
	trying       *time.Timer
	repeat       repeater
	refreshing   refreshing
	reliable     reliable
	pracked      [2]uint32      // CSeq and RSeq of the response to a re-INVITE of ours that was acknowledged last
	offered      *Reoffer       // theirs, unanswered
	asking       *clientTx      // our re-INVITE, unanswered
	signed       *login         // credentials that the other side took
	goodbye      bool           // a BYE is owed once the ACK is there
	farewel      Cause          // and what it says
	challenges   []gosip.Header // beside a 401
	user         string         // whose password the INVITE proved
	replaces     *Leg           // the leg that this one is to take the place of
	referrals    chan *Referral
	referring    *referring // our REFER that is under way
	referred     *Referral  // theirs, the last one
	referredOnce bool       // there was one
	counted      bool       // in s.live
	kept         bool       // in s.legs
	holding      *stream    // told to stay open for us
	extra        []gosip.Header
}

// repeater says a 2xx again until its ACK comes (RFC 3261 section 13.3.1.4).
type repeater struct {
	bytes []byte
	seq   uint32
	wait  time.Duration
	end   time.Time
	timer *time.Timer
	back  route
	asks  bool // the 2xx holds our offer, the ACK the answer
}

func newTag() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails (Go 1.24 and later)
	return hex.EncodeToString(b[:])
}

// ID names the leg; it is unique and safe to log.
func (l *Leg) ID() string { return l.id }

// Inbound reports whether the other side placed the call.
func (l *Leg) Inbound() bool { return l.inbound }

// Caller is the user part of who calls.
func (l *Leg) Caller() string { return userOf(l.first.From().Address) }

// Asserted is the user part of P-Asserted-Identity: who calls, as a network says
// that has checked it (RFC 3325). Only the word of one that is trusted counts. It
// is empty if there is none.
func (l *Leg) Asserted() string {
	for _, h := range l.first.GetHeaders("P-Asserted-Identity") {
		for value := range strings.SplitSeq(h.Value(), ",") { // a tel: and a sip: one; either will do
			_, rest, bracketed := strings.Cut(value, "<")
			uri, _, closed := strings.Cut(rest, ">")
			if !bracketed {
				uri, closed = value, true
			}
			var u gosip.Uri
			if uri = strings.TrimSpace(uri); closed && checkText(uri) == nil && gosip.ParseUri(uri, &u) == nil && userOf(u) != "" {
				return userOf(u)
			}
		}
	}
	return ""
}

// Private reports whether the caller wants not to be named to others (RFC 3323
// section 4.2, RFC 3325 section 9.3).
func (l *Leg) Private() bool {
	for _, h := range l.first.GetHeaders("Privacy") {
		for p := range strings.SplitSeq(h.Value(), ";") {
			switch strings.ToLower(strings.TrimSpace(p)) {
			case "id", "user", "header":
				return true
			}
		}
	}
	return false
}

// Called is the user part of who is called.
func (l *Leg) Called() string { return userOf(l.first.Recipient) }

// DisplayName is what the caller calls himself, without control characters.
func (l *Leg) DisplayName() string {
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return -1
		}
		return r
	}, unescape.Replace(l.first.From().DisplayName))
}

// From is the address of who calls.
func (l *Leg) From() string { return l.first.From().Address.String() }

// To is the address that was dialled.
func (l *Leg) To() string { return l.first.To().Address.String() }

// Source is the address the other side's messages come from.
func (l *Leg) Source() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.path.peer.String()
}

// Transport is "udp", "tcp", "tls", "ws" or "wss".
func (l *Leg) Transport() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.path.network()
}

// Target is where the other side wants requests: a sip: URI.
func (l *Leg) Target() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.target.String()
}

// Way is how messages go between the other side and us.
func (l *Leg) Way() Way {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.path.way()
}

// Certificate is what the other side proved to be when it connected over TLS; nil
// if nothing.
func (l *Leg) Certificate() *x509.Certificate {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.path.stream == nil {
		return nil
	}
	return l.path.stream.certificate()
}

// MaxForwards is how many hops the call may still make; who passes it on takes
// one off (RFC 7332).
func (l *Leg) MaxForwards() int {
	if mf := l.first.MaxForwards(); mf != nil {
		return int(mf.Val())
	}
	return 70
}

// Header is the first value of a header the other side sent at the start: in its
// INVITE, or in the answer to ours.
func (l *Leg) Header(name string) string {
	var h gosip.Header
	if l.inbound {
		h = l.first.GetHeader(name)
	} else {
		h = l.answer.GetHeader(name)
	}
	if h == nil {
		return ""
	}
	return h.Value()
}

// Headers gives all values of a header in the INVITE that made the leg.
func (l *Leg) Headers(name string) []string {
	var out []string
	for _, h := range l.first.GetHeaders(name) {
		out = append(out, h.Value())
	}
	return out
}

// Verstat is what a network says that it verified of the number in its own
// P-Asserted-Identity, else of that in From (3GPP TS 24.229); empty if nothing.
func (l *Leg) Verstat() string {
	for _, h := range append(l.Headers("P-Asserted-Identity"), l.first.From().Address.String()) {
		if _, rest, ok := strings.Cut(strings.ToLower(h), ";verstat="); ok {
			end := strings.IndexFunc(rest, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') })
			if end < 0 {
				end = len(rest)
			}
			return rest[:end]
		}
	}
	return ""
}

// Offer is the body of the INVITE that made the leg; nil if there was none.
func (l *Leg) Offer() []byte { return l.first.Body() }

// Remote is the body heard last: offer, or answer.
func (l *Leg) Remote() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.remote
}

// Done is closed when the leg has ended.
func (l *Leg) Done() <-chan struct{} { return l.done }

// Confirmed is closed when the ACK of the INVITE is there.
func (l *Leg) Confirmed() <-chan struct{} { return l.acked }

// Reoffers gives the other side's new offers, one at a time. It is never closed;
// see Done.
func (l *Leg) Reoffers() <-chan *Reoffer { return l.offers }

// Answers gives the other side's answers that no call of ours returns: to the
// offer in our 2xx, if the INVITE had none, which comes with the ACK and is nil if
// that has none either; and to a session refresh, if it says something new. Only
// the newest is kept. It is never closed; see Done.
func (l *Leg) Answers() <-chan []byte { return l.answers }

// bring delivers an answer. It needs l.mu.
func (l *Leg) bring(answer []byte) {
	select {
	case <-l.answers: // an older one, unread
	default:
	}
	l.answers <- answer
}

// Cause says why the leg ended; Unknown while it lives.
func (l *Leg) Cause() Cause {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cause
}

func userOf(u gosip.Uri) string {
	if raw := u.Raw(); raw != "" { // tel:
		number, _, _ := strings.Cut(raw, ";")
		return number
	}
	if plain, err := url.PathUnescape(u.User); err == nil && checkText(plain) == nil { // RFC 3261 section 19.1.4
		return plain
	}
	return u.User
}

// SetHeader adds a header to what the leg answers to its INVITE from now on.
func (l *Leg) SetHeader(name, value string) error {
	if err := checkHeader(name, value); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.extra = append(l.extra, gosip.NewHeader(name, value))
	return nil
}

// Progress sends a provisional response, with sdp for early media. If the caller
// can acknowledge it, it is repeated until that is done (RFC 3262).
func (l *Leg) Progress(_ context.Context, code int, sdp []byte) error {
	if code <= 100 || code >= 200 {
		return fmt.Errorf("progress of leg %s: %d is not provisional", l.id, code)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != legRinging || l.tx == nil {
		return fmt.Errorf("progress of leg %s: %w", l.id, ErrEnded)
	}
	if l.reliable.must || l.reliable.wanted && len(sdp) > 0 {
		return l.progressReliably(progress{code, sdp})
	}
	return l.tx.respond(l.respond(l.first, code, sdp))
}

// Answer takes the call. The ACK is waited for behind the scenes; if it does not
// come, the leg ends.
func (l *Leg) Answer(_ context.Context, sdp []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != legRinging || l.tx == nil || l.reliable.waits {
		return fmt.Errorf("answer leg %s: %w", l.id, ErrEnded)
	}
	if r := &l.reliable; r.bytes != nil && r.sdp { // RFC 3262 section 3: not before the PRACK
		r.waits, r.answer = true, sdp
		return nil
	}
	if err := l.answerNow(sdp); err != nil {
		return fmt.Errorf("answer leg %s: %w", l.id, err)
	}
	return nil
}

// accept says 200, and to an INVITE it goes on saying it. It needs l.mu.
func (l *Leg) accept(tx *serverTx, req *gosip.Request, sdp []byte) error {
	res := l.respond(req, 200, sdp)
	l.agree(req, res)
	b, err := encode(res)
	if err != nil {
		return err
	}
	if err := tx.respond(res); err != nil {
		return err
	}
	l.local, l.accepted = sdp, tx
	if !tx.invite { // nothing acknowledges it
		return nil
	}
	t := l.s.cfg.Timers
	l.repeat = repeater{
		bytes: b, seq: req.CSeq().SeqNo, wait: t.T1, end: time.Now().Add(t.giveUp()), back: tx.back,
		asks: len(req.Body()) == 0 && !l.reliable.settled,
	}
	l.repeat.timer = time.AfterFunc(t.T1, l.repeatAnswer)
	return nil
}

// repeatAnswer says the 200 again: after T1, 2*T1, 4*T1, then every T2. After
// 64*T1 without ACK the call is over (RFC 3261 section 13.3.1.4).
func (l *Leg) repeatAnswer() {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &l.repeat
	if r.bytes == nil {
		return
	}
	left := time.Until(r.end)
	if left <= 0 {
		r.bytes = nil
		if l.state == legEnded {
			l.bye(l.farewel)
			return
		}
		l.leave(Lost)
		return
	}
	_ = r.back.send(r.bytes)
	r.wait = min(2*r.wait, l.s.cfg.Timers.T2)
	r.timer.Reset(min(r.wait, left))
}

// respond makes a response of this dialog. It needs l.mu.
func (l *Leg) respond(req *gosip.Request, code int, sdp []byte) *gosip.Response {
	res := l.s.reply(req, code, l.id)
	if code == 488 { // RFC 3261 section 21.4.26
		res.AppendHeader(gosip.NewHeader("Warning", `305 callward "no codec, address or encryption of the sound that both sides can use"`))
	}
	if code <= 100 || code >= 300 {
		res.SetBody(sdp)
		return res
	}
	if req.Method == gosip.INVITE || req.Method == gosip.UPDATE {
		res.AppendHeader(contact(l.path, l.id))
		res.AppendHeader(gosip.NewHeader("Allow", allowed))
	}
	if req.Method == gosip.INVITE {
		for _, h := range l.extra {
			res.AppendHeader(h)
		}
	}
	if len(sdp) > 0 {
		res.AppendHeader(gosip.NewHeader("Content-Type", "application/sdp"))
	}
	res.SetBody(sdp)
	return res
}

// contact is where requests of a dialog reach us.
func contact(path route, user string) *gosip.ContactHeader {
	host, port := path.local()
	h := &gosip.ContactHeader{Address: gosip.Uri{Scheme: "sip", User: user, Host: host, Port: port}}
	switch network := path.network(); network {
	case udpNetwork:
	case wssNetwork: // RFC 7118 section 5.5
		h.Address.UriParams = gosip.HeaderParams{{K: "transport", V: wsNetwork}}
	default:
		h.Address.UriParams = gosip.HeaderParams{{K: "transport", V: network}}
	}
	return h
}

// Reject refuses the call.
func (l *Leg) Reject(_ context.Context, c Cause) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != legRinging || l.tx == nil {
		return fmt.Errorf("reject leg %s: %w", l.id, ErrEnded)
	}
	return l.refuse(c.Status(), c)
}

// refuse needs l.mu and a ringing leg.
func (l *Leg) refuse(code int, c Cause) error {
	res := l.respond(l.first, code, nil)
	if c != Canceled && code != 401 {
		res.AppendHeader(gosip.NewHeader("Reason", c.Reason()))
	}
	if code == 503 {
		res.AppendHeader(gosip.NewHeader("Retry-After", retryAfter))
	}
	if code == 401 {
		for _, h := range l.challenges {
			res.AppendHeader(h)
		}
	}
	err := l.tx.respond(res)
	l.tx = nil
	l.ended(c)
	l.forget()
	return err
}

// Hangup ends the leg whatever its state: it refuses a ringing call and says BYE
// on an answered one. It does not wait for the other side. Hanging up an ended
// leg is no error.
func (l *Leg) Hangup(_ context.Context, c Cause) error {
	l.abandon(c)
	return nil
}

func (l *Leg) abandon(c Cause) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.state {
	case legRinging:
		_ = l.refuse(c.Status(), c)
	case legAnswered:
		if c == Shutdown { // nobody will be here to see the ACK
			l.stopRepeating()
			l.leave(c)
			return
		}
		// RFC 3261 section 15: no BYE before the ACK, or before we stop waiting for it.
		l.goodbye, l.farewel = true, c
		l.ended(c)
	case legTalking:
		l.leave(c)
	case legEnded:
	}
}

// leave ends a leg and says BYE. It needs l.mu.
func (l *Leg) leave(c Cause) {
	l.ended(c)
	l.bye(c)
}

// bye says BYE; the dialog stays known until that is answered. It needs l.mu.
func (l *Leg) bye(c Cause) {
	l.goodbye = false
	req := l.request(gosip.BYE)
	req.AppendHeader(gosip.NewHeader("Reason", c.Reason()))
	req.SetBody(nil)
	hop, from, signed := l.hop(), l.path, l.signed
	if path, ok := l.s.routeNow(hop, from); ok {
		if l.sendBye(req, path, signed) != nil {
			l.forget()
		}
		return
	}
	l.s.detach(func(ctx context.Context) {
		path, err := l.s.routeTo(ctx, hop, from)
		if err == nil {
			err = l.sendBye(req, path, signed)
		}
		if err != nil {
			l.gone()
		}
	})
}

func (l *Leg) sendBye(req *gosip.Request, path route, signed *login) error {
	hear := func(res *gosip.Response) {
		if res.StatusCode >= 200 {
			l.gone()
		}
	}
	return l.s.exchange(req, path, signed, l.nextSeq, hear, func(error) { l.gone() })
}

func (l *Leg) gone() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget()
}

// ended marks the end and lets everybody know. It needs l.mu.
func (l *Leg) ended(c Cause) {
	if l.state == legEnded {
		return
	}
	if l.state == legTalking {
		l.stopRepeating()
	}
	l.state, l.cause = legEnded, c
	stopTimers(l.until, l.trying, l.refreshing.again, l.refreshing.over)
	l.stopProgress()
	if l.offered != nil {
		l.offered.refuse(487)
		l.offered = nil
	}
	close(l.done)
	l.s.discount(l)
	if l.holding != nil {
		l.holding.users.Add(-1)
		l.holding = nil
	}
}

// stopRepeating needs l.mu.
func (l *Leg) stopRepeating() {
	stopTimers(l.repeat.timer)
	l.repeat.bytes = nil
}

// forget takes the dialog out of the server's table. It needs l.mu.
func (l *Leg) forget() {
	l.stopRepeating()
	if l.accepted != nil {
		l.accepted.part()
	}
	l.s.forgetLeg(l)
}

// hold keeps the TCP connection of a leg open while the leg lives. It needs l.mu,
// or a leg nobody else knows.
func (l *Leg) hold(c *stream) {
	if c != nil {
		c.hold()
		l.holding = c
	}
}

// request makes a request inside the dialog (RFC 3261 section 12.2.1.1). It needs l.mu.
func (l *Leg) request(method gosip.RequestMethod) *gosip.Request {
	l.seqOut++
	return l.numbered(method, l.seqOut)
}

// nextSeq numbers a request that is sent again with credentials.
func (l *Leg) nextSeq() uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seqOut++
	return l.seqOut
}

func (l *Leg) numbered(method gosip.RequestMethod, seq uint32) *gosip.Request {
	target, routes := l.target, l.routes
	if len(routes) > 0 && !routes[0].UriParams.Has("lr") { // a strict router
		target, routes = l.routes[0], append(append([]gosip.Uri(nil), l.routes[1:]...), l.target)
	}
	r := gosip.NewRequest(method, target)
	for _, u := range routes {
		r.AppendHeader(&gosip.RouteHeader{Address: u})
	}
	r.AppendHeader(maxForwards(70))
	r.AppendHeader(gosip.HeaderClone(l.ours))
	r.AppendHeader(gosip.HeaderClone(l.theirs))
	callID := gosip.CallIDHeader(l.dialog.callID)
	r.AppendHeader(&callID)
	r.AppendHeader(&gosip.CSeqHeader{SeqNo: seq, MethodName: method})
	r.AppendHeader(gosip.NewHeader("User-Agent", l.s.cfg.UserAgent))
	return r
}

// hop is the URI the next request goes to. It needs l.mu.
func (l *Leg) hop() gosip.Uri {
	if len(l.routes) > 0 {
		return l.routes[0]
	}
	return l.target
}
