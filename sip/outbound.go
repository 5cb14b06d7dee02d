package sip

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// An Invite is a call to be placed.
type Invite struct {
	To          string // sip: URI
	Registered  string // in place of To: a user who has registered here; his newest phone rings
	From        string // sip: URI; empty means the user "callward" here
	Caller      string // user of From, if that is empty: a number or a name
	DisplayName string // beside From
	SDP         []byte // the offer
	Headers     map[string]string
	Route       string // sip: URI of a proxy to go through; empty means none
	MaxForwards int    // 0 means 70
	Refresher   string // who is to keep the call alive (RFC 4028): "uac", we, or "uas"; empty leaves the choice

	User, Password string // for a digest challenge; empty means none is answered
}

// Dial places a call and waits for its final answer. Each provisional response
// above 100 is given to onProgress, if that is set. If ctx ends first the call is
// canceled, with the context's Cause if it is a Cause; if it was answered in that
// moment, it is hung up. A refusal is a *Rejected.
func (s *Server) Dial(ctx context.Context, inv Invite, onProgress func(code int, sdp []byte)) (*Leg, error) {
	a, err := s.newAttempt(inv)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	s.dials(a)
	defer s.dialed(a)
	patience, cancel := context.WithTimeoutCause(ctx, s.cfg.Timers.Ring, NoAnswer.Err())
	defer cancel()
	leg, err := a.run(patience, onProgress)
	if err != nil {
		a.release()
		return nil, fmt.Errorf("dial: %w", err)
	}
	return leg, nil
}

// attempt is a call that is being placed: one or two INVITE transactions, and
// all that may come of them.
type attempt struct {
	s       *Server
	inv     Invite
	to      gosip.Uri
	hop     gosip.Uri
	routes  []gosip.Uri
	from    *gosip.FromHeader
	callID  string
	tag     string
	seq     uint32
	session time.Duration // interval asked for
	least   time.Duration // and the least that anybody on the way agrees to
	signed  *login
	heard   route // how the phone that is called registered
	path    route
	news    chan *gosip.Response
	outcome chan outcome

	mu       sync.Mutex
	req      *gosip.Request
	tx       *clientTx
	ringing  bool // a provisional response was heard
	givenUp  bool
	why      Cause
	canceled bool // CANCEL is sent
	leg      *Leg
	losers   map[string]*Leg
	early    map[string]*earlyDialog // by the other side's tag
	counted  bool
}

// outcome is the end of one INVITE.
type outcome struct {
	res *gosip.Response
	leg *Leg
	err error
}

// callee is where an Invite goes, and how that was heard, if it has registered.
func (s *Server) callee(inv Invite) (to gosip.Uri, heard route, err error) {
	if inv.Registered == "" {
		to, err = parseURI(inv.To)
		return to, route{}, err
	}
	if b := s.phones.newest(inv.Registered); b != nil {
		return b.contact, b.path, nil
	}
	return to, route{}, ErrUnregistered
}

func (s *Server) newAttempt(inv Invite) (*attempt, error) {
	to, heard, err := s.callee(inv)
	if err != nil {
		return nil, fmt.Errorf("to: %w", err)
	}
	a := &attempt{
		s: s, inv: inv, heard: heard, session: s.cfg.Timers.Session, least: s.cfg.Timers.MinSession, to: to, hop: to, callID: newCallID(), tag: newTag(), losers: map[string]*Leg{}, early: map[string]*earlyDialog{},
		news: make(chan *gosip.Response, 16), outcome: make(chan outcome, 4),
	}
	if inv.Route != "" {
		if a.hop, err = parseURI(inv.Route); err != nil {
			return nil, fmt.Errorf("route: %w", err)
		}
		if !a.hop.UriParams.Has("lr") {
			a.hop.UriParams.Add("lr", "")
		}
		a.routes = []gosip.Uri{a.hop}
	}
	if inv.User != "" {
		a.signed = &login{user: inv.User, password: inv.Password}
	}
	if inv.Caller != "" && (strings.ContainsAny(inv.Caller, "@<>\" ;?:\\") || checkText(inv.Caller) != nil) {
		return nil, fmt.Errorf("caller: %w", ErrUnsafe)
	}
	if err := checkText(inv.DisplayName, inv.User); err != nil {
		return nil, fmt.Errorf("display name: %w", err)
	}
	if !s.reserve() {
		return nil, fmt.Errorf("all calls are in use: %w", Overload.Err())
	}
	a.counted = true
	return a, nil
}

