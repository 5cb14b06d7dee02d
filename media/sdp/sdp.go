// Package sdp offers and answers G.711 audio with keypad events (RFC 8866, the
// offer/answer model of RFC 3264), on pion's parser. What the parser lets
// through, the policy here refuses: big bodies, host names, multicast. It is
// pure: no goroutine, no socket.
package sdp

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pion/sdp/v3"
)

// What a description may not exceed.
const (
	MaxBody       = 8 << 10
	MaxMedia      = 8
	MaxAttributes = 128
)

// Why a description is refused.
var (
	ErrTooLarge      = errors.New("session description is too large")
	ErrMalformed     = errors.New("session description is malformed")
	ErrAddress       = errors.New("media address is not a unicast IP address")
	ErrNoCommonCodec = errors.New("no common codec")
)

// Names of the encodings we speak (RFC 3551, RFC 4733).
const (
	PCMU   = "PCMU"
	PCMA   = "PCMA"
	events = "telephone-event"
)

// Payload types that we offer; the first two are fixed by RFC 3551.
const (
	payloadPCMU   = 0
	payloadPCMA   = 8
	payloadEvents = 101
)

const profile = "RTP/AVP"

// Direction is who sends, seen from the side that says it.
type Direction uint8

// The directions are sets of two bits.
const (
	Inactive Direction = 0
	SendOnly Direction = 1
	RecvOnly Direction = 2
	SendRecv Direction = 3
)

// String gives the attribute name.
func (d Direction) String() string {
	switch d {
	case SendOnly:
		return "sendonly"
	case RecvOnly:
		return "recvonly"
	case SendRecv:
		return "sendrecv"
	case Inactive:
	}
	return "inactive"
}

// Sends reports whether the side that says d sends.
func (d Direction) Sends() bool { return d&SendOnly != 0 }

// Receives reports whether the side that says d receives.
func (d Direction) Receives() bool { return d&RecvOnly != 0 }

// mirror is the widest direction that the other side of d can have.
func (d Direction) mirror() Direction { return d>>1&1 | d<<1&2 }

// A Format is an encoding under the number it has in one description.
type Format struct {
	Name    string
	Payload uint8
}

// A Remote is what the peer said, checked.
type Remote struct {
	Address   netip.AddrPort // where it wants its sound; invalid while it is on hold the old way (0.0.0.0)
	Direction Direction      // as seen by the peer
	Codecs    []Format       // those we know, in the peer's order
	Events    *Format        // telephone-event at 8000 Hz
	Ptime     time.Duration  // what it would like to get; 0 if it did not say

	desc  sdp.SessionDescription
	audio int // index of the accepted m-line
}

// Local is what we say of ourselves.
type Local struct {
	Session, Version uint64
	Address          netip.AddrPort
	Codecs           []string // by preference
	Direction        Direction
}

// Agreed is the outcome of an offer and its answer, seen from our side.
type Agreed struct {
	Remote    netip.AddrPort
	Direction Direction
	Codec     Format  // under the number that we send
	Events    *Format // under the number that we send; nil if the peer takes none
	Ptime     time.Duration
}

// Parse reads an offer or an answer. Its errors are ErrTooLarge, ErrMalformed,
// ErrAddress, and ErrNoCommonCodec if no line of it offers plain RTP audio.
func Parse(body []byte) (*Remote, error) {
	if err := measure(body); err != nil {
		return nil, err
	}
	r := new(Remote)
	if err := r.desc.Unmarshal(body); err != nil {
		return nil, ErrMalformed // the parser's error quotes the peer
	}
	for i, m := range r.desc.MediaDescriptions {
		if usable(m) {
			r.audio = i
			return r, r.read(m)
		}
	}
	return nil, fmt.Errorf("no %s audio offered: %w", profile, ErrNoCommonCodec)
}

// measure counts before anything is parsed.
func measure(body []byte) error {
	if len(body) > MaxBody {
		return ErrTooLarge
	}
	media, attributes := 0, 0
	for line := range bytes.FieldsFuncSeq(body, func(r rune) bool { return r == '\n' || r == '\r' }) {
		switch {
		case bytes.HasPrefix(line, []byte("m=")):
			media++
		case bytes.HasPrefix(line, []byte("a=")):
			attributes++
		}
	}
	if media > MaxMedia || attributes > MaxAttributes {
		return ErrTooLarge
	}
	return nil
}

func usable(m *sdp.MediaDescription) bool {
	return m.MediaName.Media == "audio" && m.MediaName.Port.Value > 0 &&
		m.MediaName.Port.Value <= 65535 && strings.Join(m.MediaName.Protos, "/") == profile
}

// read fills r from the audio line.
func (r *Remote) read(m *sdp.MediaDescription) error {
	if err := r.readAddress(m); err != nil {
		return err
	}
	r.readDirection(m)
	r.readFormats(m)
	if v, ok := m.Attribute("ptime"); ok {
		if ms, err := strconv.Atoi(strings.TrimSpace(v)); err == nil && ms >= 10 && ms <= 60 {
			r.Ptime = time.Duration(ms) * time.Millisecond
		}
	}
	return nil
}

func (r *Remote) readAddress(m *sdp.MediaDescription) error {
	c := m.ConnectionInformation
	if c == nil {
		c = r.desc.ConnectionInformation
	}
	if c == nil || c.Address == nil {
		return ErrAddress
	}
	addr, err := netip.ParseAddr(c.Address.Address)
	if err != nil || addr.IsMulticast() || addr.Zone() != "" || addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return ErrAddress
	}
	if !addr.IsUnspecified() { // RFC 3264 section 8.4: the old way to hold
		r.Address = netip.AddrPortFrom(addr.Unmap(), uint16(m.MediaName.Port.Value)) //nolint:gosec // checked by usable
	}
	return nil
}

