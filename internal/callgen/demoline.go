package callgen

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Patience with a server of our own.
const (
	demoPoll  = 100 * time.Millisecond
	demoReady = 60 * time.Second // from the start until /readyz
	demoRest  = 20 * time.Second // from the end of the call until nothing is left; an agent wraps up for 5 s
	demoStop  = 20 * time.Second // from SIGINT until it has ended
)

// A demoLine is a server that we started.
type demoLine struct {
	sip, http string // host:port
	client    *http.Client
	process   *os.Process
	printed   *transcript
	ended     chan struct{} // closed when it has ended
	err       error         // of its end
}

// startDemoLine starts `callward serve` with the demo agent. env is added to ours.
func startDemoLine(o DemoOptions, env ...string) (*demoLine, error) {
	program, err := filepath.Abs(o.Callward)
	if err == nil {
		_, err = os.Stat(program)
	}
	if err != nil {
		return nil, usageError(fmt.Sprintf("no server at %s; build it with: make build", o.Callward))
	}
	args := []string{"serve", "--test-numbers", "--demo-agent", "--sip", o.SIP, "--http", o.HTTP}
	if o.RTP != "" {
		args = append(args, "--rtp-ports", o.RTP)
	}
	l := &demoLine{
		sip: o.SIP, http: o.HTTP, printed: &transcript{}, ended: make(chan struct{}),
		client: &http.Client{Transport: &http.Transport{}, Timeout: 5 * time.Second},
	}
	cmd := exec.Command(program, args...) //nolint:gosec,noctx // the user names the program; stop ends it
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = l.printed, l.printed
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true} // Ctrl-C is for us alone
	started := make(chan error)
	go l.run(cmd, started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	return l, nil
}

// run keeps the thread that started the server: Linux sends Pdeathsig when that
// thread ends.
func (l *demoLine) run(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := cmd.Start()
	l.process = cmd.Process
	started <- err
	if err != nil {
		return
	}
	l.err = cmd.Wait()
	close(l.ended)
}

// ready waits for /readyz.
func (l *demoLine) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, demoReady, fmt.Errorf("the server was not ready within %s", demoReady))
	defer cancel()
	return l.wait(ctx, func() bool {
		_, err := l.get(ctx, "/readyz")
		return err == nil
	})
}

var errEndedItself = errors.New("exit code 0")

// wait polls until ok. The error says why that did not come.
func (l *demoLine) wait(ctx context.Context, ok func() bool) error {
	tick := time.NewTicker(demoPoll)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-l.ended:
			return fmt.Errorf("the server ended: %s", l.printed.last())
		case <-tick.C:
		}
	}
	return nil
}

func (l *demoLine) get(ctx context.Context, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.http+path, nil)
	if err != nil {
		return "", fmt.Errorf("ask the server: %w", err)
	}
	res, err := l.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("ask the server: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err != nil {
		return "", fmt.Errorf("ask the server: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("ask the server: %s answered %s", path, res.Status)
	}
	return string(body), nil
}

// A remnant is something that is there during a call and must be gone after it.
type remnant struct{ metric, name string }

func remnants() []remnant {
	return []remnant{
		{"callward_calls_active", "calls"},
		{"callward_sip_dialogs", "legs"},
		{"callward_media_sessions", "media sessions"},
		{"callward_media_ports_in_use", "ports in use"},
		{"callward_asr_streams_open", "recognitions"},
		{"callward_queue_redis_leftovers", "Redis keys of calls, offers and timers"},
	}
}

// rest waits until nothing of a call is left. It gives the figures in words.
func (l *demoLine) rest(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, demoRest)
	defer cancel()
	figures, clean := "/metrics could not be read", false
	err := l.wait(ctx, func() bool {
		page, err := l.get(ctx, "/metrics")
		if err == nil {
			figures, clean = left(page)
		}
		return clean
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", figures, err)
	}
	return figures, nil
}

// left says how much of each remnant a page of metrics tells.
func left(page string) (figures string, clean bool) {
	clean = true
	parts := make([]string, 0, len(remnants()))
	for _, r := range remnants() {
		sum, ok := metric(page, r.metric)
		text := strconv.FormatFloat(sum, 'f', -1, 64)
		if !ok {
			text = "no figure of"
		}
		parts = append(parts, text+" "+r.name)
		clean = clean && ok && sum == 0
	}
	return strings.Join(parts, ", "), clean
}

// metric sums the samples of a metric; ok is false if there are none.
func metric(page, name string) (sum float64, ok bool) {
	for s := range strings.Lines(page) {
		id, value, _ := strings.Cut(strings.TrimSpace(s), " ")
		if id != name && !strings.HasPrefix(id, name+"{") {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, false
		}
		sum, ok = sum+v, true
	}
	return sum, ok
}

// stop interrupts the server as Ctrl-C does and waits for its end. The error
// says how it did not end well.
func (l *demoLine) stop() error {
	defer l.client.CloseIdleConnections()
	select {
	case <-l.ended:
		return fmt.Errorf("it ended before SIGINT (%w): %s", cmp.Or(l.err, errEndedItself), l.printed.last())
	default:
	}
	_ = l.process.Signal(os.Interrupt)
	patience := time.NewTimer(demoStop)
	defer patience.Stop()
	select {
	case <-l.ended:
		if l.err != nil {
			return fmt.Errorf("%w: %s", l.err, l.printed.last())
		}
		return nil
	case <-patience.C:
		_ = l.process.Kill()
		<-l.ended
		return fmt.Errorf("it was still there %s after SIGINT", demoStop)
	}
}

// freeAddress gives want if nobody listens there over UDP or TCP, else the same
// host with a port that is free.
func freeAddress(ctx context.Context, want string) (string, error) {
	host, _, err := net.SplitHostPort(want)
	if err != nil {
		return "", usageError(fmt.Sprintf("%q is not HOST:PORT", want))
	}
	for _, address := range []string{want, "", "", "", "", ""} {
		if address == "" {
			address = net.JoinHostPort(host, "0")
		}
		if got, err := probe(ctx, address); err == nil {
			return got, nil
		}
	}
	return "", errors.New("no port is free at " + host)
}

// probe takes an address over TCP and UDP and lets it go.
func probe(ctx context.Context, address string) (string, error) {
	var c net.ListenConfig
	t, err := c.Listen(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	defer t.Close()
	u, err := c.ListenPacket(ctx, "udp", t.Addr().String())
	if err != nil {
		return "", err
	}
	return t.Addr().String(), u.Close()
}

// transcript keeps what a program prints.
type transcript struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write takes more of it.
func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *transcript) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}

// last gives the last line.
func (t *transcript) last() string {
	last := "it printed nothing"
	for s := bufio.NewScanner(strings.NewReader(t.text())); s.Scan(); {
		if strings.TrimSpace(s.Text()) != "" {
			last = s.Text()
		}
	}
	return last
}
