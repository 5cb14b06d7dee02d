package media_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtcp"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/mediatest"
)

// A datagram is what was on the wire.
type datagram struct {
	data []byte
	from netip.AddrPort
}

// A wire is a port of a peer that keeps what comes, octet by octet.
type wire struct {
	*net.UDPConn

	mu  sync.Mutex
	got []datagram
}

// listening gives a port of a peer.
func listening(t *testing.T, at netip.AddrPort) (*wire, error) {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	w, done := &wire{UDPConn: conn}, make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-done })
	go func() {
		defer close(done)
		for b := make([]byte, 1500); ; {
			n, from, err := conn.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			w.mu.Lock()
			w.got = append(w.got, datagram{slices.Clone(b[:n]), from})
			w.mu.Unlock()
		}
	}()
	return w, nil
}

// withNextPort gives a peer, and the port after that of its sound.
func withNextPort(t *testing.T) (*mediatest.Peer, *wire) {
	t.Helper()
	for range 100 {
		p := peer(t, "")
		at := p.Address()
		if w, err := listening(t, netip.AddrPortFrom(at.Addr(), at.Port()+1)); err == nil { // else it is somebody's
			return p, w
		}
	}
	t.Fatal("no two ports side by side are free")
	return nil, nil
}

func (w *wire) all() []datagram {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.got)
}

// whole checks that a report is made of whole packets, the first a report of a sender or
// a receiver, the second with a name (RFC 3550 section 6.1).
func (d datagram) whole(t *testing.T) []rtcp.Packet {
	t.Helper()
	var kinds []byte
	for b := d.data; len(b) > 0; {
		if len(b) < 8 || b[0]>>6 != 2 || b[0]&(1<<5) != 0 {
			t.Fatalf("no packet of version 2 without padding at the end of %x", d.data)
		}
		n := 4 * (1 + int(binary.BigEndian.Uint16(b[2:])))
		if n > len(b) {
			t.Fatalf("a packet of %d octets in %d of %x", n, len(b), d.data)
		}
		kinds, b = append(kinds, b[1]), b[n:]
	}
	if len(kinds) < 2 || kinds[0] != 200 && kinds[0] != 201 || kinds[1] != 202 {
		t.Fatalf("a report of the kinds %d", kinds)
	}
	packets, err := rtcp.Unmarshal(d.data)
	if err != nil {
		t.Fatal(err)
	}
	return packets
}

// isControl tells reports from sound by the second octet (RFC 5761 section 4).
func isControl(second byte) bool { return second >= 192 && second <= 223 }

