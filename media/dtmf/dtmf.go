// Package dtmf receives and sends keypad digits as RTP events (RFC 4733), and hears
// them in sound (ITU-T Q.23). It is
// pure: no goroutine, no socket, no clock but the RTP timestamps it is given.
package dtmf

import (
	"cmp"
	"encoding/binary"
)

// PayloadSize is the length of an event payload (RFC 4733 section 2.3).
const PayloadSize = 4

const (
	digits  = "0123456789*#ABCD" // event codes 0-15 (RFC 4733 section 3.2)
	endBit  = 0x80
	longest = 0xFFFF // duration of a full segment (section 2.5.1.3)
	touches = 25     // of a second, 40 ms: no finger presses the same key twice in less
)

// Digit names the key of an event code; ok is false for other events.
func Digit(code byte) (digit byte, ok bool) {
	if int(code) >= len(digits) {
		return 0, false
	}
	return digits[code], true
}

// Code is the event code of a digit; ok is false if it is none. Letters may be
// small.
func Code(digit byte) (code byte, ok bool) {
	if digit >= 'a' && digit <= 'd' {
		digit -= 'a' - 'A'
	}
	for i := range len(digits) {
		if digits[i] == digit {
			return byte(i), true
		}
	}
	return 0, false
}

// A Receiver turns event packets into digits, one for each press: whichever of
// its packets come, however often and in whatever order. The zero Receiver is
// ready.
type Receiver struct {
	Clock uint32 // of the event's rtpmap, ticks a second; 0 means 8000

	started  bool
	ended    bool
	code     byte
	at       uint32 // timestamp of the press
	duration uint16
}

// Push takes the payload of an event packet and its RTP timestamp. ok says that
// a press began and which. The first packet that arrives of a press tells it,
// so a lost marker or a lost end costs nothing.
func (r *Receiver) Push(timestamp uint32, payload []byte) (digit byte, ok bool) {
	if len(payload) < PayloadSize {
		return 0, false
	}
	digit, ok = Digit(payload[0])
	if !ok {
		return 0, false
	}
	code, duration, end := payload[0], binary.BigEndian.Uint16(payload[2:]), payload[1]&endBit != 0
	if r.started && !r.begins(timestamp, code) {
		r.follow(timestamp, duration, end)
		return 0, false
	}
	*r = Receiver{Clock: r.Clock, started: true, ended: end, code: code, at: timestamp, duration: duration}
	return digit, true
}

// begins reports whether a packet belongs to a press later than the current one.
func (r *Receiver) begins(timestamp uint32, code byte) bool {
	since := int32(timestamp - r.at) //nolint:gosec // RTP time wraps
	if since <= 0 {
		return false // of this press or of an older one
	}
	if code != r.code {
		return true
	}
	segment := r.duration == longest && since <= longest              // a press of over 8 s goes on
	touch := !r.ended && since < int32(cmp.Or(r.Clock, 8000)/touches) // a sender that moves the timestamp on
	return !segment && !touch
}

// follow notes what a further packet of the current press says.
func (r *Receiver) follow(timestamp uint32, duration uint16, end bool) {
	if int32(timestamp-r.at) < 0 { //nolint:gosec // RTP time wraps
		return
	}
	if timestamp != r.at {
		r.at, r.duration = timestamp, 0
	}
	r.duration = max(r.duration, duration)
	r.ended = r.ended || end
}

// Timing of what we send, in packets of 20 ms: pressed, the repeated end
// (RFC 4733 section 2.5.1.4) and the pause before the next digit.
const (
	pressed = 5
	ends    = 3
	pause   = 3
	volume  = 10 // -10 dBm0
)

// A Sender makes the packets of a row of digits, one call of Next for each 20 ms.
type Sender struct {
	codes []byte
	step  int
	start uint32
}

// NewSender takes the digits to send; ok is false if one of them is none.
func NewSender(row string) (s *Sender, ok bool) {
	codes := make([]byte, len(row))
	for i := range len(row) {
		if codes[i], ok = Code(row[i]); !ok {
			return nil, false
		}
	}
	return &Sender{codes: codes}, true
}

// A Packet is what to send for one tick.
type Packet struct {
	Payload   [PayloadSize]byte
	Timestamp uint32
	Marker    bool // the first packet of a digit
}

// Next gives the packet of the tick that begins at now and lasts for samples, both in
// ticks of the event's clock.
// send is false in the pause after a digit, done is true once all are sent.
func (s *Sender) Next(now, samples uint32) (p Packet, send, done bool) {
	if len(s.codes) == 0 {
		return p, false, true
	}
	if s.step == 0 {
		s.start = now
	}
	s.step++
	if s.step > pressed+ends {
		if s.step == pressed+ends+pause {
			s.codes, s.step = s.codes[1:], 0
		}
		return p, false, false
	}
	lasted := uint16(min(s.step, pressed)) * uint16(samples) //nolint:gosec // at most 5 * 20 ms
	p = Packet{Timestamp: s.start, Marker: s.step == 1}
	p.Payload = [PayloadSize]byte{s.codes[0], volume}
	if s.step > pressed {
		p.Payload[1] |= endBit
	}
	binary.BigEndian.PutUint16(p.Payload[2:], lasted)
	return p, true, false
}
