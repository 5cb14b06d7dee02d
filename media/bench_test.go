package media_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/callward/callward/media"
)

// BenchmarkCalls prints what a call costs and how evenly it is paced, beside a
// raw Go program that sends and receives the same packets with a socket, a
// reader and one of 20 clocks a call. The callers are another process, so the
// CPU is that of this side alone; where there are two cores each side has one.
//
//	go test -run xxx -bench Calls -benchtime 1x ./media
//
// cpu%/100 is the share of a core for 100 calls; the gaps are |gap - 20 ms| of the
// packets that the callers received, by the kernel's stamps.
func BenchmarkCalls(b *testing.B) {
	for _, calls := range []int{100, 300} {
		for _, c := range []struct {
			name  string
			serve func(b *testing.B, calls int, caller netip.AddrPort) (ports []uint16, stop func())
		}{
			{"raw", serveRaw},
			{"play", serveWith(media.Options{NoVAD: true}, func(s *media.Session) { s.Play(media.NewHoldMusic()) })},
			{"play+vad", serveWith(media.Options{}, func(s *media.Session) { s.Play(media.NewHoldMusic()) })},
			{"echo", serveWith(media.Options{NoVAD: true}, func(s *media.Session) {
				e := media.NewEcho()
				s.Hear(e)
				s.Play(e)
			})},
		} {
			b.Run(fmt.Sprintf("%s/%d", c.name, calls), func(b *testing.B) {
				for b.Loop() {
					measureCalls(b, calls, c.serve)
				}
			})
		}
	}
}

const measured = 8 * time.Second

func measureCalls(b *testing.B, calls int, serve func(*testing.B, int, netip.AddrPort) ([]uint16, func())) {
	b.Helper()
	pin(b)
	l := startCallers(b)
	ports, stop := serve(b, calls, l.address)
	defer stop()
	l.call(b, ports)
	time.Sleep(time.Second)
	l.forget(b)
	before, start := cpuTime(b), time.Now()
	time.Sleep(measured)
	used, took := cpuTime(b)-before, time.Since(start)
	gaps := l.hangUp(b)
	b.ReportMetric(100*float64(used)/float64(took)/float64(calls)*100, "cpu%/100")
	for _, p := range []struct {
		at   float64
		unit string
	}{{0.5, "gap-p50-us"}, {0.99, "gap-p99-us"}, {0.999, "gap-p99.9-us"}} {
		b.ReportMetric(float64(gaps[min(len(gaps)-1, int(p.at*float64(len(gaps))))])/1000, p.unit)
	}
	b.ReportMetric(float64(len(gaps))/took.Seconds()/float64(calls), "packets/s")
	b.ReportMetric(0, "ns/op")
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// pin keeps this process on the first core.
func pin(b *testing.B) {
	b.Helper()
	var set, old unix.CPUSet
	if err := unix.SchedGetaffinity(0, &old); err != nil {
		b.Fatal(err)
	}
	set.Set(0)
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		b.Fatal(err)
	}
	procs := runtime.GOMAXPROCS(1)
	for _, th := range threads {
		var id int
		if _, err := fmt.Sscan(th.Name(), &id); err == nil {
			_ = unix.SchedSetaffinity(id, &set)
		}
	}
	b.Cleanup(func() {
		runtime.GOMAXPROCS(procs)
		for _, th := range threads {
			var id int
			if _, err := fmt.Sscan(th.Name(), &id); err == nil {
				_ = unix.SchedSetaffinity(id, &old)
			}
		}
	})
}

func serveWith(o media.Options, play func(*media.Session)) func(*testing.B, int, netip.AddrPort) ([]uint16, func()) {
	return func(b *testing.B, calls int, caller netip.AddrPort) ([]uint16, func()) {
		b.Helper()
		e, err := media.New(media.Config{PortMin: 42000, PortMax: 59999})
		if err != nil {
			b.Fatal(err)
		}
		offer := fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\n", caller.Port())
		var ports []uint16
		var sessions []*media.Session
		for range calls {
			s, err := e.Open(o)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := s.Accept(offer); err != nil {
				b.Fatal(err)
			}
			play(s)
			ports, sessions = append(ports, s.Port()), append(sessions, s)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- e.Run(ctx) }()
		return ports, func() {
			st := e.Stats()
			b.Logf("%d late ticks, %d skipped of %d", st.LateTicks, st.SkippedTicks, st.Ticks)
			cancel()
			<-done
			for _, s := range sessions {
				_ = s.Close()
			}
		}
	}
}

// serveRaw is the yardstick: the least that Go can do with a socket a call.
func serveRaw(b *testing.B, calls int, caller netip.AddrPort) ([]uint16, func()) {
	b.Helper()
	var ports []uint16
	var conns []*net.UDPConn
	var group sync.WaitGroup
	for range calls {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			b.Fatal(err)
		}
		conns = append(conns, conn)
		ports = append(ports, conn.LocalAddr().(*net.UDPAddr).AddrPort().Port())
		group.Go(func() {
			buf := make([]byte, 1500)
			for {
				if _, _, err := conn.ReadFromUDPAddrPort(buf); err != nil {
					return
				}
			}
		})
	}
	end := make(chan struct{})
	origin := time.Now()
	for clock := range 20 {
		group.Go(func() {
			packet := make([]byte, 172)
			packet[0] = 0x80
			for n := 1; ; n++ {
				time.Sleep(time.Until(origin.Add(time.Duration(n*20+clock) * time.Millisecond)))
				select {
				case <-end:
					return
				default:
				}
				binary.BigEndian.PutUint16(packet[2:], uint16(n))
				for i := clock; i < calls; i += 20 {
					_, _ = conns[i].WriteToUDPAddrPort(packet, caller)
				}
			}
		})
	}
	return ports, func() {
		close(end)
		for _, c := range conns {
			_ = c.Close()
		}
		group.Wait()
	}
}

