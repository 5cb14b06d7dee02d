package bench

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// floor is the raw program as we see it.
type floor struct {
	*process
	ports []uint16
}

func (b *bench) startFloor(ctx context.Context, kind string, calls int, callers netip.AddrPort, size int) (*floor, error) {
	part := partPaced
	if kind == RawEcho {
		part = partEcho
	}
	program, args := b.Part(part, strconv.Itoa(calls), callers.String(), strconv.Itoa(size))
	p, err := start(ctx, b.cores.server, "raw program", program, args...)
	if err != nil {
		return nil, err
	}
	f := &floor{process: p}
	if err := json.NewDecoder(p.out).Decode(&f.ports); err != nil {
		return nil, errors.Join(fmt.Errorf("raw program: %w: %s", err, p.said.last()), p.stop())
	}
	return f, nil
}

// clocks is how many goroutines of the raw program send.
const clocks = 20

// raw is the raw program: the least that Go can do with a socket and a reader a
// call. With echo it sends each packet back at once; else it reads them and sends
// as many by its clocks, of so many bytes each.
func raw(ctx context.Context, calls int, to netip.AddrPort, size int, echo bool, out io.Writer) error {
	conns, ports, err := openAll(calls)
	if err != nil {
		return err
	}
	var group sync.WaitGroup
	for _, conn := range conns {
		group.Go(func() { reflect(conn, echo) })
	}
	if !echo {
		origin := time.Now()
		for clock := range clocks {
			group.Go(func() { sendBy(ctx, clock, origin, conns, to, size) })
		}
	}
	err = json.NewEncoder(out).Encode(ports)
	if err == nil {
		<-ctx.Done()
	}
	for _, conn := range conns {
		_ = conn.Close()
	}
	group.Wait()
	return err
}

func openAll(calls int) (conns []*net.UDPConn, ports []uint16, err error) {
	for range calls {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return nil, nil, fmt.Errorf("raw program: %w", err)
		}
		conns = append(conns, conn)
		ports = append(ports, conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()) //nolint:forcetypeassert,errcheck // it is one
	}
	return conns, ports, nil
}

// reflect reads until the socket is closed.
func reflect(conn *net.UDPConn, echo bool) {
	packet := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(packet)
		if err != nil {
			return
		}
		if echo {
			_, _ = conn.WriteToUDPAddrPort(packet[:n], from)
		}
	}
}

// sendBy sends every 20 ms for one call in clocks.
func sendBy(ctx context.Context, clock int, origin time.Time, conns []*net.UDPConn, to netip.AddrPort, size int) {
	packet := make([]byte, size)
	packet[0] = 2 << 6
	payload := packet[headerSize:]
	for i := range payload {
		payload[i] = byte(rand.Uint32())
	}
	for n := 1; ctx.Err() == nil; n++ {
		due := origin.Add(time.Duration(n)*frameTime + time.Duration(clock)*frameTime/clocks)
		time.Sleep(time.Until(due))
		binary.BigEndian.PutUint16(packet[2:], uint16(n))
		binary.BigEndian.PutUint32(packet[4:], uint32(n*frameSize))
		for i := clock; i < len(conns); i += clocks {
			_, _ = conns[i].WriteToUDPAddrPort(packet, to)
		}
	}
}
