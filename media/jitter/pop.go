package jitter

// Kind says what a Piece is.
type Kind uint8

// The kinds of pieces.
const (
	Idle  Kind = iota // nothing plays: no source, or it is filling up
	Sound             // a packet's payload
	Hole              // what should be here was lost or is late
	Pause             // the source said nothing here, by its timestamps
)

// A Piece is what is due. Payload is valid until the next Push. That of a Hole is the
// packet which follows at once, if it is there: some codecs put a copy of a packet into
// the next.
type Piece struct {
	Kind    Kind
	Type    uint8 // of the packet
	Samples uint32
	Payload []byte
}

// Pop gives what is due next and moves on by it. A Sound may be longer than
// want, anything else is want or shorter: call again until there is enough.
func (b *Buffer) Pop(want uint32) Piece {
	if !b.playing && !b.start(want) {
		return Piece{Kind: Idle, Samples: want}
	}
	if n := min(want, b.adapt.owed); n > 0 { // the delay grows: time passes, and nothing is due
		b.adapt.owed -= n
		return Piece{Kind: Hole, Samples: n}
	}
	for b.held > 0 {
		s := b.front()
		ahead := int32(s.timestamp - b.due) //nolint:gosec // RTP time wraps
		switch {
		case s.samples == 0 || ahead+int32(s.samples) <= 0: //nolint:gosec // at most MaxPayload
			b.take(s)
		case ahead > int32(b.second): //nolint:gosec // the timestamps leapt: begin again
			b.playing, b.waited, b.head = false, 0, s.seq
			return Piece{Kind: Idle, Samples: want}
		case ahead > int32(s.samples)/2: //nolint:gosec // at most MaxPayload
			return b.hole(s, min(want, uint32(ahead))) //nolint:gosec // positive here
		default:
			return b.sound(s)
		}
	}
	return b.starve(want)
}

// start begins to play once enough is held, or has been held for long enough.
func (b *Buffer) start(want uint32) bool {
	if b.held == 0 {
		return false
	}
	s := b.front()
	if b.end-s.timestamp < b.depth && b.waited < b.depth {
		b.waited += want
		return false
	}
	b.playing, b.due, b.hungry = true, s.timestamp, 0
	b.adapt.forget()
	return true
}

// front is the first packet held; there is one.
func (b *Buffer) front() *slot {
	for seq := b.head; ; seq++ {
		if s := &b.slot[seq%slots]; s.held && s.seq == seq {
			return s
		}
	}
}

// take moves past s; what lies between it and the last one was lost.
func (b *Buffer) take(s *slot) {
	b.lost += uint64(s.seq - b.head)
	s.held, s.played = false, true
	b.held--
	b.head = s.seq + 1
	b.begun, b.floor = true, b.head
}

func (b *Buffer) sound(s *slot) Piece {
	b.take(s)
	b.due = s.timestamp + s.samples
	b.hungry = 0
	b.shorten(s.samples)
	return Piece{Kind: Sound, Type: s.kind, Samples: s.samples, Payload: b.payload(s)}
}

func (b *Buffer) payload(s *slot) []byte {
	at := int(s.seq%slots) * (len(b.data) / slots)
	return b.data[at : at+s.length]
}

// hole plays time without a packet, before s.
func (b *Buffer) hole(s *slot, n uint32) Piece {
	b.due += n
	if s.seq == b.head {
		return Piece{Kind: Pause, Samples: n}
	}
	hole := Piece{Kind: Hole, Type: s.kind, Samples: n}
	if b.due == s.timestamp && s.samples > 0 {
		hole.Payload = b.payload(s)
	}
	return hole
}

// starve plays time while nothing is held.
func (b *Buffer) starve(want uint32) Piece {
	b.due += want
	b.hungry += want
	if b.hungry >= b.second {
		b.playing, b.waited = false, 0
	}
	return Piece{Kind: Hole, Samples: want}
}

// leave skips the packet that is next.
func (b *Buffer) leave() {
	s := b.front()
	b.take(s)
	if s.samples > 0 {
		b.due = s.timestamp + s.samples
		b.skipped++
	}
}
