package sip

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// A Reoffer is the other side's new offer inside a call: hold, another codec,
// another address. It must be answered or rejected; after Timers.Invite it is
// rejected anyway.
type Reoffer struct {
	SDP []byte // nil if it wants an offer from us; Leg.Answers then brings the answer

	l     *Leg
	req   *gosip.Request
	tx    *serverTx
	until *time.Timer
}

// onReinvite answers a new INVITE of the dialog. It needs l.mu.
func (l *Leg) onReinvite(in inbound, tx *serverTx) {
	if l.turnedAway(in.req, tx) {
		return
	}
	l.onOffer(in, tx)
}

// onOffer delivers a new offer (RFC 3261 section 14.2, RFC 3311 section 5.2). It
// needs l.mu.
func (l *Leg) onOffer(in inbound, tx *serverTx) {
	switch code := checkOffer(in.req); {
	case code != 0:
		l.respondWith(tx, in.req, code, "Accept", "application/sdp")
		return
	case l.asking != nil, l.repeat.bytes != nil, l.awaitsFirst(): // ours is under way, or our 200 has no ACK
		_ = tx.respond(l.respond(in.req, 491, nil))
		return
	case l.offered != nil || l.state == legRinging: // their first one is not answered yet, or it only rings
		l.respondWith(tx, in.req, 500, "Retry-After", "1")
		return
	}
	l.path = in.from
	if c := in.req.Contact(); c != nil {
		l.target = targetOf(c, l.target)
	}
	r := &Reoffer{SDP: in.req.Body(), l: l, req: in.req, tx: tx}
	l.offered = r
	patience := l.s.cfg.Timers.Invite
	if !tx.invite { // who asks by another method gives up sooner
		patience = l.s.cfg.Timers.giveUp() / 2
	}
	r.until = time.AfterFunc(patience, func() { _ = r.Reject(NoAnswer) })
	select {
	case l.offers <- r:
	default: // the one before was canceled unread
		select {
		case <-l.offers:
		default:
		}
		l.offers <- r
	}
}

// awaitsFirst reports whether the offer of an INVITE of ours has no answer yet. It
// needs l.mu.
func (l *Leg) awaitsFirst() bool {
	return l.state == legRinging && !l.inbound && len(l.local) > 0 && len(l.remote) == 0
}

// Answer accepts the offer.
func (r *Reoffer) Answer(sdp []byte) error {
	r.l.mu.Lock()
	defer r.l.mu.Unlock()
	if r.l.offered != r {
		return fmt.Errorf("answer an offer on leg %s: %w", r.l.id, ErrEnded)
	}
	r.l.offered = nil
	stopTimers(r.until)
	if len(r.SDP) > 0 {
		r.l.remote = r.SDP
	}
	return r.l.accept(r.tx, r.req, sdp)
}

// AnswerWith answers with what reply makes of the offer; where it fails, the
// offer is rejected.
func (r *Reoffer) AnswerWith(reply func(offer []byte) ([]byte, error)) error {
	sdp, err := reply(r.SDP)
	if err != nil {
		return errors.Join(err, r.Reject(NotAcceptable))
	}
	return r.Answer(sdp)
}

// Reject refuses the offer; the call goes on as it was.
func (r *Reoffer) Reject(c Cause) error {
	r.l.mu.Lock()
	defer r.l.mu.Unlock()
	if r.l.offered != r {
		return fmt.Errorf("reject an offer on leg %s: %w", r.l.id, ErrEnded)
	}
	r.l.offered = nil
	r.refuse(c.Status())
	return nil
}

// refuse needs the leg's mu.
func (r *Reoffer) refuse(code int) {
	stopTimers(r.until)
	_ = r.tx.respond(r.l.respond(r.req, code, nil))
}

const offerTries = 5

// Reinvite makes the other side a new offer and gives its answer. It waits for
// that. While another offer is under way it tries again a little later (RFC 3261
// section 14.1), in the end it gives ErrPending. When ctx ends first the offer is
// left to its fate.
func (l *Leg) Reinvite(ctx context.Context, sdp []byte) ([]byte, error) {
	for range offerTries {
		res, err := l.offerOnce(ctx, sdp)
		switch {
		case errors.Is(err, ErrPending):
		case err != nil:
			return nil, fmt.Errorf("offer on leg %s: %w", l.id, err)
		case res.StatusCode < 300:
			return res.Body(), nil
		case res.StatusCode != 491:
			return nil, fmt.Errorf("offer on leg %s: %w", l.id, &Rejected{res.StatusCode, res.Reason})
		}
		if err := l.waitGlare(ctx); err != nil {
			return nil, fmt.Errorf("offer on leg %s: %w", l.id, err)
		}
	}
	return nil, fmt.Errorf("offer on leg %s: %w", l.id, ErrPending)
}

