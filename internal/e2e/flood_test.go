package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// trusted is the one address of the trunk of these tests; the rest of 127.0.0.0/8
// is strangers'.
const trusted = "127.0.0.1"

// pressed starts a line that will be pressed hard. It keeps few records: those of
// ended calls are kept on purpose, and would hide what is kept by mistake.
func pressed(t *testing.T, args ...string) *line {
	t.Helper()
	needs(t, "sox")
	return startLine(t, append([]string{
		"--trunk", "local=" + trusted + "/32", "--speech", "unix:/nonexistent/speech.sock", "--drain-timeout", "1s",
		"--log-level", "warn", "--records-calls", "10", "--records-entries", "100",
	}, args...)...)
}

// A siege is what comes at a line, and for how long.
type siege struct {
	invites     int // new calls of the trunk that nobody acknowledges, nor answers anything of
	connections int // strangers' idle ones at any time; each that is closed is opened again
	strangers   int // addresses of one message each
	hostile     int // of the dearest messages, of the trunk
	length      time.Duration
}

// toll is what a siege cost.
type toll struct {
	heap float64 // in use at most, garbage included, in bytes
	live float64 // what of it was in use after a collection, at most
	cpu  float64 // cores
}

// withstands lays siege to a line, and fails unless a live call and health checks
// over UDP and TCP go on through it.
func (l *line) withstands(s siege) toll {
	l.t.Helper()
	hangUp := l.talks(s.length)
	ctx, cancel := context.WithTimeout(l.t.Context(), s.length)
	defer cancel()
	var attack, checks sync.WaitGroup
	attack.Go(func() { l.placesDeadCalls(ctx, s) })
	attack.Go(func() { l.sendsAsStrangers(ctx, s) })
	attack.Go(func() { l.sendsHostile(ctx, s) })
	refused := l.holdsConnections(ctx, &attack, s.connections)
	var udp, tcp healthChecks
	checks.Go(func() { udp.run(ctx, l.checkUDP, 50*time.Millisecond) })
	checks.Go(func() { tcp.run(ctx, l.checkTCP, 500*time.Millisecond) })
	cost := l.watch(ctx)
	attack.Wait()
	checks.Wait()
	hangUp()
	l.t.Logf("%+v: heap at most %.1f MB, with garbage %.1f MB, %.0f %% of a core; %d connections were closed; OPTIONS over UDP %s; over TCP %s",
		s, cost.live/1e6, cost.heap/1e6, 100*cost.cpu, refused.Load(), &udp, &tcp)
	udp.mustBeGood(l.t, "UDP")
	tcp.mustBeGood(l.t, "TCP")
	return cost
}

// talks begins a call to the echo number. The function that it gives ends the call,
// and fails the test if a second of the tone did not come back.
func (l *line) talks(length time.Duration) (hangUp func()) {
	l.t.Helper()
	dir := l.t.TempDir()
	said, heard := filepath.Join(dir, "said.wav"), filepath.Join(dir, "heard.wav")
	run(l.t, "sox", "-n", "-r", "8000", "-c", "1", "-b", "16", said, "synth", fmt.Sprint(length.Seconds()+60), "sine", "440", "vol", "0.3")
	ctx, cancel := context.WithCancel(l.t.Context())
	over := make(chan visit, 1)
	go func() { over <- l.call(ctx, "echo", "--no-wait", "--wav", said, "--record", heard, "--timeout", "20m") }()
	l.waitFor("the call to stand", time.Minute, func() bool {
		n, _ := l.metric("callward_media_sessions")
		return n == 1
	})
	began := time.Now()
	return func() {
		stood := time.Since(began)
		cancel()
		v := <-over
		pcm := readWAV(l.t, heard)
		seconds := len(pcm) / rate
		if seconds < int(stood.Seconds())-2 {
			l.t.Errorf("%d s of a call of %s came back\n%s", seconds, stood, v.story())
		}
		l.t.Logf("the live call: %d of %d frames of the tone were missing", missing(pcm), len(pcm)/160)
		for s := 1; s < seconds-1; s++ {
			if loud := loudness(pcm[s*rate:][:rate]); loud < 1000 {
				l.t.Errorf("second %d of the call is heard with loudness %.0f", s, loud)
			}
		}
	}
}

