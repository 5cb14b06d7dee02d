package media

import "net/netip"

// grace is how long, in ticks, we listen for the address that the peer
// negotiated before we settle for the port its packets come from.
const grace = 10 // 200 ms

// latch decides whose packets are the peer's. Only the negotiated host may send,
// from the negotiated port or, if nothing comes from that within the grace, from
// the one it really uses. Then the latch is locked until the next negotiation,
// and packets of anybody else are not heard and move nothing: that is what
// keeps a stranger from taking over a call (RTPbleed).
//
// A peer behind an address translator sends from a host it cannot know;
// Options.NAT lets the first one that sends within the grace be it.
type latch struct {
	negotiated netip.AddrPort
	anyHost    bool

	locked    bool
	peer      netip.AddrPort // once locked
	candidate netip.AddrPort
	until     int64 // tick at which the candidate is taken
}

// admit says whether a packet is the peer's, and whether that made the latch lock.
func (l *latch) admit(from netip.AddrPort, tick int64) (ok, locks bool) {
	switch {
	case l.locked:
		return from == l.peer, false
	case from == l.negotiated:
		l.lock(from)
		return true, true
	case from == l.candidate:
		if tick < l.until {
			return true, false
		}
		l.lock(from)
		return true, true
	case l.candidate.IsValid() || !l.eligible(from):
		return false, false
	}
	l.candidate, l.until = from, tick+grace
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
	return l.negotiated.IsValid() && (l.anyHost || from.Addr() == l.negotiated.Addr())
}
