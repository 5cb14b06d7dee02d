package media

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/callward/callward/media/dtmf"
	"github.com/callward/callward/media/jitter"
	"github.com/callward/callward/media/sdp"
)

// Errors that callers decide on.
var (
	ErrNoCommonCodec = sdp.ErrNoCommonCodec
	ErrMalformed     = sdp.ErrMalformed
	ErrAddress       = sdp.ErrAddress
	ErrTooLarge      = sdp.ErrTooLarge
	ErrSecurity      = sdp.ErrSecurity
	ErrClosed        = errors.New("media session is closed")
	ErrNoDigits      = errors.New("peer takes no keypad events")
)

// Options is what differs from session to session. The zero value is right for
// a call.
type Options struct {
	// Codecs, as sdp.Codecs names them, by preference, which decides in answers of ours too.
	// Empty means all of them: G.711 first in offers, and in answers as the peer prefers.
	Codecs []string
	NoVAD  bool // no SpeechStarted and SpeechStopped events

	Peer      netip.Addr // where the peer hears; if not valid it is not known yet
	Source    netip.Addr // where its signalling comes from: its sound may too, if it names an address of a private network
	Local     netip.Addr // ours by which the peer is known: taken if RTP is received there
	Advertise netip.Addr // told to this peer in place of what is configured

	Encryption   Encryption
	Confidential bool // descriptions cannot be read on their way: keys may stand in them
	ICE          bool // the peer is a browser: it must prove where it is, and keys come of a handshake
}

// Who has the session in hand.
const (
	idle     uint32 = iota // nobody: the pacer may take it, or Close
	ticking                // the pacer
	closing                // the pacer, and Close waits for it
	finished               // Close has it for good
)

// A Session is one RTP stream each way. It begins to send and to hear once
// Accept or SetAnswer has agreed with the peer. Its methods may be called from
// any goroutine but not, apart from Play and Flush, from a sink or a source.
type Session struct {
	engine  *Engine
	shard   *shard
	ports   pair
	options Options
	ours    bool     // the order of codecs
	next    *Session // in the line of those that join the shard
	state   atomic.Uint32
	left    chan struct{}
	events  chan Event

	terms  atomic.Pointer[terms] // nil until agreed
	player player
	bridge atomic.Pointer[bridgeEnd]
	screen atomic.Pointer[screen] // nil while keys may be heard
	heard  atomic.Pointer[[]Sink]
	sent   atomic.Pointer[[]Sink]
	shield atomic.Bool // what the peer says and keys is not to be recorded
	stats  counters

	reported reported
	cname    string

	mu      sync.Mutex // over what the methods change; the pacer does not take it
	talks   dialog
	helpers sync.WaitGroup // handshakes, and who tells of a fault
	once    sync.Once

	in      input
	out     output
	reports reports
}

// maxEvents is how many events may wait. The last quarter is kept for those
// that a peer cannot make at will.
const (
	maxEvents = 64
	maxDigits = maxEvents * 3 / 4
)

func newSession(e *Engine, sh *shard, ports pair, o Options) *Session {
	ours := len(o.Codecs) > 0
	if !ours {
		o.Codecs = Codecs(Rate)
	}
	s := &Session{
		engine: e, shard: sh, ports: ports, options: o, ours: ours,
		left: make(chan struct{}, 1), events: make(chan Event, maxEvents),
	}
	s.talks.session = rand.Uint64() >> 2
	s.cname = strconv.FormatUint(rand.Uint64(), 36) // tells nobody who we are (RFC 7022)
	s.in.buffer, _ = e.buffers.Get().(*jitter.Buffer)
	if !o.NoVAD {
		s.in.voice = e.config.Voice()
	}
	s.out.ssrc, s.out.sequence, s.out.timestamp = rand.Uint32(), firstSequence(), rand.Uint32()
	return s
}

// firstSequence is random, and far from where numbers wrap: who misses the first of what
// is protected could not know how often they have (RFC 3711 section 3.3.1).
func firstSequence() uint16 { return uint16(rand.Uint32() & 0x7fff) } //nolint:gosec // 15 bits

// advertise is the address that the peer is told.
func (s *Session) advertise() netip.Addr {
	a := s.ports.pool.address
	if o := s.options.Advertise; o.IsValid() && a.reaches(o) {
		return o
	}
	return a.Advertise
}

// Rate is that of the frames which sinks hear: Rate or WideRate, by the codec agreed on.
// A later offer may change it.
func (s *Session) Rate() int {
	if t := s.terms.Load(); t != nil {
		return t.codec.rate
	}
	return Rate
}

// Held reports whether the peer has agreed to hear nothing of us, as a phone that holds does.
func (s *Session) Held() bool {
	t := s.terms.Load()
	return t != nil && !t.sends
}

// Port is the RTP port.
func (s *Session) Port() uint16 { return s.ports.port }

// Events gives what happens. The channel is closed by Close. Whoever opened the
// session should read it: what finds it full is dropped and counted.
func (s *Session) Events() <-chan Event { return s.events }

