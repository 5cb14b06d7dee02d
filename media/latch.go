package media

import "net/netip"

// grace is how long, in ticks, we listen for the address that the peer
// negotiated before we settle for the port its packets come from.
const grace = 10 // 200 ms

// latch decides whose packets are the peer's. Only the negotiated host may send,
// from the negotiated port or, if nothing comes from that within the grace, from
// the one it really uses. Then the latch is locked until the next negotiation,
// and packets of anybody else are not heard and move nothing: that is what
// keeps a stranger from taking over a call (RTPbleed). The negotiated address
// alone takes the place of another that has fallen silent.
//
// A peer behind an address translator names an address of its own network. Its
// sound may come from where its signalling does: see Options.Source.
type latch struct {
	negotiated netip.AddrPort
	translated netip.Addr // not valid without a translator

	locked    bool
	peer      netip.AddrPort // once locked
	candidate netip.AddrPort
	last      int64 // tick at which it was heard last; a silent one is none
	until     int64 // tick at which it is taken
}

// admit says whether a packet is the peer's, and whether that made the latch lock.
func (l *latch) admit(from netip.AddrPort, tick int64) (ok, locks bool) {
	switch silent := tick-l.last >= grace; {
	case l.locked && from == l.peer:
		l.last = tick
		return true, false
	case from == l.negotiated && (!l.locked || silent):
		l.lock(from)
		return true, true
	case l.locked || !l.eligible(from):
		return false, false
	case !l.candidate.IsValid() || silent:
		l.candidate, l.until = from, tick+grace
	case from != l.candidate:
		return false, false
	case tick >= l.until:
		l.last = tick
		l.lock(from)
		return true, true
	}
	l.last = tick
	return true, false
}

// mayBe reports whether a packet from there may be the peer's, and moves nothing.
func (l *latch) mayBe(from netip.AddrPort) bool {
	if l.locked {
		return from == l.peer
	}
	return from == l.negotiated || l.eligible(from)
}

func (l *latch) lock(to netip.AddrPort) { l.locked, l.peer = true, to }

func (l *latch) eligible(from netip.AddrPort) bool {
	return l.negotiated.IsValid() && (from.Addr() == l.negotiated.Addr() || from.Addr() == l.translated)
}

//nolint:gochecknoglobals // a read-only table
var carrierGrade = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

// translated is where else the peer may send from: where its signalling comes from, if
// the address that it names is one that only its own network knows.
func translated(negotiated, source netip.Addr) netip.Addr {
	inside := negotiated.IsPrivate() || negotiated.IsLinkLocalUnicast() || carrierGrade.Contains(negotiated)
	if !inside || source == negotiated {
		return netip.Addr{}
	}
	return source
}
