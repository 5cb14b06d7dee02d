package mediatest

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pion/rtp"

	"github.com/callward/callward/media/g711"
)

// A Peer is an RTP endpoint on loopback that sends and checks nothing by itself.
type Peer struct {
	conn *net.UDPConn
	done chan struct{}

	mu   sync.Mutex
	got  []Received
	most int // that are kept, at least; 0: all
}

// Received is a packet with the time at which it was read.
type Received struct {
	rtp.Packet
	From netip.AddrPort
	At   time.Time
}

// NewPeer binds a free port on host, 127.0.0.1 for "".
func NewPeer(host string) (*Peer, error) {
	if host == "" {
		host = "127.0.0.1"
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return nil, fmt.Errorf("open test peer: %w", err)
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
	if err != nil {
		return nil, fmt.Errorf("open test peer: %w", err)
	}
	p := &Peer{conn: conn, done: make(chan struct{})}
	go p.read()
	return p, nil
}

func (p *Peer) read() {
	defer close(p.done)
	buf := make([]byte, 2048)
	for {
		n, from, err := p.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		r := Received{From: from, At: time.Now()}
		if err != nil || r.Unmarshal(slices.Clone(buf[:n])) != nil {
			continue
		}
		p.mu.Lock()
		if p.got = append(p.got, r); p.most > 0 && len(p.got) > 2*p.most {
			p.got = append(p.got[:0], p.got[len(p.got)-p.most:]...)
		}
		p.mu.Unlock()
	}
}

// Close ends the peer.
func (p *Peer) Close() {
	_ = p.conn.Close()
	<-p.done
}

// Address is where the peer receives.
func (p *Peer) Address() netip.AddrPort {
	return p.conn.LocalAddr().(*net.UDPAddr).AddrPort() //nolint:errcheck // it is one
}

// Got gives the packets received so far.
func (p *Peer) Got() []Received {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got)
}

// Keep lets the peer forget what is older than the newest n packets, for a long call.
func (p *Peer) Keep(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.most = n
}

// PCM decodes the sound received so far, in the order in which it came.
func (p *Peer) PCM(law g711.Law) []int16 {
	payload := uint8(0)
	if law == g711.PCMA {
		payload = 8
	}
	var pcm []int16
	for _, r := range p.Got() {
		if r.PayloadType == payload {
			frame := make([]int16, len(r.Payload))
			law.Decode(frame, r.Payload)
			pcm = append(pcm, frame...)
		}
	}
	return pcm
}

// Offer is an offer of G.711 that names the peer's address; direction is
// "sendrecv" and so on.
func (p *Peer) Offer(direction string) []byte {
	a := p.Address()
	return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\n"+
		"m=audio %[2]d RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=%[3]s\r\n",
		a.Addr(), a.Port(), direction)
}

// SendRaw sends bytes.
func (p *Peer) SendRaw(to netip.AddrPort, data []byte) error {
	_, err := p.conn.WriteToUDPAddrPort(data, to)
	return err
}

// Send sends a packet; its version is set.
func (p *Peer) Send(to netip.AddrPort, packet rtp.Packet) error {
	packet.Version = 2
	data, err := packet.Marshal()
	if err != nil {
		return fmt.Errorf("send from test peer: %w", err)
	}
	return p.SendRaw(to, data)
}

// Talk sends pcm as PCMU, in real time, as one source that begins at sequence.
func (p *Peer) Talk(to netip.AddrPort, ssrc uint32, sequence uint16, pcm []int16) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for i := uint16(0); len(pcm) >= 160; i++ {
		payload := make([]byte, 160)
		g711.PCMU.Encode(payload, pcm[:160])
		pcm = pcm[160:]
		n := sequence + i
		err := p.Send(to, rtp.Packet{
			Header:  rtp.Header{SSRC: ssrc, SequenceNumber: n, Timestamp: uint32(n) * 160},
			Payload: payload,
		})
		if err != nil {
			return err
		}
		<-ticker.C
	}
	return nil
}
