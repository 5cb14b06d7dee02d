package sip

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// Session timers (RFC 4028): both sides agree on an interval. One of them says
// within half of it that the call is still wanted, and who does not hear so
// before its end hangs up. A call whose other side died without a word ends, and
// proxies on the way keep one that lasts.

// refreshing is what was agreed on a leg. Both timers are nil before that.
type refreshing struct {
	interval time.Duration
	least    time.Duration // that anybody on the way agrees to, if more than ours
	ours     bool          // we refresh
	agreed   bool          // else we alone want to hear of the call, and any answer shows that it lives
	again    *time.Timer   // the next refresh of ours
	over     *time.Timer   // hangs up
}

// session is what a message says of session timers. Durations are 0 if it says
// nothing.
type session struct {
	expires, least time.Duration // Session-Expires, Min-SE
	refresher      string        // "uac", "uas" or ""
	supported      bool          // the sender knows the mechanism
}

// longestSession is the longest interval that a peer may ask of us.
const longestSession = 24 * time.Hour

// sessionOf reads a message; ok is false if what it says cannot be understood.
func sessionOf(m message) (s session, ok bool) {
	s.supported = lists(m, "Supported", "k", "timer")
	value, params, _ := strings.Cut(headerOf(m, "Session-Expires", "x"), ";")
	if value != "" {
		if s.expires, ok = readSeconds(value); !ok || s.expires == 0 {
			return s, false
		}
		s.expires = min(s.expires, longestSession)
		for p := range strings.SplitSeq(params, ";") {
			if name, who, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(name), "refresher") {
				s.refresher = strings.ToLower(strings.TrimSpace(who))
			}
		}
		if s.refresher != "" && s.refresher != "uac" && s.refresher != "uas" {
			return s, false
		}
	}
	value, _, _ = strings.Cut(headerOf(m, "Min-SE", ""), ";")
	if value != "" {
		if s.least, ok = readSeconds(value); !ok {
			return s, false
		}
		s.least = min(s.least, longestSession)
	}
	return s, true
}

// readSeconds reads a delta-seconds (RFC 3261 section 25.1).
func readSeconds(text string) (time.Duration, bool) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	return time.Duration(n) * time.Second, err == nil
}

// headerOf is the first value of a header, by its name or its compact form.
func headerOf(m message, name, compact string) string {
	for _, h := range m.Headers() {
		if strings.EqualFold(h.Name(), name) || compact != "" && strings.EqualFold(h.Name(), compact) {
			return h.Value()
		}
	}
	return ""
}

// lists reports whether a header with a list of tokens, which may come in several
// lines, has a token.
func lists(m message, name, compact, token string) bool {
	for _, h := range m.Headers() {
		if !strings.EqualFold(h.Name(), name) && (compact == "" || !strings.EqualFold(h.Name(), compact)) {
			continue
		}
		for t := range strings.SplitSeq(h.Value(), ",") {
			if strings.EqualFold(strings.TrimSpace(t), token) {
				return true
			}
		}
	}
	return false
}

// checkSession gives 0 if the interval of an INVITE or UPDATE can be agreed to,
// else the code that refuses it and a header that says what would do.
func (s *Server) checkSession(req *gosip.Request) (code int, why gosip.Header) {
	asked, ok := sessionOf(req)
	switch {
	case !ok:
		return 400, gosip.NewHeader("Warning", `399 callward "Session-Expires or Min-SE cannot be read"`)
	case asked.supported && asked.expires > 0 && asked.expires < s.cfg.Timers.MinSession:
		return 422, minSE(s.cfg.Timers.MinSession)
	}
	return 0, nil
}

func minSE(d time.Duration) gosip.Header { return gosip.NewHeader("Min-SE", seconds(d)) }

func sessionExpires(d time.Duration, refresher string) gosip.Header {
	return gosip.NewHeader("Session-Expires", seconds(d)+";refresher="+refresher)
}

