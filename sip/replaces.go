package sip

import (
	"fmt"
	"net/url"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// Replaces (RFC 3891) names a dialog that a new call takes the place of: the last
// step of an attended transfer, or a colleague who picks up a call. What it names
// is found among our own dialogs and nowhere else.

// replaced is what a Replaces header says. The tags are seen from us: the
// header's to-tag is ours (RFC 3891 section 3).
type replaced struct {
	dialog    dialogID
	earlyOnly bool
}

// parseReplaces reads the value of a Replaces header (RFC 3891 section 6.1).
func parseReplaces(value string) (r replaced, err error) {
	parts := strings.Split(value, ";")
	r.dialog.callID = strings.TrimSpace(parts[0])
	for _, p := range parts[1:] {
		k, v, _ := strings.Cut(p, "=")
		v = strings.TrimSpace(v)
		var into *string
		switch strings.ToLower(strings.TrimSpace(k)) {
		case "to-tag":
			into = &r.dialog.ours
		case "from-tag":
			into = &r.dialog.theirs
		case "early-only":
			r.earlyOnly = true
			continue
		default:
			continue
		}
		if *into != "" || !isToken(v) {
			return replaced{}, fmt.Errorf("replaces: a tag is twice there, or no tag")
		}
		*into = v
	}
	if d := r.dialog; d.callID == "" || d.ours == "" || d.theirs == "" || checkText(d.callID) != nil {
		return replaced{}, fmt.Errorf("replaces: call-id, to-tag or from-tag is missing")
	}
	return r, nil
}

// String writes what parseReplaces reads, for somebody whose tags are seen from
// the other side.
func (d dialogID) replaces() string {
	return d.callID + ";to-tag=" + d.theirs + ";from-tag=" + d.ours
}

// findReplaced gives the leg that an INVITE wants to take the place of, nil if it
// wants none; or the code that refuses it (RFC 3891 section 3).
func (s *Server) findReplaced(req *gosip.Request) (l *Leg, code int) {
	hs := req.GetHeaders("replaces")
	if len(hs) == 0 {
		return nil, 0
	}
	r, err := parseReplaces(hs[0].Value())
	if err != nil || len(hs) > 1 {
		return nil, 400
	}
	if l = s.leg(r.dialog); l == nil {
		return nil, 481
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.state == legEnded:
		return nil, 603
	case l.state == legRinging: // an early dialog, and not one that we began
		return nil, 481
	case r.earlyOnly:
		return nil, 486
	}
	return l, 0
}

// Replaces is the leg of ours that the call is to take the place of; nil if none.
// Whoever answers the one must hang up the other, and must have made sure first
// that the caller may do this.
func (l *Leg) Replaces() *Leg { return l.replaces }

// referTo is what a Refer-To header says.
type referTo struct {
	target   gosip.Uri
	method   string
	replaces *replaced
}

// parseReferTo reads a Refer-To header (RFC 3515 section 2.1). Of the headers that
// its address wants to write into the new request, Replaces alone is looked at.
func parseReferTo(value string) (r referTo, err error) {
	if checkText(value) != nil {
		return r, fmt.Errorf("refer-to: %w", ErrUnsafe)
	}
	text := strings.TrimSpace(value)
	if _, rest, ok := strings.Cut(text, "<"); ok {
		if text, _, ok = strings.Cut(rest, ">"); !ok {
			return r, fmt.Errorf("refer-to: the address has no end")
		}
	} else {
		text, _, _ = strings.Cut(text, ";") // what follows is of the header
	}
	text, headers, _ := strings.Cut(text, "?")
	if err := gosip.ParseUri(text, &r.target); err != nil || !isToken(r.target.Scheme) || userOf(r.target) == "" && r.target.Host == "" {
		return r, fmt.Errorf("refer-to: not an address")
	}
	r.method, _ = r.target.UriParams.Get("method")
	for h := range strings.SplitSeq(headers, "&") {
		name, value, _ := strings.Cut(h, "=")
		if !strings.EqualFold(name, "Replaces") {
			continue
		}
		plain, err := url.PathUnescape(value)
		if err != nil || r.replaces != nil {
			return r, fmt.Errorf("refer-to: Replaces cannot be read")
		}
		rep, err := parseReplaces(plain)
		if err != nil {
			return r, err
		}
		r.replaces = &rep
	}
	return r, nil
}
