package media

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// ErrNoPorts says that every RTP port of the range is in use or in quarantine.
var ErrNoPorts = errors.New("no free RTP port")

// pool hands out pairs of ports, RTP on the even one and RTCP on the next (RFC
// 3550 section 11), in random order, and only what the kernel lets us bind. A
// pair that is given back rests, so that packets still under way to the old call
// do not reach a new one.
type pool struct {
	address    Address
	quarantine time.Duration
	now        func() time.Time

	mu      sync.Mutex
	free    []uint16
	resting []rest // oldest first
	used    int
}

type rest struct {
	port  uint16
	until time.Time
}

// pair is the two sockets of a session.
type pair struct {
	pool      *pool
	port      uint16
	rtp, rtcp socket
}

func newPool(address Address, first, last uint16, quarantine time.Duration) *pool {
	p := &pool{address: address, quarantine: quarantine, now: time.Now}
	for port := int(first) + int(first)%2; port+1 <= int(last); port += 2 {
		p.free = append(p.free, uint16(port))
	}
	rand.Shuffle(len(p.free), func(i, j int) { p.free[i], p.free[j] = p.free[j], p.free[i] })
	return p
}

// take binds a pair. Ports that another process holds are passed over and tried
// again when their turn comes.
func (p *pool) take() (pair, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wake()
	for range len(p.free) {
		port := p.free[0]
		p.free = p.free[1:]
		got, err := p.open(port)
		if err == nil {
			p.used++
			return got, nil
		}
		p.free = append(p.free, port)
		if !errors.Is(err, syscall.EADDRINUSE) {
			return pair{}, err
		}
	}
	return pair{}, fmt.Errorf("%d in use, %d in quarantine: %w", p.used, len(p.resting), ErrNoPorts)
}

func (p *pool) open(port uint16) (pair, error) {
	rtp, err := openSocket(netip.AddrPortFrom(p.address.Bind, port), rtpBuffer)
	if err != nil {
		return pair{}, err
	}
	rtcp, err := openSocket(netip.AddrPortFrom(p.address.Bind, port+1), rtcpBuffer)
	if err != nil {
		rtp.close()
		return pair{}, err
	}
	return pair{pool: p, port: port, rtp: rtp, rtcp: rtcp}, nil
}

// put closes a pair and lets its ports rest, unless nobody was told of them: what is
// refused before it is answered must not use up the ports.
func (p *pool) put(got pair, told bool) {
	got.rtp.close()
	got.rtcp.close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used--
	if !told {
		p.release(got.port)
		return
	}
	p.resting = append(p.resting, rest{got.port, p.now().Add(p.quarantine)})
}

// wake frees the ports that have rested.
func (p *pool) wake() {
	now := p.now()
	for len(p.resting) > 0 && !now.Before(p.resting[0].until) {
		p.release(p.resting[0].port)
		p.resting = p.resting[1:]
	}
}

// release puts a port at a random place among the free ones.
func (p *pool) release(port uint16) {
	p.free = append(p.free, port)
	i, last := rand.IntN(len(p.free)), len(p.free)-1
	p.free[i], p.free[last] = p.free[last], p.free[i]
}

// idle is how many pairs can be taken now.
func (p *pool) idle() int {
	_, _, free := p.count()
	return free
}

// count says how many pairs are in use, resting and free.
func (p *pool) count() (used, resting, free int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wake()
	return p.used, len(p.resting), len(p.free)
}
