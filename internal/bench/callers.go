package bench

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// RTP as all sides of this benchmark send it: PCMU, 20 ms.
const (
	headerSize = 12
	frameSize  = 160
	packetSize = headerSize + frameSize
	frameTime  = 20 * time.Millisecond
	phases     = 20 // within a frame, so that packets do not come in bursts
	buffer     = 4 << 20
)

// callers are the far ends of all calls. They share a socket, so that they cost
// little: one goroutine sends, one receives, and calls differ by the other side's
// port.
type callers struct {
	conn *net.UDPConn
	clip *clip
	tail int // bytes after a packet that is not protected, so that it is as long as one that is
	over chan struct{}
	wg   sync.WaitGroup

	mu   sync.Mutex
	ends []*end
	by   map[uint16]*end // the other side's port
	got  heard
}

// end is one call.
type end struct {
	to       netip.AddrPort
	ssrc     uint32
	phase    int // within the clip
	packets  int
	last     time.Duration
	sequence uint16
	begun    bool
	keys     *keys // nil: plain

	total  int           // packets
	origin time.Duration // when the first came
	frames int           // numbered since
	early  time.Duration // of what came in the window, by the grid that the first began: the least
}

// heard is what came in a window.
type heard struct {
	packets, lost   int
	checked, voiced int       // packets whose sound was looked at, and that held some
	unopened        int       // packets that the key did not open
	mute            int       // calls without a packet
	apart           []float32 // |gap - 20 ms| in milliseconds
}

// openCallers opens ears for calls that are added; tail lengthens what they send.
func openCallers(c *clip, tail int) (*callers, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("callers: %w", err)
	}
	_ = conn.SetReadBuffer(buffer) // what is lost is counted
	raw, err := conn.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) {
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS_OLD, 1) // without it our own clock serves
		})
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("callers: %w", err)
	}
	c2 := &callers{conn: conn, clip: c, tail: tail, over: make(chan struct{}), by: make(map[uint16]*end)}
	c2.wg.Go(c2.receive)
	c2.wg.Go(c2.send)
	return c2, nil
}

// address is where the callers hear.
func (c *callers) address() netip.AddrPort {
	return c.conn.LocalAddr().(*net.UDPAddr).AddrPort() //nolint:forcetypeassert,errcheck // it is one
}

func (c *callers) close() {
	close(c.over)
	_ = c.conn.Close()
	c.wg.Wait()
}

// add lets a call send to a port of this machine; keys are those of SRTP, or nil.
func (c *callers) add(port uint16, k *keys) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &end{to: netip.AddrPortFrom(c.address().Addr(), port), ssrc: rand.Uint32(), phase: 37 * len(c.ends), keys: k}
	k.sample(len(c.ends))
	c.ends = append(c.ends, e)
	c.by[port] = e
}

// begin forgets what was heard.
func (c *callers) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = heard{apart: make([]float32, 0, cap(c.got.apart))}
	for _, e := range c.ends {
		e.packets, e.early = 0, math.MaxInt64
	}
}

// end gives what was heard since begin.
func (c *callers) end() heard {
	c.mu.Lock()
	defer c.mu.Unlock()
	got := c.got
	c.got = heard{}
	for _, e := range c.ends {
		if e.packets == 0 {
			got.mute++
		}
	}
	return got
}

func (c *callers) receive() {
	packet, control := make([]byte, 1500), make([]byte, 128)
	for {
		n, nc, _, from, err := c.conn.ReadMsgUDPAddrPort(packet, control)
		if err != nil {
			return
		}
		if n >= packetSize {
			c.hear(packet[:n], from.Port(), stamp(control[:nc]))
		}
	}
}

// stamp reads the kernel's time: a control message header, seconds, nanoseconds.
func stamp(control []byte) time.Duration {
	if len(control) < unix.CmsgLen(16) {
		return time.Duration(time.Now().UnixNano())
	}
	data := control[unix.CmsgLen(0):]
	sec, nsec := binary.NativeEndian.Uint64(data), binary.NativeEndian.Uint64(data[8:])
	return time.Duration(sec)*time.Second + time.Duration(nsec)
}

// hear takes a packet. Where packets are missing the gap is measured against as
// many frames; what the sender left out, it did not number.
func (c *callers) hear(packet []byte, port uint16, at time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.by[port]
	if e == nil {
		return
	}
	sequence := binary.BigEndian.Uint16(packet[2:])
	steps := int(int16(sequence - e.sequence))
	switch {
	case !e.begun:
		e.origin = at
	case steps > 0:
		apart := at - e.last - time.Duration(steps)*frameTime
		c.got.apart = append(c.got.apart, float32(max(apart, -apart))/float32(time.Millisecond))
		c.got.lost += steps - 1
		e.frames += steps
	}
	e.begun, e.sequence, e.last = true, sequence, at
	e.early = min(e.early, at-e.origin-time.Duration(e.frames)*frameTime)
	e.packets++
	e.total++
	c.got.packets++
	c.listen(e, packet)
}

// listen looks at the sound of a packet. Where it is protected this is done for a
// sample of the calls alone, as to open all would fill the callers' core.
func (c *callers) listen(e *end, packet []byte) {
	if e.keys != nil {
		if e.keys.opening == nil {
			return
		}
		var ok bool
		if packet, ok = e.keys.open(packet); !ok {
			c.got.unopened++
			return
		}
	}
	c.got.checked++
	if sounds(packet[headerSize:]) {
		c.got.voiced++
	}
}

// sounds tells sound from digital silence.
func sounds(payload []byte) bool {
	for _, b := range payload {
		if b != payload[0] {
			return true
		}
	}
	return false
}

// send sends a frame for each call every 20 ms, by an origin that never moves.
func (c *callers) send() {
	packet := make([]byte, packetSize+c.tail)
	packet[0] = 2 << 6
	origin := time.Now()
	for slot := 1; ; slot++ {
		time.Sleep(time.Until(origin.Add(time.Duration(slot) * frameTime / phases)))
		select {
		case <-c.over:
			return
		default:
		}
		c.sendSlot(packet, slot/phases, slot%phases)
	}
}

func (c *callers) sendSlot(packet []byte, frame, phase int) {
	c.mu.Lock()
	ends := c.ends
	c.mu.Unlock()
	binary.BigEndian.PutUint16(packet[2:], uint16(frame))
	binary.BigEndian.PutUint32(packet[4:], uint32(frame*frameSize))
	for i := phase; i < len(ends); i += phases {
		e := ends[i]
		binary.BigEndian.PutUint32(packet[8:], e.ssrc)
		copy(packet[headerSize:], c.clip.frame(frame+e.phase))
		_, _ = c.conn.WriteToUDPAddrPort(e.keys.seal(packet), e.to) // one that fails is a packet lost
	}
}
