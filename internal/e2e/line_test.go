package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/callward/callward/internal/apitoken"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media/mediatest"
)

// program gives the path of a program that `make build` made.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("../../bin", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED: bin/%s is not built: run `make build`", name)
	}
	return path
}

// needs skips aloud without one of Debian's programs.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("SKIPPED: %s is not installed: run `deploy/setup.sh test`", p)
		}
	}
}

// frenchModel gives the flags that load the French test model.
func frenchModel(t *testing.T) []string {
	t.Helper()
	data := os.Getenv("CALLWARD_TESTDATA")
	if data == "" {
		data = "../../../shared"
	}
	dir, err := filepath.Abs(filepath.Join(data, "models/cmusphinx-fr-5.2-ci256"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: no French acoustic model at %s: set CALLWARD_TESTDATA to the test data", dir)
	}
	return []string{"--speech-model", "fr=" + dir}
}

// buffer collects what a program prints.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// A line is a running server.
type line struct {
	t    *testing.T
	cmd  *exec.Cmd
	tmp  string // its folder for temporary files
	out  *buffer
	sip  string // host:port
	http string
	exit chan error

	scripted bool // another process says what callers say
}

// ahead has a line speak its prompts before a caller needs them.
const ahead = "--speech-ahead"

// startLine starts `callward serve` on free ports and waits until it is up.
func startLine(t *testing.T, args ...string) *line {
	t.Helper()
	l := &line{
		t: t, tmp: shortDir(t), scripted: slices.Contains(args, "--asr"), out: &buffer{}, exit: make(chan error, 1),
		sip: "127.0.0.1:" + freePort(t), http: "127.0.0.1:" + freePort(t),
	}
	all := append([]string{
		"serve", "--test-numbers", "--sip", l.sip, "--http", l.http, "--log-level", "debug", "--rtp-ports", rtpPorts(),
	}, args...)
	if !slices.Contains(args, ahead) { // dozens of lines would speak a hundred prompts each, of which most say ten
		all = append(all, ahead+"=false")
	}
	l.cmd = exec.Command(program(t, "callward"), all...)
	l.cmd.Stdout, l.cmd.Stderr = l.out, l.out
	l.cmd.Env = append(os.Environ(), "TMPDIR="+l.tmp, "XDG_RUNTIME_DIR=")
	l.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { l.exit <- l.cmd.Wait() }()
	t.Cleanup(l.stop)
	l.waitFor("the line to answer /healthz", 60*time.Second, func() bool { return l.status("/healthz") == http.StatusOK })
	return l
}

// shortDir is a folder whose name leaves room for a socket's.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// ready waits until everything the line needs is there.
func (l *line) ready() *line {
	l.waitFor("/readyz", 90*time.Second, func() bool { return l.status("/readyz") == http.StatusOK })
	return l
}

// stop drains the line as Ctrl-C does, and fails the test if it does not end well.
func (l *line) stop() {
	_ = l.cmd.Process.Signal(os.Interrupt)
	select {
	case err := <-l.exit:
		if err != nil {
			l.t.Errorf("callward did not end well after Ctrl-C: %v\n%s", err, tail(l.out.String()))
		}
	case <-time.After(60 * time.Second): //nolint:forbidigo // the test ends here
		_ = l.cmd.Process.Kill()
		l.t.Errorf("callward did not end within a minute of Ctrl-C\n%s", tail(l.out.String()))
	}
	l.exit <- nil // a second stop finds it ended
}

func tail(s string) string {
	return s[max(0, len(s)-4000):]
}

// waitFor polls until ok, with a patience that no slow machine runs out of.
func (l *line) waitFor(what string, patience time.Duration, ok func() bool) {
	l.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
		select {
		case err := <-l.exit:
			l.exit <- nil // for stop
			l.t.Fatalf("callward ended while waiting for %s: %v\n%s", what, err, tail(l.out.String()))
		default:
		}
	}
	l.t.Fatalf("waited %s for %s\n%s", patience, what, tail(l.out.String()))
}

// fetch asks the API as the server's own user may, by the token that it left.
func (l *line) fetch(path string) (*http.Response, error) {
	l.t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(l.t.Context()), http.MethodGet, "http://"+l.http+path, http.NoBody)
	if err != nil {
		l.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+l.token())
	return http.DefaultClient.Do(req)
}

// token is what the line left for its user's programs; empty as long as it has not.
func (l *line) token() string {
	if l.tmp == "" { // it runs within the test
		return apitoken.For(l.http)
	}
	found, _ := filepath.Glob(filepath.Join(l.tmp, "callward-*", "api-*.token")) // the pattern is well-formed
	if len(found) == 0 {
		return ""
	}
	data, _ := os.ReadFile(found[0]) // as above
	return strings.TrimSpace(string(data))
}

// env has a program find the token.
func (l *line) env() []string { return append(os.Environ(), "CALLWARD_TOKEN="+l.token()) }

