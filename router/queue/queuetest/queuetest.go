// Package queuetest gives tests a queue that behaves: a real one, on a Redis
// inside the test process or on a redis-server that the test starts. Suite is
// what every kind of Redis must pass.
package queuetest

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/router/queue"
)

// patience is how long tests wait for what must happen; machines are noisy.
const patience = 30 * time.Second

// A Dial opens another client of the same Redis. The test closes it.
type Dial func() redis.UniversalClient

// Start gives a node that runs until the test ends, on a Redis of its own.
// cfg.Client may be nil.
func Start(tb testing.TB, cfg queue.Config) *queue.Redis {
	tb.Helper()
	if cfg.Client == nil {
		cfg.Client = Embedded(tb)()
	}
	r, _ := run(tb, cfg)
	return r
}

// run opens a node and runs it until stop is called or the test ends.
func run(tb testing.TB, cfg queue.Config) (r *queue.Redis, stop func()) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context()))
	r, err := queue.Open(ctx, cfg)
	if err != nil {
		cancel()
		tb.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = r.Run(ctx) // fails where the test cut the connection
	}()
	stop = func() {
		cancel()
		<-done
	}
	tb.Cleanup(stop)
	return r, stop
}

// Embedded gives clients of a Redis inside this process.
func Embedded(tb testing.TB) Dial {
	tb.Helper()
	server := miniredis.NewMiniRedis()
	server.ClockTTL(true)
	tb.Cleanup(server.Close)
	return func() redis.UniversalClient { return closed(tb, queue.Connect(server)) }
}

// Server starts redis-server on a socket of its own and gives clients of it. It
// skips the test where redis-server is not installed.
func Server(tb testing.TB) Dial {
	tb.Helper()
	socket := filepath.Join(shortDir(tb), "redis.sock") // a socket's path has 108 bytes at most
	serve(tb, "--port", "0", "--unixsocket", socket)
	eventually(tb, "redis-server listens", func() bool {
		_, err := os.Stat(socket)
		return err == nil
	})
	dial := func() redis.UniversalClient {
		c, err := queue.NewClient("unix://" + socket)
		if err != nil {
			tb.Fatal(err)
		}
		return closed(tb, c)
	}
	one := dial()
	eventually(tb, "redis-server answers", func() bool { return one.Ping(tb.Context()).Err() == nil })
	return dial
}

// Cluster starts a Cluster of one redis-server: it refuses what a bigger one
// would, above all keys of several slots. It skips the test where redis-server
// is not installed.
func Cluster(tb testing.TB) Dial {
	tb.Helper()
	port, bus := freePort(tb), freePort(tb)
	serve(tb, "--port", port, "--bind", "127.0.0.1", "--cluster-enabled", "yes", "--cluster-port", bus)
	address := "127.0.0.1:" + port
	one := closed(tb, redis.NewClient(&redis.Options{Addr: address}))
	eventually(tb, "redis-server answers", func() bool { return one.Ping(tb.Context()).Err() == nil })
	if err := one.Do(tb.Context(), "CLUSTER", "ADDSLOTSRANGE", 0, 16383).Err(); err != nil {
		tb.Fatal(err)
	}
	dial := func() redis.UniversalClient {
		return closed(tb, redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: []string{address}, MaxRetries: 1, ClusterStateReloadInterval: time.Second,
		}))
	}
	eventually(tb, "the cluster is whole", func() bool { return one.Set(tb.Context(), "ready", 1, 0).Err() == nil })
	return dial
}

// serve runs redis-server until the test ends, or somebody kills it.
func serve(tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		tb.Skip("redis-server is not installed: the queue was not tested against a real Redis")
	}
	args = append(args, "--dir", shortDir(tb), "--save", "", "--appendonly", "no")
	var out bytes.Buffer
	cmd := exec.Command(path, args...) //nolint:gosec // our own arguments
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if tb.Failed() {
			tb.Logf("redis-server said:\n%s", out.String())
		}
	})
	return cmd
}

func closed(tb testing.TB, c redis.UniversalClient) redis.UniversalClient {
	tb.Helper()
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

func shortDir(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "cwq")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// freePort gives a port that nobody listens on. It is none of those that the system gives to
// whoever asks for any, and to each connection: one of these may be taken before it is used.
func freePort(tb testing.TB) string {
	tb.Helper()
	for range 1000 {
		port := strconv.Itoa(10_000 + rand.IntN(20_000))
		if l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:"+port); err == nil {
			_ = l.Close()
			return port
		}
	}
	tb.Fatal("no port is free")
	return ""
}

// eventually waits until what holds.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if holds() {
			return
		}
	}
	tb.Fatalf("still waiting until %s", what)
}

// A Clock is time for all nodes of a pool, moved by hand.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts on an arbitrary day.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

// Now is for queue.Config.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
