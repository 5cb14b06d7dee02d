// Package quality measures how RTP arrives (RFC 3550 section 6.4 and its
// appendices A.3 and A.8) and estimates how people would judge it (ITU-T G.107).
// It is pure: no goroutine, no socket, no clock.
package quality

import "time"

// Reception counts the packets of one source as reports tell of them. The zero
// value waits for the first packet.
type Reception struct {
	begun    bool
	ssrc     uint32
	base     uint32 // of extended sequence numbers
	highest  uint32
	received uint32

	timestamp uint32 // of the last packet

	transit int64 // ticks between the sender's clock and ours
	jitter  int64 // ticks, times 16

	priorExpected, priorReceived uint32 // at the last report
}

// Report is what a reception report says (RFC 3550 section 6.4.1).
type Report struct {
	SSRC     uint32
	Fraction uint8  // of the packets since the last report that were lost, times 256
	Lost     int32  // since the beginning; duplicates make it smaller
	Highest  uint32 // extended sequence number
	Jitter   uint32 // ticks of the timestamp
}

// Packet counts a packet that came at a time, which is in ticks of the timestamp.
// A leap of the sequence begins anew: others decide whether it is one source.
func (r *Reception) Packet(ssrc uint32, sequence uint16, timestamp uint32, at int64) {
	const dropout, misorder = 3000, 100              // RFC 3550 A.1
	step := int(int16(sequence - uint16(r.highest))) //nolint:gosec // sequence numbers wrap
	if !r.begun || ssrc != r.ssrc || step >= dropout || step <= -misorder {
		*r = Reception{begun: true, ssrc: ssrc, base: 1<<16 | uint32(sequence), highest: 1<<16 | uint32(sequence), received: 1}
		r.transit = at - int64(timestamp)
		return
	}
	if step > 0 {
		r.highest += uint32(step)
	}
	r.received++
	if timestamp == r.timestamp && step == 1 { // of a key that is held: only the first shows how long it took
		return
	}
	r.timestamp = timestamp
	transit := at - int64(timestamp)
	d := int64(int32(transit - r.transit)) //nolint:gosec // RTP time wraps
	r.transit = transit
	if d < 0 {
		d = -d
	}
	r.jitter += d - (r.jitter+8)>>4
}

// Heard reports whether there was a packet.
func (r *Reception) Heard() bool { return r.begun }

// Jitter is the smoothed difference of the transit times of two packets, in ticks.
func (r *Reception) Jitter() uint32 { return uint32(r.jitter >> 4) } //nolint:gosec // never negative

// Report tells of what came, and begins the next interval.
func (r *Reception) Report() Report {
	expected := r.highest - r.base + 1
	lost := int64(expected) - int64(r.received)
	out := Report{SSRC: r.ssrc, Lost: int32(max(-1<<23, min(1<<23-1, lost))), Highest: r.highest - 1<<16, Jitter: r.Jitter()}
	due, came := expected-r.priorExpected, r.received-r.priorReceived
	if due > came && due < 1<<31 {
		out.Fraction = uint8(min(255, uint64(due-came)*256/uint64(due)))
	}
	r.priorExpected, r.priorReceived = expected, r.received
	return out
}

// MOS estimates how G.711 would be judged, from 1 (bad) to 4.4, by the part of the
// sound that had to be concealed, 0 to 1, and the delay from mouth to ear. It is the
// E-model of ITU-T G.107 with its defaults; of G.113, appendix I: G.711 with
// concealment has no impairment of its own and withstands loss by 25.1.
func MOS(concealed float64, delay time.Duration) float64 {
	const base, robustness = 93.2, 25.1
	ms := float64(delay) / float64(time.Millisecond)
	r := base - 0.024*ms - 0.11*max(0, ms-177.3)
	percent := 100 * concealed
	r -= 95 * percent / (percent + robustness)
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
}
