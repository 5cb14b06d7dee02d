package media

import (
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/pion/rtp"

	"github.com/callward/callward/media/dtmf"
	"github.com/callward/callward/media/jitter"
	"github.com/callward/callward/media/quality"
	"github.com/callward/callward/media/resample"
	"github.com/callward/callward/media/stun"
	"github.com/callward/callward/media/vad"
)

// Limits of what a session takes in.
const (
	packetsPerTick = 4   // four times the packets of 20 ms sound
	packetsBurst   = 100 // what may come at once after a stall
	maxSources     = 32  // SSRCs under one key: the library keeps something of each
	maxBatches     = 16  // of one tick: a flood is thrown away, but not for ever
	rtcpEvery      = 50  // ticks
	longestPiece   = 960 // samples of one packet, at most: 60 ms
)

// input is the receiving half of a session, the pacer's own.
//
//  1. receive fetches the packets of the tick; each goes to packet.
//  2. packet refuses what is no RTP (RFC 7983), what is not the peer's, what is
//     too much, and what its key does not open; sound and events go to the jitter
//     buffer, digits out.
//  3. hear takes 20 ms from the buffer, decodes or conceals them, and hands the
//     frame to the bridge, the VAD and the sinks, by way of the screen while keys are
//     hidden.
type input struct {
	terms  *terms // as of the last tick
	latch  latch
	parsed rtp.Packet
	sealed rtp.Header // of the packet that is being opened
	source uint32     // SSRC of the last one
	opened []uint32   // SSRCs under this key, at most maxSources
	tokens int
	buffer *jitter.Buffer
	digits dtmf.Receiver
	tones  dtmf.Tones
	hole   concealer
	voice  VoiceDetector // nil without
	echo   echoGuard
	pcm    [wideSamples + longestPiece]int16
	held   int       // samples in pcm
	low    converter // for those who hear 8 kHz only
	raise  resample.Up
	stamp  uint32 // RTP time of the last sound
	noise  int32  // peak of what the peer says its silence is like; 0: it said nothing
	random uint32
	now    int64 // Unix time of this tick, in nanoseconds
	frames int64 // heard so far
	quiet  int64 // ticks since the last packet of the peer
	absent int64 // ticks since that or a report of it
	told   jitter.Stats
	before jitter.Stats // of codecs that are no longer spoken
}

// adopt notices new terms. The latch opens again only for a new address.
func (s *Session) adopt(t *terms) {
	old := s.in.terms
	s.in.terms = t
	s.out.filled = 0 // what was to be part of a packet has another length or codec now
	if old == nil || old.remote != t.remote {
		s.in.latch = latch{negotiated: t.remote, translated: translated(t.remote.Addr(), s.options.Source)}
		if t.remote.IsValid() { // else it is held, as before RFC 3264: c=0.0.0.0
			s.out.to = newDestination(s.ports.pool.address.Bind, t.remote)
		}
	}
	if old != nil && old.opening != t.opening && old.sealing == t.sealing && t.sealing != nil {
		// Another phone has answered, and knows not how often our numbers have wrapped: of
		// a new source they have not (RFC 3711 section 3.3.1).
		s.out.ssrc, s.out.sequence = rand.Uint32(), firstSequence()
		s.reports.packets, s.reports.octets, s.reports.told = 0, 0, 0
	}
	if old == nil || old.opening != t.opening {
		s.in.opened = s.in.opened[:0]
	}
	if old == nil || old.codec != t.codec || old.eventClock != t.eventClock {
		s.in.held = 0
		s.in.hole = concealer{scale: t.codec.rate / Rate}
		s.carry()
		s.in.buffer.Renew(s.engine.depths(t.codec.clock))
		s.in.digits = dtmf.Receiver{Clock: t.eventClock}
		s.reports.reception = quality.Reception{}
	}
	if old == nil || old.control != t.control {
		s.aimReports(t)
	}
	s.in.quiet, s.in.absent = 0, 0
}

// receive fetches what has come since the last tick.
func (s *Session) receive(w *workspace, n int64) {
	if t := s.terms.Load(); t != s.in.terms {
		s.adopt(t)
	}
	s.in.now = w.now
	s.in.tokens = min(s.in.tokens+packetsPerTick, packetsBurst)
	s.in.quiet++
	s.in.absent++
	s.in.terms.age()
	for range maxBatches {
		got := s.ports.rtp.receive(w.batch)
		for i := range got {
			data, from, whole := w.batch.packet(i)
			s.packet(data, from, whole, w.batch.arrived(i), n)
		}
		if got < batchSize {
			break
		}
	}
	if n%rtcpEvery == int64(s.ports.port/2)%rtcpEvery {
		s.takeReports(w)
	}
	s.watch()
}

