package media

import (
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/callward/callward/media/quality"
)

// counters is what a session counts. One goroutine writes, anybody reads.
type counters struct {
	received, sent, sendFailed, starved        atomic.Uint64
	sources, concealed, eventsDropped, hidden  atomic.Uint64
	lost, skipped, stretched, handshakesFailed atomic.Uint64
	delay                                      atomic.Int64 // of the jitter buffer, in nanoseconds
	refused                                    [causes]atomic.Uint64
}

// cause is why a packet was not heard.
type cause uint8

const (
	unexpected cause = iota
	notRTP
	stranger
	overRate
	tooLong
	unknownType
	forged
	replayed
	late
	duplicate
	causes
)

var causeNames = [causes]string{ //nolint:gochecknoglobals // a read-only table
	"unexpected", "not_rtp", "stranger", "over_rate", "too_long", "unknown_type", "forged", "replayed", "late", "duplicate",
}

// refuse counts a packet that is not heard.
func (s *Session) refuse(why cause) {
	s.stats.refused[why].Add(1)
	s.shard.refused[why].Add(1)
}

// SessionStats says how a session has fared. Packets that were refused are
// counted by cause.
type SessionStats struct {
	Codec  string         // that we send; empty until agreed
	Remote netip.AddrPort // as negotiated
	Sealed bool           // what is sent is protected

	Received   uint64 // packets of the peer
	Sent       uint64 // packets
	SendFailed uint64 // packets the kernel did not take
	Starved    uint64 // ticks at which a source had nothing yet

	Unexpected uint64 // came before terms were agreed, or while we are to hear nothing
	NotRTP     uint64 // wrong version, or broken
	Strangers  uint64 // came from another address than the peer's
	OverRate   uint64 // more than four times what a call sends
	TooLong    uint64 // longer than 60 ms of sound
	Unknown    uint64 // of a payload type not agreed on

	Forged           uint64 // did not pass the check of SRTP: wrong key, changed, or not protected
	Replayed         uint64 // had come before, or too long ago
	HandshakesFailed uint64

	Late, Duplicate  uint64        // packets
	Lost             uint64        // packets that had not come when they were due
	Skipped          uint64        // packets left out to shorten a delay
	Stretched        uint64        // times the delay grew for a late packet
	Delay            time.Duration // that is held back against jitter, now
	Sources          uint64        // RTP sources taken, after leaps and new SSRCs too
	ConcealedSamples uint64        // made up for what was missing
	HiddenSamples    uint64        // silenced for the sound of a key
	EventsDropped    uint64        // nobody read Events

	ReportsSent, ReportsTaken uint64        // of RTCP
	Jitter, PeerJitter        time.Duration // of arrival (RFC 3550 A.8), here and at the peer
	RoundTrip                 time.Duration // of the network; 0: not known
	PeerLoss                  float64       // part of our packets that the peer lost before its last report, 0 to 1
	// MOS estimates how what we hear would be judged, 1 to 4.4; 0 if nothing was heard.
	MOS float64
}

// Stats gives the counts so far.
func (s *Session) Stats() SessionStats {
	c := &s.stats
	refused := func(why cause) uint64 { return c.refused[why].Load() }
	out := SessionStats{
		Received: c.received.Load(), Sent: c.sent.Load(), SendFailed: c.sendFailed.Load(), Starved: c.starved.Load(),
		Unexpected: refused(unexpected), NotRTP: refused(notRTP), Strangers: refused(stranger),
		OverRate: refused(overRate), TooLong: refused(tooLong), Unknown: refused(unknownType),
		Forged: refused(forged), Replayed: refused(replayed), HandshakesFailed: c.handshakesFailed.Load(),
		Late: refused(late), Duplicate: refused(duplicate), Lost: c.lost.Load(), Skipped: c.skipped.Load(),
		Stretched: c.stretched.Load(), Sources: c.sources.Load(), ConcealedSamples: c.concealed.Load(),
		EventsDropped: c.eventsDropped.Load(), HiddenSamples: c.hidden.Load(), Delay: time.Duration(c.delay.Load()),
	}
	r := &s.reported
	out.ReportsSent, out.ReportsTaken = r.sent.Load(), r.taken.Load()
	out.Jitter, out.PeerJitter = time.Duration(r.jitter.Load()), time.Duration(r.peerJitter.Load())
	out.RoundTrip, out.PeerLoss = time.Duration(r.roundTrip.Load()), float64(r.peerLoss.Load())/256
	if out.Received > 0 {
		gone := float64(out.Lost) // what was late, too
		out.MOS = quality.MOS(gone/(gone+float64(out.Received)), FrameTime+out.Delay+out.RoundTrip/2)
	}
	if t := s.terms.Load(); t != nil {
		out.Codec, out.Remote, out.Sealed = t.codec.name, t.remote, t.sealing != nil
	}
	return out
}

// Stats is the state of an Engine.
type Stats struct {
	Sessions         int // open
	PortsInUse       int // pairs
	PortsQuarantined int
	PortsFree        int

	Refused map[string]uint64 // packets that were not heard, by cause: see the fields of SessionStats

	Failures     uint64 // sessions that broke for a fault of ours
	Ticks        uint64 // done by the pacers
	LateTicks    uint64 // begun more than 5 ms after they were due
	SkippedTicks uint64 // given up after a stall of more than half a second
	// Lateness counts the wake-ups of the pacers by how late they were: entry i
	// counts those below 2^i microseconds, and not below half of that.
	Lateness [LatenessBuckets]uint64
}

// LatenessBuckets is the length of Stats.Lateness.
const LatenessBuckets = 24
