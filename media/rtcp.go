package media

import (
	"math/rand/v2"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"

	"github.com/callward/callward/media/quality"
)

// Reports (RFC 3550 section 6): each side tells the other every few seconds what it
// has sent and how it hears, and learns the round trip of it.

const (
	reportEvery   = 250 // ticks, give or take half of them (RFC 3550 section 6.2)
	firstReport   = 50
	reportsAtOnce = 4 // taken in of the control port in a second
	// mostBelieved is what a peer may say of its jitter, or of a round trip: no talk is
	// held over a network that has more, and averages would be made of lies.
	mostBelieved = 10 * time.Second
)

// reports is what a session knows of its reports, the pacer's own.
type reports struct {
	next      int64 // tick of the next one of ours
	to        destination
	from      netip.Addr // whose reports are taken
	reception quality.Reception
	packets   uint32 // sent
	octets    uint32
	told      uint32 // packets at the last report
	theirs    struct {
		stamp   uint32 // the middle of the NTP time of the last report of a sender
		arrived int64
	}
}

// reported is what the reports say, for anybody to read.
type reported struct {
	sent, taken                   atomic.Uint64
	jitter, peerJitter, roundTrip atomic.Int64  // nanoseconds
	peerLoss                      atomic.Uint32 // times 256
}

// aimReports finds where reports go and come from, for new terms.
func (s *Session) aimReports(t *terms) {
	r := &s.reports
	r.from = t.remote.Addr()
	if t.control.IsValid() {
		r.to = newDestination(s.ports.pool.address.Bind, t.control)
	}
}

// follow sends reports where the peer was found to be.
func (s *Session) follow(peer netip.AddrPort) {
	bind := s.ports.pool.address.Bind
	s.out.to = newDestination(bind, peer)
	switch t := s.in.terms; {
	case t.mux:
		s.reports.to = s.out.to
	case peer.Addr() != t.remote.Addr():
		s.reports.to = newDestination(bind, netip.AddrPortFrom(peer.Addr(), peer.Port()+1))
	}
	s.reports.from = peer.Addr()
}

// countReception notes a packet of the peer's sound for our report.
func (s *Session) countReception(ssrc uint32, sequence uint16, timestamp uint32, arrived int64) {
	if arrived == 0 {
		return
	}
	clock, second := int64(s.in.terms.codec.clock), int64(time.Second)
	s.reports.reception.Packet(ssrc, sequence, timestamp, arrived/second*clock+arrived%second*clock/second)
}

// report sends one of ours when it is due.
func (s *Session) report(n int64) {
	r := &s.reports
	switch {
	case s.in.terms == nil || !s.in.terms.control.IsValid() && s.in.terms.ice == nil || s.in.terms.ice.lapsed():
		return
	case r.next == 0:
		r.next = n + firstReport
	}
	if n < r.next {
		return
	}
	r.next = n + reportEvery/2 + rand.Int64N(reportEvery)
	s.sendReport(false)
}

// sendReport sends what we sent and heard, and in the end that there is no more.
func (s *Session) sendReport(last bool) {
	r, t := &s.reports, s.in.terms
	s.reported.jitter.Store(int64(time.Duration(r.reception.Jitter()) * time.Second / time.Duration(t.codec.clock)))
	if t.handshake != nil && (!t.mux || t.sealing == nil) {
		return // the keys are for the way of the sound
	}
	now := time.Now()
	var receptions []rtcp.ReceptionReport
	if r.reception.Heard() {
		q := r.reception.Report()
		receptions = []rtcp.ReceptionReport{{
			SSRC: q.SSRC, FractionLost: q.Fraction, TotalLost: uint32(q.Lost) & 0xffffff, //nolint:gosec // 24 bits of a signed number
			LastSequenceNumber: q.Highest, Jitter: q.Jitter, LastSenderReport: r.theirs.stamp, Delay: r.since(now),
		}}
	}
	packets := []rtcp.Packet{nil, &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
		Source: s.out.ssrc, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: s.cname}},
	}}}}
	if r.packets == r.told {
		packets[0] = &rtcp.ReceiverReport{SSRC: s.out.ssrc, Reports: receptions}
	} else {
		packets[0] = &rtcp.SenderReport{
			SSRC: s.out.ssrc, NTPTime: ntp(now.UnixNano()), RTPTime: s.out.timestamp,
			PacketCount: r.packets, OctetCount: r.octets, Reports: receptions,
		}
	}
	r.told = r.packets
	if last {
		packets = append(packets, &rtcp.Goodbye{Sources: []uint32{s.out.ssrc}})
	}
	b, err := rtcp.Marshal(packets)
	if err == nil && t.sealing != nil {
		b, err = t.sealing.EncryptRTCP(nil, b, nil)
	}
	socket := s.ports.rtcp
	if t.mux {
		socket = s.ports.rtp
	}
	if err == nil && socket.send(b, &r.to) {
		s.reported.sent.Add(1)
	}
}

