package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// grace is how long a program may take to end.
const grace = 10 * time.Second

// process is a program that we started. It ends when its standard input does, or
// when it is told to.
type process struct {
	name  string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *io.PipeReader
	said  *tail
	ended chan struct{}
	err   error // of the end; read after ended
}

// start runs a program on a core. What it writes is read from out, if it is read
// at all.
func start(ctx context.Context, core int, name, program string, args ...string) (*process, error) {
	r, w := io.Pipe()
	p := &process{name: name, out: r, said: &tail{}, ended: make(chan struct{})}
	p.cmd = exec.CommandContext(ctx, program, args...) //nolint:gosec // the user names the programs
	p.cmd.Env = plainEnvironment()
	p.cmd.Stdout, p.cmd.Stderr = w, p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	p.cmd.WaitDelay = grace
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err == nil {
		err = on(core, p.cmd.Start)
	}
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		_ = w.Close()
		close(p.ended)
	}()
	return p, nil
}

// plainEnvironment leaves out what would change the server's settings.
func plainEnvironment() []string {
	var out []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "CALLWARD_") {
			out = append(out, e)
		}
	}
	return out
}

// mute reads what the program writes and forgets it.
func (p *process) mute() { go func() { _, _ = io.Copy(io.Discard, p.out) }() }

// stop ends the program, by force if need be.
func (p *process) stop() error {
	_ = p.stdin.Close()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.out.Close()
	t := time.NewTimer(grace)
	defer t.Stop()
	select {
	case <-p.ended:
		return nil // how it ends is not what is measured
	case <-t.C:
		_ = p.cmd.Process.Kill()
		<-p.ended
		return fmt.Errorf("%s did not end within %s", p.name, grace)
	}
}

// died says why, if the program has ended.
func (p *process) died() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s ended: %w: %s", p.name, p.err, p.said.last())
	default:
		return nil
	}
}

// cpu is the CPU time that the program has used: user and system as in
// /proc/PID/stat, but in nanoseconds (clock_getcpuclockid(3)).
func (p *process) cpu() (time.Duration, error) {
	const sched = 2 // CPUCLOCK_SCHED of Linux
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^p.cmd.Process.Pid)<<3|sched, &ts); err != nil {
		return 0, errors.Join(fmt.Errorf("CPU time of %s: %w", p.name, err), p.died())
	}
	return time.Duration(ts.Nano()), nil
}

// tail keeps the end of what a program writes, for its epitaph.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailSize = 2048

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if over := len(t.text) - tailSize; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(b), nil
}

func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
