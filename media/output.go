package media

import (
	"bytes"
	"encoding/binary"

	"github.com/pion/rtp"

	"github.com/callward/callward/media/g711"
)

// output is the sending half of a session, the pacer's own.
//
//  1. send asks the player for this tick: sound, digits, or nothing.
//  2. What is played is shown to those who follow it. With nothing to play the bridge is
//     asked, and failing that it is silence.
//  3. The frame is encoded, headed and sent; the sinks of what is sent hear it.
type output struct {
	to        destination
	ssrc      uint32
	sequence  uint16
	timestamp uint32
	tick      int64
	sending   bool // the last tick sent a packet: no talkspurt begins
	header    rtp.Header
	convert   converter
	waits     [longestPayload + FrameSamples]byte // of a packet that is not full yet
	filled    int
}

const (
	headerSize     = 12
	longestPayload = 480 // 60 ms of G.711 or G.722, and more than Opus needs for 20
)

// what a tick is filled with.
type filling uint8

const (
	nothing filling = iota
	speech
	event
)

// send makes and sends the packet of this tick. RTP time goes on whether or not
// something is sent.
func (s *Session) send(w *workspace, n int64) {
	o, t := &s.out, s.in.terms
	if o.tick > 0 && t != nil {
		o.timestamp += t.codec.ticks() * uint32(n-o.tick)
	}
	o.tick = n
	if t == nil || !t.sends || t.ice.lapsed() {
		o.sending, o.filled = false, 0
		return
	}
	f, frame := &w.sent, t.codec.frame()
	*f = Frame{PCM: w.sentPCM[:frame], Rate: t.codec.rate, At: n * FrameSamples}
	what := s.fetch(f, w, t)
	b := s.bridge.Load()
	switch {
	case b == nil:
	case what == speech:
		b.show(f)
	case what == nothing && b.read(f):
		what = speech
	}
	if what == nothing { // a source that had nothing may have said so at its rate
		f.PCM = w.sentPCM[:frame]
		clear(f.PCM)
	} else if f.Rate != t.codec.rate {
		f.PCM = o.convert.to(t.codec.rate, f)
	}
	f.Rate = t.codec.rate
	if what == event {
		o.filled = 0
	} else {
		s.sendSound(w, t, f, what)
	}
	if s.in.voice != nil {
		if what == speech {
			s.in.echo.send(f.PCM)
		} else {
			s.in.echo.send(nil)
		}
	}
	if sinks := s.sent.Load(); sinks != nil {
		if what == event {
			clear(f.PCM)
		}
		tell(sinks, f)
	}
}

// fetch takes from the player what this tick holds. It sends the events itself,
// since they carry their own time.
func (s *Session) fetch(f *Frame, w *workspace, t *terms) filling {
	p := &s.player
	if p.paused.Load() {
		return nothing
	}
	for it := p.front(); it != nil; it = p.front() {
		if it.source != nil {
			if played, more := s.fromSource(it, f); played || more {
				return pick(played, speech)
			}
			continue
		}
		if t.hasEvents {
			if sent, more := s.fromDigits(it, w, t); more {
				return pick(sent, event)
			}
		}
		p.pop() // all digits are sent, or nobody takes them any more
		s.emit(Event{Kind: DigitsDone, Gen: it.gen})
	}
	return nothing
}

func pick(yes bool, f filling) filling {
	if yes {
		return f
	}
	return nothing
}

// fromSource reads a frame of a source. more says that the source goes on though
// it gave nothing.
func (s *Session) fromSource(it *item, f *Frame) (played, more bool) {
	p := &s.player
	wanted := f.Rate
	ok, done := it.source.ReadFrame(f)
	n := 0
	if ok {
		n = len(f.PCM)
	}
	if !p.commit(it.gen, n*Rate/f.Rate) { // flushed while it was read
		f.PCM, f.Rate = f.PCM[:wanted/ticksPerSecond], wanted
		return false, false
	}
	if ok && !it.began {
		it.began = true
		s.emit(Event{Kind: PlayBegan, Gen: it.gen})
	}
	f.PCM = f.PCM[:f.Rate/ticksPerSecond]
	clear(f.PCM[n:])
	if !ok {
		f.PCM, f.Rate = f.PCM[:wanted/ticksPerSecond], wanted
	}
	if done {
		p.pop()
		if samples, ok := p.rest(it.gen); ok {
			s.emit(Event{Kind: PlayDone, Gen: it.gen, Samples: samples})
		}
	} else if !ok {
		s.stats.starved.Add(1)
	}
	return ok, !done
}