// R7: where nothing else is said, reports go from our port after that of the sound to the
// peer's port after that of its sound, say of the sound what was on the wire, and end with
// a goodbye (RFC 3550 sections 6.3, 6.4 and 11).
func TestReportsGoFromTheNextPortToTheNextPort(t *testing.T) {
	t.Parallel()
	s := open(t, running(t, media.Config{}))
	p, next := withNextPort(t)
	began := time.Now()
	accept(t, s, p.Offer("sendrecv"))
	if err := p.Talk(addressOf(s), 9, 65530, mediatest.Tone(440, 400*time.Millisecond)); err != nil { // its numbers wrap
		t.Fatal(err)
	}
	eventually(t, "a report", func() bool { return len(next.all()) > 0 })
	sr, ok := next.all()[0].whole(t)[0].(*rtcp.SenderReport)
	if !ok {
		t.Fatalf("%v", next.all()[0].whole(t))
	}
	sent := int(sr.PacketCount)
	eventually(t, "what it tells of", func() bool { return len(p.Got()) >= sent })
	got := p.Got()
	last := got[sent-1]
	if sr.SSRC != last.SSRC || sr.RTPTime != last.Timestamp || int(sr.OctetCount) != 160*sent {
		t.Errorf("source %x at %d, %d octets, and the %d. packet is of %x at %d", sr.SSRC, sr.RTPTime, sr.OctetCount, sent, last.SSRC, last.Timestamp)
	}
	at := timeOf(sr.NTPTime)
	if at.Before(began.Add(-time.Millisecond)) || at.After(time.Now()) {
		t.Errorf("made at %v, in a call that began at %v", at, began)
	}

	// The last report answers one of the peer's.
	const stamp = 0x1234_5678_9abc_def0
	b, err := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{SSRC: 9, NTPTime: stamp}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := next.WriteToUDPAddrPort(b, controlOf(s)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the peer's report is taken", func() bool { return s.Stats().ReportsTaken == 1 })
	_ = s.Close()
	var end []rtcp.Packet
	eventually(t, "goodbye", func() bool {
		all := next.all()
		end = all[len(all)-1].whole(t)
		_, bye := end[len(end)-1].(*rtcp.Goodbye)
		return bye
	})
	if bye, ok := end[len(end)-1].(*rtcp.Goodbye); !ok || !slices.Equal(bye.Sources, []uint32{sr.SSRC}) {
		t.Errorf("%v", end)
	}
	heard := end[0].(*rtcp.SenderReport).Reports
	if len(heard) != 1 || heard[0].SSRC != 9 || heard[0].LastSenderReport != 0x5678_9abc || heard[0].Delay == 0 ||
		heard[0].TotalLost != 0 || heard[0].LastSequenceNumber != 1<<16+13 {
		t.Errorf("of 20 packets, from 65530 to 13: %+v", heard)
	}
	for _, d := range next.all() {
		if d.from != controlOf(s) || !isControl(d.data[1]) {
			t.Errorf("a packet of kind %d came from %v", d.data[1], d.from)
		}
	}
	for _, r := range p.Got() {
		if r.From != addressOf(s) || r.Marker && isControl(r.PayloadType|1<<7) {
			t.Errorf("a packet of type %d came to the port of the sound, from %v", r.PayloadType, r.From)
		}
	}
}

// R7: reports are the peer's alone, and by the way that was agreed on. A goodbye ends
// nothing, whoever says it: signalling does.
func TestReportsAreTakenOfThePeerByTheAgreedWayAlone(t *testing.T) {
	t.Parallel()
	for _, mux := range []bool{false, true} {
		t.Run(fmt.Sprintf("the way of the sound: %v", mux), func(t *testing.T) {
			t.Parallel()
			s := open(t, running(t, media.Config{}))
			p, next := withNextPort(t)
			stranger, offer := peer(t, "127.0.0.8"), p.Offer("sendrecv")
			right, wrong := controlOf(s), addressOf(s)
			if mux {
				offer = append(offer, "a=rtcp-mux\r\n"...)
				right, wrong = wrong, right
			}
			accept(t, s, offer)
			report, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 9}, &rtcp.Goodbye{Sources: []uint32{9}}})
			if err != nil {
				t.Fatal(err)
			}
			_ = stranger.SendRaw(right, report)
			eventually(t, "a stranger's is refused", func() bool { return s.Stats().Strangers == 1 })
			_ = p.SendRaw(wrong, report)
			eventually(t, "one that went wrong is refused", func() bool { return s.Stats().Unexpected == 1 })
			if n := s.Stats().ReportsTaken; n > 0 {
				t.Errorf("%d of them were taken", n)
			}
			_ = p.SendRaw(right, report)
			eventually(t, "the peer's is taken", func() bool { return s.Stats().ReportsTaken == 1 })

			// Goodbye or not, both sides go on.
			sent := len(p.Got())
			if err := p.Talk(addressOf(s), 9, 1, mediatest.Tone(440, 200*time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			eventually(t, "all is heard", func() bool { return s.Stats().Received == 10 })
			eventually(t, "reports and sound go on", func() bool { return s.Stats().ReportsSent > 0 && len(p.Got()) > sent })
			if st := s.Stats(); st.ReportsTaken != 1 || st.Strangers != 1 || st.Unexpected != 1 || st.NotRTP > 0 || st.OverRate > 0 {
				t.Errorf("%+v", st)
			}
			if n := len(stranger.Got()); n > 0 {
				t.Errorf("%d packets were sent to a stranger", n)
			}
			if mux && len(next.all()) > 0 {
				t.Errorf("%x came to the next port", next.all()[0].data)
			}
		})
	}
}

// greeting is the first message of a handshake that g begins.
func (g *greeter) greeting(t *testing.T) []byte {
	t.Helper()
	far, err := listening(t, netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := dtls.ClientWithOptions(g.conn, far.LocalAddr(), dtls.WithCertificates(g.cert),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AES128_CM_HMAC_SHA1_80), dtls.WithInsecureSkipVerify(true))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = conn.HandshakeContext(ctx) }()
	defer func() { cancel(); <-done; _ = conn.Close() }()
	eventually(t, "a greeting", func() bool { return len(far.all()) > 0 })
	return far.all()[0].data
}

// R12: a true greeting of another address is not answered, neither there nor to the peer,
// and the peer's own is (CVE-2023-49786).
func TestATrueGreetingOfAStrangerReachesNoHandshake(t *testing.T) {
	t.Parallel()
	s := openWith(t, running(t, media.Config{}), media.Options{})
	g := newGreeter(t)
	stranger, err := listening(t, netip.MustParseAddrPort("127.0.0.8:0"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accept(g.offer("active")); err != nil {
		t.Fatal(err)
	}
	hello := newGreeter(t).greeting(t)
	if hello[0] != 22 || hello[13] != 1 {
		t.Fatalf("%x is no greeting", hello)
	}
	for range 5 {
		_, _ = stranger.WriteToUDPAddrPort(hello, addressOf(s))
	}
	eventually(t, "it is refused", func() bool { return s.Stats().Strangers == 5 })
	if _, _, err := g.handshake(t, addressOf(s), true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the peer's goes on", func() bool { return s.Stats().Sealed })
	if got := stranger.all(); len(got) > 0 {
		t.Errorf("a stranger was answered with %x", got[0].data)
	}
}