// emit tells an event, from the pacer.
func (s *Session) emit(e Event) {
	if e.Kind == Digit && len(s.events) >= maxDigits {
		s.stats.eventsDropped.Add(1)
		return
	}
	for {
		select {
		case s.events <- e:
			return
		default:
			s.stats.eventsDropped.Add(1)
		}
		if e.Kind != Broken { // after which nothing comes: it takes the place of the oldest
			return
		}
		select {
		case <-s.events:
		default:
		}
	}
}

// Hear lets sink hear what the peer sends, from the next frame on.
func (s *Session) Hear(sink Sink) { s.attach(&s.heard, sink) }

// Shield keeps what the peer says and keys out of recordings, or lets it in again: a
// Recorder has silence in its place.
func (s *Session) Shield(on bool) { s.shield.Store(on) }

// HearSent lets sink hear what we send.
func (s *Session) HearSent(sink Sink) { s.attach(&s.sent, sink) }

// StopHearing takes sink off what is heard and what is sent. It may still get
// the frame that is under way.
func (s *Session) StopHearing(sink Sink) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, list := range []*atomic.Pointer[[]Sink]{&s.heard, &s.sent} {
		if old := list.Load(); old != nil {
			kept := slices.DeleteFunc(slices.Clone(*old), func(o Sink) bool { return o == sink })
			list.Store(&kept)
		}
	}
}

func (s *Session) attach(list *atomic.Pointer[[]Sink], sink Sink) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var sinks []Sink
	if old := list.Load(); old != nil {
		sinks = slices.Clone(*old)
	}
	sinks = append(sinks, sink)
	list.Store(&sinks)
}

// Play queues src after what plays and what waits. It begins to play once the
// peer may hear it; while the peer holds us, it pauses. When it has ended by
// itself, PlayDone tells so.
func (s *Session) Play(src Source) Gen { return s.queue(&item{source: src}) }

// SendDigits queues keypad digits (0-9, *, #, A-D) as RTP events: DigitsDone
// tells when they have been sent.
func (s *Session) SendDigits(digits string) (Gen, error) {
	sender, ok := dtmf.NewSender(digits)
	if !ok {
		return 0, errors.New("send digits: not all of them are on a keypad")
	}
	if t := s.terms.Load(); t == nil || !t.hasEvents {
		return 0, fmt.Errorf("send digits: %w", ErrNoDigits)
	}
	return s.queue(&item{digits: sender}), nil
}

func (s *Session) queue(it *item) Gen {
	gen := s.player.add(it)
	if s.state.Load() == finished { // nobody reads the queue any more
		for it := s.player.inbox.Swap(nil); it != nil; it = it.next {
			it.stop()
		}
	}
	return gen
}

// Pause holds what plays, and what waits, where it is: from the next tick on the peer
// hears silence. Resume goes on from there; Flush ends the pause too.
func (s *Session) Pause() { s.player.paused.Store(true) }

// Resume goes on playing after a Pause.
func (s *Session) Resume() { s.player.paused.Store(false) }

// Flush stops what plays and drops what waits, and returns what was playing and
// how much of it had been sent. Nothing queued before is sent after.
func (s *Session) Flush() Played { return s.player.flush() }

// Close ends the session and gives its ports to quarantine. It may be called
// twice. It waits for a frame under way, so no sink or source may call it.
func (s *Session) Close() error {
	s.once.Do(func() {
		s.seize()
		s.mu.Lock()
		s.talks.handshake.leave()
		s.mu.Unlock()
		if s.in.terms != nil && s.reported.sent.Load() > 0 {
			s.sendReport(true)
		}
		s.helpers.Wait()
		s.player.stopAll()
		s.bridge.Store(nil)
		close(s.events)
		s.engine.release(s)
	})
	return nil
}

// fail leaves the session to Close: the pacer takes it no more, and its owner hears
// that it is broken.
func (s *Session) fail() {
	s.engine.failures.Add(1)
	if tell, where := s.engine.config.Fault, Where(); tell != nil {
		s.helpers.Go(func() { tell(where) }) // a log may be slow
	}
	s.emit(Event{Kind: Broken})
	if !s.state.CompareAndSwap(ticking, idle) {
		s.state.Store(finished)
		s.left <- struct{}{}
	}
}

// seize takes the session from its pacer.
func (s *Session) seize() {
	for {
		switch {
		case s.state.CompareAndSwap(idle, finished):
			return
		case s.state.CompareAndSwap(ticking, closing):
			<-s.left
			return
		}
	}
}

// tick does one tick of work on the pacer; n counts the ticks of its phase. It
// reports whether the session goes on.
func (s *Session) tick(w *workspace, n int64) (goesOn bool) {
	if !s.state.CompareAndSwap(idle, ticking) {
		return false
	}
	defer func() {
		if recover() != nil { // one session's fault must not silence the others
			s.fail()
			goesOn = false
		}
	}()
	s.receive(w, n)
	s.hear(w)
	s.send(w, n)
	s.report(n)
	if s.state.CompareAndSwap(ticking, idle) {
		return true
	}
	s.state.Store(finished)
	s.left <- struct{}{}
	return false
}
