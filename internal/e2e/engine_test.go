package e2e

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callward/callward/internal/fake"
)

// An engineProcess is an engine that a test may kill.
type engineProcess struct {
	t      *testing.T
	listen string // HOST:PORT
	argv   []string
	ledger string // in which `callward fake asr` writes which coded frames it heard
	cmd    *exec.Cmd
	exited chan struct{}
}

// newEngine runs a program of ours that listens at the address that it is told last.
func newEngine(t *testing.T, name string, args ...string) *engineProcess {
	t.Helper()
	e := &engineProcess{t: t, listen: "127.0.0.1:" + freePort(t)}
	e.argv = append(append([]string{program(t, name)}, args...), "--listen", "tcp:"+e.listen)
	e.start()
	t.Cleanup(e.kill)
	return e
}

// newRecognizer runs `callward fake asr`: it understands one thing, whatever is said, and
// keeps a ledger.
func newRecognizer(t *testing.T, faults ...string) *engineProcess {
	t.Helper()
	dir := t.TempDir()
	script, ledger := filepath.Join(dir, "script"), filepath.Join(dir, "ledger")
	write(t, script, strings.Repeat("what are your opening hours\n", 10_000))
	args := []string{"fake", "asr", "--coded", "--script", script, "--ledger", ledger, "--calm"}
	for _, f := range faults {
		args = append(args, "--fault", f)
	}
	e := newEngine(t, "callward", args...)
	e.ledger = ledger
	return e
}

func (e *engineProcess) start() {
	cmd := exec.Command(e.argv[0], e.argv[1:]...) //nolint:gosec // ours
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

// restart has it end as a rolling restart does, and starts it again. One that does not
// end is killed.
func (e *engineProcess) restart() {
	select {
	case <-e.exited:
	case <-time.After(30 * time.Second): //nolint:forbidigo // for an engine that hangs
		e.t.Error("an engine did not end within 30 s of SIGTERM")
		e.kill()
	}
	e.start()
}

// heard gives which frames of each call an engine was sent, and how often.
func (e *engineProcess) heard(into map[string]map[int]int) {
	f, err := os.Open(e.ledger)
	if err != nil {
		e.t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var line fake.Entry
		if json.Unmarshal(s.Bytes(), &line) != nil {
			continue // it was killed in the middle of it
		}
		if into[line.Call] == nil {
			into[line.Call] = map[int]int{}
		}
		for _, r := range line.Frames {
			for n := r[0]; n <= r[1]; n++ {
				into[line.Call][n]++
			}
		}
	}
}