func newCallID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// reserve takes the place of one call.
func (s *Server) reserve() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.live >= s.cfg.MaxCalls {
		return false
	}
	s.live++
	return true
}

// release gives the place back, unless a leg took it over.
func (a *attempt) release() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.counted {
		return
	}
	a.counted = false
	a.s.mu.Lock()
	a.s.live--
	a.s.mu.Unlock()
}

func (a *attempt) run(ctx context.Context, onProgress func(int, []byte)) (*Leg, error) {
	var err error
	if a.path, err = a.s.routeTo(ctx, a.hop, a.heard); err != nil {
		return nil, err
	}
	if err := a.address(); err != nil {
		return nil, err
	}
	for challenges, raises := 0, 0; ; {
		req, err := a.write()
		if err == nil {
			if path := a.s.roomFor(ctx, req, a.path); path != a.path { // it says in the INVITE where we are
				a.path = path
				req, err = a.write()
			}
		}
		if err == nil {
			err = a.invite(req)
		}
		if err != nil {
			return nil, err
		}
		o := a.wait(ctx, onProgress)
		switch {
		case o.err != nil:
			return nil, o.err
		case o.leg != nil:
			return o.leg, nil
		case challenges < 2 && a.signed.challenged(o.res, challenges):
			challenges++
			continue
		case raises < 2 && a.tooShort(o.res):
			raises++
			continue
		}
		return nil, &Rejected{o.res.StatusCode, o.res.Reason}
	}
}

// tooShort takes a longer interval from who refused ours (RFC 4028 section 7.3).
func (a *attempt) tooShort(res *gosip.Response) bool {
	got, ok := sessionOf(res)
	if res.StatusCode != 422 || !ok || got.least <= a.least {
		return false
	}
	a.least, a.session = got.least, max(a.session, got.least)
	return true
}

// address writes who calls, now that the way out is known.
func (a *attempt) address() error {
	host, port := a.path.local()
	a.from = &gosip.FromHeader{
		DisplayName: quoted(a.inv.DisplayName),
		Address:     gosip.Uri{Scheme: "sip", User: orText(a.inv.Caller, "callward"), Host: host, Port: port},
	}
	if a.inv.From != "" {
		u, err := parseURI(a.inv.From)
		if err != nil {
			return fmt.Errorf("from: %w", err)
		}
		a.from.Address = u
	}
	a.from.Params.Add("tag", a.tag)
	return nil
}

// write makes an INVITE.
func (a *attempt) write() (*gosip.Request, error) {
	req := gosip.NewRequest(gosip.INVITE, a.to)
	for _, u := range a.routes {
		req.AppendHeader(&gosip.RouteHeader{Address: u})
	}
	req.AppendHeader(maxForwards(orInt(a.inv.MaxForwards, 70)))
	req.AppendHeader(gosip.HeaderClone(a.from))
	to := a.to
	to.UriParams = nil
	req.AppendHeader(&gosip.ToHeader{Address: to})
	callID := gosip.CallIDHeader(a.callID)
	req.AppendHeader(&callID)
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: a.seq + 1, MethodName: gosip.INVITE})
	req.AppendHeader(contact(a.path, a.tag))
	req.AppendHeader(gosip.NewHeader("Allow", allowed))
	askSession(req, a.session, a.least, a.inv.Refresher)
	req.AppendHeader(gosip.NewHeader("User-Agent", a.s.cfg.UserAgent))
	if err := addHeaders(req, a.inv.Headers); err != nil {
		return nil, err
	}
	a.signed.sign(req)
	if len(a.inv.SDP) > 0 {
		req.AppendHeader(gosip.NewHeader("Content-Type", "application/sdp"))
	}
	req.SetBody(a.inv.SDP)
	return req, nil
}

