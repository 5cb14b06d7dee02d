package mediatest

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/callward/callward/media/sdp"
)

// A Relay carries the RTP and RTCP of one call between a caller and a callee on
// loopback, and treats them as a bad network would: each direction of each by draws
// of its own.
//
// It stands in the SDP: what Offer makes of the caller's offer goes to the callee,
// and what Answer makes of the answer to the caller.
type Relay struct {
	caller, callee side
	ways           [4]*way
	group          sync.WaitGroup
}

// A side is what one end of the call sees of the relay.
type side struct {
	conns [2]*net.UDPConn                // for RTP, and for RTCP on the next port
	far   atomic.Pointer[netip.AddrPort] // where that end receives RTP; nil: not yet known
}

// A way is one direction of RTP or of RTCP.
type way struct {
	from, to *side
	control  int // 0: RTP; 1: RTCP
	mu       sync.Mutex
	queue    queue
}

// The streams of an Impairment's draws.
const (
	toCallee = iota
	toCaller
	toCalleeControl
	toCallerControl
)

// NewRelay opens a relay. Until the ends are told, what comes for them is lost.
func NewRelay(i Impairment) (*Relay, error) {
	r := &Relay{}
	for _, s := range []*side{&r.caller, &r.callee} {
		var err error
		if s.conns, err = bindPair(); err != nil {
			r.Close()
			return nil, err
		}
	}
	for n := range r.ways {
		w := &way{from: &r.caller, to: &r.callee, control: n / toCalleeControl}
		if n == toCaller || n == toCallerControl {
			w.from, w.to = w.to, w.from
		}
		w.queue.fates = NewFates(i, uint64(n))
		r.ways[n] = w
		r.group.Go(w.run)
	}
	return r, nil
}

// bindPair binds two neighbouring ports, the first of them even (RFC 3550 section 11).
func bindPair() (conns [2]*net.UDPConn, err error) {
	const tries = 100
	host := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	for range tries {
		if conns[0], err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(host, 0))); err != nil {
			break
		}
		if at := addressOf(conns[0]); at.Port()%2 == 0 {
			conns[1], err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(control(at, 1)))
			if err == nil {
				return conns, nil
			}
		}
		_ = conns[0].Close()
	}
	return [2]*net.UDPConn{}, fmt.Errorf("open test relay: no two ports: %w", err)
}

func addressOf(c *net.UDPConn) netip.AddrPort {
	return c.LocalAddr().(*net.UDPAddr).AddrPort() //nolint:errcheck // it is one
}

// control is where RTCP goes beside an address of RTP.
func control(rtp netip.AddrPort, n int) netip.AddrPort {
	return netip.AddrPortFrom(rtp.Addr(), rtp.Port()+uint16(n))
}

// Offer notes where the caller receives and gives the offer for the callee.
func (r *Relay) Offer(body []byte) ([]byte, error) { return pass(body, &r.caller, &r.callee) }

// Answer notes where the callee receives and gives the answer for the caller.
func (r *Relay) Answer(body []byte) ([]byte, error) { return pass(body, &r.callee, &r.caller) }

var errNotLocal = errors.New("the relay is for ends at 127.0.0.1")

var mediaLine = regexp.MustCompile(`(?m)^m=audio \d+`)

// pass notes the end that a description tells of and puts the relay in its place.
func pass(body []byte, of, seenBy *side) ([]byte, error) {
	remote, err := sdp.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	at, here := remote.Address(), addressOf(seenBy.conns[0])
	if at.Addr() != here.Addr() {
		return nil, errNotLocal
	}
	of.far.Store(&at)
	return mediaLine.ReplaceAll(body, []byte("m=audio "+strconv.Itoa(int(here.Port())))), nil
}

// Counts gives what came of the RTP so far, in each direction.
func (r *Relay) Counts() (up, down Counts) {
	return r.ways[toCallee].counts(), r.ways[toCaller].counts()
}

// Close ends the relay; what still waits in it is lost.
func (r *Relay) Close() {
	for _, s := range []*side{&r.caller, &r.callee} {
		for _, c := range s.conns {
			if c != nil {
				_ = c.Close()
			}
		}
	}
	r.group.Wait()
}

func (w *way) counts() Counts {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.queue.counts
}

// run carries packets until the socket that they come by is closed.
func (w *way) run() {
	conn, buf := w.from.conns[w.control], make([]byte, 2048)
	for {
		_ = conn.SetReadDeadline(w.deadline()) // fails only when closed, as does the read
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		now := time.Now()
		if err == nil && w.is(from) {
			w.push(now, buf[:n])
		}
		w.send(now)
	}
}

// is reports whether a packet may be the end's. Before that is known any may.
func (w *way) is(from netip.AddrPort) bool {
	far := w.from.far.Load()
	return far == nil || from == control(*far, w.control)
}

// deadline is when something is due, zero if nothing is.
func (w *way) deadline() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	at, _ := w.queue.next()
	return at
}

func (w *way) push(now time.Time, data []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue.push(now, data)
}

// send sends what is due.
func (w *way) send(now time.Time) {
	far := w.to.far.Load()
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		data, ok := w.queue.pop(now)
		if !ok {
			return
		}
		if far != nil {
			_, _ = w.to.conns[w.control].WriteToUDPAddrPort(data, control(*far, w.control)) // a network says nothing of what it loses
		}
	}
}
