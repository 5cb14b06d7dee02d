package queue_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

const (
	chaosCalls  = 120
	chaosAgents = 8
	chaosKills  = 3
	chaosStream = "cw:{acme/chaos}:ev"
)

// A storm is several nodes with callers and agents who misbehave, and a hand
// that kills nodes. What it sees is checked at once, what Redis says it did is
// checked from the events at the end.
type storm struct {
	*testing.T
	dial  queuetest.Dial
	calls sync.WaitGroup // callers who are not finished

	mu    sync.Mutex
	phone map[string]string // agent -> call on their phone
	named int
}

// A host is a node as a process: it dies with everything in it.
type host struct {
	*storm
	client redis.UniversalClient
	queue  *queue.Redis
	ctx    context.Context //nolint:containedctx // the life of the process that this stands for
	kill   context.CancelFunc
	life   sync.WaitGroup // its goroutines

	mu    sync.Mutex
	dead  bool
	lines map[string]chan queue.Offer
}

func (s *storm) host(ctx context.Context) *host {
	s.named++
	h := &host{storm: s, client: s.dial(), lines: make(map[string]chan queue.Offer)}
	h.ctx, h.kill = context.WithCancel(ctx)
	r, err := queue.Open(h.ctx, queue.Config{
		Client: h.client, Tenant: "acme", Pool: "chaos", Node: fmt.Sprintf("host%d", s.named),
		Ring: 300 * time.Millisecond, WrapUp: 5 * time.Millisecond, Rest: 30 * time.Millisecond,
		Lease: 3 * time.Second, Tick: 50 * time.Millisecond, Misses: -1,
	})
	if err != nil {
		s.Fatal(err)
	}
	h.queue = r
	h.life.Go(func() { _ = r.Run(h.ctx) })
	h.life.Go(h.hand)
	return h
}

// hand gives each offer to the goroutine of its call.
func (h *host) hand() {
	for {
		o, err := h.queue.Next(h.ctx)
		if err != nil {
			return
		}
		h.mu.Lock()
		line := h.lines[o.Call]
		h.mu.Unlock()
		if line != nil {
			line <- o // room for every offer a call can get
		}
	}
}

// die is kill -9: the connection goes first, nothing is said.
func (h *host) die() {
	h.mu.Lock()
	h.dead = true
	h.mu.Unlock()
	_ = h.client.Close()
	h.kill()
	h.life.Wait()
	h.storm.mu.Lock()
	defer h.storm.mu.Unlock()
	for agent, call := range h.phone {
		if h.lines[call] != nil {
			delete(h.phone, agent)
		}
	}
}

func (h *host) call(id string) {
	line := make(chan queue.Offer, 1000)
	h.mu.Lock()
	h.lines[id] = line
	h.mu.Unlock()
	h.calls.Add(1)
	h.life.Go(func() {
		defer h.calls.Done()
		if err := h.queue.Enqueue(h.ctx, queue.Entry{Call: id, Queue: "billing"}); err != nil {
			h.trouble("enqueue", err)
			return
		}
		h.wait(h.ctx, id, line)
	})
}

// wait is a caller until they talk, hang up, or their host dies.
func (h *host) wait(ctx context.Context, id string, line <-chan queue.Offer) {
	patience := time.NewTimer(time.Minute)
	if rand.N(20) == 0 {
		patience.Reset(rand.N(2 * time.Second))
	}
	defer patience.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-patience.C:
			h.trouble("leave", h.queue.Leave(ctx, id, queue.HungUp))
			return
		case o := <-line:
			if h.answered(ctx, o) {
				return
			}
		}
	}
}

// answered is the agent's phone: it rings, and somebody answers, or not.
func (h *host) answered(ctx context.Context, o queue.Offer) bool {
	_ = h.queue.Ringing(ctx, o)
	nap(ctx, rand.N(5*time.Millisecond))
	switch rand.N(10) {
	case 0: // nobody: the deadline does it
		return false
	case 1:
		h.trouble("reject", h.queue.Reject(ctx, o, queue.Declined))
		return false
	}
	ok, err := h.queue.Accept(ctx, o)
	if err != nil || !ok {
		h.trouble("accept", err)
		return false
	}
	if !h.join(o) {
		return true
	}
	nap(ctx, rand.N(5*time.Millisecond))
	h.part(o)
	if rand.N(10) == 0 {
		h.trouble("reject", h.queue.Reject(ctx, o, queue.NoMedia))
		return false
	}
	h.trouble("complete", h.queue.Complete(ctx, o))
	return true
}

// join puts a call on an agent's phone: it must be free.
func (h *host) join(o queue.Offer) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dead {
		return false
	}
	h.storm.mu.Lock()
	defer h.storm.mu.Unlock()
	if other := h.phone[o.Agent]; other != "" {
		h.Errorf("agent %s got %s while talking to %s", o.Agent, o.Call, other)
	}
	h.phone[o.Agent] = o.Call
	return true
}

func (h *host) part(o queue.Offer) {
	h.storm.mu.Lock()
	defer h.storm.mu.Unlock()
	if h.phone[o.Agent] == o.Call {
		delete(h.phone, o.Agent)
	}
}