// agree answers what an INVITE or UPDATE says of session timers (RFC 4028 section
// 9), with a 2xx, and starts them. A peer that does not know them is refreshed by
// us. It needs l.mu.
func (l *Leg) agree(req *gosip.Request, res *gosip.Response) {
	asked, _ := sessionOf(req) // it was checked
	l.learn(req)
	t := l.s.cfg.Timers
	interval := t.Session
	if asked.expires > 0 {
		interval = min(interval, asked.expires)
	}
	interval = max(interval, asked.least, t.MinSession)
	refresher := asked.refresher
	switch {
	case !asked.supported:
		refresher = "uas"
	case refresher != "":
	case l.refreshing.ours: // nothing is changed that works
		refresher = "uas"
	default:
		refresher = "uac"
	}
	res.AppendHeader(gosip.NewHeader("Supported", supported))
	res.AppendHeader(sessionExpires(interval, refresher))
	if refresher == "uac" {
		res.AppendHeader(gosip.NewHeader("Require", "timer"))
	}
	l.refreshFor(interval, refresher == "uas", asked.supported || asked.expires > 0)
}

// askSession puts into a request of the dialog, or into the INVITE that makes one,
// the interval that we want. A refresher is named once there is one. It needs
// l.mu of a leg that others know.
func askSession(req *gosip.Request, interval, least time.Duration, refresher string) {
	req.AppendHeader(gosip.NewHeader("Supported", supported))
	if refresher == "" {
		req.AppendHeader(gosip.NewHeader("Session-Expires", seconds(interval)))
	} else {
		req.AppendHeader(sessionExpires(interval, refresher))
	}
	req.AppendHeader(minSE(least))
}

// agreed takes what the 2xx of a request of ours says (RFC 4028 section 7.2). With
// a peer that says nothing, we refresh. It needs l.mu.
func (l *Leg) agreed(res *gosip.Response, asked time.Duration) {
	l.learn(res)
	got, ok := sessionOf(res)
	if !ok || got.expires == 0 {
		l.refreshFor(asked, true, false)
		return
	}
	l.refreshFor(got.expires, got.refresher != "uas", true)
}

// learn keeps what the other side can do. It needs l.mu.
func (l *Leg) learn(m message) {
	if headerOf(m, "Allow", "") != "" {
		l.updates = lists(m, "Allow", "", "UPDATE")
	}
}

// refreshFor starts the timers anew. It needs l.mu, as they do.
func (l *Leg) refreshFor(interval time.Duration, ours, agreed bool) {
	r := &l.refreshing
	stopTimers(r.again, r.over)
	*r = refreshing{interval: interval, least: r.least, ours: ours, agreed: agreed}
	if l.state == legEnded {
		return
	}
	// RFC 4028 section 10: the BYE goes out a little before the end, lest it cross a refresh.
	t := l.s.cfg.Timers
	r.over = time.AfterFunc(t.lasts(interval-min(32*time.Second, interval/3)), l.unrefreshed)
	if ours {
		r.again = time.AfterFunc(t.lasts(interval/2), l.refresh)
	}
}

// unrefreshed ends a call of which nothing was heard.
func (l *Leg) unrefreshed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == legTalking {
		l.leave(Lost)
	}
}

// refresh says that the call is still wanted: by UPDATE to who takes it, else by
// an INVITE with the body that we sent last. Until one is answered it is tried
// again.
func (l *Leg) refresh() {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &l.refreshing
	if l.state == legEnded || !r.ours {
		return
	}
	r.again.Reset(l.s.cfg.Timers.lasts(max(r.interval/8, time.Second)))
	if l.state != legTalking { // the ACK is not there yet
		return
	}
	update, sdp := l.updates, l.local
	switch {
	case update:
		l.s.detach(l.update)
	case len(sdp) > 0:
		l.s.detach(func(ctx context.Context) { l.refreshByOffer(ctx, sdp) })
	default:
		stopTimers(r.again, r.over) // nothing that we could send
	}
}

