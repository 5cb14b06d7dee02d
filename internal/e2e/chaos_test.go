package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/internal/callgen"
	"github.com/callward/callward/router/queue/queuetest"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// chaosRing is how long an agent may take to answer.
const chaosRing = 5 * time.Second

// A storm is how much goes on, and how often a node dies of kill -9.
type storm struct {
	callers, agents, kills int
	every                  time.Duration // between two deaths
	patience               time.Duration // after an offer's deadline
}

// stormSize is small, unless all of it was asked for.
func stormSize() storm {
	if os.Getenv("CALLWARD_CHAOS") == "" {
		return storm{callers: 21, agents: 5, kills: 1, every: 4 * time.Second, patience: 5 * time.Second} // beside other tests
	}
	return storm{callers: 200, agents: 40, kills: 9, every: 20 * time.Second, patience: time.Second}
}

// A fleet is three servers on one Redis, with callers, and agents who register
// elsewhere when their server dies.
type fleet struct {
	*testing.T
	args    []string
	nodes   []*line
	doubles atomic.Int64 // INVITEs to a phone on which somebody talks

	mu sync.Mutex // guards nodes
}

func newFleet(t *testing.T, redisURL string, s storm) *fleet {
	t.Helper()
	dir := t.TempDir()
	small, err := os.ReadFile("../app/testdata/assistants/energy.yaml") // quick to train
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "energy.yaml"), replaceOnce(t, string(small), `caller: "+33155500777"`, `called: "100"`))
	tenants := "acme:\n  ring_timeout: " + chaosRing.String() + "\n  wrap_up: 100ms\n  numbers: {\"100\": {assistant: energy, language: en}}\n  queues: {billing: {}}\n  agents:\n"
	for i := range s.agents {
		tenants += fmt.Sprintf("    a%d: {password: p, queues: [billing]}\n", i)
	}
	file := filepath.Join(t.TempDir(), "tenants.yaml")
	write(t, file, tenants)
	f := &fleet{T: t, args: []string{"--redis", redisURL, "--tenants", "file:" + file, "--assistants", dir}}
	for range 3 {
		f.nodes = append(f.nodes, startLine(t, f.args...).ready())
	}
	return f
}

func (f *fleet) node(i int) *line {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.nodes[i%len(f.nodes)]
}

// kill is kill -9; another server starts in its place.
func (f *fleet) kill(i int) {
	f.Helper()
	l := f.node(i)
	_ = l.cmd.Process.Kill()
	<-l.exit
	l.exit <- nil                              // for stop
	fresh := startLine(f.T, f.args...).ready() // one that starts while its Redis is away gives up
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nodes[i] = fresh
}

