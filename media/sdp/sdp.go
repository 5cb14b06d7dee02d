// Package sdp offers and answers G.711 audio with keypad events (RFC 8866, the
// offer/answer model of RFC 3264), plain or protected (RFC 4568, RFC 5763), on
// pion's parser. What the parser lets through, the policy here refuses: big
// bodies, host names, multicast. It is pure: no goroutine, no socket.
package sdp

import (
	"bytes"
	"cmp"
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
	ErrSecurity      = errors.New("the sound is protected otherwise than is wanted here")
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
	desc  sdp.SessionDescription
	lines []line
}

// line is one of audio that can be talked about.
type line struct {
	index     int            // among the media
	address   netip.AddrPort // where the peer wants its sound; invalid while it is on hold the old way (0.0.0.0)
	direction Direction      // as seen by the peer
	codecs    []Format       // those we know, in the peer's order
	events    *Format        // telephone-event at 8000 Hz
	ptime     time.Duration  // what the peer would like to get; 0 if it did not say
	control   netip.AddrPort // where it wants RTCP
	mux       bool           // or it takes RTCP where it takes its sound (RFC 5761)
	profile   string
	keys      []Crypto
	handshake Handshake
}

// Local is what we say of ourselves.
type Local struct {
	Session, Version uint64
	Address          netip.AddrPort
	Codecs           []string // by preference
	Direction        Direction
	Mux              bool // RTCP goes the way of the sound

	Profile   string    // of an offer; empty is plain RTP
	Keys      []Crypto  // ours by which what we send is protected: of an offer all that we can, of an answer the one agreed on
	Handshake Handshake // ours, if keys are to come of one
}

// Agreed is the outcome of an offer and its answer, seen from our side.
type Agreed struct {
	Remote    netip.AddrPort
	Direction Direction
	Codec     Format  // under the number that we send
	Events    *Format // under the number that we send; nil if the peer takes none
	Ptime     time.Duration
	Control   netip.AddrPort // where the peer wants RTCP
	Mux       bool           // which is where it wants its sound

	Security  Security
	Key       Crypto    // of SDES: the peer's
	Handshake Handshake // of DTLS: the peer's

	line line
}

// Profile is that of the line agreed on: it stays the same for the whole call.
func (a Agreed) Profile() string { return a.line.profile }

// Parse reads an offer or an answer. Its errors are ErrTooLarge, ErrMalformed,
// ErrAddress, and ErrNoCommonCodec if no line of it offers audio over RTP.
func Parse(body []byte) (*Remote, error) {
	if err := measure(body); err != nil {
		return nil, err
	}
	r := new(Remote)
	if err := r.desc.Unmarshal(body); err != nil {
		return nil, ErrMalformed // the parser's error quotes the peer
	}
	var unusable error
	for i, m := range r.desc.MediaDescriptions {
		if !usable(m) {
			continue
		}
		l := line{index: i}
		if err := r.read(m, &l); err != nil {
			unusable = cmp.Or(unusable, err)
			continue
		}
		r.lines = append(r.lines, l)
	}
	if len(r.lines) == 0 {
		return nil, cmp.Or(unusable, fmt.Errorf("no audio over RTP offered: %w", ErrNoCommonCodec))
	}
	return r, nil
}

// Address is where the peer wants to hear; not valid while it holds us the old way.
func (r *Remote) Address() netip.AddrPort { return r.lines[0].address }

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
		m.MediaName.Port.Value <= 65535 && slices.Contains(profiles, strings.Join(m.MediaName.Protos, "/"))
}

// read fills l from a line of audio.
func (r *Remote) read(m *sdp.MediaDescription, l *line) error {
	if err := r.readAddress(m, l); err != nil {
		return err
	}
	r.readDirection(m, l)
	l.readFormats(m)
	if v, ok := m.Attribute("ptime"); ok {
		if ms, err := strconv.Atoi(strings.TrimSpace(v)); err == nil && ms >= 10 && ms <= 60 {
			l.ptime = time.Duration(ms) * time.Millisecond
		}
	}
	l.readControl(m)
	l.profile = strings.Join(m.MediaName.Protos, "/")
	l.readProtection(r.desc.Attributes, m.Attributes)
	return nil
}

