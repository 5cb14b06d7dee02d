// Package jitter puts the packets of one RTP source back in order and in time
// (RFC 3550, its appendix A.1 for what makes a source valid). It is pure: no
// goroutine, no socket, and no clock but the calls of Pop; it allocates in New, and
// once more where a payload is longer than usual. One goroutine at a time may use a Buffer.
//
// Time is that of the RTP timestamps. The buffer waits until it holds its depth,
// then plays on without a pause: what is missing when due is a hole, what comes
// after is late. The depth follows the path (adapt.go): packets that come late
// make it deeper, and what no packet has needed for some seconds is given up, a
// packet at a time and, if it can wait, while nobody speaks.
package jitter

import "cmp"

// Limits of the rules of RFC 3550 A.1, and ours.
const (
	maxDropout  = 3000 // a larger step forward is a restart
	maxMisorder = 100  // so is a larger step back
	slots       = 64   // packets held at most; a power of two
	lateInARow  = 3    // so many late packets mean that the path has changed
)

// MaxPayload is the longest payload kept: 60 ms of G.711.
const MaxPayload = 480

// usual is what payloads have room for until a longer one comes: 30 ms of G.711. Most
// of the memory of a call is here.
const usual = 240

// A Packet is what the buffer needs to know of an RTP packet.
type Packet struct {
	SSRC      uint32
	Sequence  uint16
	Timestamp uint32
	Marker    bool
	Type      uint8  // of the payload; given back with it
	Samples   uint32 // of sound, in ticks of the timestamp; 0 for an event, which only fills a sequence number
	Waited    uint32 // ticks since it arrived: it was that much earlier than Push is
	Payload   []byte // copied by Push
}

// Verdict says what Push did with a packet.
type Verdict uint8

// The verdicts. All but Kept and Adopted mean that the packet will not be heard.
const (
	Kept      Verdict = iota
	Adopted           // kept; it and its forerunner made a new source, or restarted the old one
	Probation         // the first of what may become a source: kept aside
	Duplicate
	Late
	TooLong // for MaxPayload
)

// Config holds the delays, in ticks of the timestamp.
type Config struct {
	Depth uint32 // what is held back before playing starts, at first
	Least uint32 // the depth is not reduced below this, and packets come half of it early; 0 means that Depth stays as it is
	Most  uint32 // nor made deeper than this; 0 means Depth
	Clock uint32 // ticks a second; 0 means 8000
}

func (c Config) withDefaults() Config {
	c.Clock = cmp.Or(c.Clock, 8000)
	c.Least = cmp.Or(min(c.Least, c.Depth), c.Depth)
	c.Most = max(c.Most, c.Depth)
	return c
}

type slot struct {
	held, played bool
	seq          uint16
	timestamp    uint32
	samples      uint32
	length       int
	kind         uint8
}

// A Buffer holds the packets of one source.
type Buffer struct {
	config        Config
	depth, second uint32

	valid bool // there is a source
	ssrc  uint32
	top   uint16 // highest sequence number seen
	cand  candidate

	slot    [slots]slot
	data    []byte
	held    int    // slots that wait to be played
	head    uint16 // sequence number to be played next
	begun   bool   // something of the source has been played: what is before floor is over
	floor   uint16
	playing bool
	due     uint32 // timestamp to be played next, while playing
	end     uint32 // timestamp after the newest sound
	hungry  uint32 // ticks since there was anything to play
	waited  uint32 // ticks spent filling up
	lates   int
	adapt   adapt
	lost    uint64
	skipped uint64
	grown   uint64
}

// candidate is the last packet that fits no known sequence.
type candidate struct {
	is      bool
	packet  Packet
	payload [MaxPayload]byte
}

// New makes a buffer.
func New(cfg Config) *Buffer {
	b := &Buffer{data: make([]byte, slots*usual)}
	b.Renew(cfg)
	return b
}

// Renew makes the buffer as New does, for another call or another clock: nothing of
// what was before is left in it. Making one anew is what costs most when a call begins.
func (b *Buffer) Renew(cfg Config) {
	cfg = cfg.withDefaults()
	clear(b.data)
	*b = Buffer{config: cfg, depth: cfg.Depth, second: cfg.Clock, data: b.data}
	b.adapt.forget()
}

// Stats counts what happened to the sound since New.
type Stats struct {
	Lost      uint64 // packets that had not come when they were due
	Skipped   uint64 // packets left out to shorten the delay
	Stretched uint64 // times the delay grew for late packets
	Depth     uint32 // what is held back now, in ticks
}

// Stats gives the counts.
func (b *Buffer) Stats() Stats {
	return Stats{Lost: b.lost, Skipped: b.skipped, Stretched: b.grown, Depth: b.depth}
}

// Reset forgets the source and all packets: the next packet is the first.
func (b *Buffer) Reset() {
	b.valid, b.cand.is = false, false
	b.clear()
}

func (b *Buffer) clear() {
	b.slot = [slots]slot{}
	b.held, b.playing, b.begun, b.waited, b.hungry, b.lates = 0, false, false, 0, 0, 0
	b.adapt.forget()
}

// Push takes a packet.
func (b *Buffer) Push(p Packet) Verdict {
	if len(p.Payload) > MaxPayload {
		return TooLong
	}
	if !b.valid || p.SSRC != b.ssrc || !b.near(p.Sequence) {
		return b.audition(p)
	}
	b.cand.is = false
	if after(p.Sequence, b.top) {
		b.top = p.Sequence
	}
	return b.insert(p)
}

