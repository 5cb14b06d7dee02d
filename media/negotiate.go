package media

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/pion/srtp/v3"

	"github.com/callward/callward/media/sdp"
)

// dialog is what a session remembers of its offers and answers.
type dialog struct {
	session, version uint64
	said             []byte    // our last description: an offer, or an answer that may be offered again
	told             sdp.Local // what is in it

	agreed           *sdp.Agreed // last; nil: not yet
	keys             []ownKey
	opening, sealing *srtp.Context // of what is heard and sent; nil: plain, or a handshake goes on
	handshake        *handshake
	certificate      *tls.Certificate // ours in handshakes
	ice              *ice             // by which the peer proves where it is; nil: it need not
	coding           *coding
}

// terms is what was agreed with the peer. It is replaced, never changed.
type terms struct {
	sends, hears bool
	codec        *codec
	coding       *coding // nil for G.711
	payload      uint8   // that we send
	packet       int     // bytes of a packet, if they are not those of a frame
	hasEvents    bool
	events       uint8
	eventClock   uint32
	remote       netip.AddrPort
	control      netip.AddrPort // where reports go
	mux          bool           // which is the way of the sound
	accepts      [128]meaning   // of the payload types that we receive

	opening, sealing *srtp.Context
	handshake        *handshake
	ice              *ice
}

// meaning is what a payload type stands for.
type meaning uint8

const (
	unknown meaning = iota
	meansPCMU
	meansPCMA
	meansG722
	meansOpus
	meansEvent
	meansNoise
)

// Offer makes an offer: the first, or one to repeat to the peer, in which case
// it is the same again. SetAnswer takes the answer.
func (s *Session) Offer() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	local := s.local()
	if err := s.protect(&local); err != nil {
		return nil, fmt.Errorf("offer: %w", err)
	}
	return s.say(local, sdp.Offer)
}

// Accept takes the peer's offer, first or later, agrees, and returns our answer.
// Where it fails, what was agreed before stays. ErrNoCommonCodec means that the
// offer is not for us; other errors that it is malformed.
func (s *Session) Accept(offer []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	remote, agreed, err := s.read(offer, nil)
	if err != nil {
		return nil, fmt.Errorf("accept offer: %w", err)
	}
	s.talks.renewKeys(agreed)
	local := s.local()
	if err := s.reply(&local, agreed); err != nil {
		return nil, fmt.Errorf("accept offer: %w", err)
	}
	answer, err := s.say(local, func(l sdp.Local) ([]byte, error) { return remote.Answer(l, agreed) })
	if err == nil {
		err = s.agree(agreed)
	}
	if err != nil {
		return nil, fmt.Errorf("accept offer: %w", err)
	}
	return answer, nil
}

// Reply answers the peer's offer as Accept does. If there is none, the peer wants
// ours: that is the reply, and SetAnswer takes what comes of it (RFC 3264 section 4).
func (s *Session) Reply(offer []byte) ([]byte, error) {
	if len(offer) == 0 {
		return s.Offer()
	}
	return s.Accept(offer)
}

// PeerOf is where an offer says that its maker hears; not valid if it cannot be
// read or says nothing.
func PeerOf(offer []byte) netip.Addr {
	remote, err := sdp.Parse(offer)
	if err != nil {
		return netip.Addr{}
	}
	return remote.Address().Addr()
}

// SetAnswer takes the peer's answer to our offer, or to what was said last and was
// offered again to keep the call alive.
func (s *Session) SetAnswer(answer []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.talks.said == nil {
		return errors.New("set answer: nothing was offered")
	}
	_, agreed, err := s.read(answer, &s.talks.told)
	if err == nil {
		err = s.agree(agreed)
	}
	if err != nil {
		return fmt.Errorf("set answer: %w", err)
	}
	return nil
}

