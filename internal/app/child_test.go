package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/callward/callward/internal/telemetry"
	"github.com/callward/callward/sip/siptest"
)

// script writes a program that the test needs as a child.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "child")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// keep runs a child until the end of the test.
func keep(t *testing.T, c *child) (stop func()) {
	t.Helper()
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.run(ctx) }()
	stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		done <- nil
	}
	t.Cleanup(stop)
	return stop
}

func loud() bool  { return false }
func quiet() bool { return true }

func TestAChildThatEndsIsStartedAgain(t *testing.T) {
	var starts, ends atomic.Int32
	keep(t, &child{
		name: "test", path: script(t, "exit 3\n"), quiet: loud, wait: time.Millisecond,
		state: func(up bool, reason string) {
			if up {
				starts.Add(1)
				return
			}
			ends.Add(1)
			if !strings.Contains(reason, "exit status 3") {
				t.Errorf("reason %q", reason)
			}
		},
	})
	siptest.Eventually(t, "three starts", func() bool { return starts.Load() >= 3 && ends.Load() >= 2 })
}

func TestAProgramThatIsNotThereIsTriedAgainToo(t *testing.T) {
	var ends atomic.Int32
	keep(t, &child{
		name: "test", path: "/nonexistent/program", quiet: loud, wait: time.Millisecond,
		state: func(bool, string) { ends.Add(1) },
	})
	siptest.Eventually(t, "two failures", func() bool { return ends.Load() >= 2 })
}

func TestAChildEndsWithTheServer(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	stop := keep(t, &child{
		name: "test", path: script(t, "echo $$ > "+pid+"\nexec sleep 1000\n"), quiet: loud, state: func(bool, string) {},
	})
	var number int
	siptest.Eventually(t, "the child's pid", func() bool {
		b, err := os.ReadFile(pid)
		if err != nil || len(b) == 0 {
			return false
		}
		_, err = fmt.Sscan(string(b), &number)
		return err == nil
	})
	stop()
	if err := syscall.Kill(number, 0); err == nil {
		t.Error("the child lives on")
	}
}

// What engines print once they serve may be what a caller said.
func TestAQuietChildIsNotQuoted(t *testing.T) {
	for name, tc := range map[string]struct {
		quiet func() bool
		want  bool
	}{"starting": {loud, true}, "serving": {quiet, false}} {
		t.Run(name, func(t *testing.T) {
			var log printed
			var ended atomic.Bool
			stop := keep(t, &child{
				name: "test", path: script(t, "echo four one one one\n"), quiet: tc.quiet, wait: time.Hour,
				log:   telemetry.NewLogger(&log, telemetry.Log{Level: new(slog.LevelVar)}),
				state: func(up bool, _ string) { ended.Store(!up) },
			})
			siptest.Eventually(t, "the child's end", ended.Load)
			stop()
			if got := strings.Contains(log.String(), "four one"); got != tc.want {
				t.Errorf("quoted: %v in\n%s", got, log.String())
			}
		})
	}
}
