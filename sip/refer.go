package sip

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// Transfer (RFC 3515, RFC 5589), both ways: we ask the other side to call somebody
// else in our place, or it asks that of us. Who asks is told by NOTIFY what came of
// it.

// A Transfer is a call that the other side is to place instead of the one with us.
type Transfer struct {
	To string // sip: URI; or what Leg.InPlace gives of a call of ours that the new one takes the place of (RFC 3891)
	By string // sip: URI of who wants it (RFC 3892); empty means we do not say
}

// ErrUntold says that the other side took a transfer on and never told what came
// of it: the caller may be there, or not.
var ErrUntold = errors.New("nothing was told of the transfer")

// TransferFailed is the error of a transfer that the other side took on and that
// came to nothing.
//
//nolint:errname // what became of a call, rather than what went wrong
type TransferFailed struct{ Code int }

// Error gives the code.
func (t *TransferFailed) Error() string { return fmt.Sprintf("the transfer ended with %d", t.Code) }

// Cause reads the code.
func (t *TransferFailed) Cause() Cause { return CauseOf(t.Code) }

// referring is a REFER of ours that is under way.
type referring struct {
	id   uint32 // its CSeq
	news chan int
}

// maxNews is how many NOTIFYs may wait to be read.
const maxNews = 16

// Refer asks the other side to call somebody else in our place, and waits until it
// tells what came of that: nil means that it has reached them, and the leg can be
// hung up. Each status of the new call before that is given to onProgress, if that
// is set. *Rejected means that the other side does not do such things,
// *TransferFailed that the new call failed: the leg stands as before. So it may with
// ErrUntold.
func (l *Leg) Refer(ctx context.Context, t Transfer, onProgress func(code int)) error {
	to, err := t.referTo()
	if err != nil {
		return fmt.Errorf("refer: %w", err)
	}
	if t.By != "" {
		if _, err := parseURI(t.By); err != nil {
			return fmt.Errorf("refer: by: %w", err)
		}
	}
	final, lost, r := make(chan *gosip.Response, 1), make(chan error, 1), &referring{news: make(chan int, maxNews)}
	if err := l.sendRefer(ctx, to, t.By, r, final, lost); err != nil {
		return fmt.Errorf("refer on leg %s: %w", l.id, err)
	}
	defer l.referredEnough(r)
	select {
	case res := <-final:
		if res.StatusCode >= 300 {
			return fmt.Errorf("refer on leg %s: %w", l.id, &Rejected{res.StatusCode, res.Reason})
		}
	case err := <-lost:
		return l.referFailed(r.last(err))
	case <-l.done:
		return l.referFailed(r.last(ErrEnded))
	case <-ctx.Done():
		return l.referFailed(r.last(context.Cause(ctx)))
	}
	return l.referFailed(l.outcomeOf(ctx, r, onProgress))
}

// referFailed names the leg, if something failed.
func (l *Leg) referFailed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("refer on leg %s: %w", l.id, err)
}

// InPlace is where the other side is reached by a call that takes the place of this
// one (RFC 3891), for Transfer.To.
func (l *Leg) InPlace() string {
	return l.Target() + inPlaceOf + url.QueryEscape(l.dialog.replaces())
}

const inPlaceOf = "?Replaces="

// referTo writes where to: the address, and in it the dialog to be replaced.
func (t Transfer) referTo() (string, error) {
	to, replaces, named := strings.Cut(t.To, inPlaceOf)
	u, err := parseURI(to)
	if err != nil {
		return "", fmt.Errorf("to: %w", err)
	}
	if !named {
		return "<" + u.String() + ">", nil
	}
	if replaces != url.QueryEscape(unescaped(replaces)) {
		return "", fmt.Errorf("to: %w", ErrUnsafe)
	}
	return "<" + u.String() + inPlaceOf + replaces + ">", nil
}

// unescaped is what a value in a URI stands for; empty if it stands for nothing.
func unescaped(text string) string {
	plain, _ := url.QueryUnescape(text)
	return plain
}

// sendRefer sends the REFER; what is told of it from then on goes to r.
func (l *Leg) sendRefer(ctx context.Context, to, by string, r *referring, final chan<- *gosip.Response, lost chan<- error) error {
	path, err := l.routeInside(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.state != legTalking:
		return ErrEnded
	case l.referring != nil:
		return ErrPending
	}
	req := l.request(gosip.REFER)
	req.AppendHeader(contact(path, l.id))
	req.AppendHeader(gosip.NewHeader("Refer-To", to))
	if by != "" {
		req.AppendHeader(gosip.NewHeader("Referred-By", "<"+by+">"))
	}
	req.SetBody(nil)
	r.id = l.seqOut
	l.referring = r
	err = l.s.exchange(req, path, l.signed, l.nextRefer,
		func(res *gosip.Response) {
			if res.StatusCode >= 200 {
				final <- res
			}
		},
		func(err error) { lost <- err })
	if err != nil {
		l.referring = nil
	}
	return err
}