func (h *host) trouble(what string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil && !h.dead {
		h.Errorf("%s: %v", what, err)
	}
}

func nap(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func weather(t *testing.T, dial queuetest.Dial) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := &storm{T: t, dial: dial, phone: make(map[string]string)}
	hosts := []*host{s.host(ctx), s.host(ctx), s.host(ctx)}
	for i := range chaosAgents {
		a := queue.Agent{ID: fmt.Sprintf("a%d", i), State: queue.Available, Queues: []string{"billing"}}
		if err := hosts[0].queue.SetAgent(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	for i := range chaosCalls {
		if i%(chaosCalls/chaosKills) == chaosCalls/chaosKills/2 {
			n := rand.N(len(hosts))
			hosts[n].die()
			hosts[n] = s.host(ctx)
		}
		hosts[rand.N(len(hosts))].call(fmt.Sprintf("c%03d", i))
		nap(ctx, rand.N(10*time.Millisecond))
	}
	s.calls.Wait()
	s.nothingLeft(ctx, hosts[0].queue)
	cancel()
	for _, h := range hosts {
		h.life.Wait()
	}
	s.check()
}

// nothingLeft waits for leases, rests and wrap-ups to end.
func (s *storm) nothingLeft(ctx context.Context, r *queue.Redis) {
	deadline := time.Now().Add(time.Minute)
	for {
		calls, offers, timers, err := r.Leftovers(ctx)
		if err == nil && calls+offers+timers == 0 {
			return
		}
		if time.Now().After(deadline) {
			s.Fatalf("left over: %d calls, %d offers, %d timers (%v)", calls, offers, timers, err)
		}
		nap(ctx, 20*time.Millisecond)
	}
}

// check reads the events again: what each script said it did, in its order.
func (s *storm) check() {
	replay(s.T, s.dial(), chaosStream, false)
}

// replay folds a stream of events.
func replay(t *testing.T, client redis.UniversalClient, stream string, quiet bool) {
	t.Helper()
	entries, err := client.XRange(t.Context(), stream, "-", "+").Result()
	if err != nil {
		t.Fatal(err)
	}
	f := &fold{T: t, agent: make(map[string]string), state: make(map[string]string), ends: make(map[string]int), quiet: quiet}
	for _, e := range entries {
		f.event(e.Values)
	}
	f.end()
}

// A fold is the pool as the events tell it.
type fold struct {
	*testing.T
	order    []string          // calls as they entered
	state    map[string]string // call -> waiting, resting (a callback), offered, talking
	agent    map[string]string // agent -> call offered or talking
	ends     map[string]int    // kind of end -> calls
	offers   int
	timeouts int
	quiet    bool
}

func (f *fold) event(v map[string]any) {
	field := func(name string) string { s, _ := v[name].(string); return s }
	call, agent := field("call"), field("agent")
	switch kind := field("kind"); kind {
	case "entered":
		f.from(call, "", "waiting")
		f.order = append(f.order, call)
	case "offered":
		f.offers++
		f.from(call, "waiting", "offered")
		f.first(call)
		for id := range strings.FieldsSeq(agent) { // several, where all are rung
			if other := f.agent[id]; other != "" {
				f.Errorf("agent %s was offered %s beside %s", id, call, other)
			}
			f.agent[id] = call
		}
	case "returned":
		if field("reason") == "timeout" {
			f.timeouts++
		}
		f.state[call] = "waiting"
		f.free(call, "")
	case "resting", "woken":
		f.state[call] = map[string]string{"resting": "resting", "woken": "waiting"}[kind]
	case "dropped":
		delete(f.agent, agent)
	case "answered":
		f.from(call, "offered", "talking")
		f.free(call, agent)
	case "left", "completed", "lost":
		f.ends[kind]++
		f.state[call] = "ended"
		f.free(call, "")
	}
}

// free lets go whom a call held, but for one agent.
func (f *fold) free(call, except string) {
	maps.DeleteFunc(f.agent, func(id, c string) bool { return c == call && id != except })
}

func (f *fold) from(call, was, is string) {
	if f.state[call] != was {
		f.Errorf("call %s is %s but was %q, not %q", call, is, f.state[call], was)
	}
	f.state[call] = is
}

// first checks that nobody who entered earlier was passed over.
func (f *fold) first(call string) {
	for _, earlier := range f.order[:slices.Index(f.order, call)] {
		if f.state[earlier] == "waiting" {
			f.Errorf("call %s was offered before %s", call, earlier)
		}
	}
}

func (f *fold) end() {
	for call, st := range f.state {
		if st != "ended" {
			f.Errorf("call %s never ended: %s", call, st)
		}
	}
	if len(f.agent) != 0 {
		f.Errorf("agents never freed: %v", f.agent)
	}
	if f.quiet {
		return
	}
	f.Logf("%d calls, %d offers, %d timeouts, ends %v", len(f.order), f.offers, f.timeouts, f.ends)
}

func TestNobodyIsLostOrDoubledWhenNodesDieOnEmbeddedRedis(t *testing.T) {
	weather(t, queuetest.Embedded(t))
}

func TestNobodyIsLostOrDoubledWhenNodesDieOnRedisServer(t *testing.T) {
	weather(t, queuetest.Server(t))
}