// fromDigits sends the event packet of this tick. more is false once all digits
// are sent.
func (s *Session) fromDigits(it *item, w *workspace, t *terms) (sent, more bool) {
	if !s.player.commit(it.gen, 0) {
		return false, true
	}
	p, sends, done := it.digits.Next(s.out.timestamp, t.codec.ticks())
	if done {
		s.player.rest(it.gen)
		return false, false
	}
	if sends {
		packet := w.packet[:headerSize+copy(w.packet[headerSize:], p.Payload[:])]
		s.head(packet, t.events, p.Marker, p.Timestamp)
		s.transmit(w, t, packet)
	}
	return sends, true
}

// sendSound encodes a frame, or silence, and sends it; or what the peer wants in a
// packet, if that is another time than a frame's.
func (s *Session) sendSound(w *workspace, t *terms, f *Frame, what filling) {
	n := t.encode(w, w.packet[headerSize:], f.PCM, what == speech)
	if n == 0 {
		s.stats.sendFailed.Add(1)
		return
	}
	if t.packet > 0 {
		s.sendPieces(w, t, w.packet[headerSize:headerSize+n])
		return
	}
	s.sendPayload(w, t, w.packet[:headerSize+n], s.out.timestamp)
}

// sendPieces sends packets of t.packet bytes, each of which takes a tick of the clock,
// and keeps what is left of the frame for the next one.
func (s *Session) sendPieces(w *workspace, t *terms, payload []byte) {
	o := &s.out
	at := o.timestamp - uint32(o.filled) //nolint:gosec // of a packet
	o.filled += copy(o.waits[o.filled:], payload)
	sent := 0
	for ; o.filled-sent >= t.packet; sent += t.packet {
		packet := w.packet[:headerSize+copy(w.packet[headerSize:], o.waits[sent:sent+t.packet])]
		s.sendPayload(w, t, packet, at+uint32(sent)) //nolint:gosec // of a packet
	}
	o.filled = copy(o.waits[:], o.waits[sent:o.filled])
}

func (s *Session) sendPayload(w *workspace, t *terms, packet []byte, timestamp uint32) {
	// Silence is sent like sound, so a talkspurt begins only where sending does
	// (RFC 3551 section 4.1).
	s.head(packet, t.payload, !s.out.sending, timestamp)
	s.out.sending = true
	s.transmit(w, t, packet)
}

// head writes the fixed RTP header (RFC 3550 section 5.1).
func (s *Session) head(packet []byte, payload uint8, marker bool, timestamp uint32) {
	packet[0] = 2 << 6
	packet[1] = payload
	if marker {
		packet[1] |= 1 << 7
	}
	binary.BigEndian.PutUint16(packet[2:], s.out.sequence)
	binary.BigEndian.PutUint32(packet[4:], timestamp)
	binary.BigEndian.PutUint32(packet[8:], s.out.ssrc)
	s.out.sequence++
}

// transmit protects a packet, if that was agreed, and sends it.
func (s *Session) transmit(w *workspace, t *terms, packet []byte) {
	octets := uint32(len(packet) - headerSize) //nolint:gosec // of a packet
	if t.sealing != nil {
		sealed, err := t.sealing.EncryptRTP(w.sealed[:], packet, &s.out.header)
		if err != nil { // the key is used up
			s.stats.sendFailed.Add(1)
			return
		}
		packet = sealed
	}
	if !s.ports.rtp.send(packet, &s.out.to) {
		s.stats.sendFailed.Add(1)
		return
	}
	s.stats.sent.Add(1)
	s.reports.packets++
	s.reports.octets += octets
}

// silences are the payloads of silence, by law.
func silences() [2][]byte {
	var out [2][]byte
	for _, law := range []g711.Law{g711.PCMU, g711.PCMA} {
		out[law] = bytes.Repeat([]byte{law.Silence()}, FrameSamples)
	}
	return out
}
