package e2e

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/media/sdp"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// A listener is a call to the music number.
type listener struct {
	*mediatest.Peer
	to netip.AddrPort
}

// listens places calls to the music number and gives who hears them.
func (l *line) listens(ctx context.Context, n int) (all []listener, hangUp func()) {
	l.t.Helper()
	var legs []*sip.Leg
	for range n {
		peer, err := mediatest.NewPeer("")
		if err != nil {
			l.t.Fatal(err)
		}
		phone := siptest.NewPhone(l.t, fmt.Sprint("listener", nextBranch.add()), nil)
		leg, err := phone.Dial(ctx, sip.Invite{To: "sip:music@" + l.sip, From: phone.URI("udp"), SDP: peer.Offer("sendrecv")}, nil)
		if err != nil {
			l.t.Fatal(err)
		}
		answer, err := sdp.Parse(leg.Remote())
		if err != nil {
			l.t.Fatal(err)
		}
		legs, all = append(legs, leg), append(all, listener{peer, answer.Address()})
	}
	ctx, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() { // who sends nothing is hung up
		for n := uint16(0); ctx.Err() == nil; n++ {
			for _, c := range all[1:] {
				_ = c.Send(c.to, rtp.Packet{Header: rtp.Header{SSRC: 5, SequenceNumber: n, Timestamp: uint32(n) * 160}, Payload: make([]byte, 160)})
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	return all, func() {
		stop()
		group.Wait()
		for i, leg := range legs {
			_ = leg.Hangup(context.WithoutCancel(ctx), sip.Normal)
			all[i].Close()
		}
	}
}

// unevenness is how far the gaps between packets were from 20 ms, of the calls but the
// first, since a moment; and how many packets were missing.
func unevenness(all []listener, since time.Time) (p99 time.Duration, missing int) {
	var off []time.Duration
	for _, c := range all[1:] {
		got := slices.DeleteFunc(c.Got(), func(r mediatest.Received) bool { return r.At.Before(since) })
		for i := 1; i < len(got); i++ {
			off = append(off, (got[i].At.Sub(got[i-1].At) - 20*time.Millisecond).Abs())
			missing += int(got[i].SequenceNumber-got[i-1].SequenceNumber) - 1
		}
	}
	if slices.Sort(off); len(off) == 0 {
		return time.Hour, 0
	}
	return off[len(off)*99/100], missing
}

// What 50,000 packets a second may be made of.
var garbage = map[string]func(packet []byte) []byte{
	"sound of the peer":       func(p []byte) []byte { return p },
	"sound of somebody else":  func(p []byte) []byte { return p },
	"wrong version":           func(p []byte) []byte { p[0] = 0x40; return p },
	"another payload type":    func(p []byte) []byte { p[1] = 77; return p },
	"sequence leaps":          func(p []byte) []byte { binary.BigEndian.PutUint16(p[2:], uint16(rand.Uint32())); return p },
	"RTCP":                    func(p []byte) []byte { p[1] = 200; return p },
	"STUN":                    func(p []byte) []byte { p[0], p[1] = 0, 1; return p },
	"9,000 bytes":             func(p []byte) []byte { return append(p, make([]byte, 9000-len(p))...) },
	"nothing but the header":  func(p []byte) []byte { return p[:12] },
	"half of a header":        func(p []byte) []byte { return p[:7] },
	"sources without number":  func(p []byte) []byte { binary.BigEndian.PutUint32(p[8:], rand.Uint32()); return p },
	"padding beyond the end":  func(p []byte) []byte { p[0] |= 0x20; p[len(p)-1] = 255; return p },
	"an extension beyond all": func(p []byte) []byte { p[0] |= 0x10; p[12], p[13], p[14], p[15] = 1, 2, 255, 255; return p },
}

// A flood on one call's port must not be noticed by the others.
func TestSlowFloodsOfSoundLeaveOtherCallsAlone(t *testing.T) {
	if os.Getenv("CALLWARD_SLOW") == "" {
		t.Skip("SKIPPED: takes minutes: run `make test-slow`")
	}
	l := pressed(t)
	ctx := t.Context()
	all, hangUp := l.listens(ctx, 21)
	defer hangUp()
	const each = 5 * time.Second
	time.Sleep(time.Second)
	began := time.Now()
	time.Sleep(each)
	before, _ := unevenness(all, began)
	t.Logf("without a flood: p99 %s", before)
	for name, spoil := range garbage {
		began := time.Now()
		sent := flood(t, all[0], name == "sound of somebody else", spoil, each)
		after, missing := unevenness(all, began)
		t.Logf("%s: %.0f packets a second; p99 %s, %d packets missing", name, float64(sent)/each.Seconds(), after, missing)
		if after > before+5*time.Millisecond {
			t.Errorf("%s: the p99 of the gaps of other calls rose from %s to %s", name, before, after)
		}
	}
}

// flood sends 50,000 packets a second to the port of a call, from its peer's own address
// or from another one.
func flood(t *testing.T, c listener, stranger bool, spoil func([]byte) []byte, length time.Duration) (sent int64) {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const aMillisecond = 50
	for end := time.Now().Add(length); time.Now().Before(end); time.Sleep(time.Millisecond) {
		for due := int64(time.Since(end.Add(-length))/time.Millisecond) * aMillisecond; sent < due; sent++ {
			p := make([]byte, 172)
			p[0] = 0x80
			binary.BigEndian.PutUint16(p[2:], uint16(sent))
			binary.BigEndian.PutUint32(p[4:], uint32(sent)*160)
			if p = spoil(p); stranger {
				_, _ = conn.WriteToUDPAddrPort(p, c.to)
			} else {
				_ = c.SendRaw(c.to, p)
			}
		}
	}
	return sent
}
