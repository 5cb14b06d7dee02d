package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/media/mediatest"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// engineEnv makes this program an engine in place of a test: it holds an engineOrder.
const engineEnv = "CALLWARD_E2E_ENGINE"

// An engineOrder is what an engine of a process of its own is told.
type engineOrder struct {
	Listen string // HOST:PORT
	Ledger string // file to which it writes which coded frames it heard, call by call
	Fault  string // done to what is there at SIGUSR1: slow, reset, bytes
}

// serveEngine is such a process: it understands one thing, whatever is said, and keeps a
// ledger. SIGTERM ends it as a rolling restart does: it says so to its clients (GOAWAY),
// and is gone two seconds later.
func serveEngine(text string) error {
	var order engineOrder
	if err := json.Unmarshal([]byte(text), &order); err != nil {
		return err
	}
	script := make([]asrtest.Turn, 10_000)
	for i := range script {
		script[i].Text = "what are your opening hours"
	}
	ledger, err := os.OpenFile(order.Ledger, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer ledger.Close()
	books := &books{out: ledger, calls: map[*asrv1.Config]*mediatest.CodedDecoder{}}
	engine := &asrtest.Server{Script: script, Heard: books.note}
	l, err := net.Listen("tcp", order.Listen)
	if err != nil {
		return err
	}
	f := &fault{kind: order.Fault, Listener: l}
	g := grpc.NewServer(grpc.StreamInterceptor(f.intercept))
	asrv1.RegisterAsrServiceServer(g, engine)
	h := health.NewServer()
	h.SetServingStatus(asrv1.AsrService_ServiceDesc.ServiceName, healthv1.HealthCheckResponse_SERVING)
	healthv1.RegisterHealthServer(g, h)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTERM)
	go func() {
		for s := range signals {
			switch s {
			case syscall.SIGUSR1:
				f.strike()
			case syscall.SIGUSR2:
				f.rest()
			default:
				time.AfterFunc(2*time.Second, g.Stop)
				go g.GracefulStop()
			}
		}
	}()
	return g.Serve(f)
}

// books writes down what was heard as it comes, so that it is there after a kill.
type books struct {
	mu    sync.Mutex
	out   *os.File
	calls map[*asrv1.Config]*mediatest.CodedDecoder
}

func (b *books) note(c *asrv1.Config, pcm []int16) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.calls[c]
	if d == nil {
		d = &mediatest.CodedDecoder{}
		b.calls[c] = d
	}
	var lines strings.Builder
	for _, n := range d.Write(pcm) {
		fmt.Fprintf(&lines, "%s %d\n", c.GetSession().GetCallId(), n)
	}
	_, _ = b.out.WriteString(lines.String())
}

// A fault is done to what is there when it strikes.
type fault struct {
	net.Listener
	kind string

	mu    sync.Mutex
	conns map[net.Conn]bool
	slow  bool
}

func (f *fault) Accept() (net.Conn, error) {
	c, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.conns == nil {
		f.conns = map[net.Conn]bool{}
	}
	f.conns[c] = true
	return c, nil
}

func (f *fault) strike() {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch f.kind {
	case "slow":
		f.slow = true
	case "reset":
		for c := range f.conns {
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
		}
		clear(f.conns)
	case "bytes":
		for c := range f.conns {
			_, _ = c.Write([]byte("\x00\xff\x13 what is this? \x7f\x00\xff\xff\xff\xff\xff\xff"))
		}
		clear(f.conns)
	}
}

func (f *fault) rest() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.slow = false
}

func (f *fault) intercept(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	return next(srv, &slowStream{s, f})
}

// A slowStream answers three seconds late while its engine is slow.
type slowStream struct {
	grpc.ServerStream
	fault *fault
}

func (s *slowStream) SendMsg(m any) error {
	s.fault.mu.Lock()
	slow := s.fault.slow
	s.fault.mu.Unlock()
	if slow {
		select {
		case <-time.After(3 * time.Second): //nolint:forbidigo // the fault
		case <-s.Context().Done():
			return context.Cause(s.Context())
		}
	}
	return s.ServerStream.SendMsg(m)
}

// An engineProcess is an engine that a test may kill.
type engineProcess struct {
	t      *testing.T
	order  engineOrder
	cmd    *exec.Cmd
	exited chan struct{}
}

func newEngine(t *testing.T, name, fault string) *engineProcess {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &engineProcess{t: t, order: engineOrder{
		Listen: l.Addr().String(), Ledger: filepath.Join(t.TempDir(), name), Fault: fault,
	}}
	_ = l.Close()
	e.start()
	t.Cleanup(e.kill)
	return e
}

func (e *engineProcess) start() {
	order, err := json.Marshal(e.order)
	if err != nil {
		e.t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		e.t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), engineEnv+"="+string(order))
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		e.t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	e.cmd, e.exited = cmd, exited
}

func (e *engineProcess) signal(s os.Signal) { _ = e.cmd.Process.Signal(s) }

func (e *engineProcess) kill() {
	e.signal(syscall.SIGKILL)
	<-e.exited
}

// heard gives which frames of each call an engine was sent, and how often.
func (e *engineProcess) heard(into map[string]map[int]int) {
	f, err := os.Open(e.order.Ledger)
	if err != nil {
		e.t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var id string
		var n int
		if _, err := fmt.Sscan(s.Text(), &id, &n); err != nil {
			continue // it was killed in the middle of a line
		}
		if into[id] == nil {
			into[id] = map[int]int{}
		}
		into[id][n]++
	}
}