// invite sends an INVITE.
func (a *attempt) invite(req *gosip.Request) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seq = req.CSeq().SeqNo
	a.req, a.ringing, a.canceled, a.early = req, false, false, map[string]*earlyDialog{}
	var err error
	a.tx, err = a.s.ask(req, a.path, a.hear, a.lost)
	return err
}

// wait gives the outcome of the INVITE under way, and progress meanwhile.
func (a *attempt) wait(ctx context.Context, onProgress func(int, []byte)) outcome {
	for {
		select {
		case res := <-a.news:
			if onProgress != nil {
				onProgress(res.StatusCode, res.Body())
			}
			continue
		default:
		}
		select {
		case res := <-a.news:
			if onProgress != nil {
				onProgress(res.StatusCode, res.Body())
			}
		case o := <-a.outcome:
			return o
		case <-ctx.Done():
			err := context.Cause(ctx)
			a.giveUp(err)
			return outcome{err: err}
		case <-a.s.life.Done():
			a.giveUp(Shutdown.Err())
			return outcome{err: ErrClosed}
		}
	}
}

// giveUp cancels the call; what still comes of it is cleaned up behind the scenes.
func (a *attempt) giveUp(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.givenUp, a.why = true, Canceled
	if why, ok := errors.AsType[causeError](err); ok {
		a.why = why.cause
	}
	if a.leg != nil { // answered in this moment
		a.leg.abandon(a.why)
		return
	}
	if a.ringing {
		a.cancel()
	} else {
		// RFC 3261 section 9.1: no CANCEL before a provisional response. Timer B waits for one.
		a.tx.expire(a.s.cfg.Timers.giveUp())
	}
}

// cancel sends the CANCEL. It needs a.mu.
func (a *attempt) cancel() {
	if a.canceled {
		return
	}
	a.canceled = true
	req := sameBranch(a.req, gosip.CANCEL)
	if a.why != Canceled {
		req.AppendHeader(gosip.NewHeader("Reason", a.why.Reason()))
	}
	branch, _ := req.Via().Params.Get("branch")
	_, _ = a.s.askAs(req, branch, a.path, func(*gosip.Response) {}, func(error) {})
	a.tx.expire(a.s.cfg.Timers.giveUp())
}

// hear takes each response to the INVITE, on the reader of its socket.
func (a *attempt) hear(res *gosip.Response) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case res.StatusCode < 200:
		a.ringing = true
		if a.givenUp {
			a.cancel()
			return
		}
		if a.acknowledgeEarly(res) != nil {
			return
		}
		if res.StatusCode > 100 {
			select {
			case a.news <- res:
			default: // who rings that often is not listened to
			}
		}
	case res.StatusCode < 300:
		a.answered(res)
	case !a.givenUp:
		a.outcome <- outcome{res: res}
	}
}

// answered takes a 2xx: the first makes the call, a repeat gets its ACK again,
// and any other branch of a fork is acknowledged and hung up (RFC 3261 section
// 13.2.2.4). So is a call given up. It needs a.mu.
func (a *attempt) answered(res *gosip.Response) {
	tag := tagOf(res.To().Params)
	if a.leg != nil && a.leg.dialog.theirs == tag {
		a.leg.ackAgain(a.req.CSeq().SeqNo, a.path)
		return
	}
	if l := a.losers[tag]; l != nil {
		l.ackAgain(a.req.CSeq().SeqNo, a.path)
		return
	}
	if len(a.losers) >= maxForks {
		return
	}
	l := a.s.newOutbound(a, res, tag)
	l.ackAgain(a.req.CSeq().SeqNo, a.path)
	if a.leg != nil || a.givenUp {
		a.losers[tag] = l
		l.abandon(Canceled)
		return
	}
	a.leg = l
	a.counted, l.counted = false, true
	a.outcome <- outcome{leg: l}
}

