// Package sdp offers and answers audio with keypad events (RFC 8866, the
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

// Names of the encodings we speak (RFC 3551, RFC 7587, RFC 4733).
const (
	PCMU   = "PCMU"
	PCMA   = "PCMA"
	G722   = "G722"
	Opus   = "opus"
	events = "telephone-event"
)

// encoding is what stands for one in a description.
type encoding struct {
	name       string
	clock      uint32 // ticks of its RTP time in a second
	channels   string // after the clock, where it has to be there
	payload    uint8  // in our offers; what is below 96 is fixed by RFC 3551
	parameters string // of ours
}

// encodings are those that we speak. The clock of G.722 is half its rate (RFC 3551
// section 4.5.2), and that of Opus always 48 kHz in two channels (RFC 7587 section 4.1).
// Events have the clock of the sound they lie in (RFC 4733 section 2.1).
//
//nolint:gochecknoglobals // a read-only table
var encodings = []encoding{
	{PCMU, 8000, "", 0, ""},
	{PCMA, 8000, "", 8, ""},
	{G722, 8000, "", 9, ""},
	{Opus, 48000, "/2", 107, "maxplaybackrate=16000;sprop-maxcapturerate=16000;useinbandfec=1"},
	{events, 8000, "", 101, "0-15"},
	{events, 48000, "", 110, "0-15"},
}

// encodingOf finds one by its name and clock.
func encodingOf(name string, clock uint32) encoding {
	i := slices.IndexFunc(encodings, func(e encoding) bool { return e.name == name && e.clock == clock })
	return encodings[i]
}

// Ours is the number under which we offer a format.
func Ours(f Format) uint8 { return encodingOf(f.Name, f.Clock).payload }

// codec finds one of sound by its name; ok is false if we do not speak it.
func codec(name string) (e encoding, ok bool) {
	i := slices.IndexFunc(encodings, func(e encoding) bool { return e.name == name && name != events })
	if i < 0 {
		return encoding{}, false
	}
	return encodings[i], true
}

// Codecs are the names of all codecs that we speak.
func Codecs() (names []string) {
	for _, e := range encodings {
		if e.name != events {
			names = append(names, e.name)
		}
	}
	return names
}

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
	Clock   uint32 // ticks of RTP time in a second
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
	events    []Format       // telephone-event, of each clock
	ptime     time.Duration  // what the peer would like to get; 0 if it did not say
	control   netip.AddrPort // where it wants RTCP
	mux       bool           // or it takes RTCP where it takes its sound (RFC 5761)
	profile   string
	keys      []Crypto
	handshake Handshake
	ice       ICE // where it is, it proves
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
	ICE       ICE       // ours, if the peer is to prove where it is
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
	ICE       ICE       // the peer's, who proves where it is: Remote is not valid

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
	l.profile = strings.Join(m.MediaName.Protos, "/")
	_, l.mux = m.Attribute("rtcp-mux")
	l.readICE(r.desc.Attributes, m.Attributes)
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
	l.readProtection(r.desc.Attributes, m.Attributes)
	return nil
}

func (r *Remote) readAddress(m *sdp.MediaDescription, l *line) error {
	if l.ice != (ICE{}) { // what stands here is a guess
		return nil
	}
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
	if !l.address.IsValid() && l.ice == (ICE{}) {
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
		f, ok := maps[number]
		if !ok {
			f = static(uint8(payload))
		}
		switch f.Payload = uint8(payload); f.Name {
		case "":
		case events:
			l.events = append(l.events, f)
		default:
			l.codecs = append(l.codecs, f)
		}
	}
}

func static(payload uint8) Format {
	for _, e := range encodings {
		if e.payload == payload && payload < 96 {
			return Format{Name: e.name, Clock: e.clock}
		}
	}
	return Format{}
}