// waitGlare waits 2.1 to 4 s if the call is ours, else 0 to 2 s.
func (l *Leg) waitGlare(ctx context.Context) error {
	tenth := l.s.cfg.Timers.Glare / 10
	wait := time.Duration(rand.IntN(21)) * tenth
	if !l.inbound {
		wait = time.Duration(21+rand.IntN(20)) * tenth
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-l.done:
		return ErrEnded
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (l *Leg) offerOnce(ctx context.Context, sdp []byte) (*gosip.Response, error) {
	final := make(chan *gosip.Response, 1)
	lost := make(chan error, 1)
	if err := l.sendOffer(ctx, sdp, final, lost); err != nil {
		return nil, err
	}
	select {
	case res := <-final:
		return res, nil
	case err := <-lost:
		return nil, err
	case <-l.done:
		return nil, ErrEnded
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// routeInside is the way to the other side for a request within the call: not before
// the ACK is there, which may still be on its way when we have answered.
func (l *Leg) routeInside(ctx context.Context) (route, error) {
	select {
	case <-l.acked:
	case <-l.done:
		return route{}, ErrEnded
	case <-ctx.Done():
		return route{}, context.Cause(ctx)
	}
	l.mu.Lock()
	hop, from := l.hop(), l.path
	l.mu.Unlock()
	return l.s.routeTo(ctx, hop, from)
}

func (l *Leg) sendOffer(ctx context.Context, sdp []byte, final chan<- *gosip.Response, lost chan<- error) error {
	path, err := l.routeInside(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.state != legTalking:
		return ErrEnded
	case l.asking != nil, l.offered != nil, l.repeat.bytes != nil:
		return ErrPending
	}
	return l.sendInvite(offerMade{path: path, sdp: sdp}, final, lost)
}

// sendInvite sends the re-INVITE of an offer. It needs l.mu.
func (l *Leg) sendInvite(made offerMade, final chan<- *gosip.Response, lost chan<- error) error {
	req := l.request(gosip.INVITE)
	req.AppendHeader(contact(made.path, l.id))
	req.AppendHeader(gosip.NewHeader("Allow", allowed))
	req.AppendHeader(gosip.NewHeader("Content-Type", "application/sdp"))
	askSession(req, l.refreshing.interval, l.leastSession(), l.refresher())
	l.signed.sign(req)
	req.SetBody(made.sdp)
	made.seq, made.session = l.seqOut, l.refreshing.interval
	tx, err := l.s.ask(req, made.path,
		func(res *gosip.Response) { l.onOfferResponse(res, made, final, lost) },
		func(err error) { l.onOfferLost(err, lost) })
	if err != nil {
		return err
	}
	l.asking = tx
	return nil
}

// offerMade is a re-INVITE of ours.
type offerMade struct {
	seq     uint32
	path    route
	sdp     []byte
	session time.Duration // the interval asked for
	again   bool          // with credentials, after a challenge
}

// onOfferResponse hears what comes of our re-INVITE.
func (l *Leg) onOfferResponse(res *gosip.Response, made offerMade, final chan<- *gosip.Response, lost chan<- error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if res.StatusCode < 200 {
		if rseq, ok := rseqOf(res); ok && l.pracked != [2]uint32{made.seq, rseq} {
			l.pracked = [2]uint32{made.seq, rseq}
			l.sendPrack(res, rseq)
		}
		if l.asking != nil { // a call that talks does not ring for minutes
			l.asking.expire(l.s.cfg.Timers.Invite)
		}
		return
	}
	l.asking = nil
	if !made.again && l.state == legTalking && l.signed.knows(res) && l.signed.challenged(res, 0) {
		made.again = true
		if l.sendInvite(made, final, lost) == nil {
			return
		}
	}
	if res.StatusCode < 300 {
		l.target = targetOf(res.Contact(), l.target) // where the ACK goes too
		l.acknowledge(made.seq, made.path)
		l.remote, l.local = res.Body(), made.sdp
		l.agreed(res, made.session)
	}
	switch {
	case res.StatusCode < 300 || l.state != legTalking:
	case res.StatusCode == 481 || res.StatusCode == 408: // RFC 3261 section 12.2.1.2
		l.leave(Lost)
	default:
		l.refused(res)
	}
	select {
	case final <- res:
	default: // a repeat
	}
}

func (l *Leg) onOfferLost(err error, lost chan<- error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asking = nil
	if l.state == legTalking { // a peer that does not answer an INVITE in a dialog is gone
		l.leave(Lost)
	}
	lost <- err
}

// acknowledge sends the ACK of a 2xx: a request of its own, and no transaction
// (RFC 3261 section 13.2.2.4). It needs l.mu.
func (l *Leg) acknowledge(seq uint32, path route) {
	ack := l.numbered(gosip.ACK, seq)
	l.signed.sign(ack)
	ack.SetBody(nil)
	l.s.addVia(ack, path)
	b, err := encode(ack)
	if err != nil {
		l.s.count.unsent.Add(1)
		return
	}
	_ = path.send(b)
}
