package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// A child is a program of ours that runs beside the server, and is started again
// when it ends.
type child struct {
	name string
	path string
	args []string
	env  []string // added to ours
	log  *slog.Logger
	// quiet says that what the program prints may hold what a caller said, so
	// that nothing of it is passed on.
	quiet  func() bool
	before func() // each start
	state  func(running bool, reason string)
	wait   time.Duration // before the first restart; zero means firstWait
}

const (
	firstWait   = 100 * time.Millisecond // calls wait for it
	longestWait = 30 * time.Second
	healthy     = time.Minute // a child that lived this long is started again at once
	childGrace  = 5 * time.Second
)

// run keeps the child alive until ctx ends, then ends it.
func (c *child) run(ctx context.Context) error {
	// Linux sends Pdeathsig when the thread that started the child ends: keep it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	first := c.wait
	if first == 0 {
		first = firstWait
	}
	wait := first
	for {
		started := time.Now()
		err := c.once(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if time.Since(started) > healthy {
			wait = first
		}
		c.state(false, fmt.Sprintf("%s ended (%v); it is started again in %s", c.name, err, wait))
		c.log.Warn("child ended", slog.String("child", c.name), slog.Any("err", err), slog.Duration("restart_in", wait))
		if !sleep(ctx, wait) {
			return nil
		}
		wait = min(2*wait, longestWait)
	}
}

func (c *child) once(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, c.path, c.args...) //nolint:gosec // the operator names the program
	cmd.Env = append(os.Environ(), c.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true} // Ctrl-C is for us alone
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = childGrace
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	printed := make(chan struct{})
	go func() {
		defer close(printed)
		c.print(r)
	}()
	defer func() {
		_ = w.Close()
		<-printed
	}()
	if c.before != nil {
		c.before()
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.state(true, "")
	c.log.Info("child started", slog.String("child", c.name), slog.Int("pid", cmd.Process.Pid))
	if err := cmd.Wait(); err != nil {
		return err
	}
	return errEnded
}

// print passes on what the child says, or reads it away.
func (c *child) print(r io.Reader) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if !c.quiet() {
			c.log.Info("child says", slog.String("child", c.name), slog.String("line", lines.Text()))
		}
	}
	_, _ = io.Copy(io.Discard, r) // a line too long for the scanner
}

// sleep waits, and reports false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// beside finds a program of ours: in the folder of this one, or in PATH.
func beside(name string) (string, error) {
	if self, err := os.Executable(); err == nil {
		path := filepath.Join(filepath.Dir(self), name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is neither beside callward nor in PATH; build it with: make build", name)
	}
	return path, nil
}