// watch tells when the peer has been absent for too long, and again after as long. One that sends no
// sound while nobody speaks still reports. One that holds us need not send, though it
// may: whether it lives, signalling knows.
func (s *Session) watch() {
	t := s.in.terms
	if t == nil || !t.hears || !t.sends || s.in.absent == 0 {
		return
	}
	if s.in.absent%min(s.engine.silentAfter, t.ice.missedAfter()) == 0 {
		s.emit(Event{Kind: Silent})
	}
}

func (s *Session) packet(data []byte, from netip.AddrPort, whole bool, arrived, n int64) {
	t := s.in.terms
	switch {
	case t != nil && t.ice != nil && stun.Is(data):
		s.takeCheck(t, data, from)
		return
	case t != nil && t.handshake != nil && isHandshake(data):
		s.takeHandshake(t.handshake, data, from)
		return
	case t == nil || !t.hears:
		s.refuse(unexpected)
		return
	case !whole:
		s.refuse(tooLong)
		return
	case len(data) >= 8 && data[0]>>6 == 2 && data[1] >= 192 && data[1] <= 223: // RTCP (RFC 5761 section 4)
		s.muxed(data, from, arrived)
		return
	case len(data) < headerSize || data[0]>>6 != 2: // pion's parser does not look at the version
		if s.in.latch.mayBe(from) {
			s.refuse(notRTP)
		} else {
			s.refuse(stranger)
		}
		return
	}
	if data = s.admit(data, from, n); data != nil {
		s.sound(data, arrived)
	}
}

// muxed takes a report that came the way of the sound.
func (s *Session) muxed(data []byte, from netip.AddrPort, arrived int64) {
	switch {
	case !s.in.terms.mux:
		s.refuse(unexpected)
	case from.Addr() != s.reports.from:
		s.refuse(stranger)
	case s.spend():
		s.takeReport(data, arrived)
	}
}

// admit lets through what is the peer's, without its protection. A packet that
// could not be anybody else's need not come from where it should: with keys, who
// sends from behind an address translator is known all the same, once the peer is
// not heard from where it was.
func (s *Session) admit(data []byte, from netip.AddrPort, n int64) []byte {
	in := &s.in
	if in.terms.opening == nil {
		admitted, locks := in.latch.admit(from, n)
		if !admitted {
			s.refuse(stranger)
			return nil
		}
		if locks {
			s.follow(from)
		}
		if !s.spend() {
			return nil
		}
		return data
	}
	known := in.latch.mayBe(from)
	switch {
	case known && !s.spend():
		return nil
	case !known && in.latch.locked && in.quiet < grace, !known && in.tokens <= packetsBurst/2: // the peer's share is not for strangers
		s.refuse(stranger)
		return nil
	case !known:
		s.spend()
	}
	source := binary.BigEndian.Uint32(data[8:])
	met := source == in.source && len(in.opened) > 0 || slices.Contains(in.opened, source)
	if !met && len(in.opened) >= maxSources {
		s.refuse(overRate)
		return nil
	}
	plain, err := in.terms.opening.DecryptRTP(data, data, &in.sealed)
	switch {
	case err == nil:
	case isReplay(err):
		s.refuse(replayed)
		return nil
	default:
		s.refuse(forged)
		return nil
	}
	in.source = source
	if !met {
		in.opened = append(in.opened, source)
	}
	if in.terms.ice == nil && (!in.latch.locked || from != in.latch.peer) {
		in.latch.lock(from)
		s.follow(from)
	}
	return plain
}

// isReplay knows the library's error for a packet that came before, which it does not
// export. To print the whole error would allocate for each packet of a flood.
func isReplay(err error) bool {
	cause := errors.Unwrap(err)
	return cause != nil && cause.Error() == "duplicated packet"
}

// spend takes one from what may come in.
func (s *Session) spend() bool {
	if s.in.tokens == 0 {
		s.refuse(overRate)
		return false
	}
	s.in.tokens--
	return true
}

