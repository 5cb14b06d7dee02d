package mediatest

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtp"
	"go.uber.org/goleak"

	"github.com/callward/callward/media/sdp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A relayed call is a relay with an end on each side of it.
type relayed struct {
	*Relay

	caller, callee     *Peer
	toCallee, toCaller netip.AddrPort // where each end sends
}

func newRelayed(t *testing.T, i Impairment) *relayed {
	t.Helper()
	r := &relayed{}
	var err error
	if r.Relay, err = NewRelay(i); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	for _, p := range []**Peer{&r.caller, &r.callee} {
		if *p, err = NewPeer(""); err != nil {
			t.Fatal(err)
		}
		t.Cleanup((*p).Close)
	}
	r.toCaller = told(t, r.Offer, r.caller)
	r.toCallee = told(t, r.Answer, r.callee)
	return r
}

// told gives the address that the other end is told in place of an end's own.
func told(t *testing.T, pass func([]byte) ([]byte, error), end *Peer) netip.AddrPort {
	t.Helper()
	body, err := pass(end.Offer("sendrecv"))
	if err != nil {
		t.Fatal(err)
	}
	remote, err := sdp.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	if remote.Address() == end.Address() {
		t.Fatalf("the description still names the end itself: %s", body)
	}
	return remote.Address()
}

// until waits for packets at an end.
func until(t *testing.T, p *Peer, count int) []Received {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if got := p.Got(); len(got) >= count {
			return got
		}
	}
	t.Fatalf("%d of %d packets came", len(p.Got()), count)
	return nil
}

// settle waits until the relay has read all that was sent one way, and the other end
// all that left.
func (r *relayed) settle(t *testing.T, way, sent int, to *Peer) {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if c := r.ways[way].counts(); c.Came == sent && len(to.Got()) == c.Left {
			return
		}
	}
	t.Fatalf("of %d packets: %+v", sent, r.ways[way].counts())
}

func TestARelayCarriesBothWaysBetweenItsEndsAlone(t *testing.T) {
	r := newRelayed(t, Impairment{})
	stranger, err := NewPeer("")
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	send := func(p *Peer, to netip.AddrPort, ssrc uint32) {
		if err := p.Send(to, rtp.Packet{Header: rtp.Header{SSRC: ssrc}, Payload: []byte{1}}); err != nil {
			t.Error(err)
		}
	}
	for _, to := range []netip.AddrPort{r.toCallee, r.toCaller} {
		send(stranger, to, 3)
	}
	send(r.caller, r.toCallee, 1)
	send(r.callee, r.toCaller, 2)
	if got := until(t, r.callee, 1)[0]; got.SSRC != 1 || got.From != r.toCaller {
		t.Errorf("the callee got %d from %s, want 1 from %s, where it sends", got.SSRC, got.From, r.toCaller)
	}
	if got := until(t, r.caller, 1)[0]; got.SSRC != 2 || got.From != r.toCallee {
		t.Errorf("the caller got %d from %s, want 2 from %s, where it sends", got.SSRC, got.From, r.toCallee)
	}
	up, down := r.Counts()
	if want := (Counts{Came: 1, Left: 1}); up != want || down != want {
		t.Errorf("counts: %+v, %+v", up, down)
	}
}

func TestARelayCarriesRTCPOnTheNextPort(t *testing.T) {
	r, err := NewRelay(Impairment{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var ends [2][2]*net.UDPConn
	for i := range ends {
		if ends[i], err = bindPair(); err != nil {
			t.Fatal(err)
		}
		defer ends[i][0].Close()
		defer ends[i][1].Close()
		at := addressOf(ends[i][0])
		[]*side{&r.caller, &r.callee}[i].far.Store(&at)
	}
	if _, err := ends[0][1].WriteToUDPAddrPort([]byte("report"), control(addressOf(r.caller.conns[0]), 1)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	_ = ends[1][1].SetReadDeadline(time.Now().Add(40 * time.Second))
	n, from, err := ends[1][1].ReadFromUDPAddrPort(buf)
	if err != nil || string(buf[:n]) != "report" || from != addressOf(r.callee.conns[1]) {
		t.Errorf("%q from %s: %v", buf[:n], from, err)
	}
}

// What a relay does to packets is their fates, whenever they come.
func TestARelayDoesToPacketsWhatTheirFatesSay(t *testing.T) {
	i := bad
	i.Jitter = 2 * time.Millisecond
	const count = 500
	for way, stream := range []uint64{toCallee, toCaller} {
		r := newRelayed(t, i)
		from, to, at := r.caller, r.callee, r.toCallee
		if way == toCaller {
			from, to, at = r.callee, r.caller, r.toCaller
		}
		want, left := make([]int, count), 0
		fates := NewFates(i, stream)
		for n := range count {
			if f := fates.Next(); !f.Lost {
				want[n] = 1
				if f.Twice {
					want[n] = 2
				}
			}
			left += want[n]
			if err := from.Send(at, rtp.Packet{Header: rtp.Header{SequenceNumber: uint16(n)}, Payload: []byte{1}}); err != nil {
				t.Fatal(err)
			}
			if n%20 == 19 { // no socket has room for all
				r.settle(t, way, n+1, to)
			}
		}
		got := make([]int, count)
		for _, p := range until(t, to, left) {
			got[p.SequenceNumber]++
		}
		for n := range want {
			if got[n] != want[n] {
				t.Errorf("way %d: packet %d came %d times, want %d", way, n, got[n], want[n])
			}
		}
	}
}

func TestARelayRefusesEndsElsewhere(t *testing.T) {
	r, err := NewRelay(Impairment{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPeer("127.0.0.2")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, body := range [][]byte{p.Offer("sendrecv"), []byte("v=0\r\n")} {
		if _, err := r.Offer(body); err == nil {
			t.Errorf("it takes %q", body)
		}
	}
	r.Close()
	r.Close() // does nothing
}