// nextRefer numbers a REFER that is sent again with credentials.
func (l *Leg) nextRefer() uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seqOut++
	if l.referring != nil {
		l.referring.id = l.seqOut
	}
	return l.seqOut
}

func (l *Leg) referredEnough(r *referring) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.referring == r {
		l.referring = nil
	}
}

// outcomeOf hears what the other side tells of its new call.
func (l *Leg) outcomeOf(ctx context.Context, r *referring, onProgress func(int)) error {
	patience := time.NewTimer(l.s.cfg.Timers.giveUp()) // to the first word; a call may ring for longer
	defer patience.Stop()
	for {
		select {
		case code := <-r.news:
			if over, err := outcomeIs(code); over {
				return err
			}
			if onProgress != nil {
				onProgress(code)
			}
			patience.Reset(l.s.cfg.Timers.Ring)
		case <-patience.C:
			return ErrUntold
		case <-l.done:
			return r.last(ErrEnded)
		case <-ctx.Done():
			return r.last(context.Cause(ctx))
		}
	}
}

// outcomeIs reports whether a status is the last, and what it means.
func outcomeIs(code int) (over bool, err error) {
	switch {
	case code >= 300:
		return true, &TransferFailed{code}
	case code >= 200:
		return true, nil
	case code == 0:
		return true, ErrUntold
	}
	return false, nil
}

// last is what was told and not yet read when the leg ended; other if nothing.
func (r *referring) last(other error) error {
	for {
		select {
		case code := <-r.news:
			if over, err := outcomeIs(code); over {
				return err
			}
		default:
			return other
		}
	}
}

// onNotify hears what came of our REFER. It needs l.mu.
func (l *Leg) onNotify(req *gosip.Request, tx *serverTx) {
	event, params, _ := strings.Cut(headerOf(req, "Event", "o"), ";")
	if !strings.EqualFold(strings.TrimSpace(event), "refer") {
		l.respondWith(tx, req, 489, "Allow-Events", "refer")
		return
	}
	if l.referring == nil || !isOf(params, l.referring.id) {
		_ = tx.respond(l.respond(req, 481, nil))
		return
	}
	code, ok := sipfrag(req)
	state, _, _ := strings.Cut(headerOf(req, "Subscription-State", ""), ";")
	over := strings.EqualFold(strings.TrimSpace(state), "terminated")
	if !ok && !over {
		_ = tx.respond(l.respond(req, 400, nil))
		return
	}
	_ = tx.respond(l.respond(req, 200, nil))
	select {
	case l.referring.news <- code:
	default: // who tells that much is not listened to
	}
	if over && code < 200 && code > 0 { // it will not say more
		select {
		case l.referring.news <- 0:
		default:
		}
	}
}

// isOf reports whether an Event's parameters name a REFER, or none: then it is the
// only one (RFC 3515 section 2.4.6).
func isOf(params string, id uint32) bool {
	for p := range strings.SplitSeq(params, ";") {
		if k, v, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(k, "id") {
			return v == strconv.FormatUint(uint64(id), 10)
		}
	}
	return true
}

// sipfrag reads the status line that a NOTIFY holds (RFC 3420); code is 0 if there
// is none.
func sipfrag(req *gosip.Request) (code int, ok bool) {
	ct := req.ContentType()
	if ct == nil {
		return 0, false
	}
	kind, _, _ := strings.Cut(ct.Value(), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "message/sipfrag") {
		return 0, false
	}
	rest, ok := strings.CutPrefix(string(req.Body()), "SIP/2.0 ")
	if !ok || len(rest) < 3 {
		return 0, false
	}
	code, err := strconv.Atoi(rest[:3])
	return code, err == nil && code >= 100 && code < 700
}

// A Referral is the other side's wish to be put through to somebody else (RFC
// 3515). It must be accepted or rejected; after half of Timers' patience it is
// rejected anyway.
type Referral struct {
	To       string // the user part of whom it wants: a number, or a name. Its host is its own word, and not to be called
	Replaces *Leg   // the leg of ours that it wants to leave to the other; nil if it names none

	l       *Leg
	req     *gosip.Request
	tx      *serverTx
	until   *time.Timer
	quiet   bool // it wants not to be told (RFC 4488)
	further bool // not the first in this dialog: NOTIFYs say which they mean
	settled bool // accepted or rejected
	over    bool // the last NOTIFY is sent
}

// Referrals gives the other side's wishes to be put through to somebody else, one
// at a time. It is never closed; see Done.
func (l *Leg) Referrals() <-chan *Referral { return l.referrals }