// near reports whether seq continues the current source (RFC 3550 A.1).
func (b *Buffer) near(seq uint16) bool {
	step := int(int16(seq - b.top)) //nolint:gosec // sequence numbers wrap
	return step > -maxMisorder && step < maxDropout
}

// audition makes a source of two packets in sequence: the first source, one
// with a new SSRC, or the old one after a leap. While the old source goes on,
// its packets end the audition, so that two sources do not take turns.
func (b *Buffer) audition(p Packet) Verdict {
	c := &b.cand
	if c.is && c.packet.SSRC == p.SSRC && c.packet.Sequence == p.Sequence {
		return Duplicate
	}
	if !c.is || c.packet.SSRC != p.SSRC || c.packet.Sequence+1 != p.Sequence {
		c.is = true
		n := copy(c.payload[:], p.Payload)
		c.packet = p
		c.packet.Payload = c.payload[:n]
		return Probation
	}
	b.clear()
	b.valid, b.ssrc, b.head, b.top = true, p.SSRC, c.packet.Sequence, p.Sequence
	c.is = false
	b.insert(c.packet)
	b.insert(p)
	return Adopted
}

func (b *Buffer) insert(p Packet) Verdict {
	if v := b.refuse(p); v != Kept {
		return v
	}
	if b.held == 0 {
		b.welcome(p)
	}
	if after(b.head, p.Sequence) { // only while filling up
		b.head = p.Sequence
	}
	for int(p.Sequence-b.head) >= slots {
		b.dropHead()
	}
	b.store(p)
	b.lates = 0
	return Kept
}

// refuse says Duplicate or Late where p is, and makes room for the first packet
// of a path that has become slower.
func (b *Buffer) refuse(p Packet) Verdict {
	s := &b.slot[p.Sequence%slots]
	if (s.held || s.played) && s.seq == p.Sequence {
		return Duplicate
	}
	if !b.playing {
		if b.begun && after(b.floor, p.Sequence) { // it is filling up again
			return Late
		}
		if back := b.head - p.Sequence; after(b.head, p.Sequence) && (b.held == 0 || int(back)+int(b.top-b.head) >= slots) {
			return Late
		}
		return Kept
	}
	passed := after(b.head, p.Sequence)
	if p.Samples == 0 {
		if passed {
			return Late
		}
		return Kept
	}
	over := passed || int32(p.Timestamp+p.Samples-b.due) <= 0 //nolint:gosec // RTP time wraps
	b.adapt.note(int32(p.Timestamp-b.due) + int32(p.Waited))  //nolint:gosec // RTP time wraps
	if !over || b.stretch(p) {
		return Kept
	}
	b.deepen(p)
	if b.lates++; b.lates < lateInARow {
		return Late
	}
	begun := b.begun && !after(b.floor, p.Sequence) // else the source went back
	b.clear()
	b.head, b.begun = p.Sequence, begun
	return Kept
}

// stretch moves the clock back to a packet that is next in line and came while
// there was nothing to play.
func (b *Buffer) stretch(p Packet) bool {
	by := b.due - p.Timestamp
	if b.held > 0 || p.Sequence != b.head || by > b.second/10 {
		return false
	}
	b.due = p.Timestamp
	b.grew(by)
	return true
}

// welcome prepares for the first packet after there was none.
func (b *Buffer) welcome(p Packet) {
	if b.playing && p.Marker && b.hungry > 0 { // a talkspurt begins: fill up again
		b.playing, b.waited = false, 0
	}
	if !b.playing || p.Samples > 0 {
		b.end = p.Timestamp
	}
	if step := p.Sequence - b.head; int(step) >= slots && !after(b.head, p.Sequence) {
		b.lost += uint64(step)
		b.head = p.Sequence
	}
}

func (b *Buffer) store(p Packet) {
	i, room := int(p.Sequence%slots), len(b.data)/slots
	if len(p.Payload) > room {
		b.widen()
		room = MaxPayload
	}
	n := copy(b.data[i*room:(i+1)*room], p.Payload)
	b.slot[i] = slot{held: true, seq: p.Sequence, timestamp: p.Timestamp, samples: p.Samples, length: n, kind: p.Type}
	b.held++
	if end := p.Timestamp + p.Samples; p.Samples > 0 && later(end, b.end) {
		b.end = end
	}
}

// widen makes room for the longest payloads. It allocates, once.
func (b *Buffer) widen() {
	old, room := b.data, len(b.data)/slots
	b.data = make([]byte, slots*MaxPayload)
	for i := range slots {
		copy(b.data[i*MaxPayload:], old[i*room:(i+1)*room])
	}
}

// dropHead gives up the packet to be played next.
func (b *Buffer) dropHead() {
	s := &b.slot[b.head%slots]
	if s.held && s.seq == b.head {
		s.held, s.played = false, true
		b.held--
		b.skipped++
		if b.playing && s.samples > 0 {
			b.due = s.timestamp + s.samples
		}
	} else {
		b.lost++
	}
	b.head++
}

func after(a, b uint16) bool { return int16(a-b) > 0 } //nolint:gosec // sequence numbers wrap
func later(a, b uint32) bool { return int32(a-b) > 0 } //nolint:gosec // RTP time wraps