// refreshByOffer says again what we said last. The other side may use it to say
// something new.
func (l *Leg) refreshByOffer(ctx context.Context, sdp []byte) {
	before := l.Remote()
	answer, err := l.Reinvite(ctx, sdp)
	if err != nil || len(answer) == 0 || bytes.Equal(answer, before) {
		return // a failure, the timers hear
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bring(answer)
}

// refresher is who refreshes, seen from a request of ours. It needs l.mu.
func (l *Leg) refresher() string {
	if l.refreshing.ours {
		return "uac"
	}
	return "uas"
}

// leastSession is the shortest interval that all agree to. It needs l.mu.
func (l *Leg) leastSession() time.Duration {
	return max(l.refreshing.least, l.s.cfg.Timers.MinSession)
}

// refused hears that a refresh of ours was answered, but not taken: who finds the
// interval too short is asked for more at the next try, and where none was agreed
// the call lives, as the answer shows. It needs l.mu.
func (l *Leg) refused(res *gosip.Response) {
	r := &l.refreshing
	if got, ok := sessionOf(res); ok && res.StatusCode == 422 && got.least > r.interval {
		r.interval, r.least = got.least, got.least
		return
	}
	if r.ours && !r.agreed {
		l.refreshFor(r.interval, true, false)
	}
}

// update sends an UPDATE without an offer (RFC 3311 section 5.1).
func (l *Leg) update(ctx context.Context) {
	l.mu.Lock()
	hop, from := l.hop(), l.path
	l.mu.Unlock()
	path, err := l.s.routeTo(ctx, hop, from)
	if err != nil {
		return // it is tried again
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != legTalking {
		return
	}
	req := l.request(gosip.UPDATE)
	req.AppendHeader(contact(path, l.id))
	req.AppendHeader(gosip.NewHeader("Allow", allowed))
	interval := l.refreshing.interval
	askSession(req, interval, l.leastSession(), l.refresher())
	req.SetBody(nil)
	_ = l.s.exchange(req, path, l.signed, l.nextSeq, // it is tried again
		func(res *gosip.Response) { l.onUpdated(res, interval) },
		func(error) { l.unrefreshed() })
}

// onUpdated hears what came of our UPDATE.
func (l *Leg) onUpdated(res *gosip.Response, asked time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch code := res.StatusCode; {
	case code < 200 || l.state != legTalking:
	case code < 300:
		l.target = targetOf(res.Contact(), l.target)
		l.agreed(res, asked)
	case code == 481 || code == 408: // RFC 3261 section 12.2.1.2
		l.leave(Lost)
	case code == 401, code == 407, code == 422, code == 491:
		l.refused(res)
	default: // not by UPDATE, then
		l.updates = false
		l.refused(res)
	}
}

// turnedAway refuses an INVITE or UPDATE of the dialog that comes too late, or whose
// interval cannot be agreed to, and reports whether it did. It needs l.mu.
func (l *Leg) turnedAway(req *gosip.Request, tx *serverTx) bool {
	if l.state == legEnded {
		_ = tx.respond(l.respond(req, 481, nil))
		return true
	}
	code, why := l.s.checkSession(req)
	if code == 0 {
		return false
	}
	res := l.respond(req, code, nil)
	res.AppendHeader(why)
	_ = tx.respond(res)
	return true
}

// onUpdate answers an UPDATE (RFC 3311 section 5.2): without a body it refreshes,
// with one it is an offer, like that of a re-INVITE. It needs l.mu.
func (l *Leg) onUpdate(in inbound, tx *serverTx) {
	if l.turnedAway(in.req, tx) {
		return
	}
	if len(in.req.Body()) > 0 {
		l.onOffer(in, tx)
		return
	}
	l.path = in.from
	l.target = targetOf(in.req.Contact(), l.target)
	res := l.respond(in.req, 200, nil)
	if l.state == legRinging { // there is nothing to refresh yet
		_ = tx.respond(res)
		return
	}
	l.agree(in.req, res)
	_ = tx.respond(res)
}