// callers is the other process: it sends 50 packets a second to each port and
// measures what comes back.
type callers struct {
	address netip.AddrPort
	in      io.WriteCloser
	out     *json.Decoder
	cmd     *exec.Cmd
}

const callersEnv = "CALLWARD_BENCH_CALLERS"

func startCallers(b *testing.B) *callers {
	b.Helper()
	l := &callers{cmd: exec.Command(os.Args[0])} //nolint:gosec // ourselves
	l.cmd.Env = append(os.Environ(), callersEnv+"=1")
	l.cmd.Stderr = os.Stderr
	var err error
	if l.in, err = l.cmd.StdinPipe(); err != nil {
		b.Fatal(err)
	}
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := l.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	l.out = json.NewDecoder(out)
	l.read(b, &l.address)
	return l
}

func (l *callers) read(b *testing.B, into any) {
	b.Helper()
	if err := l.out.Decode(into); err != nil {
		b.Fatal(err)
	}
}

func (l *callers) call(b *testing.B, ports []uint16) {
	b.Helper()
	if err := json.NewEncoder(l.in).Encode(ports); err != nil {
		b.Fatal(err)
	}
}

func (l *callers) forget(b *testing.B) {
	b.Helper()
	if _, err := io.WriteString(l.in, "forget\n"); err != nil {
		b.Fatal(err)
	}
}

// hangUp ends the calls and gives all |gap - 20 ms| in nanoseconds, sorted.
func (l *callers) hangUp(b *testing.B) []int64 {
	b.Helper()
	if _, err := io.WriteString(l.in, "done\n"); err != nil {
		b.Fatal(err)
	}
	var gaps []int64
	l.read(b, &gaps)
	_ = l.in.Close()
	if err := l.cmd.Wait(); err != nil {
		b.Fatal(err)
	}
	if len(gaps) == 0 {
		b.Fatal("nothing came back")
	}
	return gaps
}

// beCallers is main of the other process.
func beCallers() error {
	var set unix.CPUSet
	set.Set(1) // not the core the parent is on; where there is no other it fails, and we share
	_ = unix.SchedSetaffinity(0, &set)
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	_ = conn.SetReadBuffer(4 << 20)
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	if err := raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	}); err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(conn.LocalAddr().(*net.UDPAddr).AddrPort()); err != nil {
		return err
	}
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadString('\n')
	if err != nil {
		return err
	}
	var ports []uint16
	if err := json.Unmarshal([]byte(line), &ports); err != nil {
		return err
	}
	h := &hearing{last: make(map[uint16]int64)}
	go h.listen(conn)
	end := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() { dialAll(conn, ports, end) })
	for {
		if line, err = in.ReadString('\n'); err != nil {
			return err
		}
		if strings.TrimSpace(line) == "forget" {
			h.take()
			continue
		}
		gaps := h.take()
		close(end)
		group.Wait()
		slices.Sort(gaps)
		return out.Encode(gaps)
	}
}

type hearing struct {
	mu   sync.Mutex
	last map[uint16]int64 // by port
	gaps []int64
}

func (h *hearing) take() []int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	gaps := h.gaps
	h.gaps = nil
	return gaps
}

func (h *hearing) listen(conn *net.UDPConn) {
	buf, oob := make([]byte, 1500), make([]byte, 128)
	for {
		_, n, _, from, err := conn.ReadMsgUDPAddrPort(buf, oob)
		if err != nil {
			return
		}
		// One control message: the stamp, as seconds and nanoseconds.
		if n < unix.CmsgSpace(16) {
			continue
		}
		data := oob[unix.CmsgLen(0):]
		at := int64(binary.NativeEndian.Uint64(data))*1e9 + int64(binary.NativeEndian.Uint64(data[8:]))
		h.mu.Lock()
		if last, ok := h.last[from.Port()]; ok {
			gap := at - last - int64(20*time.Millisecond)
			h.gaps = append(h.gaps, max(gap, -gap))
		}
		h.last[from.Port()] = at
		h.mu.Unlock()
	}
}

// dialAll sends to all ports, spread over 20 ms.
func dialAll(conn *net.UDPConn, ports []uint16, end <-chan struct{}) {
	packet := make([]byte, 172)
	packet[0] = 0x80
	for i := range packet[12:] {
		packet[12+i] = byte(i * 7)
	}
	origin := time.Now()
	host := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	for slot := 0; ; slot++ {
		time.Sleep(time.Until(origin.Add(time.Duration(slot) * time.Millisecond)))
		select {
		case <-end:
			return
		default:
		}
		n := slot / 20
		binary.BigEndian.PutUint16(packet[2:], uint16(n))
		binary.BigEndian.PutUint32(packet[4:], uint32(n*160))
		for i := slot % 20; i < len(ports); i += 20 {
			_, _ = conn.WriteToUDPAddrPort(packet, netip.AddrPortFrom(host, ports[i]))
		}
	}
}
