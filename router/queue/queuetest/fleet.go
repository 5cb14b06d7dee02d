package queuetest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/router/queue"
)

// A Fleet is several redis-servers of which one may die.
type Fleet struct {
	Address string // for queue.NewClient
	Dial    Dial

	tb      testing.TB
	servers map[string]*exec.Cmd // by address
	primary func() string        // address of the one that has a key
}

// Kill kills the server that has the keys of a pool, as kill -9 does.
func (f *Fleet) Kill() {
	f.tb.Helper()
	at := f.primary()
	server := f.servers[at]
	if server == nil {
		f.tb.Fatalf("no server of ours at %q", at)
	}
	_ = server.Process.Kill()
}

// master is the name that Sentinels know the primary by.
const master = "callward"

// Sentinel starts a primary, a replica and three Sentinels that take a primary for dead
// after a second. It skips the test where redis-server is not installed.
func Sentinel(tb testing.TB) *Fleet {
	tb.Helper()
	f := &Fleet{tb: tb, servers: make(map[string]*exec.Cmd)}
	first := f.server(nil)
	_, port, _ := strings.Cut(first, ":")
	second := f.server([]string{"--replicaof", "127.0.0.1 " + port})
	f.answers(second, func(c *redis.Client) bool {
		text, err := c.Info(tb.Context(), "replication").Result()
		return err == nil && strings.Contains(text, "master_link_status:up")
	})
	var watch []string
	for range 3 {
		watch = append(watch, f.sentinel(port))
	}
	for _, at := range watch {
		f.answers(at, func(c *redis.Client) bool {
			text, err := c.Info(tb.Context(), "sentinel").Result()
			return err == nil && strings.Contains(text, "slaves=1,sentinels=3")
		})
	}
	f.Address = "redis+sentinel://" + strings.Join(watch, ",") + "/" + master
	f.primary = func() string {
		c := redis.NewSentinelClient(&redis.Options{Addr: watch[0]})
		defer c.Close()
		at, err := c.GetMasterAddrByName(tb.Context(), master).Result()
		if err != nil {
			tb.Fatal(err)
		}
		return strings.Join(at, ":")
	}
	f.Dial = f.dial
	return f
}

// server starts a redis-server and gives its address.
func (f *Fleet) server(more []string) string {
	f.tb.Helper()
	port := freePort(f.tb)
	cmd := serve(f.tb, append([]string{"--port", port, "--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0"}, more...)...)
	at := "127.0.0.1:" + port
	f.servers[at] = cmd
	f.answers(at, func(c *redis.Client) bool { return c.Ping(f.tb.Context()).Err() == nil })
	return at
}

// sentinel starts a Sentinel that watches the server at a port. Where none of them gets enough
// votes they try again after twice the time that a failover may take.
func (f *Fleet) sentinel(port string) string {
	f.tb.Helper()
	own, file := freePort(f.tb), filepath.Join(shortDir(f.tb), "sentinel.conf")
	text := fmt.Sprintf("port %s\nbind 127.0.0.1\nsentinel monitor %[2]s 127.0.0.1 %[3]s 2\n"+
		"sentinel down-after-milliseconds %[2]s 1000\nsentinel failover-timeout %[2]s 3000\n", own, master, port)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		f.tb.Fatal(err)
	}
	watch(f.tb, file)
	return "127.0.0.1:" + own
}

// watch runs a Sentinel until the test ends.
func watch(tb testing.TB, file string) {
	tb.Helper()
	cmd := exec.Command("redis-server", file, "--sentinel") //nolint:gosec // our own arguments
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// Six starts a Cluster of three primaries and three replicas that take a node for dead
// after two seconds. It skips the test where redis-server is not installed.
func Six(tb testing.TB) *Fleet {
	tb.Helper()
	f := &Fleet{tb: tb, servers: make(map[string]*exec.Cmd)}
	var all []string
	for range 6 {
		all = append(all, f.server([]string{"--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", freePort(tb)}))
	}
	args := append([]string{"--cluster", "create"}, all...)
	out, err := exec.Command("redis-cli", append(args, "--cluster-replicas", "1", "--cluster-yes")...).CombinedOutput() //nolint:gosec // our own arguments
	if err != nil {
		tb.Fatalf("redis-cli --cluster create: %v\n%s", err, out)
	}
	f.Address = "redis+cluster://" + strings.Join(all, ",")
	f.Dial = f.dial
	f.primary = func() string { return f.owner() }
	for _, at := range all { // a replica that never finished its first copy cannot take over
		f.answers(at, func(c *redis.Client) bool {
			text, err := c.Info(tb.Context(), "replication").Result()
			state, err2 := c.ClusterInfo(tb.Context()).Result()
			return err == nil && err2 == nil && strings.Contains(state, "cluster_state:ok") &&
				(strings.Contains(text, "role:master") || strings.Contains(text, "master_link_status:up"))
		})
	}
	return f
}

// owner gives the address of the primary that has the keys of the tenant acme.
func (f *Fleet) owner() string {
	c, ok := f.dial().(*redis.ClusterClient)
	if !ok {
		f.tb.Fatal("not a cluster")
	}
	one, err := c.MasterForKey(f.tb.Context(), "cw:{acme/main}:calls")
	if err != nil {
		f.tb.Fatal(err)
	}
	return one.Options().Addr
}

func (f *Fleet) dial() redis.UniversalClient {
	c, err := queue.NewClient(f.Address)
	if err != nil {
		f.tb.Fatal(err)
	}
	return closed(f.tb, c)
}

// answers waits until what holds of the server at an address.
func (f *Fleet) answers(at string, holds func(*redis.Client) bool) {
	f.tb.Helper()
	c := redis.NewClient(&redis.Options{Addr: at})
	defer c.Close()
	eventually(f.tb, "the redis at "+at+" is ready", func() bool { return holds(c) })
}
