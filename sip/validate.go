package sip

import (
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// Where sipgo's parser is liberal, these checks are strict: a message that
// passes has each header the rest of the package relies on, exactly once.

// unanswerable is what checkRequest gives for a request no reply can be made to.
const unanswerable = -1

// checkRequest gives 0 for a request that may be handled, else the code to
// refuse it with, or unanswerable.
func checkRequest(r *gosip.Request) int {
	seen := countSingles(r)
	if via := r.Via(); via == nil || via.Host == "" {
		return unanswerable
	}
	if seen != (singles{from: 1, to: 1, callID: 1, cseq: 1, maxForwards: seen.maxForwards}) || seen.maxForwards > 1 {
		if seen.from == 0 || seen.to == 0 || seen.callID == 0 || seen.cseq == 0 {
			return unanswerable
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
	case r.Recipient.Scheme != "sip" && r.Recipient.Scheme != "sips" && r.Recipient.Scheme != "tel":
		return 416
	case len(r.Recipient.Headers) > 0: // RFC 3261 section 19.1.1: not in a request URI
		return 400
	case r.Method == gosip.INVITE && mf != nil && mf.Val() == 0: // RFC 7332: a B2BUA counts hops too
		return 483
	}
	return 0
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

// unsupported gives the Require options of a request that we do not support (RFC
// 3261 section 8.2.2.3).
func unsupported(r *gosip.Request) string {
	var names []string
	for _, h := range r.GetHeaders("require") {
		for name := range strings.SplitSeq(h.Value(), ",") {
			if name = strings.TrimSpace(name); isToken(name) && !strings.EqualFold(name, "timer") && !strings.EqualFold(name, reliably) {
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

func tagOf(p gosip.HeaderParams) string {
	tag, _ := p.Get("tag")
	return tag
}