// missing counts the frames without a tone, but for the first second.
func missing(pcm []int16) (n int) {
	for i := rate; i+160 <= len(pcm); i += 160 {
		if loudness(pcm[i:][:160]) < 200 {
			n++
		}
	}
	return n
}

// paced does f for 0 to n-1, evenly spread over the life of ctx.
func paced(ctx context.Context, n int, length time.Duration, f func(i int)) {
	began := time.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for i := 0; i < n; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for due := int(float64(n) * float64(time.Since(began)) / float64(length) * 1.02); i < min(due, n); i++ {
			f(i)
		}
	}
}

// message writes a request as a peer at an address would.
func message(method, user, at string, n int, extra, body string) string {
	return fmt.Sprintf("%[1]s sip:%[2]s@%[3]s SIP/2.0\r\nVia: SIP/2.0/UDP %[4]s;branch=z9hG4bK%[5]d;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:x@%[4]s>;tag=t%[5]d\r\nTo: <sip:%[2]s@%[3]s>\r\nCall-ID: %[5]d@%[4]s\r\nCSeq: 1 %[1]s\r\nContact: <sip:x@%[4]s>\r\n"+
		"%[6]sContent-Length: %[7]d\r\n\r\n%[8]s", method, user, trusted, at, n, extra, len(body), body)
}

// offer is an offer of sound to a port where nobody listens.
const offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0 8\r\n"

func invite(user, at string, n int) string {
	return message("INVITE", user, at, n, "Content-Type: application/sdp\r\n", offer)
}

// placesDeadCalls sends new calls of the trunk, to the test number and to one
// that there is not, and reads nothing.
func (l *line) placesDeadCalls(ctx context.Context, s siege) {
	c, err := net.Dial("udp", l.sip) //nolint:noctx // a local socket
	if err != nil {
		l.t.Error(err)
		return
	}
	defer c.Close()
	numbers := []string{"echo", "nobody"}
	paced(ctx, s.invites, s.length, func(i int) {
		_, _ = io.WriteString(c, invite(numbers[i%len(numbers)], c.LocalAddr().String(), i))
	})
}

// sendsAsStrangers sends one message from each of many addresses.
func (l *line) sendsAsStrangers(ctx context.Context, s siege) {
	at, err := net.ResolveUDPAddr("udp", l.sip)
	if err != nil {
		l.t.Error(err)
		return
	}
	var failed error
	paced(ctx, s.strangers, s.length, func(i int) {
		c, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, byte(64+i/62500), byte(i/250%250), byte(1+i%250))}, at)
		if err != nil {
			failed = err
			return
		}
		defer c.Close()
		from := c.LocalAddr().String()
		_, _ = io.WriteString(c, []string{
			message("OPTIONS", "echo", from, i, "", ""), message("REGISTER", "agent", from, i, "", ""), invite("echo", from, i), "\xff\r\n\r\n",
		}[i%4])
	})
	if failed != nil {
		l.t.Errorf("send from one of %d addresses: %v", s.strangers, failed)
	}
}

// dearest are messages that pass the checks before the parser and cost most after
// them: see BenchmarkHostile of package sip.
func dearest(at string, n int) string {
	via := strings.Repeat("Via: SIP/2.0/UDP h;branch=z9hG4bK2\r\n", 240)
	switch n % 3 {
	case 0:
		return message("OPTIONS", "a", at, n, via, "")
	case 1: // read again, to be refused
		return strings.Replace(message("OPTIONS", "a", at, n, via, ""), "To: <", "To: <<", 1)
	default:
		return message("OPTIONS", "a", at, n, strings.Repeat("Record-Route: <sip:a@b"+strings.Repeat(">,<sip:a@b", 60)+">\r\n", 7), "")
	}
}

func (l *line) sendsHostile(ctx context.Context, s siege) {
	c, err := net.Dial("udp", l.sip) //nolint:noctx // a local socket
	if err != nil {
		l.t.Error(err)
		return
	}
	defer c.Close()
	paced(ctx, s.hostile, s.length, func(i int) { _, _ = io.WriteString(c, dearest(c.LocalAddr().String(), i)) })
}