// since is how long ago the peer's report came, in 1/65536 s; 0 if none did.
func (r *reports) since(now time.Time) uint32 {
	if r.theirs.stamp == 0 {
		return 0
	}
	return middle(now.UnixNano() - r.theirs.arrived)
}

// ntp is Unix time in nanoseconds as seconds since 1900, with 32 bits of fraction.
func ntp(nanos int64) uint64 {
	const from1900 = 2208988800
	second := int64(time.Second)
	return uint64(nanos/second+from1900)<<32 | uint64(nanos%second<<32/second) //nolint:gosec // not before 1970
}

// middle is a duration in 1/65536 s.
func middle(nanos int64) uint32 {
	second := int64(time.Second)
	return uint32(nanos/second<<16 + nanos%second<<16/second) //nolint:gosec // NTP time wraps
}

// takeReports fetches what has come to the control port.
func (s *Session) takeReports(w *workspace) {
	got := s.ports.rtcp.receive(w.batch)
	for i := range got {
		data, from, whole := w.batch.packet(i)
		s.control(i, data, from, whole, w.batch.arrived(i))
	}
}

// control takes datagram i of those that have come to the control port.
func (s *Session) control(i int, data []byte, from netip.AddrPort, whole bool, arrived int64) {
	switch t := s.in.terms; {
	case t == nil || t.mux:
		s.refuse(unexpected)
	case i >= reportsAtOnce:
		s.refuse(overRate)
	case from.Addr() != s.reports.from:
		s.refuse(stranger)
	case !whole:
		s.refuse(tooLong)
	default:
		s.takeReport(data, arrived)
	}
}

// takeReport reads what the peer tells.
func (s *Session) takeReport(data []byte, arrived int64) {
	t := s.in.terms
	if t.opening != nil {
		plain, err := t.opening.DecryptRTCP(nil, data, nil)
		if err != nil {
			s.refuse(forged)
			return
		}
		data = plain
	}
	packets, err := rtcp.Unmarshal(data)
	if err != nil {
		s.refuse(notRTP)
		return
	}
	s.reported.taken.Add(1)
	for _, p := range packets {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			s.reports.theirs.stamp, s.reports.theirs.arrived = uint32(p.NTPTime>>16), arrived //nolint:gosec // the middle
			s.in.absent = 0
			s.takeReceptions(p.Reports, arrived)
		case *rtcp.ReceiverReport:
			s.in.absent = 0
			s.takeReceptions(p.Reports, arrived)
		}
	}
}

func (s *Session) takeReceptions(list []rtcp.ReceptionReport, arrived int64) {
	for _, r := range list {
		if r.SSRC != s.out.ssrc {
			continue
		}
		s.reported.peerLoss.Store(uint32(r.FractionLost))
		clock := time.Duration(s.in.terms.codec.clock)
		if jitter := time.Duration(r.Jitter) * time.Second / clock; jitter <= mostBelieved {
			s.reported.peerJitter.Store(int64(jitter))
		}
		if r.LastSenderReport == 0 || arrived == 0 {
			continue
		}
		trip := int32(uint32(ntp(arrived)>>16) - r.LastSenderReport - r.Delay) //nolint:gosec // NTP time wraps
		if nanos := int64(trip) * int64(time.Second) >> 16; nanos >= 0 && nanos <= int64(mostBelieved) {
			s.reported.roundTrip.Store(nanos)
		}
	}
}
