package media

import (
	"crypto/rand"
	"math"
	"net/netip"
	"time"

	"github.com/callward/callward/media/sdp"
	"github.com/callward/callward/media/stun"
)

// consent is how many ticks after its last proof a peer may be sent to (RFC 7675
// section 5.1). Browsers prove themselves every few seconds.
const consent = int64(30 * time.Second / FrameTime)

// ice is the proof of a peer that says by its checks where it is, as browsers do: we
// are the side that is lite and only answers (RFC 8445 section 2.5). What its
// description says of addresses is not asked, so nobody can have us send to a third.
type ice struct {
	own, peer sdp.ICE

	// The pacer's own.
	responder *stun.Responder
	proved    bool
	quiet     int64 // ticks since the last proof
	answer    [stun.MaxAnswer]byte
}

func newICE() *ice {
	own := sdp.ICE{User: rand.Text()[:8], Password: rand.Text()} // of 130 bits
	return &ice{own: own, responder: stun.New(own.User, own.Password)}
}

// meets gives the proof for a peer; nil: it gives none. Another one, or the same that
// begins anew, gets another of ours (RFC 8445 section 9).
func (d *dialog) meets(peer sdp.ICE) *ice {
	switch {
	case peer == (sdp.ICE{}):
		return nil
	case d.ice == nil, d.ice.peer != (sdp.ICE{}) && d.ice.peer != peer:
		d.ice = newICE()
	}
	d.ice.peer = peer
	return d.ice
}

// tells gives ours for a first offer, which is the same whenever it is repeated.
func (d *dialog) tells() sdp.ICE {
	if d.ice == nil {
		d.ice = newICE()
	}
	return d.ice.own
}

// age counts a tick without a proof.
func (t *terms) age() {
	if t != nil && t.ice != nil {
		t.ice.quiet++
	}
}

// missed is how many ticks after its last sign of life a peer is missed that gives some all the
// time. Browsers prove themselves every 2.5 s (Chromium) to 6 s (RFC 7675 section 5.1), beside
// their sound and reports: of four or five seconds without a network, as when a laptop goes from
// one Wi-Fi to the next, nothing comes of it.
const missed = int64(12 * time.Second / FrameTime)

// missedAfter is after how many ticks without a sign a peer is missed. One that has yet to
// prove itself, which a relay may hold up, and nil have all the time there is.
func (i *ice) missedAfter() int64 {
	if i == nil || !i.proved {
		return math.MaxInt64
	}
	return missed
}

// lapsed reports whether a peer that must prove where it is has not, or not lately. Nil
// need not.
func (i *ice) lapsed() bool { return i != nil && (!i.proved || i.quiet > consent) }

// takeCheck answers a check of the peer. Its sound goes where the first one came from,
// and then to where it says.
func (s *Session) takeCheck(t *terms, data []byte, from netip.AddrPort) {
	in, i := &s.in, t.ice
	if in.latch.locked && from != in.latch.peer && in.tokens <= packetsBurst/2 { // the peer's share is not for strangers
		s.refuse(stranger)
		return
	}
	if !s.spend() {
		return
	}
	answer, check, ok := i.responder.Answer(i.answer[:0], data, from)
	if !ok {
		s.refuse(forged)
		return
	}
	to := newDestination(s.ports.pool.address.Bind, from)
	s.ports.rtp.send(answer, &to)
	if !in.latch.locked || check.Nominates && from != in.latch.peer {
		in.latch.lock(from)
		s.follow(from)
	}
	if from != in.latch.peer {
		return
	}
	i.proved, i.quiet, in.absent = true, 0, 0
	if t.handshake != nil {
		t.handshake.wire.from(from)
	}
}