// holdsConnections keeps idle connections of strangers open. Half of them send a
// byte now and then. It counts those that were closed.
func (l *line) holdsConnections(ctx context.Context, wg *sync.WaitGroup, n int) (closed *atomic.Int64) {
	l.t.Helper()
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur < uint64(n)+500 {
		l.t.Skipf("SKIPPED: this machine lets a program open no more than %d files; %d connections need more", files.Cur, n)
	}
	closed = &atomic.Int64{}
	for i := range n {
		wg.Go(func() {
			from := &net.TCPAddr{IP: net.IPv4(127, 32, byte(i/20/250), byte(1+i/20%250))}
			pause := time.NewTicker(time.Second)
			defer pause.Stop()
			for ctx.Err() == nil {
				if l.idles(ctx, from, i%2 == 0) {
					closed.Add(1)
				}
				select {
				case <-ctx.Done():
				case <-pause.C:
				}
			}
		})
	}
	return closed
}

// idles opens a connection and waits for its end; closed reports whether the line
// ended it.
func (l *line) idles(ctx context.Context, from *net.TCPAddr, drips bool) (closed bool) {
	d := net.Dialer{LocalAddr: from, Timeout: 5 * time.Second}
	c, err := d.DialContext(ctx, "tcp", l.sip)
	if err != nil {
		return false
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	for {
		_ = c.SetReadDeadline(time.Now().Add(2 * time.Second))
		_, err := c.Read(make([]byte, 1))
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return ctx.Err() == nil
		}
		if drips {
			_, _ = io.WriteString(c, "O")
		}
	}
}

// healthChecks are OPTIONS of the trunk, one after the other.
type healthChecks struct {
	took []time.Duration
	lost int
}

func (h *healthChecks) run(ctx context.Context, check func() error, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		began := time.Now()
		if check() != nil {
			h.lost++
		} else {
			h.took = append(h.took, time.Since(began))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (h *healthChecks) percentile(p float64) time.Duration {
	if len(h.took) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(h.took))
	return sorted[int(p*float64(len(sorted)-1))]
}

func (h *healthChecks) String() string {
	return fmt.Sprintf("p50 %s, p99 %s of %d", h.percentile(0.5).Round(10*time.Microsecond), h.percentile(0.99).Round(10*time.Microsecond), len(h.took))
}

// mustBeGood allows what a busy machine does to figures.
func (h *healthChecks) mustBeGood(t *testing.T, over string) {
	t.Helper()
	if h.lost > 0 || len(h.took) == 0 {
		t.Errorf("%d OPTIONS over %s were not answered, %d were", h.lost, over, len(h.took))
	}
	if p := h.percentile(0.99); p > time.Second {
		t.Errorf("OPTIONS over %s took %s", over, p)
	}
}

// checkUDP repeats a request as a peer does.
func (l *line) checkUDP() error {
	c, err := net.Dial("udp", l.sip) //nolint:noctx // a local socket
	if err != nil {
		return err
	}
	defer c.Close()
	ask := message("OPTIONS", "echo", c.LocalAddr().String(), nextBranch.add(), "", "")
	buf := make([]byte, 4096)
	for wait := 500 * time.Millisecond; wait < 5*time.Second; wait *= 2 {
		_, _ = io.WriteString(c, ask)
		_ = c.SetReadDeadline(time.Now().Add(wait))
		if n, err := c.Read(buf); err == nil && strings.HasPrefix(string(buf[:n]), "SIP/2.0 200 ") {
			return nil
		}
	}
	return errors.New("no answer")
}

// checkTCP opens a connection of its own.
func (l *line) checkTCP() error {
	c, err := net.DialTimeout("tcp", l.sip, 5*time.Second) //nolint:noctx // a local socket
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	_, _ = io.WriteString(c, message("OPTIONS", "echo", c.LocalAddr().String(), nextBranch.add(), "", ""))
	answer, err := bufio.NewReader(c).ReadString('\n')
	if err == nil && !strings.HasPrefix(answer, "SIP/2.0 200 ") {
		err = errors.New(answer)
	}
	return err
}

var nextBranch = newCounter()

// watch looks at the line until ctx ends.
func (l *line) watch(ctx context.Context) (cost toll) {
	l.t.Helper()
	began, spent := time.Now(), l.processor()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		next, _ := l.metric("go_memstats_next_gc_bytes") // twice what the last one left
		cost.heap, cost.live = max(cost.heap, l.heap()), max(cost.live, next/2)
		<-tick.C
	}
	cost.cpu = (l.processor() - spent).Seconds() / time.Since(began).Seconds()
	return cost
}

