package media

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/media/sdp"
)

// The ports of a session are another's as soon as it is closed: nothing of its handshake
// may be sent after that.
func TestAClosedHandshakeSendsNothingMore(t *testing.T) {
	far, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	peer := far.LocalAddr().(*net.UDPAddr).AddrPort()
	e, err := New(Config{PortMin: 31000, PortMax: 31031, Quarantine: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		s, err := e.Open(Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.agree(sdp.Agreed{
			Remote: netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port()), Direction: sdp.SendRecv, Codec: sdp.Format{Name: sdp.PCMU, Clock: Rate}, Mux: true,
			Security:  sdp.DTLS,
			Handshake: sdp.Handshake{Hash: "sha-256", Fingerprint: strings.TrimSuffix(strings.Repeat("00:", 32), ":"), Setup: sdp.Passive},
		}); err != nil {
			t.Fatal(err)
		}
		w := s.talks.handshake.wire
		if n, err := far.Read(make([]byte, 1500)); err != nil || n == 0 { // its greeting
			t.Fatal(err)
		}
		_ = s.Close()
		w.mu.Lock()
		closed := w.closed
		w.mu.Unlock()
		if !closed {
			t.Fatal("the session is closed, and its handshake may still send")
		}
	}
	ports, err := e.pools[0].take()
	if err != nil {
		t.Fatal(err)
	}
	defer e.pools[0].put(ports, true)
	w := newWire(ports, netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port()))
	for _, open := range []bool{true, false} {
		if !open {
			w.shut()
		}
		_, _ = w.WriteTo([]byte("greeting"), nil)
		_ = far.SetReadDeadline(time.Now().Add(time.Second))
		for {
			n, err := far.Read(make([]byte, 1500))
			if err != nil || n == len("greeting") { // else of a session before it was closed
				if (err == nil) != open {
					t.Errorf("open %v: %v", open, err)
				}
				break
			}
		}
	}
}