func (r *Remote) readDirection(m *sdp.MediaDescription) {
	r.Direction = SendRecv
	for _, attributes := range [][]sdp.Attribute{r.desc.Attributes, m.Attributes} {
		for _, a := range attributes {
			for d := Inactive; d <= SendRecv; d++ {
				if a.Key == d.String() {
					r.Direction = d
				}
			}
		}
	}
	if !r.Address.IsValid() {
		r.Direction &^= RecvOnly
	}
}

// readFormats keeps the formats we know. A number without a map has the meaning
// RFC 3551 gives it.
func (r *Remote) readFormats(m *sdp.MediaDescription) {
	maps := rtpmaps(m)
	for _, number := range m.MediaName.Formats {
		payload, err := strconv.ParseUint(number, 10, 7)
		if err != nil {
			continue
		}
		name, ok := maps[number]
		if !ok {
			name = static(payload)
		}
		f := Format{Payload: uint8(payload), Name: name}
		switch name {
		case PCMU, PCMA:
			r.Codecs = append(r.Codecs, f)
		case events:
			if r.Events == nil {
				r.Events = &f
			}
		}
	}
}

func static(payload uint64) string {
	switch payload {
	case payloadPCMU:
		return PCMU
	case payloadPCMA:
		return PCMA
	}
	return ""
}

// rtpmaps gives the names of the formats by number: ours in our spelling, all
// others empty.
func rtpmaps(m *sdp.MediaDescription) map[string]string {
	maps := make(map[string]string)
	for _, a := range m.Attributes {
		if a.Key != "rtpmap" {
			continue
		}
		number, encoding, _ := strings.Cut(strings.TrimSpace(a.Value), " ")
		name, rate, _ := strings.Cut(strings.TrimSpace(encoding), "/")
		maps[number] = ""
		for _, known := range []string{PCMU, PCMA, events} {
			if strings.EqualFold(name, known) && (rate == "8000" || rate == "8000/1") {
				maps[number] = known
			}
		}
	}
	return maps
}

// Negotiate agrees with the peer on the first of its codecs that is among ours.
// local is the direction that we would like.
func (r *Remote) Negotiate(codecs []string, local Direction) (Agreed, error) {
	for _, f := range r.Codecs {
		if slices.Contains(codecs, f.Name) {
			return Agreed{
				Remote: r.Address, Direction: local & r.Direction.mirror(),
				Codec: f, Events: r.Events, Ptime: r.Ptime,
			}, nil
		}
	}
	return Agreed{}, ErrNoCommonCodec
}

// Offer writes an offer.
func Offer(l Local) ([]byte, error) {
	formats := make([]Format, 0, len(l.Codecs)+1)
	for _, name := range l.Codecs {
		payload := uint8(payloadPCMU)
		if name == PCMA {
			payload = payloadPCMA
		}
		formats = append(formats, Format{Name: name, Payload: payload})
	}
	formats = append(formats, Format{Name: events, Payload: payloadEvents})
	desc := l.description()
	desc.TimeDescriptions = []sdp.TimeDescription{{}}
	desc.MediaDescriptions = []*sdp.MediaDescription{l.media(formats)}
	return desc.Marshal()
}

// Answer writes the answer to r. Lines other than the one agreed on are refused
// with port 0 (RFC 3264 section 6).
func (r *Remote) Answer(l Local, a Agreed) ([]byte, error) {
	formats := []Format{a.Codec}
	if a.Events != nil {
		formats = append(formats, *a.Events)
	}
	l.Direction = a.Direction
	desc := l.description()
	desc.TimeDescriptions = r.desc.TimeDescriptions
	for i, m := range r.desc.MediaDescriptions {
		line := refuse(m)
		if i == r.audio {
			line = l.media(formats)
		}
		desc.MediaDescriptions = append(desc.MediaDescriptions, line)
	}
	return desc.Marshal()
}

func refuse(m *sdp.MediaDescription) *sdp.MediaDescription {
	name := m.MediaName
	name.Port = sdp.RangedPort{}
	return &sdp.MediaDescription{MediaName: name}
}

func (l Local) description() *sdp.SessionDescription {
	family, addr := "IP4", l.Address.Addr().Unmap()
	if addr.Is6() {
		family = "IP6"
	}
	return &sdp.SessionDescription{
		Origin: sdp.Origin{
			Username: "-", SessionID: l.Session, SessionVersion: l.Version,
			NetworkType: "IN", AddressType: family, UnicastAddress: addr.String(),
		},
		SessionName: "-",
		ConnectionInformation: &sdp.ConnectionInformation{
			NetworkType: "IN", AddressType: family, Address: &sdp.Address{Address: addr.String()},
		},
	}
}

func (l Local) media(formats []Format) *sdp.MediaDescription {
	m := &sdp.MediaDescription{MediaName: sdp.MediaName{
		Media: "audio", Port: sdp.RangedPort{Value: int(l.Address.Port())},
		Protos: strings.Split(profile, "/"),
	}}
	for _, f := range formats {
		number := strconv.Itoa(int(f.Payload))
		m.MediaName.Formats = append(m.MediaName.Formats, number)
		m.WithValueAttribute("rtpmap", number+" "+f.Name+"/8000")
		if f.Name == events {
			m.WithValueAttribute("fmtp", number+" 0-15")
		}
	}
	return m.WithValueAttribute("ptime", "20").WithValueAttribute("maxptime", "60").
		WithPropertyAttribute(l.Direction.String())
}