const maxForks = 16 // answers to one INVITE; more are not believed

func (a *attempt) lost(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.givenUp {
		a.outcome <- outcome{err: err}
	}
}

// newOutbound makes the leg of a 2xx to our INVITE.
func (s *Server) newOutbound(a *attempt, res *gosip.Response, tag string) *Leg {
	l := s.dialogOf(a, res, tag)
	if d := a.early[tag]; d != nil {
		l.follow(d.leg)
	}
	close(l.acked)
	l.hold(a.path.stream)
	l.mu.Lock() // the timers that this starts may be due before anybody else takes it
	l.agreed(res, a.session)
	l.mu.Unlock()
	s.mu.Lock()
	s.legs[l.dialog] = l
	l.kept = true
	s.mu.Unlock()
	return l
}

// dialogOf makes the dialog of a response to our INVITE (RFC 3261 section 12.1.2).
func (s *Server) dialogOf(a *attempt, res *gosip.Response, tag string) *Leg {
	l := &Leg{
		s: s, id: a.tag, first: a.req, answer: res, path: a.path, state: legTalking,
		dialog: dialogID{a.callID, a.tag, tag},
		done:   make(chan struct{}), acked: make(chan struct{}), offers: make(chan *Reoffer, 1), answers: make(chan []byte, 1), infos: make(chan Info, maxInfos), referrals: make(chan *Referral, 1),
		ours:   a.from,
		theirs: &gosip.ToHeader{DisplayName: res.To().DisplayName, Address: res.To().Address, Params: res.To().Params},
		target: targetOf(res.Contact(), a.to), seqOut: a.seq, seqIn: -1, remote: res.Body(), signed: a.signed,
		local: a.inv.SDP,
	}
	rr := res.GetHeaders("record-route")
	for _, h := range slices.Backward(rr) {
		if h, ok := h.(*gosip.RecordRouteHeader); ok {
			l.routes = append(l.routes, h.Address)
		}
	}
	return l
}

// ackAgain acknowledges a 2xx of the INVITE. It does not wait: where the way to
// the next hop is not at hand, the way of the INVITE is taken.
func (l *Leg) ackAgain(seq uint32, invite route) {
	l.mu.Lock()
	defer l.mu.Unlock()
	hop := l.hop()
	if path, ok := l.s.routeNow(hop, invite); ok {
		l.acknowledge(seq, path)
		return
	}
	l.s.detach(func(ctx context.Context) {
		path, err := l.s.routeTo(ctx, hop, invite)
		if err != nil {
			path = invite
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.acknowledge(seq, path)
	})
}

// detach does work that may wait for the network and that nobody waits for.
//
//nolint:contextcheck // it ends with the server, not with who asked for it
func (s *Server) detach(work func(ctx context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.wg.Go(func() {
		ctx, cancel := context.WithTimeout(s.life, dialTimeout)
		defer cancel()
		work(ctx)
	})
}

// exchange sends a request inside a dialog, answering one challenge if who
// challenges is known to signed; number then gives the new CSeq.
func (s *Server) exchange(req *gosip.Request, path route, signed *login, number func() uint32, hear func(*gosip.Response), lost func(error)) error {
	signed.sign(req)
	again := func(res *gosip.Response) {
		if signed.knows(res) && signed.challenged(res, 0) {
			next := req.Clone()
			next.RemoveHeader("Via")
			next.CSeq().SeqNo = number()
			signed.sign(next)
			if _, err := s.ask(next, path, hear, lost); err == nil {
				return
			}
		}
		hear(res)
	}
	_, err := s.ask(req, path, again, lost)
	return err
}
