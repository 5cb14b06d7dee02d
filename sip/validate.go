package sip

import (
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// Where sipgo's parser is liberal, these checks are strict: a message that
// passes has each header the rest of the package relies on, exactly once.

// incomplete is what checkRequest gives for a request that lacks what a reply is
// made of.
const incomplete = -1

// checkRequest gives 0 for a request that may be handled, else the code to
// refuse it with, or incomplete.
func checkRequest(r *gosip.Request) int {
	seen := countSingles(r)
	if via := r.Via(); via == nil || via.Host == "" {
		return incomplete
	}
	if seen != (singles{from: 1, to: 1, callID: 1, cseq: 1, maxForwards: seen.maxForwards}) || seen.maxForwards > 1 {
		if seen.from == 0 || seen.to == 0 || seen.callID == 0 || seen.cseq == 0 {
			return incomplete
		}
		return 400
	}
	return checkFields(r)
}

func checkFields(r *gosip.Request) int {
	mf := r.MaxForwards()
	switch {
	case !strings.EqualFold(r.SipVersion, "SIP/2.0"):
		return 505
	case r.CSeq().MethodName != r.Method, !isToken(string(r.Method)), r.CallID().Value() == "":
		return 400
	case mf != nil && mf.Val() > 255:
		return 400
	case !areURIs(r.Recipient, r.From().Address, r.To().Address):
		return 400
	case !isOurs(r.Recipient.Scheme):
		return 416
	case len(r.Recipient.Headers) > 0: // RFC 3261 section 19.1.1: not in a request URI
		return 400
	case r.Method == gosip.INVITE && mf != nil && mf.Val() == 0: // RFC 7332: a B2BUA counts hops too
		return 483
	}
	return 0
}

// isOurs reports whether we take requests for a scheme.
func isOurs(scheme string) bool {
	return strings.EqualFold(scheme, "sip") || strings.EqualFold(scheme, "sips") || strings.EqualFold(scheme, "tel")
}

// areURIs reports whether addresses have a scheme and no control characters (RFC
// 3261 section 25.1): the parser takes anything before a colon.
func areURIs(us ...gosip.Uri) bool {
	for _, u := range us {
		if !isToken(u.Scheme) || checkText(u.String()) != nil {
			return false
		}
	}
	return true
}

// checkResponse reports whether a response may be matched to a transaction. More
// than one Via means that it is not for us (RFC 3261 section 18.1.2).
func checkResponse(r *gosip.Response) bool {
	seen := countSingles(r)
	vias := len(r.GetHeaders("via"))
	return seen.from == 1 && seen.to == 1 && seen.callID == 1 && seen.cseq == 1 && vias == 1 && r.Via() != nil &&
		r.StatusCode >= 100 && r.StatusCode < 700 && strings.EqualFold(r.SipVersion, "SIP/2.0")
}

// singles counts headers that must not repeat.
type singles struct{ from, to, callID, cseq, maxForwards int }

func countSingles(m message) singles {
	var n singles
	for _, h := range m.Headers() {
		switch h.(type) {
		case *gosip.FromHeader:
			n.from++
		case *gosip.ToHeader:
			n.to++
		case *gosip.CallIDHeader:
			n.callID++
		case *gosip.CSeqHeader:
			n.cseq++
		case *gosip.MaxForwardsHeader:
			n.maxForwards++
		}
	}
	return n
}

// tidy gives the parameters we look for their names in small letters and without
// blanks around them, which the parser leaves (RFC 3261 section 7.3.1).
func tidy(m message) {
	for _, h := range m.Headers() {
		switch h := h.(type) {
		case *gosip.ViaHeader:
			tidyParams(h.Params)
		case *gosip.FromHeader:
			tidyParams(h.Params)
		case *gosip.ToHeader:
			tidyParams(h.Params)
		case *gosip.ContactHeader:
			tidyParams(h.Params)
		}
	}
}

func tidyParams(ps gosip.HeaderParams) {
	for i, p := range ps {
		ps[i] = gosip.HeaderKV{K: strings.ToLower(strings.TrimSpace(p.K)), V: strings.TrimSpace(p.V)}
	}
}

// extensions are what Require may name.
//
//nolint:gochecknoglobals // a read-only table
var extensions = map[string]bool{"timer": true, "replaces": true, "norefersub": true, reliably: true}

// unsupported gives the Require options of a request that we do not support (RFC
// 3261 section 8.2.2.3).
func unsupported(r *gosip.Request) string {
	var names []string
	for _, h := range r.GetHeaders("require") {
		for name := range strings.SplitSeq(h.Value(), ",") {
			if name = strings.TrimSpace(name); isToken(name) && !extensions[strings.ToLower(name)] {
				names = append(names, name)
			}
		}
	}
	return strings.Join(names, ", ")
}

// checkOffer gives 0 if a body may be an offer, else the code that refuses it
// (RFC 3261 section 8.2.3).
func checkOffer(r *gosip.Request) int {
	if len(r.Body()) == 0 {
		return 0
	}
	ct := r.ContentType()
	if ct == nil {
		return 400
	}
	kind, _, _ := strings.Cut(ct.Value(), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/sdp") || r.GetHeader("content-encoding") != nil {
		return 415
	}
	return 0
}

// takesSDP reports whether the sender of a request can be answered with a session
// description (RFC 3261 section 20.1).
func takesSDP(r *gosip.Request) bool {
	accepts := r.GetHeaders("accept")
	for _, h := range accepts {
		for kind := range strings.SplitSeq(h.Value(), ",") {
			kind, _, _ = strings.Cut(kind, ";")
			switch strings.ToLower(strings.TrimSpace(kind)) {
			case "application/sdp", "application/*", "*/*":
				return true
			}
		}
	}
	return len(accepts) == 0
}

func tagOf(p gosip.HeaderParams) string {
	tag, _ := p.Get("tag")
	return tag
}
