package e2e

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A wiretap keeps what goes over the loopback interface to and from some ports, by the
// flow: SIP in both directions, questions to a service, and so on.
type wiretap struct {
	fd    int
	ports map[uint16]bool
	done  chan struct{}

	mu    sync.Mutex
	flows map[string]*bytes.Buffer
}

// tapFlow is kept of a flow at most.
const tapFlow = 8 << 20

// listenIn taps ports until the test ends, or skips the test where that is not allowed.
func listenIn(t *testing.T, ports ...string) *wiretap {
	t.Helper()
	w := &wiretap{ports: map[uint16]bool{}, done: make(chan struct{}), flows: map[string]*bytes.Buffer{}}
	for _, p := range ports {
		n, err := net.LookupPort("tcp", p[strings.LastIndexByte(p, ':')+1:])
		if err != nil {
			t.Fatal(err)
		}
		w.ports[uint16(n)] = true
	}
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	const all = unix.ETH_P_IP<<8&0xff00 | unix.ETH_P_IP>>8 // in the order of the network
	w.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, all)
	if errors.Is(err, unix.EPERM) {
		t.Skip("SKIPPED: packets of the loopback interface may be read by root alone")
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = unix.SetsockoptInt(w.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20)
	within := unix.NsecToTimeval(int64(200 * time.Millisecond))
	if err := errors.Join(
		unix.SetsockoptTimeval(w.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &within),
		unix.Bind(w.fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: lo.Index}),
	); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.read()
	}()
	t.Cleanup(func() {
		close(w.done)
		<-ended
		_ = unix.Close(w.fd)
	})
	return w
}

func (w *wiretap) read() {
	buf := make([]byte, 1<<16)
	for {
		select {
		case <-w.done:
			return
		default:
		}
		n, from, err := unix.Recvfrom(w.fd, buf, 0)
		if err != nil {
			continue // nothing came for a while
		}
		if ll, ok := from.(*unix.SockaddrLinklayer); ok && ll.Pkttype != unix.PACKET_OUTGOING { // each is seen twice
			w.packet(buf[:n])
		}
	}
}

// packet takes what an IPv4 packet carries.
func (w *wiretap) packet(p []byte) {
	if len(p) < 20 || p[0]>>4 != 4 {
		return
	}
	head, kind := int(p[0]&15)*4, p[9]
	if len(p) < head+20 {
		return
	}
	at := p[head:]
	from, to := binary.BigEndian.Uint16(at), binary.BigEndian.Uint16(at[2:])
	if !w.ports[from] && !w.ports[to] {
		return
	}
	switch kind {
	case unix.IPPROTO_UDP:
		at = at[8:]
	case unix.IPPROTO_TCP:
		if at = at[min(len(at), int(at[12]>>4)*4):]; len(at) == 0 {
			return
		}
	default:
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	flow := fmt.Sprintf("%d to %d", from, to)
	if w.flows[flow] == nil {
		w.flows[flow] = new(bytes.Buffer)
	}
	if b := w.flows[flow]; b.Len()+len(at) <= tapFlow {
		b.Write(at)
		b.WriteByte('\n')
	}
}

// to gives what went to and from a port.
func (w *wiretap) to(address string) string {
	port := address[strings.LastIndexByte(address, ':')+1:]
	w.mu.Lock()
	defer w.mu.Unlock()
	var all strings.Builder
	for flow, b := range w.flows {
		if from, to, _ := strings.Cut(flow, " to "); from == port || to == port {
			all.Write(b.Bytes())
		}
	}
	return all.String()
}