// rtpmaps gives the formats by number: ours in our spelling, all others empty.
func rtpmaps(m *sdp.MediaDescription) map[string]Format {
	maps := make(map[string]Format)
	for _, a := range m.Attributes {
		if a.Key != "rtpmap" {
			continue
		}
		number, is, _ := strings.Cut(strings.TrimSpace(a.Value), " ")
		name, clock, _ := strings.Cut(strings.TrimSpace(is), "/")
		maps[number] = Format{}
		for _, e := range encodings {
			mono := e.channels == "" && strings.TrimSuffix(clock, "/1") == strconv.Itoa(int(e.clock))
			if strings.EqualFold(name, e.name) && (mono || clock == strconv.Itoa(int(e.clock))+e.channels) {
				maps[number] = Format{Name: e.name, Clock: e.clock}
			}
		}
	}
	return maps
}

// Wants is what we would agree to.
type Wants struct {
	Codecs    []string // by the peer's preference, unless
	Ours      bool     // their order is to decide
	Direction Direction
	Security  []Security // by our preference; empty is Plain alone
	ICE       bool       // the peer must prove where it is
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
			if !ok || w.ICE && l.ice == (ICE{}) {
				continue
			}
			if a.Codec, ok = w.choose(l.codecs); !ok {
				err = ErrNoCommonCodec
				continue
			}
			a.line, a.Remote, a.Direction = l, l.address, w.Direction&l.direction.mirror()
			a.Ptime = l.ptime
			a.Events = l.eventsFor(a.Codec)
			a.Control, a.Mux, a.ICE = l.control, l.mux, l.ice
			return a, nil
		}
	}
	return Agreed{}, err
}

// choose takes one of the peer's codecs.
func (w Wants) choose(offered []Format) (Format, bool) {
	var best Format
	rank := len(w.Codecs)
	for _, f := range offered {
		if i := slices.Index(w.Codecs, f.Name); i >= 0 && i < rank {
			best, rank = f, i
			if !w.Ours {
				break
			}
		}
	}
	return best, rank < len(w.Codecs)
}

// eventsFor is how the peer takes events in a codec: by its clock, or by the common one
// of those who name no other.
func (l *line) eventsFor(codec Format) *Format {
	for _, clock := range []uint32{codec.Clock, 8000} {
		if i := slices.IndexFunc(l.events, func(f Format) bool { return f.Clock == clock }); i >= 0 {
			return &l.events[i]
		}
	}
	return nil
}

// Offer writes an offer.
func Offer(l Local) ([]byte, error) {
	formats := make([]Format, 0, len(l.Codecs)+2)
	var clocks []uint32
	for _, name := range l.Codecs {
		e, ok := codec(name)
		if !ok {
			return nil, fmt.Errorf("codec %q: %w", name, ErrNoCommonCodec)
		}
		formats = append(formats, Format{Name: name, Payload: e.payload, Clock: e.clock})
		if !slices.Contains(clocks, e.clock) {
			clocks = append(clocks, e.clock)
		}
	}
	for _, clock := range clocks {
		formats = append(formats, Format{Name: events, Payload: encodingOf(events, clock).payload, Clock: clock})
	}
	l.Profile = cmp.Or(l.Profile, profiles[0])
	desc := l.description()
	desc.TimeDescriptions = []sdp.TimeDescription{{}}
	desc.MediaDescriptions = []*sdp.MediaDescription{l.media(formats)}
	if l.ICE != (ICE{}) {
		const mid = "0"
		bundle(desc, mid)
		desc.MediaDescriptions[0].WithValueAttribute("mid", mid)
	}
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
		if mid := midOf(m); mid != "" && l.ICE != (ICE{}) {
			line.WithValueAttribute("mid", mid)
		}
		desc.MediaDescriptions = append(desc.MediaDescriptions, line)
	}
	if l.ICE != (ICE{}) {
		bundle(desc, midOf(r.desc.MediaDescriptions[a.line.index]))
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
		e := encodingOf(f.Name, f.Clock)
		m.WithValueAttribute("rtpmap", number+" "+f.Name+"/"+strconv.Itoa(int(f.Clock))+e.channels)
		if e.parameters != "" {
			m.WithValueAttribute("fmtp", number+" "+e.parameters)
		}
	}
	m.WithValueAttribute("ptime", "20").WithValueAttribute("maxptime", "60").
		WithPropertyAttribute(l.Direction.String())
	if l.Mux {
		m.WithPropertyAttribute("rtcp-mux")
	}
	l.protect(m)
	l.prove(m)
	return m
}
