package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/internal/facts"
	"github.com/callward/callward/router/queue"
)

// An afterRead does something once the stream has been read for the first time.
type afterRead struct {
	once sync.Once
	do   func(redis.Cmder)
}

func (h *afterRead) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h *afterRead) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (h *afterRead) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if cmd.Name() == "xrange" {
			h.once.Do(func() { h.do(cmd) })
		}
		return err
	}
}

// lastOf runs one output of a pool to its end, while do happens just after its first look at the
// stream, and gives what the output wrote.
func lastOf(t *testing.T, do func(r *queue.Redis, last chan struct{}, cmd redis.Cmder)) string {
	t.Helper()
	client, stop := queue.Embedded()
	defer stop()
	r, err := queue.Open(t.Context(), queue.Config{Client: client, Tenant: "acme", Node: "n0"})
	if err != nil {
		t.Fatal(err)
	}
	last := make(chan struct{})
	client.AddHook(&afterRead{do: func(cmd redis.Cmder) { do(r, last, cmd) }})
	o := newOutputs(slog.New(slog.DiscardHandler), newWebhooks(slog.New(slog.DiscardHandler)))
	tenant := Tenant{Zone: "UTC", Outputs: Outputs{CDR: filepath.Join(t.TempDir(), "cdr.jsonl")}.complete()}
	o.follow(t.Context(), last, func(string) *pool { return &pool{Redis: r, tenant: "acme"} }, o.list("acme", tenant)[0])
	return contents(t, tenant.Outputs.CDR)
}

// publishEnd tells of the end of a call as outputs do, and that it is the last.
func publishEnd(t *testing.T, r *queue.Redis, last chan struct{}) {
	t.Helper()
	if err := r.Publish(t.Context(), queue.EventKind(facts.CallEnded), map[string]string{"call": "c", "cdr": `{"call":"c"}`}); err != nil {
		t.Error(err)
	}
	close(last)
}

func TestARecordThatComesBetweenTheLastLookAndTheEndIsWritten(t *testing.T) {
	got := lastOf(t, func(r *queue.Redis, last chan struct{}, _ redis.Cmder) { publishEnd(t, r, last) })
	if !strings.Contains(got, `"c"`) {
		t.Errorf("written %q", got)
	}
}

func TestTheLastRecordIsTriedAgainWhenTheStreamCannotBeRead(t *testing.T) {
	got := lastOf(t, func(r *queue.Redis, last chan struct{}, cmd redis.Cmder) {
		publishEnd(t, r, last)
		cmd.SetErr(redis.ErrClosed)
	})
	if !strings.Contains(got, `"c"`) {
		t.Errorf("written %q", got)
	}
}

func TestAFullDiskIsToldOfAndTheRecordIsWrittenWhenThereIsRoom(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no disk here that is always full")
	}
	client, stop := queue.Embedded()
	defer stop()
	r, err := queue.Open(t.Context(), queue.Config{Client: client, Tenant: "acme", Node: "n0"})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cdr.jsonl")
	if err := os.Symlink("/dev/full", path); err != nil {
		t.Fatal(err)
	}
	told := make(logLines, 8)
	o := newOutputs(slog.New(slog.NewTextHandler(told, nil)), newWebhooks(slog.New(slog.DiscardHandler)))
	last := make(chan struct{})
	publishEnd(t, r, last)
	out := o.list("acme", Tenant{Zone: "UTC", Outputs: Outputs{CDR: path}.complete()})[0]
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.follow(t.Context(), last, func(string) *pool { return &pool{Redis: r, tenant: "acme"} }, out)
	}()
	if line := <-told; !strings.Contains(line, "no space left on device") || !strings.Contains(line, "tenant=acme") {
		t.Errorf("told %s", line)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	<-done
	if got := contents(t, path); strings.Count(got, `"c"`) != 1 || out.state.failures.Load() == 0 {
		t.Errorf("written %q after %d failures", got, out.state.failures.Load())
	}
}

// logLines gives the lines of a log.
type logLines chan string

func (f logLines) Write(line []byte) (int, error) {
	f <- string(line)
	return len(line), nil
}