func (l *line) status(path string) int {
	res, err := l.fetch(path)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

func (l *line) get(path string) string {
	l.t.Helper()
	res, err := l.fetch(path)
	if err != nil {
		l.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return string(body)
}

// metric gives the sum of a metric's samples; ok is false if there are none.
func (l *line) metric(name string) (sum float64, ok bool) {
	l.t.Helper()
	for s := range strings.Lines(l.get("/metrics")) {
		id, value, _ := strings.Cut(strings.TrimSpace(s), " ")
		if id != name && !strings.HasPrefix(id, name+"{") {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			l.t.Fatal(err)
		}
		sum, ok = sum+v, true
	}
	return sum, ok
}

// calls gives the calls that the API shows, live and ended.
func (l *line) calls() []call.Record {
	l.t.Helper()
	var all struct{ Live, Recent []call.Record }
	if err := json.Unmarshal([]byte(l.get("/api/v1/calls?limit=1000")), &all); err != nil {
		l.t.Fatal(err)
	}
	return append(all.Live, all.Recent...)
}

// A visit is what a placed call came to.
type visit struct {
	entries []call.Entry
	code    int
	err     string
}

// call places one call with callgen and waits for its end.
func (l *line) call(ctx context.Context, number string, args ...string) visit {
	return l.callUntil(ctx, "", number, args...)
}

// callUntil places one call and hangs up as soon as an entry of the kind comes.
func (l *line) callUntil(ctx context.Context, kind call.Kind, number string, args ...string) visit {
	return l.callTill(ctx, func(e call.Entry) bool { return e.Kind == kind }, number, args...)
}

// callTill places one call and hangs up as soon as it comes to an entry such as that.
func (l *line) callTill(ctx context.Context, such func(call.Entry) bool, number string, args ...string) visit {
	if slices.Contains(args, "--say") && !l.scripted {
		if err := talkers.Acquire(ctx, 1); err != nil {
			return visit{code: 1, err: err.Error()}
		}
		defer talkers.Release(1)
	}
	heard := filepath.Join(l.t.TempDir(), "heard.wav")
	all := append([]string{
		"call", "--json", "--to", "sip:" + number + "@" + l.sip, "--api", "http://" + l.http,
		"--wait-agent", "10s", // there is none, but where a test says so
		"--record", heard, // or where a test wants it
	}, args...)
	cmd := exec.CommandContext(ctx, program(l.t, "callgen"), all...)
	cmd.Env = l.env()
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return visit{code: 1, err: err.Error()}
	}
	v := visit{}
	for s := bufio.NewScanner(out); s.Scan(); {
		var e call.Entry
		if json.Unmarshal(s.Bytes(), &e) != nil || e.Kind == "" {
			continue
		}
		v.entries = append(v.entries, e)
		if such(e) {
			_ = cmd.Process.Signal(os.Interrupt)
		}
	}
	_ = cmd.Wait() // its exit code says how it went
	v.code, v.err = cmd.ProcessState.ExitCode(), errs.String()
	if !slices.Contains(args, "--record") {
		l.spoke(v, heard)
	}
	return v
}

// spoke sees that a caller to whom the line has spoken has heard it.
func (l *line) spoke(v visit, heard string) {
	l.t.Helper()
	lines := len(v.all(call.KindBotDone))
	if lines == 0 {
		return
	}
	// no line of any test is shorter than half a second
	if sound := mediatest.Sounding(readWAV(l.t, heard)); len(sound) < lines*rate/2 || loudness(sound) < 300 {
		l.t.Errorf("the line spoke %d times, and the caller heard %d samples of level %.0f:\n%s", lines, len(sound), loudness(sound), v.story())
	}
}

// all gives the entries of a kind.
func (v visit) all(kind call.Kind) []call.Entry {
	var out []call.Entry
	for _, e := range v.entries {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// story is the call in a few lines, for failures.
func (v visit) story() string {
	var b strings.Builder
	for _, e := range v.entries {
		fmt.Fprintf(&b, "%s %s %s%s%s %s", e.Kind, e.State, e.Queue, e.Agent, e.Reason, e.Text)
		if e.Intent != nil {
			fmt.Fprintf(&b, " %s %.2f", e.Intent.Name, e.Intent.Confidence)
		}
		b.WriteByte('\n')
	}
	return b.String() + v.err
}

// counter counts on from a random start, so that two runs on one machine seldom
// ask for the same ports.
type counter struct {
	mu sync.Mutex
	n  int
}

func newCounter() *counter { return &counter{n: rand.IntN(1 << 20)} }

func (c *counter) add() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n
}

var nextBlock, nextPort = newCounter(), newCounter()

// rtpPorts gives each server ports of its own. All ports here are below those
// that the kernel gives to whoever connects: such a one could be taken before the
// program has it.
func rtpPorts() string {
	first := 20000 + 400*(nextBlock.add()%30)
	return fmt.Sprintf("%d-%d", first, first+399)
}

// freePort finds a port that is free for UDP and TCP.
func freePort(t *testing.T) string {
	t.Helper()
	for range 1000 {
		port := strconv.Itoa(10000 + nextPort.add()%9000)
		l, err := net.Listen("tcp", "127.0.0.1:"+port) //nolint:noctx // only to find a port
		if err != nil {
			continue
		}
		u, err := net.ListenPacket("udp", "127.0.0.1:"+port) //nolint:noctx // as above
		_ = l.Close()
		if err == nil {
			_ = u.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return ""
}
