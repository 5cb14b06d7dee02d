package callgen

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/sdp"
)

// The RTP of load tests is apart from package media, so that the time at which
// a packet came is the kernel's and not that of a pacer of our own.

const (
	rtpHeader     = 12
	frameBytes    = media.FrameSamples // of mu-law
	ticksPerFrame = 4                  // calls are spread over the frame
	lateBy        = 5 * time.Millisecond
	soNanos       = 35 // SO_TIMESTAMPNS of Linux, also the type of its control message
)

// An rtpEnd is one call's RTP. The pacer sends, its own goroutine receives; what
// it measured is read after close.
type rtpEnd struct {
	conn   *net.UDPConn
	remote netip.AddrPort // set once, by answer
	done   chan struct{}

	packet []byte // of the pacer
	at     int    // in the clip

	received    int64
	audible     int64  // packets in which something sounds
	first, last uint32 // extended sequence numbers
	ssrc, stamp uint32
	arrived     time.Duration
	apart       []float32 // milliseconds
	begun       bool
}

func openRTP(host netip.Addr, ports Ports) (*rtpEnd, error) {
	conn, err := bindRTP(host, ports)
	if err != nil {
		return nil, err
	}
	raw, err := conn.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, soNanos, 1) // without it the clock of the program serves
		})
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("open RTP: %w", err)
	}
	e := &rtpEnd{conn: conn, done: make(chan struct{}), packet: make([]byte, rtpHeader+frameBytes)}
	e.packet[0] = 2 << 6
	binary.BigEndian.PutUint16(e.packet[2:], uint16(rand.Uint32()))
	binary.BigEndian.PutUint32(e.packet[4:], rand.Uint32())
	binary.BigEndian.PutUint32(e.packet[8:], rand.Uint32())
	go e.receive()
	return e, nil
}

func bindRTP(host netip.Addr, ports Ports) (*net.UDPConn, error) {
	if ports == (Ports{}) {
		return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(host, 0)))
	}
	width := int(ports.Max) - int(ports.Min) + 1
	var err error
	for n, first := 0, rand.IntN(width); n < width; n += 2 {
		port := ports.Min + uint16((first+n)%width)
		var conn *net.UDPConn
		if conn, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(host, port))); err == nil {
			return conn, nil
		}
	}
	return nil, fmt.Errorf("no free RTP port: %w", err)
}

func (e *rtpEnd) offer() ([]byte, error) {
	local, err := netip.ParseAddrPort(e.conn.LocalAddr().String())
	if err != nil {
		return nil, fmt.Errorf("offer: %w", err)
	}
	return sdp.Offer(sdp.Local{
		Session: rand.Uint64() >> 1, Version: 1, Address: local,
		Codecs: []string{sdp.PCMU}, Direction: sdp.SendRecv,
	})
}

func (e *rtpEnd) answer(body []byte) error {
	remote, err := sdp.Parse(body)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	e.remote = remote.Address()
	return nil
}

// close ends the receiver and waits for it.
func (e *rtpEnd) close() {
	_ = e.conn.Close()
	<-e.done
}

// lost gives the packets that are missing between the first and the last.
func (e *rtpEnd) lost() int64 {
	if e.received == 0 {
		return 0
	}
	return max(0, int64(e.last-e.first)+1-e.received)
}

func (e *rtpEnd) receive() {
	defer close(e.done)
	b, control := make([]byte, 1500), make([]byte, 64)
	for {
		n, nc, _, _, err := e.conn.ReadMsgUDPAddrPort(b, control)
		if err != nil {
			return
		}
		if n >= rtpHeader && b[0]>>6 == 2 && b[1]&0x7f == 0 {
			e.measure(b[:n], arrival(control[:nc]))
			if sounds(b[rtpHeader:n]) {
				e.audible++
			}
		}
	}
}

