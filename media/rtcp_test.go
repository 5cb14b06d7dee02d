package media_test

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/media/sdp"
)

// reporter is the control port of a peer.
type reporter struct {
	*net.UDPConn

	got chan []rtcp.Packet
}

func newReporter(t *testing.T, open func([]byte) ([]byte, error)) *reporter {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	r := &reporter{conn, make(chan []rtcp.Packet, 100)}
	done := make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-done })
	go func() {
		defer close(done)
		for b := make([]byte, 1500); ; {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			plain, err := open(b[:n])
			if err != nil {
				t.Errorf("a report does not open: %v", err)
				continue
			}
			packets, err := rtcp.Unmarshal(plain)
			if err != nil {
				t.Errorf("report %x: %v", plain, err)
				continue
			}
			r.got <- packets
		}
	}()
	return r
}

func (r *reporter) port() int { return r.LocalAddr().(*net.UDPAddr).Port }

func (r *reporter) next(t *testing.T) []rtcp.Packet {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case p := <-r.got:
		return p
	case <-timer.C:
		t.Fatal("no report came")
		return nil
	}
}

func plainly(b []byte) ([]byte, error) { return b, nil }

func controlOf(s *media.Session) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), s.Port()+1)
}

// reporting gives a session with a peer whose control port is r; send sends a packet
// of its sound, and seal protects a report.
func reporting(t *testing.T, protected bool) (s *media.Session, r *reporter, send func(rtp.Packet), seal func([]byte) ([]byte, error)) {
	t.Helper()
	if !protected {
		s, r = open(t, running(t, media.Config{})), newReporter(t, plainly)
		p := peer(t, "")
		accept(t, s, fmt.Appendf(p.Offer("sendrecv"), "a=rtcp:%d\r\n", r.port()))
		return s, r, func(packet rtp.Packet) { _ = p.Send(addressOf(s), packet) }, plainly
	}
	s, p, offer := keyed(t, sdp.Suites[3])
	r = newReporter(t, func(b []byte) ([]byte, error) { return p.opening.DecryptRTCP(nil, b, nil) })
	accept(t, s, fmt.Appendf(offer, "a=rtcp:%d\r\n", r.port()))
	return s, r, func(packet rtp.Packet) { _ = p.SendRaw(addressOf(s), p.seal(packet)) },
		func(b []byte) ([]byte, error) { return p.sealing.EncryptRTCP(nil, b, nil) }
}

func TestReportsTellWhatWasSentAndHeardAndTheRoundTrip(t *testing.T) {
	t.Parallel()
	for name, protected := range map[string]bool{"plain": false, "protected": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r, send, seal := reporting(t, protected)
			s.Play(media.NewTone(500, 0))
			tone := mediatest.Tone(440, 10*time.Second)
			for n := uint16(1); n <= 40; n++ {
				if n%4 != 0 {
					send(packetOf(tone, 9, n))
				}
				time.Sleep(10 * time.Millisecond)
			}
			first := r.next(t)
			sr, ok := first[0].(*rtcp.SenderReport)
			if !ok || sr.PacketCount < 30 || sr.OctetCount != 160*sr.PacketCount || len(sr.Reports) != 1 {
				t.Fatalf("%v", first)
			}
			if b := sr.Reports[0]; b.SSRC != 9 || b.TotalLost != 9 || b.LastSequenceNumber != 39 || b.FractionLost < 55 || b.FractionLost > 70 {
				t.Errorf("%+v", b)
			}
			if d, ok := first[1].(*rtcp.SourceDescription); !ok || len(d.Chunks[0].Items[0].Text) < 8 {
				t.Errorf("%v", first[1])
			}

			// The report is answered 100 ms later, of which 60 were ours.
			time.Sleep(100 * time.Millisecond)
			report, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 9, Reports: []rtcp.ReceptionReport{{
				SSRC: sr.SSRC, FractionLost: 64, Jitter: 80, LastSenderReport: uint32(sr.NTPTime >> 16), Delay: 65536 * 60 / 1000,
			}}}})
			if err != nil {
				t.Fatal(err)
			}
			stranger := peer(t, "127.0.0.8")
			_ = stranger.SendRaw(controlOf(s), report)
			sealed, err := seal(report)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.WriteToUDPAddrPort(sealed, controlOf(s)); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the report is taken", func() bool { return s.Stats().ReportsTaken == 1 && s.Stats().Strangers == 1 })
			st, most := s.Stats(), time.Since(timeOf(sr.NTPTime))-50*time.Millisecond
			if st.RoundTrip < 35*time.Millisecond || st.RoundTrip > most || st.PeerLoss != 0.25 || st.PeerJitter != 10*time.Millisecond {
				t.Errorf("a round trip of at most %s: %+v", most, st)
			}
			if st.MOS < 1 || st.MOS > 3 { // the less, the later a busy machine is
				t.Errorf("a quarter of the sound lost is judged %.1f", st.MOS)
			}
			_ = s.Close()
			for {
				p := r.next(t)
				if bye, ok := p[len(p)-1].(*rtcp.Goodbye); ok {
					if bye.Sources[0] != sr.SSRC {
						t.Errorf("%v says goodbye", bye.Sources)
					}
					break
				}
			}
		})
	}
}

// timeOf is when a sender's report says that it was made.
func timeOf(ntp uint64) time.Time {
	const from1900 = 2208988800
	return time.Unix(int64(ntp>>32)-from1900, int64(ntp&0xffffffff*1e9>>32))
}

func accept(t *testing.T, s *media.Session, offer []byte) {
	t.Helper()
	if _, err := s.Accept(offer); err != nil {
		t.Fatalf("%v of\n%s", err, offer)
	}
}

func TestReportsMayGoTheWayOfTheSound(t *testing.T) {
	t.Parallel()
	s, p := open(t, running(t, media.Config{})), peer(t, "")
	offer := append(p.Offer("sendrecv"), "a=rtcp-mux\r\n"...)
	answer, err := s.Accept(offer)
	if err != nil || !strings.Contains(string(answer), "a=rtcp-mux\r\n") {
		t.Fatalf("%v\n%s", err, answer)
	}
	isReport := func(r mediatest.Received) bool { return r.Marker && r.PayloadType == 200-128 }
	eventually(t, "a report comes with the sound", func() bool {
		i := slices.IndexFunc(p.Got(), isReport)
		if i >= 0 && p.Got()[i].From != addressOf(s) {
			t.Errorf("it came from %v", p.Got()[i].From)
		}
		return i >= 0
	})
	report, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 9}})
	if err != nil {
		t.Fatal(err)
	}
	_ = p.SendRaw(addressOf(s), report)
	eventually(t, "the peer's report is taken", func() bool { return s.Stats().ReportsTaken == 1 })
}

func TestBrokenReportsAndAFloodOfThemAreNotTaken(t *testing.T) {
	t.Parallel()
	s, p := open(t, running(t, media.Config{})), peer(t, "")
	accept(t, s, p.Offer("sendrecv"))
	for range 50 {
		_ = p.SendRaw(controlOf(s), []byte{0x81, 201, 0, 9, 1, 2, 3, 4})
	}
	eventually(t, "most are too many, and the rest broken", func() bool {
		st := s.Stats()
		return st.NotRTP >= 4 && st.OverRate >= 2
	})
	if st := s.Stats(); st.ReportsTaken > 0 {
		t.Errorf("%+v", st)
	}
}
