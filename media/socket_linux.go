package media

import (
	"fmt"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The sockets are read by the pacers alone, written by them and by handshakes, and never waited for, so
// they stay out of the runtime's poller: a wake-up for each packet would cost
// more than the packet. One recvmmsg a tick fetches what has come.

const (
	batchSize = 16
	maxPacket = 1500
	// rtpBuffer holds a second of sound, and no more of a flood than can be
	// thrown away in a tick. The kernel doubles it for its own headers.
	rtpBuffer  = 64 << 10
	rtcpBuffer = 4 << 10
)

// socket is a UDP socket that never blocks.
type socket struct{ fd int }

// openSocket binds address. In use is syscall.EADDRINUSE.
func openSocket(address netip.AddrPort, buffer int) (socket, error) {
	family := unix.AF_INET
	if address.Addr().Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return socket{}, fmt.Errorf("open RTP socket: %w", err)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, buffer) // a smaller one works too
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1) // without it, jitter is told as 0
	if err := unix.Bind(fd, sockaddr(address)); err != nil {
		_ = unix.Close(fd)
		return socket{}, fmt.Errorf("bind RTP port %d: %w", address.Port(), err)
	}
	return socket{fd: fd}, nil
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is6() {
		return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
	}
	return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
}

func (s socket) close() { _ = unix.Close(s.fd) }

// destination is an address as the kernel wants it.
type destination struct {
	raw  unix.RawSockaddrInet6 // large enough for both families
	size uintptr
}

// newDestination makes a destination for a socket bound to local.
func newDestination(local netip.Addr, to netip.AddrPort) destination {
	var d destination
	port := to.Port()<<8 | to.Port()>>8
	if local.Is6() {
		d.raw = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: port, Addr: to.Addr().As16()}
		d.size = unix.SizeofSockaddrInet6
		return d
	}
	v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&d.raw)) //nolint:gosec // the smaller of two kernel structs
	*v4 = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: port, Addr: to.Addr().As4()}
	d.size = unix.SizeofSockaddrInet4
	return d
}

// send hands a packet to the kernel, which takes or drops it at once: the raw
// system call spares the scheduler what it does around calls that may wait.
func (s socket) send(packet []byte, to *destination) bool {
	_, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd),
		uintptr(unsafe.Pointer(&packet[0])), uintptr(len(packet)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, //nolint:gosec // system call
		uintptr(unsafe.Pointer(&to.raw)), to.size) //nolint:gosec // system call
	return errno == 0
}

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	header unix.Msghdr
	length uint32
}

// control is the one message of SO_TIMESTAMPNS.
type control struct {
	header unix.Cmsghdr
	stamp  unix.Timespec
}

// batch is what one recvmmsg fills. Each pacer has one.
type batch struct {
	messages [batchSize]mmsghdr
	vectors  [batchSize]unix.Iovec
	names    [batchSize]unix.RawSockaddrInet6
	controls [batchSize]control
	packets  [batchSize][maxPacket]byte
}

func newBatch() *batch {
	b := new(batch)
	for i := range b.messages {
		b.vectors[i].Base = &b.packets[i][0]
		b.vectors[i].SetLen(maxPacket)
		h := &b.messages[i].header
		h.Name = (*byte)(unsafe.Pointer(&b.names[i])) //nolint:gosec // as recvmsg wants it
		h.Iov = &b.vectors[i]
		h.SetIovlen(1)
		h.Control = (*byte)(unsafe.Pointer(&b.controls[i])) //nolint:gosec // as recvmsg wants it
	}
	return b
}

// receive fetches up to batchSize packets and returns how many there were.
func (s socket) receive(b *batch) int {
	for i := range b.messages {
		h := &b.messages[i].header
		h.Namelen = unix.SizeofSockaddrInet6
		h.SetControllen(int(unsafe.Sizeof(control{})))
	}
	n, _, errno := syscall.RawSyscall6(unix.SYS_RECVMMSG, uintptr(s.fd),
		uintptr(unsafe.Pointer(&b.messages[0])), batchSize, unix.MSG_DONTWAIT, 0, 0) //nolint:gosec // system call
	if errno != 0 {
		return 0
	}
	return int(n)
}

// packet gives packet i of the batch and its sender; whole is false if it was
// longer than maxPacket.
func (b *batch) packet(i int) (data []byte, from netip.AddrPort, whole bool) {
	m := &b.messages[i]
	return b.packets[i][:min(m.length, maxPacket)], b.sender(i), m.header.Flags&unix.MSG_TRUNC == 0
}

// arrived is when the kernel got packet i, in nanoseconds of Unix time; 0 if it
// does not say.
func (b *batch) arrived(i int) int64 {
	if c := &b.controls[i]; b.messages[i].header.Controllen >= uint64(unsafe.Sizeof(*c)) && c.header.Type == unix.SO_TIMESTAMPNS {
		return c.stamp.Nano()
	}
	return 0
}

func (b *batch) sender(i int) netip.AddrPort {
	raw := &b.names[i]
	port := raw.Port<<8 | raw.Port>>8
	if raw.Family == unix.AF_INET6 {
		return netip.AddrPortFrom(netip.AddrFrom16(raw.Addr).Unmap(), port)
	}
	v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(raw)) //nolint:gosec // the family says so
	return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), port)
}