// read reads an offer, or the answer to what we offered.
func (s *Session) read(body []byte, offered *sdp.Local) (*sdp.Remote, sdp.Agreed, error) {
	if s.state.Load() == finished {
		return nil, sdp.Agreed{}, ErrClosed
	}
	remote, err := sdp.Parse(body)
	if err != nil {
		return nil, sdp.Agreed{}, err
	}
	agreed, err := remote.Negotiate(sdp.Wants{
		Codecs: s.options.Codecs, Ours: s.ours && offered == nil, Direction: sdp.SendRecv, Security: s.accepts(offered != nil), Offered: offered,
		ICE: s.options.ICE,
	})
	if err == nil {
		err = s.reachable(agreed.Remote)
	}
	return remote, agreed, err
}

// reachable refuses what our socket cannot send to, and a peer out there that
// says its address is our own loopback.
func (s *Session) reachable(to netip.AddrPort) error {
	switch {
	case !to.IsValid():
		return nil
	case to.Addr().IsLoopback() && !s.advertise().IsLoopback(),
		!s.ports.pool.address.reaches(to.Addr()):
		return sdp.ErrAddress
	}
	return nil
}

// local is what we say in every description.
func (s *Session) local() sdp.Local {
	return sdp.Local{
		Session: s.talks.session, Version: s.talks.version,
		Address: netip.AddrPortFrom(s.advertise(), s.ports.port),
		Codecs:  s.options.Codecs, Direction: sdp.SendRecv,
	}
}

// say writes a description of ours. Its version rises when it differs from the
// last one (RFC 3264 section 8).
func (s *Session) say(local sdp.Local, write func(sdp.Local) ([]byte, error)) ([]byte, error) {
	s.talks.told = local
	body, err := write(local)
	if err != nil || bytes.Equal(body, s.talks.said) {
		return body, err
	}
	s.talks.version++
	local.Version = s.talks.version
	body, err = write(local)
	s.talks.said = body
	return body, err
}

// agree puts new terms into force.
func (s *Session) agree(a sdp.Agreed) error {
	if err := s.secure(a); err != nil {
		return err
	}
	if c := codecOf(a.Codec.Name); c.rate == Rate {
		s.talks.coding = nil
	} else if s.talks.coding == nil || s.talks.coding.kind != c.kind {
		coding, err := newCoding(c)
		if err != nil {
			return err
		}
		s.talks.coding = coding
	}
	s.talks.agreed = &a
	s.terms.Store(s.inForce())
	return nil
}

// inForce makes the terms of what was agreed. While a handshake goes on nothing is
// sent or heard: not in the clear, and not without knowing who it is.
func (s *Session) inForce() *terms {
	a := *s.talks.agreed
	waits := a.Security == sdp.DTLS && s.talks.opening == nil
	t := &terms{
		sends: a.Direction.Sends() && (a.Remote.IsValid() || a.ICE != (sdp.ICE{})) && !waits, hears: a.Direction.Receives() && !waits,
		codec: codecOf(a.Codec.Name), coding: s.talks.coding, payload: a.Codec.Payload, remote: a.Remote,
		control: a.Control, mux: a.Mux, opening: s.talks.opening, sealing: s.talks.sealing, handshake: s.talks.handshake,
		ice: s.talks.meets(a.ICE),
	}
	if t.codec.clock == Rate { // what has a byte for each tick
		t.accepts[0], t.accepts[8] = meansPCMU, meansPCMA // an answer may allow several
		t.accepts[13] = meansNoise                        // some send it unasked
		if a.Ptime > 0 && a.Ptime != FrameTime {
			t.packet = int(a.Ptime.Truncate(10*time.Millisecond) * Rate / time.Second)
		}
	}
	// A peer that answers may send by the numbers of our offer, whatever its own are (RFC
	// 3264 section 6.1).
	t.accepts[101], t.accepts[sdp.Ours(a.Codec)] = meansEvent, t.codec.kind
	if a.Events != nil {
		t.hasEvents, t.events, t.eventClock = true, a.Events.Payload, a.Events.Clock
		t.accepts[sdp.Ours(*a.Events)], t.accepts[a.Events.Payload] = meansEvent, meansEvent
	}
	t.accepts[a.Codec.Payload] = t.codec.kind
	return t
}
