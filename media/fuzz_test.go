package media

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/srtp/v3"

	"github.com/callward/callward/media/sdp"
)

// The states of a session in which packets are fuzzed.
const (
	beforeTerms = iota
	plain
	plainWithoutEvents // keys are heard in the sound
	plainMuxed         // reports come the way of the sound
	held               // the peer is to hear us, and not the other way round
	sealed             // keys were in the descriptions
	shaking            // a handshake goes on
	shaken             // a handshake has given the keys
	wideband           // G.722
	opus
	fuzzStates
)

//nolint:gochecknoglobals // read only
var (
	fuzzPeer      = netip.MustParseAddrPort("192.0.2.1:4000")
	fuzzOtherPort = netip.MustParseAddrPort("192.0.2.1:4444")
	fuzzStranger  = netip.MustParseAddrPort("198.51.100.66:4000")
	fuzzSecret    = []byte("thirty octets of key and salt.")
)

const (
	fuzzSSRC  = 0x01020304 // ours
	fuzzEpoch = 1_767_323_045_000_000_000
)

// fuzzed is a session without sockets, which only the test ticks.
type fuzzed struct {
	*Session

	seal *srtp.Context // the peer's; nil: plain
	work *workspace
	n    int64
}

func newFuzzed(tb testing.TB, state uint8) *fuzzed {
	tb.Helper()
	e, err := New(Config{Shards: 1, PortMin: 30000, PortMax: 30001})
	if err != nil {
		tb.Fatal(err)
	}
	none := pair{pool: e.pools[0], port: 30000, rtp: socket{-1}, rtcp: socket{-1}}
	z := &fuzzed{Session: newSession(e, e.shards[0], none, Options{NoVAD: true}), work: e.shards[0].work}
	z.out.ssrc = fuzzSSRC
	state %= fuzzStates
	if state == beforeTerms {
		return z
	}
	handshakes := state == shaking || state == shaken
	t := &terms{
		sends: true, hears: state != held && state != shaking, remote: fuzzPeer, codec: codecOf(sdp.PCMU),
		control: netip.AddrPortFrom(fuzzPeer.Addr(), fuzzPeer.Port()+1), mux: state == plainMuxed || handshakes,
		hasEvents: state != plainWithoutEvents, events: 101, eventClock: Rate,
	}
	switch state {
	case wideband:
		t.codec, t.payload = codecOf(sdp.G722), 9
	case opus:
		t.codec, t.payload = codecOf(sdp.Opus), 96
	}
	if t.codec.rate != Rate {
		if t.coding, err = newCoding(t.codec); err != nil {
			tb.Fatal(err)
		}
	}
	if t.codec.clock == Rate { // as the real terms have it
		t.accepts[0], t.accepts[8], t.accepts[13] = meansPCMU, meansPCMA, meansNoise
	}
	t.accepts[101], t.accepts[t.payload] = meansEvent, t.codec.kind
	if handshakes {
		t.handshake = &handshake{wire: newWire(none, fuzzPeer)}
	}
	if state == sealed || state == shaken {
		key := sdp.NewCrypto(1, sdp.Suites[3], fuzzSecret)
		if t.opening, err = cipher(key); err != nil {
			tb.Fatal(err)
		}
		if z.seal, err = cipher(key); err != nil {
			tb.Fatal(err)
		}
	}
	z.terms.Store(t)
	return z
}

// step is a tick of the session as its pacer does it, without what is sent.
func (z *fuzzed) step() {
	z.n++
	z.work.now = fuzzEpoch + z.n*int64(FrameTime)
	z.receive(z.work, z.n)
	z.hear(z.work)
	for len(z.events) > 0 {
		<-z.events
	}
}

// tally is what has become of packets, each in one way.
type tally struct{ heard, reports, handed, refused uint64 }

func (z *fuzzed) tally() tally {
	st := z.Stats()
	out := tally{heard: st.Received, reports: st.ReportsTaken}
	for why := range z.stats.refused {
		out.refused += z.stats.refused[why].Load()
	}
	if t := z.terms.Load(); t != nil && t.handshake != nil {
		out.handed = uint64(t.handshake.wire.Count()) //nolint:gosec // not negative
	}
	return out
}

func (a tally) minus(b tally) tally {
	return tally{a.heard - b.heard, a.reports - b.reports, a.handed - b.handed, a.refused - b.refused}
}

// What the first octet of a packet in a script says of it, beside who sends it.
const (
	fromOtherPort = 1
	fromStranger  = 2
	fromMask      = 3
	asReport      = 1 << 2 // protected as a report, where packets are
	protected     = 1 << 3
	truncated     = 1 << 4
	tickBefore    = 1 << 5
	twice         = 1 << 6
	long          = 1 << 7 // another 500 octets follow
)

// scripted cuts a script into packets: an octet of what it is, one of its length, and
// itself.
func scripted(script []byte, each func(what byte, data []byte)) {
	for len(script) >= 2 {
		what, n := script[0], min(int(script[1]), len(script)-2)
		data := append(make([]byte, 0, maxPacket), script[2:2+n]...)
		if what&long != 0 {
			data = data[:len(data)+500]
		}
		each(what, data)
		script = script[2+n:]
	}
}

func sender(what byte) netip.AddrPort {
	switch what & fromMask {
	case fromOtherPort:
		return fuzzOtherPort
	case fromStranger:
		return fuzzStranger
	}
	return fuzzPeer
}