// calls keeps so many callers at each node, until ctx ends. A caller leaves with the
// agent, or gives up.
func (f *fleet) calls(ctx context.Context, i, callers int) {
	for ctx.Err() == nil {
		at, life := f.node(i), make(chan struct{})
		ctx, cancel := context.WithCancel(ctx)
		go func() { // until that server is another
			defer close(life)
			for ctx.Err() == nil && f.node(i) == at {
				pause(ctx, 50*time.Millisecond)
			}
			cancel()
		}()
		_, _ = callgen.Load(ctx, callgen.LoadOptions{
			To: "sip:100@" + at.sip, Rate: 10, Calls: 10_000, Concurrent: callers, Hold: time.Minute, Clip: make([]int16, 8000),
		}) // what came of them, Redis tells
		cancel()
		<-life
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// agent is a phone: it registers at a server that lives, takes one call after the other,
// lets some ring and refuses some.
func (f *fleet) agent(ctx context.Context, i int) {
	p := siptest.NewPhone(f.T, fmt.Sprintf("a%d", i), nil)
	var busy atomic.Bool
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() {
		for {
			select {
			case l := <-p.Calls:
				all.Go(func() { f.rings(ctx, l, &busy) })
			case <-ctx.Done():
				return
			}
		}
	})
	for n := i; ctx.Err() == nil; n++ {
		at := f.node(n)
		once, cancel := context.WithCancel(ctx)
		lost := sync.OnceFunc(cancel)
		all.Go(func() {
			for once.Err() == nil {
				if f.node(n) != at {
					lost()
				}
				pause(once, 100*time.Millisecond)
			}
		})
		_ = p.Register(once, sip.Registration{Registrar: "sip:" + at.sip, User: p.Name, Password: "p", Expires: time.Minute})
		lost()
	}
}

func (f *fleet) rings(ctx context.Context, l *sip.Leg, busy *atomic.Bool) {
	_ = l.Progress(ctx, 180, nil)
	pause(ctx, rand.N(300*time.Millisecond))
	if rand.N(20) == 0 {
		_ = l.Reject(ctx, sip.Busy)
		return
	}
	if !busy.CompareAndSwap(false, true) {
		f.doubles.Add(1)
		_ = l.Reject(ctx, sip.Busy)
		return
	}
	defer busy.Store(false)
	if l.Answer(ctx, siptest.SDP(40002)) != nil {
		return
	}
	talked(ctx, l, time.Second+rand.N(time.Second))
	_ = l.Hangup(context.WithoutCancel(ctx), sip.Normal)
}

// talked waits for a while, or until the caller has hung up: then the next may ring.
func talked(ctx context.Context, l *sip.Leg, d time.Duration) {
	within, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	select {
	case <-within.Done():
	case <-l.Done():
	}
}

// weather runs a storm and judges what Redis says it did.
func (f *fleet) weather(s storm, client redis.UniversalClient, inBetween func()) {
	f.Helper()
	ctx, cancel := context.WithCancel(f.Context())
	var agents, callers sync.WaitGroup
	for i := range s.agents {
		agents.Go(func() { f.agent(ctx, i) })
	}
	calling, hangUp := context.WithCancel(ctx)
	for i := range 3 {
		callers.Go(func() { f.calls(calling, i, s.callers/3) })
	}
	for n := range s.kills {
		pause(ctx, s.every)
		f.kill(n % 3)
	}
	inBetween()
	pause(ctx, s.every)
	hangUp()
	callers.Wait()
	f.settles(client)
	cancel()
	agents.Wait()
	judgeStorm(f.T, client, f.doubles.Load(), s.patience)
}

// settles waits until nothing of any call is left in Redis.
func (f *fleet) settles(client redis.UniversalClient) {
	f.Helper()
	for end := time.Now().Add(time.Minute); ; pause(f.Context(), 100*time.Millisecond) {
		calls, err := client.HLen(f.Context(), "cw:{acme/main}:calls").Result()
		offers, err2 := client.ZCard(f.Context(), "cw:{acme/main}:offers").Result()
		if err == nil && err2 == nil && calls+offers == 0 {
			return
		}
		if time.Now().After(end) {
			f.Errorf("a minute after the last caller there are %d calls and %d offers (%v, %v)", calls, offers, err, err2)
			return
		}
	}
}

func TestChaosOfNodesLosesAndDoublesNobody(t *testing.T) {
	needs(t, "redis-server")
	url := startRedis(t)
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(o)
	defer client.Close()
	s := stormSize()
	newFleet(t, url, s).weather(s, client, func() {})
}

// The next two take minutes: nodes die, and then the Redis that has the pool.
func TestChaosOfSentinelLosesAndDoublesNobody(t *testing.T) { chaosOf(t, queuetest.Sentinel) }

func TestChaosOfAClusterLosesAndDoublesNobody(t *testing.T) { chaosOf(t, queuetest.Six) }

func chaosOf(t *testing.T, start func(testing.TB) *queuetest.Fleet) {
	t.Helper()
	if os.Getenv("CALLWARD_CHAOS") == "" {
		t.Skip("SKIPPED: run `make chaos`")
	}
	needs(t, "redis-server", "redis-cli")
	redises := start(t)
	s := stormSize()
	s.kills, s.patience = 3, 10*time.Second // deadlines pass while Redis is away
	newFleet(t, redises.Address, s).weather(s, redises.Dial(), redises.Kill)
}