func (l *line) heap() float64 {
	v, ok := l.metric("go_memstats_heap_inuse_bytes")
	if !ok {
		l.t.Error("/metrics does not tell the heap in use")
	}
	return v
}

// heapLeft is the heap in use right after garbage was collected: the least between
// two more collections.
func (l *line) heapLeft() float64 {
	l.t.Helper()
	least := l.heap()
	collected := func() float64 {
		n, _ := l.metric("go_gc_duration_seconds_count")
		return n
	}
	for end := collected() + 2; collected() < end; {
		least = min(least, l.heap())
	}
	return least
}

// processor is the time that the line has spent on it, in user and system mode.
func (l *line) processor() time.Duration {
	l.t.Helper()
	stat := l.proc("stat")
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:]) // the name may hold blanks
	var ticks int
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			l.t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100 // USER_HZ, see proc(5)
}

// resident is the memory that the line holds of the system's, in bytes.
func (l *line) resident() float64 {
	l.t.Helper()
	for s := range strings.Lines(l.proc("status")) {
		if rest, ok := strings.CutPrefix(s, "VmRSS:"); ok {
			kB, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			if err != nil {
				l.t.Fatal(err)
			}
			return 1024 * kB
		}
	}
	l.t.Fatal("/proc does not tell the memory")
	return 0
}

func (l *line) proc(file string) string {
	l.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", l.cmd.Process.Pid, file))
	if err != nil {
		l.t.Skipf("SKIPPED: this machine has no /proc as Linux has it: %v", err)
	}
	return string(b)
}

const maxHeap = 50 << 20

// mustBeBounded allows as much garbage again: the runtime collects when it has grown
// to that.
func (c toll) mustBeBounded(t *testing.T) {
	t.Helper()
	if c.live > maxHeap || c.heap > 2*maxHeap {
		t.Errorf("the heap in use grew to %.1f MB, with garbage to %.1f MB", c.live/1e6, c.heap/1e6)
	}
}

// Whoever floods a line can neither take its memory, nor the call that goes on, nor
// the connections and answers that its trunk needs.
func TestFloodsLeaveALiveCallAlone(t *testing.T) {
	l := pressed(t)
	cost := l.withstands(siege{invites: 3000, connections: 1200, strangers: 8000, length: 6 * time.Second})
	cost.mustBeBounded(t)
	l.waitFor("no connection", 30*time.Second, func() bool {
		n, ok := l.metric("callward_sip_connections")
		return ok && n == 0
	})
}

// In full, and when it is over, the line is as it was before.
func TestSlowFloodsLeaveNothingBehind(t *testing.T) {
	slow(t)
	t.Parallel()
	l := pressed(t)
	l.withstands(siege{length: 3 * time.Second})
	heap, rss := l.heapLeft(), l.resident()
	cost := l.withstands(siege{invites: 20_000, connections: 3000, strangers: 50_000, length: 40 * time.Second})
	cost.mustBeBounded(t)
	over := time.Now() // tables that have grown stay as large: 3 MB
	l.waitFor(fmt.Sprintf("the heap in use to be %.1f MB again, as before", heap/1e6), time.Minute, func() bool { return l.heapLeft() < heap+3e6 })
	t.Logf("the heap in use is %.1f MB, %.1f MB before; this took %s", l.heapLeft()/1e6, heap/1e6, time.Since(over).Round(time.Second))
	l.waitFor(fmt.Sprintf("the memory to be %.1f MB again, as before", rss/1e6), 3*time.Minute, func() bool { return l.resident() < rss+10e6 })
	t.Logf("the memory is %.1f MB, %.1f MB before; this took %s", l.resident()/1e6, rss/1e6, time.Since(over).Round(time.Second))
	l.isClean()
}

// A trunk's address may be a made-up one, too: what comes from there is always read.
func TestHostileMessagesLeaveALiveCallAlone(t *testing.T) {
	l := pressed(t)
	l.withstands(siege{hostile: 800, length: 4 * time.Second})
}

func TestSlowHostileMessagesLeaveALiveCallAlone(t *testing.T) {
	slow(t)
	t.Parallel()
	l := pressed(t)
	l.withstands(siege{hostile: 12_000, length: time.Minute})
}
