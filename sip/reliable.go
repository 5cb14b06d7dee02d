package sip

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// Reliable provisional responses (RFC 3262): a 180 or 183 is said again until the
// caller's PRACK, so that its early media is not lost with a datagram.

const reliably = "100rel"

// reliable is the callee's side of it: one response at a time is unacknowledged.
type reliable struct {
	wanted bool   // the caller can, or must, have it so
	must   bool   // for every response, not only those with a body
	seq    uint32 // RSeq of the newest
	owed   bool   // its PRACK has not come
	bytes  []byte // of it, while it is said again; nil: it is not
	sdp    bool   // it holds a body, so that the 200 has to wait for the PRACK
	wait   time.Duration
	end    time.Time
	timer  *time.Timer
	next   *progress // to be said after the PRACK; a later one replaces it
	answer []byte    // with the 200 that waits
	waits  bool      // a 200 does

	settled bool // its PRACK brought the answer to our offer
}

// progress is a provisional response that is still to be said.
type progress struct {
	code int
	sdp  []byte
}

func reliableOf(invite *gosip.Request) reliable {
	must := lists(invite, "Require", "", reliably)
	return reliable{
		wanted: must || lists(invite, "Supported", "k", reliably), must: must,
		seq: 1 + rand.Uint32N(1<<20), // RFC 3262 section 3: it must leave room below 2^31
	}
}

// progressReliably says a provisional response until its PRACK comes. It needs l.mu
// and a ringing leg.
func (l *Leg) progressReliably(p progress) error {
	r := &l.reliable
	if r.bytes != nil {
		r.next = &p
		return nil
	}
	r.seq++
	res := l.respond(l.first, p.code, p.sdp)
	res.AppendHeader(gosip.NewHeader("Require", reliably))
	res.AppendHeader(gosip.NewHeader("RSeq", strconv.FormatUint(uint64(r.seq), 10)))
	b, err := encode(res)
	if err != nil {
		return err
	}
	if err := l.tx.respond(res); err != nil {
		return err
	}
	t := l.s.cfg.Timers
	r.owed, r.bytes, r.sdp, r.wait, r.end = true, b, len(p.sdp) > 0, t.T1, time.Now().Add(t.giveUp())
	r.timer = time.AfterFunc(t.T1, l.repeatProgress)
	return nil
}

// repeatProgress says it again after T1, 2*T1, 4*T1 and so on. Without a PRACK
// after 64*T1 the call is refused (RFC 3262 section 3).
func (l *Leg) repeatProgress() {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &l.reliable
	if r.bytes == nil || l.state != legRinging || l.tx == nil {
		return
	}
	left := time.Until(r.end)
	if left <= 0 {
		_ = l.refuse(504, Lost)
		return
	}
	_ = l.tx.back.send(r.bytes)
	r.wait *= 2
	r.timer.Reset(min(r.wait, left))
}

// stopProgress needs l.mu.
func (l *Leg) stopProgress() {
	stopTimers(l.reliable.timer)
	l.reliable.bytes, l.reliable.next, l.reliable.waits = nil, nil, false
}

// onPrack takes the acknowledgement of a provisional response. It needs l.mu.
func (l *Leg) onPrack(req *gosip.Request, tx *serverTx) {
	r := &l.reliable
	want := fmt.Sprintf("%d %d %s", r.seq, l.first.CSeq().SeqNo, gosip.INVITE)
	code := 200
	switch got := strings.Join(strings.Fields(headerOf(req, "RAck", "")), " "); {
	case got == "":
		_ = tx.respond(l.respond(req, 400, nil))
		return
	case !r.owed || got != want:
		_ = tx.respond(l.respond(req, 481, nil))
		return
	case len(req.Body()) > 0 && len(l.first.Body()) > 0: // a second offer: we take none this early
		code = 488
	case len(req.Body()) > 0:
		l.remote, r.settled = req.Body(), true
		l.bring(l.remote)
	}
	r.owed = false
	_ = tx.respond(l.respond(req, code, nil))
	next, waits, answer := r.next, r.waits, r.answer
	l.stopProgress()
	switch {
	case l.state != legRinging || l.tx == nil:
	case waits:
		_ = l.answerNow(answer)
	case next != nil:
		_ = l.progressReliably(*next)
	}
}

// answerNow says 200 to the INVITE. It needs l.mu and a ringing leg.
func (l *Leg) answerNow(sdp []byte) error {
	l.stopProgress()
	if err := l.accept(l.tx, l.first, sdp); err != nil {
		return err
	}
	l.state, l.tx, l.reliable.settled = legAnswered, nil, false
	stopTimers(l.until, l.trying)
	return nil
}

// rseqOf reads a reliable provisional response; ok is false of any other.
func rseqOf(res *gosip.Response) (rseq uint32, ok bool) {
	if res.StatusCode <= 100 || res.StatusCode >= 200 || !lists(res, "Require", "", reliably) {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(headerOf(res, "RSeq", "")), 10, 32)
	return uint32(n), err == nil && n > 0
}

// rack is the value of the header that acknowledges res.
func rack(res *gosip.Response, rseq uint32) gosip.Header {
	return gosip.NewHeader("RAck", fmt.Sprintf("%d %d %s", rseq, res.CSeq().SeqNo, res.CSeq().MethodName))
}

// errRepeated says that a reliable response came before, or out of its order.
var errRepeated = errors.New("repeated or out of order")

// acknowledgeEarly answers a reliable provisional response to our INVITE with a
// PRACK (RFC 3262 section 4). It needs a.mu.
func (a *attempt) acknowledgeEarly(res *gosip.Response) error {
	d := a.rung(res)
	rseq, ok := rseqOf(res)
	if !ok {
		return nil
	}
	if d == nil || d.rseq != 0 && rseq != d.rseq+1 {
		return errRepeated
	}
	d.rseq = rseq
	d.leg.mu.Lock()
	defer d.leg.mu.Unlock()
	if body := res.Body(); len(body) > 0 {
		d.leg.remote = body
	}
	d.leg.seqOut = max(d.leg.seqOut, a.seq)
	d.leg.sendPrack(res, rseq)
	a.seq = d.leg.seqOut
	return nil
}

// sendPrack needs l.mu.
func (l *Leg) sendPrack(res *gosip.Response, rseq uint32) {
	req := l.request(gosip.PRACK)
	req.AppendHeader(rack(res, rseq))
	req.SetBody(nil)
	l.sendAside(req) // the INVITE's own fate decides
}
