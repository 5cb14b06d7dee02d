package media

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"

	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/sdp"
)

// dialog is what a session remembers of its offers and answers.
type dialog struct {
	session, version uint64
	said             []byte // our last description
}

// terms is what was agreed with the peer. It is replaced, never changed.
type terms struct {
	sends, hears bool
	law          g711.Law // that we send
	payload      uint8
	hasEvents    bool
	events       uint8
	remote       netip.AddrPort
	accepts      [128]meaning // of the payload types that we receive
}

// meaning is what a payload type stands for.
type meaning uint8

const (
	unknown meaning = iota
	meansPCMU
	meansPCMA
	meansEvent
)

// Offer makes an offer: the first, or one to repeat to the peer, in which case
// it is the same again. SetAnswer takes the answer.
func (s *Session) Offer() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.say(sdp.Offer)
}

// Accept takes the peer's offer, first or later, agrees, and returns our answer.
// Where it fails, what was agreed before stays. ErrNoCommonCodec means that the
// offer is not for us; other errors that it is malformed.
func (s *Session) Accept(offer []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	remote, agreed, err := s.read(offer)
	if err != nil {
		return nil, fmt.Errorf("accept offer: %w", err)
	}
	answer, err := s.say(func(l sdp.Local) ([]byte, error) { return remote.Answer(l, agreed) })
	if err != nil {
		return nil, fmt.Errorf("accept offer: %w", err)
	}
	s.agree(agreed)
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
	return remote.Address.Addr()
}

// SetAnswer takes the peer's answer to our offer, or to what was said last and was
// offered again to keep the call alive.
func (s *Session) SetAnswer(answer []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.talks.said == nil {
		return errors.New("set answer: nothing was offered")
	}
	_, agreed, err := s.read(answer)
	if err != nil {
		return fmt.Errorf("set answer: %w", err)
	}
	s.agree(agreed)
	return nil
}

func (s *Session) read(body []byte) (*sdp.Remote, sdp.Agreed, error) {
	if s.state.Load() == finished {
		return nil, sdp.Agreed{}, ErrClosed
	}
	remote, err := sdp.Parse(body)
	if err != nil {
		return nil, sdp.Agreed{}, err
	}
	if err := s.reachable(remote.Address); err != nil {
		return nil, sdp.Agreed{}, err
	}
	agreed, err := remote.Negotiate(s.options.Codecs, sdp.SendRecv)
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

// say writes a description of ours. Its version rises when it differs from the
// last one (RFC 3264 section 8).
func (s *Session) say(write func(sdp.Local) ([]byte, error)) ([]byte, error) {
	local := sdp.Local{
		Session: s.talks.session, Version: s.talks.version,
		Address: netip.AddrPortFrom(s.advertise(), s.ports.port),
		Codecs:  s.options.Codecs, Direction: sdp.SendRecv,
	}
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
func (s *Session) agree(a sdp.Agreed) {
	t := &terms{
		sends: a.Direction.Sends() && a.Remote.IsValid(), hears: a.Direction.Receives(),
		law: law(a.Codec.Name), payload: a.Codec.Payload, remote: a.Remote,
	}
	t.accepts[0], t.accepts[8], t.accepts[101] = meansPCMU, meansPCMA, meansEvent // as we offer them
	t.accepts[a.Codec.Payload] = meansPCMU + meaning(t.law)
	if a.Events != nil {
		t.hasEvents, t.events = true, a.Events.Payload
		t.accepts[a.Events.Payload] = meansEvent
	}
	s.terms.Store(t)
}

func law(name string) g711.Law {
	if name == sdp.PCMA {
		return g711.PCMA
	}
	return g711.PCMU
}