func (r *Remote) readAddress(m *sdp.MediaDescription, l *line) error {
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
		l.address = netip.AddrPortFrom(addr.Unmap(), uint16(m.MediaName.Port.Value)) //nolint:gosec // checked by usable
	}
	return nil
}

// readControl finds where RTCP goes: to the next port, unless it is said otherwise
// (RFC 3605, RFC 5761).
func (l *line) readControl(m *sdp.MediaDescription) {
	_, l.mux = m.Attribute("rtcp-mux")
	host, port := l.address.Addr(), l.address.Port()+1
	if v, ok := m.Attribute("rtcp"); ok {
		fields := strings.Fields(v)
		if len(fields) == 0 {
			return
		}
		n, err := strconv.ParseUint(fields[0], 10, 16)
		if err != nil {
			return
		}
		port = uint16(n)
		if len(fields) == 4 {
			if other, err := netip.ParseAddr(fields[3]); err != nil || other.Unmap() != host {
				return // reports do not go to third parties
			}
		}
	}
	if l.mux {
		port = l.address.Port()
	}
	if l.address.IsValid() && port > 0 {
		l.control = netip.AddrPortFrom(host, port)
	}
}

func (r *Remote) readDirection(m *sdp.MediaDescription, l *line) {
	l.direction = SendRecv
	for _, attributes := range [][]sdp.Attribute{r.desc.Attributes, m.Attributes} {
		for _, a := range attributes {
			for d := Inactive; d <= SendRecv; d++ {
				if a.Key == d.String() {
					l.direction = d
				}
			}
		}
	}
	if !l.address.IsValid() {
		l.direction &^= RecvOnly
	}
}

// readFormats keeps the formats we know. A number without a map has the meaning
// RFC 3551 gives it.
func (l *line) readFormats(m *sdp.MediaDescription) {
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
			l.codecs = append(l.codecs, f)
		case events:
			if l.events == nil {
				l.events = &f
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

// Wants is what we would agree to.
type Wants struct {
	Codecs    []string // by the peer's preference, not ours
	Direction Direction
	Security  []Security // by our preference; empty is Plain alone
	Offered   *Local     // what an answer answers; nil if it is an offer that is read
}

// Negotiate agrees with the peer: first on the protection that we prefer, then on
// the line of the peer that has it, then on the first of its codecs that is among
// ours. Its errors are ErrNoCommonCodec and ErrSecurity.
func (r *Remote) Negotiate(w Wants) (Agreed, error) {
	if len(w.Security) == 0 {
		w.Security = []Security{Plain}
	}
	err := ErrSecurity
	for _, security := range w.Security {
		for _, l := range r.lines {
			a, ok := l.protection(security, w.Offered)
			if !ok {
				continue
			}
			i := slices.IndexFunc(l.codecs, func(f Format) bool { return slices.Contains(w.Codecs, f.Name) })
			if i < 0 {
				err = ErrNoCommonCodec
				continue
			}
			a.line, a.Remote, a.Direction = l, l.address, w.Direction&l.direction.mirror()
			a.Codec, a.Events, a.Ptime = l.codecs[i], l.events, l.ptime
			a.Control, a.Mux = l.control, l.mux
			return a, nil
		}
	}
	return Agreed{}, err
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
	l.Profile = cmp.Or(l.Profile, profiles[0])
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
	l.Direction, l.Profile, l.Mux = a.Direction, a.line.profile, a.Mux
	desc := l.description()
	desc.TimeDescriptions = r.desc.TimeDescriptions
	for i, m := range r.desc.MediaDescriptions {
		line := refuse(m)
		if i == a.line.index {
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
		Protos: strings.Split(l.Profile, "/"),
	}}
	for _, f := range formats {
		number := strconv.Itoa(int(f.Payload))
		m.MediaName.Formats = append(m.MediaName.Formats, number)
		m.WithValueAttribute("rtpmap", number+" "+f.Name+"/8000")
		if f.Name == events {
			m.WithValueAttribute("fmtp", number+" 0-15")
		}
	}
	m.WithValueAttribute("ptime", "20").WithValueAttribute("maxptime", "60").
		WithPropertyAttribute(l.Direction.String())
	if l.Mux {
		m.WithPropertyAttribute("rtcp-mux")
	}
	l.protect(m)
	return m
}
