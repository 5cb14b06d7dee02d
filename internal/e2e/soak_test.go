package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/callgen"
)

// slow skips, aloud, what takes many minutes.
func slow(t *testing.T) {
	t.Helper()
	if os.Getenv("CALLWARD_SLOW") == "" {
		t.Skip("SKIPPED: takes many minutes: run `make test-slow`")
	}
}

// A call that lasts must neither be cut nor fall silent: middleboxes and timers
// that nobody refreshes do that after 15 or 30 minutes.
func TestSlowALongCallIsHeardToItsEnd(t *testing.T) {
	slow(t)
	needs(t, "sox")
	t.Parallel()
	const length = 31 * time.Minute
	l := startLine(t)
	dir := t.TempDir()
	said, heard := filepath.Join(dir, "said.wav"), filepath.Join(dir, "heard.wav")
	run(t, "sox", "-n", "-r", "8000", "-c", "1", "-b", "16", said, "synth", fmt.Sprint(length.Seconds()), "sine", "440", "vol", "0.3")
	v := l.call(t.Context(), "echo", "--no-wait", "--wav", said, "--record", heard, "--timeout", "35m")
	if v.code != 0 {
		t.Errorf("callgen ended with %d\n%s", v.code, v.story())
	}
	pcm := readWAV(t, heard)
	if got := time.Duration(len(pcm)/rate) * time.Second; got < length {
		t.Errorf("%s of %s came back", got, length)
	}
	for s := 1; s < min(len(pcm)/rate, int(length.Seconds())); s++ { // what was said in the last second is still on its way
		if loud := loudness(pcm[s*rate:][:rate]); loud < 1000 {
			t.Errorf("second %d of the call is heard with loudness %.0f", s, loud)
		}
	}
	l.isClean()
}

// A soak keeps a line busy, for ten minutes, while what it stands on breaks.
func TestSlowALineOutlivesItsFaults(t *testing.T) {
	slow(t)
	needs(t, "redis-server", "flite")
	t.Parallel()
	const length = 10 * time.Minute
	url := startRedis(t)
	l := startLine(t, "--redis", url, "--demo-agent").ready()
	idle := l.goroutines()
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var busy sync.WaitGroup
	busy.Go(func() { l.carriesEveryCall(t.Context(), length) })
	var reached counts
	for i := range 5 {
		busy.Go(func() { l.takesImpatientCallers(ctx, i, &reached) })
	}
	defer func() { // also if a fault fails the test
		cancel()
		busy.Wait()
	}()
	early := l.breaks(ctx, url)
	busy.Wait()
	late := l.memory()
	t.Logf("memory: %.1f MB after two minutes, %.1f MB at the end; goroutines: %.0f before, %.0f after", early/1e6, late/1e6, idle, l.goroutines())
	for _, kind := range impatience {
		if reached.of(kind) == 0 {
			t.Errorf("no caller came as far as %s", kind)
		}
	}
	t.Logf("impatient callers came as far as they meant to, and hung up: %v", reached.n)
	if late > 1.5*early {
		t.Errorf("memory grew from %.1f to %.1f MB", early/1e6, late/1e6)
	}
	l.ready().isClean()
	l.waitFor(fmt.Sprintf("at most %.0f goroutines, as before the calls", idle), time.Minute, func() bool { return l.goroutines() <= idle })
	v := l.call(t.Context(), "line-en", "--say", "i want to make a complaint", "--wait-agent", "1m", "--hangup-after", "3s")
	if len(v.all(call.KindBridged)) == 0 {
		t.Errorf("after the faults, a caller did not reach the agent:\n%s", v.story())
	}
}

// carriesEveryCall places calls that hear their own sound; no fault elsewhere may
// touch them.
func (l *line) carriesEveryCall(ctx context.Context, length time.Duration) {
	const each, hold = 5, 3 * time.Second
	calls := each * int((length - hold).Seconds())
	cmd := exec.CommandContext(ctx, program(l.t, "callgen"), "load", "--json", "--to", "sip:echo@"+l.sip,
		"--rate", fmt.Sprint(each), "--calls", fmt.Sprint(calls), "--hold", hold.String())
	out, err := cmd.Output()
	var r callgen.LoadReport
	if err == nil {
		err = json.Unmarshal(out, &r)
	}
	if err != nil || r.Completed != calls || r.Silent > 0 {
		l.t.Errorf("of %d calls: %s %v", calls, out, err)
	}
	l.t.Logf("echo: %s", out)
}

// impatience is how far callers come before they hang up.
var impatience = []call.Kind{
	call.KindAnswered, call.KindDisclosure, call.KindCallerSaid, call.KindIntent, call.KindQueued, call.KindOffered, call.KindBridged,
}

// counts is how often something happened, by kind.
type counts struct {
	mu sync.Mutex
	n  map[call.Kind]int
}

func (c *counts) add(kind call.Kind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = make(map[call.Kind]int)
	}
	c.n[kind]++
}

func (c *counts) of(kind call.Kind) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[kind]
}

// takesImpatientCallers places calls that hang up at some point of their way, and
// counts those that came so far.
func (l *line) takesImpatientCallers(ctx context.Context, first int, reached *counts) {
	for i := first; ctx.Err() == nil; i++ {
		kind := impatience[i%len(impatience)]
		v := l.callUntil(ctx, kind, "line-en", "--say", "i want to make a complaint", "--wait-agent", "15s")
		if len(v.all(kind)) > 0 {
			reached.add(kind)
		}
	}
}

// breaks does harm of every kind, one after the other, until ctx ends. It gives
// the server's memory after two minutes, when it has seen each of them.
func (l *line) breaks(ctx context.Context, url string) (memory float64) {
	o, err := redis.ParseURL(url)
	if err != nil {
		l.t.Error(err)
		return 0
	}
	store := redis.NewClient(o)
	defer store.Close()
	faults := []func() error{
		func() error { return l.killChild("speechd") },
		func() error { return l.cmd.Process.Signal(syscall.SIGHUP) },
		func() error { return store.Do(ctx, "CLIENT", "PAUSE", "3000").Err() },
		func() error { return l.killChild("demo agent") },
		l.sendGarbage,
		func() error { return store.Do(ctx, "CLIENT", "KILL", "TYPE", "normal").Err() },
	}
	tick := time.NewTicker(20 * time.Second)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return memory
		case <-tick.C:
		}
		if i == len(faults) {
			memory = l.memory()
		}
		if err := faults[i%len(faults)](); err != nil && ctx.Err() == nil {
			l.t.Errorf("fault %d: %v", i%len(faults), err)
		}
	}
}

// childStarted is what the log says of a program that the server runs.
var childStarted = regexp.MustCompile(`child started.*child="?([a-z ]+)"? pid=(\d+)`)

func (l *line) killChild(name string) error {
	pid := 0
	for _, m := range childStarted.FindAllStringSubmatch(l.out.String(), -1) {
		if m[1] == name {
			pid, _ = strconv.Atoi(m[2])
		}
	}
	if pid == 0 {
		return fmt.Errorf("no %s in the log", name)
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

func (l *line) sendGarbage() error {
	c, err := net.Dial("udp", l.sip)
	if err != nil {
		return err
	}
	defer c.Close()
	for i := range 1000 {
		_, _ = fmt.Fprintf(c, "INVITE sip:%d@\x00 SIP/2.0\r\nVia: \xff\r\n\r\n", i)
	}
	return nil
}

func (l *line) memory() float64 {
	v, ok := l.metric("process_resident_memory_bytes")
	if !ok {
		l.t.Error("/metrics does not tell the memory")
	}
	return v
}