// sound puts a packet of the peer into the buffer.
func (s *Session) sound(data []byte, arrived int64) {
	p := &s.in.parsed
	if err := p.Unmarshal(data); err != nil {
		s.refuse(notRTP)
		return
	}
	t := s.in.terms
	meaning := t.accepts[p.PayloadType]
	if meaning == unknown {
		s.refuse(unknownType)
		return
	}
	s.in.quiet, s.in.absent = 0, 0
	s.stats.received.Add(1)
	packet := jitter.Packet{
		SSRC: p.SSRC, Sequence: p.SequenceNumber, Timestamp: p.Timestamp, Marker: p.Marker,
		Type: uint8(meaning), Waited: s.waited(arrived),
	}
	if meaning == meansEvent && t.hasEvents && t.eventClock != t.codec.clock {
		packet.Timestamp = s.in.stamp // that of the sound knows no such time
	}
	if meaning == meansNoise && len(p.Payload) > 0 {
		s.in.noise = loudness(p.Payload[0])
	}
	if meaning != meansEvent && meaning != meansNoise {
		s.in.noise = 0
		packet.Samples, packet.Payload = duration(meaning, p.Payload), p.Payload
		if packet.Samples == 0 || packet.Samples > t.codec.time(longestPiece) {
			s.refuse(tooLong)
			return
		}
		s.in.stamp = p.Timestamp
	}
	verdict := s.in.buffer.Push(packet)
	s.count(verdict)
	if verdict != jitter.Probation {
		s.countReception(p.SSRC, p.SequenceNumber, packet.Timestamp, arrived)
	}
	if meaning == meansEvent && verdict != jitter.Probation {
		if digit, ok := s.in.digits.Push(p.Timestamp, p.Payload); ok {
			s.emit(Event{Kind: Digit, Key: s.engine.key(digit)})
		}
	}
}

func (s *Session) count(v jitter.Verdict) {
	switch v {
	case jitter.Late:
		s.refuse(late)
	case jitter.Duplicate:
		s.refuse(duplicate)
	case jitter.TooLong:
		s.refuse(tooLong)
	case jitter.Adopted:
		s.stats.sources.Add(1)
		s.in.digits = dtmf.Receiver{Clock: s.in.terms.eventClock} // its clock is another
	case jitter.Kept, jitter.Probation:
	}
}

// waited is how much RTP time ago a packet came; 0 if the kernel did not say.
func (s *Session) waited(arrived int64) uint32 {
	if arrived == 0 {
		return 0
	}
	ago := min(max(0, s.in.now-arrived), int64(time.Second))
	return uint32(ago * int64(s.in.terms.codec.clock) / int64(time.Second)) //nolint:gosec // of a second
}

// hear makes the frame of this tick and lets everybody hear it.
func (s *Session) hear(w *workspace) {
	in := &s.in
	if in.terms == nil {
		return
	}
	concealed, sounded, frame := false, in.held > 0, in.terms.codec.frame()
	for in.held < frame {
		came := s.fill(w)
		concealed, sounded = concealed || !came, sounded || came
	}
	f := &w.heard
	*f = Frame{PCM: w.heardPCM[:frame], Rate: in.terms.codec.rate, At: in.frames * FrameSamples, Concealed: concealed, Voice: true}
	copy(f.PCM, in.pcm[:frame])
	in.held = copy(in.pcm[:], in.pcm[frame:in.held])
	in.frames++
	s.publish()
	screen := s.screen.Load()
	if screen != nil {
		s.hideKeys(screen, f)
	}
	if b := s.bridge.Load(); b != nil {
		if !sounded && in.noise > 0 {
			in.comfort(f.PCM)
		}
		b.write(f)
		if !sounded && in.noise > 0 {
			clear(f.PCM) // for who understands words it is silence
		}
	}
	if s.in.voice != nil || !s.in.terms.hasEvents {
		s.understand(f, screen == nil)
	}
	tell(s.heard.Load(), f)
}

// understand looks for voices and keys, which lie below 4 kHz.
func (s *Session) understand(f *Frame, keys bool) {
	low := *f
	low.PCM, low.Rate = s.in.low.to(Rate, f), Rate
	if keys {
		s.hearTones(&low) // before an echo is taken out: there may be a key in it
	}
	if s.in.voice != nil {
		s.listen(f, low.PCM)
	}
}

// hearTones hears the keys of a peer that agreed to no events for them.
func (s *Session) hearTones(f *Frame) {
	if s.in.terms.hasEvents || f.Concealed {
		return
	}
	if digit, ok := s.in.tones.Frame(f.PCM); ok {
		s.emit(Event{Kind: Digit, Key: s.engine.key(digit)})
	}
}

// publish lets others read what the buffer counts.
func (s *Session) publish() {
	now := s.in.buffer.Stats()
	if now == s.in.told {
		return
	}
	s.stats.delay.Store(int64(now.Depth) * int64(time.Second) / int64(s.in.terms.codec.clock))
	s.in.told = now
	s.stats.lost.Store(s.in.before.Lost + now.Lost)
	s.stats.skipped.Store(s.in.before.Skipped + now.Skipped)
	s.stats.stretched.Store(s.in.before.Stretched + now.Stretched)
}