// sealing protects a packet as its peer would. What is no packet stays as it is.
func (z *fuzzed) sealing(what byte, data []byte) (out []byte, ok bool) {
	if z.seal == nil || what&protected == 0 {
		return data, false
	}
	var err error
	if what&asReport != 0 {
		out, err = z.seal.EncryptRTCP(nil, data, nil)
	} else {
		out, err = z.seal.EncryptRTP(nil, data, nil)
	}
	if err != nil {
		return data, false
	}
	return out, true
}

// check fails the test unless exactly one thing became of a packet, and one that may.
func (z *fuzzed) check(t *testing.T, state, what byte, opens bool, got tally) {
	t.Helper()
	if got.heard+got.reports+got.handed > 1 || got.heard+got.reports+got.handed+got.refused == 0 {
		t.Fatalf("state %d: of one packet came %+v", state, got)
	}
	if got.reports+got.handed == 1 && got.refused > 0 || got.refused > 1 { // what was heard may yet be late
		t.Fatalf("state %d: a packet was refused too often: %+v", state, got)
	}
	switch state {
	case beforeTerms, held, shaking:
		if got.heard+got.reports > 0 {
			t.Fatalf("state %d: %+v though nothing is to be heard", state, got)
		}
	case sealed, shaken:
		if got.heard+got.reports > 0 && !opens {
			t.Fatalf("state %d: a packet without protection was taken: %+v", state, got)
		}
	default:
		if what&fromMask == fromStranger && got != (tally{refused: 1}) {
			t.Fatalf("state %d: a stranger's packet: %+v", state, got)
		}
	}
}

// Whatever comes to the port of the sound, in whatever state: nothing breaks, and each
// packet is heard, or taken as a report or of a handshake, or refused by a cause.
func FuzzPacket(f *testing.F) {
	sound := []byte{0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 0xFF, 0xFF}
	f.Add(uint8(plain), script(tickBefore, sound, tickBefore, sound))
	f.Add(uint8(sealed), script(protected, sound, 0, sound))
	f.Add(uint8(shaking), script(0, []byte{22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1}))
	f.Fuzz(func(t *testing.T, state uint8, script []byte) {
		state %= fuzzStates
		z := newFuzzed(t, state)
		z.step()
		scripted(script, func(what byte, data []byte) {
			if what&tickBefore != 0 {
				z.step()
			}
			data, opens := z.sealing(what, data)
			for range 1 + int(what&twice)/twice {
				before := z.tally()
				z.packet(slices.Clone(data), sender(what), what&truncated == 0, z.work.now, z.n)
				z.check(t, state, what, opens, z.tally().minus(before))
			}
			if z.in.tokens < 0 || z.in.tokens > packetsBurst {
				t.Fatalf("%d packets may come", z.in.tokens)
			}
		})
		for range 8 {
			z.step()
		}
		var all uint64
		for why := range z.shard.refused {
			all += z.shard.refused[why].Load()
		}
		if got := z.tally().refused; got != all {
			t.Fatalf("the session refused %d packets, its shard %d", got, all)
		}
	})
}

// script writes packets as scripted reads them: what each is, and itself.
func script(parts ...any) []byte {
	var out []byte
	for i := 0; i < len(parts); i += 2 {
		what, data := parts[i].(int), parts[i+1].([]byte) //nolint:errcheck,forcetypeassert // of a test
		out = append(append(out, byte(what), byte(len(data))), data...)
	}
	return out
}

// Whatever comes to the port of the reports: nothing breaks, each datagram is taken or
// refused by a cause, and no lie of the peer makes a figure that no network has.
func FuzzReports(f *testing.F) {
	now := int64(fuzzEpoch)
	for _, p := range [][]rtcp.Packet{
		{&rtcp.ReceiverReport{SSRC: 9, Reports: []rtcp.ReceptionReport{{SSRC: fuzzSSRC, FractionLost: 255, Jitter: 1 << 31, LastSenderReport: 1}}}},
		{&rtcp.SenderReport{SSRC: 9, NTPTime: 1 << 63}, &rtcp.Goodbye{Sources: []uint32{9}}},
	} {
		b, err := rtcp.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(plain), now, script(0, b))
	}
	f.Fuzz(func(t *testing.T, state uint8, arrived int64, script []byte) {
		if arrived < 0 { // the kernel's clock is not before 1970
			return
		}
		state %= fuzzStates
		z := newFuzzed(t, state)
		z.step()
		i := 0
		scripted(script, func(what byte, data []byte) {
			data, opens := z.sealing(what|asReport, data)
			before := z.tally()
			z.control(i, data, sender(what), what&truncated == 0, arrived)
			got := z.tally().minus(before)
			if got.heard+got.handed > 0 || got.reports+got.refused != 1 {
				t.Fatalf("state %d: of one report came %+v", state, got)
			}
			if got.reports > 0 && (z.seal != nil && !opens || what&fromMask == fromStranger || state == beforeTerms) {
				t.Fatalf("state %d: what is not the peer's was taken", state)
			}
			if what&tickBefore != 0 {
				i = 0 // another second
			} else {
				i++
			}
		})
		if st := z.Stats(); st.PeerLoss < 0 || st.PeerLoss > 1 || st.PeerJitter < 0 || st.PeerJitter > time.Minute ||
			st.RoundTrip < 0 || st.RoundTrip > time.Minute || st.Received > 0 && (st.MOS < 1 || st.MOS > 4.5) {
			t.Fatalf("they say %+v", st)
		}
	})
}