// onRefer delivers a REFER. It needs l.mu.
func (l *Leg) onRefer(req *gosip.Request, tx *serverTx) {
	code := 0
	hs := valuesOf(req, "Refer-To", "r")
	var to referTo
	var err error
	if len(hs) == 1 {
		to, err = parseReferTo(hs[0])
	}
	switch {
	case l.state == legEnded:
		code = 481
	case len(hs) != 1 || err != nil:
		code = 400
	case !isOurs(to.target.Scheme):
		code = 416
	case to.method != "" && !strings.EqualFold(to.method, "INVITE"), l.state != legTalking:
		code = 603
	case l.referred != nil && !l.referred.over:
		code = 491
	}
	if code != 0 {
		_ = tx.respond(l.respond(req, code, nil))
		return
	}
	r := &Referral{To: userOf(to.target), l: l, req: req, tx: tx, further: l.referredOnce}
	if to.replaces != nil {
		if r.Replaces = l.s.leg(to.replaces.dialog); r.Replaces == nil || r.Replaces == l { // not ours, and we do not ask around for it
			_ = tx.respond(l.respond(req, 603, nil))
			return
		}
	}
	r.quiet = strings.EqualFold(strings.TrimSpace(headerOf(req, "Refer-Sub", "")), "false")
	l.referred, l.referredOnce = r, true
	r.until = time.AfterFunc(l.s.cfg.Timers.giveUp()/2, func() { _ = r.Reject(Declined) })
	select {
	case <-l.referrals: // the one before, which nobody read
	default:
	}
	l.referrals <- r
}

// Accept takes the wish on. Notify must follow, until the end.
func (r *Referral) Accept() error {
	r.l.mu.Lock()
	defer r.l.mu.Unlock()
	if r.settled {
		return fmt.Errorf("accept a transfer on leg %s: %w", r.l.id, ErrEnded)
	}
	r.settled = true
	stopTimers(r.until)
	res := r.l.respond(r.req, 202, nil)
	res.AppendHeader(contact(r.l.path, r.l.id))
	if r.quiet {
		res.AppendHeader(gosip.NewHeader("Refer-Sub", "false"))
	}
	if err := r.tx.respond(res); err != nil {
		return fmt.Errorf("accept a transfer on leg %s: %w", r.l.id, err)
	}
	r.tell(100) // RFC 3515 section 2.4.4: at once
	return nil
}

// Reject refuses the wish; the call goes on as it was.
func (r *Referral) Reject(c Cause) error {
	r.l.mu.Lock()
	defer r.l.mu.Unlock()
	if r.settled {
		return fmt.Errorf("reject a transfer on leg %s: %w", r.l.id, ErrEnded)
	}
	r.settled, r.over = true, true
	stopTimers(r.until)
	_ = r.tx.respond(r.l.respond(r.req, c.Status(), nil))
	return nil
}

// Notify tells the other side how far its wish has come: the status of the call to
// whom it wants. One from 200 on is the last. It does not wait for an answer, and
// tells also who has hung up meanwhile.
func (r *Referral) Notify(code int) {
	r.l.mu.Lock()
	defer r.l.mu.Unlock()
	if r.settled && !r.over {
		r.tell(code)
	}
}

// tell needs the leg's mu.
func (r *Referral) tell(code int) {
	r.over = code >= 200
	if r.quiet {
		return
	}
	l := r.l
	req := l.request(gosip.NOTIFY)
	req.AppendHeader(contact(l.path, l.id))
	event, state := "refer", "active;expires="+seconds(l.s.cfg.Timers.Ring)
	if r.further {
		event += ";id=" + strconv.FormatUint(uint64(r.req.CSeq().SeqNo), 10)
	}
	if r.over {
		state = "terminated;reason=noresource"
	}
	req.AppendHeader(gosip.NewHeader("Event", event))
	req.AppendHeader(gosip.NewHeader("Subscription-State", state))
	req.AppendHeader(gosip.NewHeader("Content-Type", "message/sipfrag;version=2.0"))
	req.SetBody([]byte("SIP/2.0 " + strconv.Itoa(code) + " " + phrase(code) + "\r\n"))
	l.sendAside(req)
}

// valuesOf gives all values of a header, by its name or its compact form.
func valuesOf(m message, name, compact string) (out []string) {
	for _, h := range m.Headers() {
		if strings.EqualFold(h.Name(), name) || strings.EqualFold(h.Name(), compact) {
			out = append(out, h.Value())
		}
	}
	return out
}

// sendAside sends a request inside the dialog whose answer decides nothing. It
// needs l.mu.
func (l *Leg) sendAside(req *gosip.Request) {
	hop, from, signed := l.hop(), l.path, l.signed
	send := func(path route) {
		_ = l.s.exchange(req, path, signed, l.nextSeq, func(*gosip.Response) {}, func(error) {})
	}
	if path, ok := l.s.routeNow(hop, from); ok {
		send(path)
		return
	}
	l.s.detach(func(ctx context.Context) {
		if path, err := l.s.routeTo(ctx, hop, from); err == nil {
			send(path)
		}
	})
}