// carry keeps what the buffer has counted, which is about to begin anew.
func (s *Session) carry() {
	now, before := s.in.buffer.Stats(), &s.in.before
	before.Lost += now.Lost
	before.Skipped += now.Skipped
	before.Stretched += now.Stretched
}

// tell hands a frame to sinks.
func tell(sinks *[]Sink, f *Frame) {
	if sinks == nil {
		return
	}
	for _, sink := range *sinks {
		sink.WriteFrame(f)
	}
}

// comfort fills pcm with noise as loud as the peer said that its silence is (RFC 3389),
// for somebody who would take nothing at all for a dead line.
func (in *input) comfort(pcm []int16) {
	for i := range pcm {
		in.random = in.random*1664525 + 1013904223
		pcm[i] = int16(int32(in.random) >> 16 * in.noise >> 15) //nolint:gosec // of both signs
	}
}

// loudness is the peak of even noise at so many decibels below full scale.
func loudness(below uint8) int32 {
	return int32(min(math.MaxInt16, math.Sqrt(3)*math.MaxInt16*math.Pow(10, -float64(below&127)/20)))
}

// fill takes one piece from the buffer and reports whether it was sent.
func (s *Session) fill(w *workspace) bool {
	in, c := &s.in, s.in.terms.codec
	piece := in.buffer.Pop(c.time(c.frame() - in.held))
	pcm := in.pcm[in.held : in.held+c.samples(piece.Samples)]
	in.held += len(pcm)
	switch piece.Kind {
	case jitter.Sound:
		s.decode(w, pcm, meaning(piece.Type), piece.Payload)
		in.hole.heard(pcm)
		return true
	case jitter.Hole:
		if in.noise > 0 { // it is not missing
			clear(pcm)
			break
		}
		if coding := in.terms.coding; coding == nil || !coding.conceal(pcm, piece) {
			in.hole.conceal(pcm, s.follows(w, piece))
		}
		s.stats.concealed.Add(uint64(len(pcm) * Rate / c.rate))
	case jitter.Idle, jitter.Pause:
		clear(pcm)
	}
	return false
}

// follows gives the sound after a hole, if it is there.
func (s *Session) follows(w *workspace, hole jitter.Piece) []int16 {
	switch kind := meaning(hole.Type); {
	case len(hole.Payload) == 0 || kind == meansOpus:
		return nil
	case kind != meansG722 && s.in.terms.codec.rate == WideRate:
		return nil
	case kind == meansG722:
		ahead := s.in.terms.coding.decoder // a copy: it is not its turn yet
		return w.follows[:ahead.Decode(w.follows[:], hole.Payload)]
	default:
		pcm := w.follows[:len(hole.Payload)]
		lawOf(kind).Decode(pcm, hole.Payload)
		return pcm
	}
}

// decode fills pcm with the sound of a payload.
func (s *Session) decode(w *workspace, pcm []int16, kind meaning, payload []byte) {
	coding := s.in.terms.coding
	switch {
	case kind == meansG722:
		coding.decoder.Decode(pcm, payload)
		return
	case kind != meansOpus && s.in.terms.codec.rate == WideRate: // a peer may fall back on narrowband without a word
		narrow := w.follows[:len(payload)]
		lawOf(kind).Decode(narrow, payload)
		s.in.raise.Resample(pcm, narrow)
		return
	case kind != meansOpus:
		lawOf(kind).Decode(pcm, payload)
		return
	}
	n, err := coding.from.DecodeInt16(payload, pcm)
	if err != nil {
		s.refuse(notRTP)
		n = 0
	}
	clear(pcm[n:])
}

// listen lets the VAD hear a frame. What is our own echo, and nobody speaks in it, is
// not for the sinks: a recognizer would hear the bot's words in it. In silence the
// jitter buffer may give up delay.
func (s *Session) listen(f *Frame, low []int16) {
	echo := !s.bridge.Load().hears() && s.in.echo.echoes(f.PCM, s.in.voice.Speaking())
	change := s.in.voice.Guarded(low, echo)
	if echo && !s.in.voice.Speaking() {
		clear(f.PCM)
	}
	f.Voice = s.in.voice.Speaking()
	s.in.buffer.Busy(f.Voice)
	switch change {
	case vad.Started:
		s.emit(Event{Kind: SpeechStarted, At: f.At})
	case vad.Stopped:
		s.emit(Event{Kind: SpeechStopped, At: f.At})
	case vad.Same:
	}
}