// arrival reads the kernel's time stamp: a control message header of 16 bytes,
// then seconds and nanoseconds.
func arrival(control []byte) time.Duration {
	if len(control) < 32 || binary.NativeEndian.Uint32(control[12:]) != soNanos {
		return time.Duration(time.Now().UnixNano())
	}
	sec, nsec := binary.NativeEndian.Uint64(control[16:]), binary.NativeEndian.Uint64(control[24:])
	return time.Duration(sec)*time.Second + time.Duration(nsec)
}

// measure notes by how much the distance to the packet before differs from that
// of their time stamps (RFC 3550 section 6.4.1, D).
func (e *rtpEnd) measure(packet []byte, now time.Duration) {
	sequence := binary.BigEndian.Uint16(packet[2:])
	stamp, ssrc := binary.BigEndian.Uint32(packet[4:]), binary.BigEndian.Uint32(packet[8:])
	e.received++
	if !e.begun || ssrc != e.ssrc {
		e.begun, e.ssrc = true, ssrc
		e.first, e.last = uint32(sequence), uint32(sequence)
		e.received = 1
	} else {
		e.last += uint32(int32(int16(sequence - uint16(e.last))))
		due := time.Duration(int32(stamp-e.stamp)) * time.Second / media.Rate
		apart := now - e.arrived - due
		e.apart = append(e.apart, float32(max(apart, -apart))/float32(time.Millisecond))
	}
	e.stamp, e.arrived = stamp, now
}

// sounds reports whether a sample of mu-law is above -38 dB of the loudest, where the
// second segment of the code begins (ITU-T G.711).
func sounds(code []byte) bool {
	for _, c := range code {
		if ^c>>4&7 >= 2 {
			return true
		}
	}
	return false
}

// An rtpPacer sends for all calls.
type rtpPacer struct {
	clip []byte
	mu   sync.Mutex
	ends [ticksPerFrame][]*rtpEnd
	next int

	sent, late int64 // read after run
}

func newRTPPacer(clip []byte) *rtpPacer {
	whole := (len(clip) + frameBytes - 1) / frameBytes * frameBytes
	for len(clip) < whole {
		clip = append(clip, 0xff) // silence
	}
	return &rtpPacer{clip: clip}
}

func (p *rtpPacer) add(e *rtpEnd) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ends[p.next] = append(p.ends[p.next], e)
	p.next = (p.next + 1) % ticksPerFrame
}

func (p *rtpPacer) remove(e *rtpEnd) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, ends := range p.ends {
		for j, other := range ends {
			if other == e {
				p.ends[i] = append(ends[:j], ends[j+1:]...)
				return
			}
		}
	}
}

// run sends a frame for each call every 20 ms, by an origin that never moves.
func (p *rtpPacer) run(ctx context.Context) {
	began := time.Now()
	for n := int64(1); ; n++ {
		due := began.Add(time.Duration(n) * media.FrameTime / ticksPerFrame)
		if !sleepUntil(ctx, due) {
			return
		}
		p.tick(int(n%ticksPerFrame), time.Since(due) > lateBy)
	}
}

func (p *rtpPacer) tick(phase int, late bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.ends[phase] {
		e.send(p.clip)
	}
	p.sent += int64(len(p.ends[phase]))
	if late {
		p.late += int64(len(p.ends[phase]))
	}
}

// send sends the next frame of the clip. A send that fails is a packet lost.
func (e *rtpEnd) send(clip []byte) {
	b := e.packet
	e.at += copy(b[rtpHeader:], clip[e.at:e.at+frameBytes])
	if e.at == len(clip) {
		e.at = 0
	}
	_, _ = e.conn.WriteToUDPAddrPort(b, e.remote)
	binary.BigEndian.PutUint16(b[2:], binary.BigEndian.Uint16(b[2:])+1)
	binary.BigEndian.PutUint32(b[4:], binary.BigEndian.Uint32(b[4:])+frameBytes)
}
