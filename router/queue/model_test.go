package queue_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

const (
	ring   = 20_000
	wrapUp = 5_000
	rest   = 15_000
)

// A model is the pool as a reader would write it down, without Redis: slow,
// obvious, one goroutine.
type model struct {
	now    int64
	seq    int
	calls  map[string]*modelCall
	agents map[string]*modelAgent
}

type modelCall struct {
	entry  queue.Entry
	seq    int
	at     int64
	node   int
	state  string
	agent  string
	due    int64
	number int64 // of the offer, learned from the queue
	tried  map[string]bool
}

type modelAgent struct {
	queue.Agent
	since, due int64
	idle       int64 // since, before the offer
	call       string
	want       queue.State
	wantReason queue.Reason
}

func (m *model) enqueue(node int, e queue.Entry) {
	if m.calls[e.Call] != nil {
		return
	}
	m.seq++
	m.calls[e.Call] = &modelCall{
		entry: e, seq: m.seq, at: m.now, node: node, state: "waiting", tried: make(map[string]bool),
	}
	m.match()
}

func (m *model) leave(call string) {
	if c := m.calls[call]; c != nil {
		m.end(c)
		m.match()
	}
}

func (m *model) end(c *modelCall) {
	delete(m.calls, c.entry.Call)
	switch c.state {
	case "reserved", "ringing":
		a := m.agents[c.agent]
		m.settle(a, queue.Available, "", a.idle, 0)
	case "talking":
		m.settle(m.agents[c.agent], queue.WrapUp, "", m.now, m.now+wrapUp)
	}
}

func (m *model) reject(c *modelCall, number int64, why queue.Reason) {
	if c == nil || c.state == "waiting" || c.number != number {
		return
	}
	m.putBack(c, why)
	m.match()
}

func (m *model) putBack(c *modelCall, why queue.Reason) {
	m.settle(m.agents[c.agent], queue.Paused, why, m.now, m.now+rest)
	c.tried[c.agent] = true
	c.state, c.agent, c.due, c.number = "waiting", "", 0, 0
}

func (m *model) settle(a *modelAgent, st queue.State, why queue.Reason, since, due int64) {
	if a.want != "" {
		st, why, since, due = a.want, a.wantReason, m.now, 0
	}
	a.want, a.wantReason, a.call, a.idle = "", "", "", 0
	a.State, a.Reason, a.since, a.due = st, why, since, due
}

func (m *model) set(id string, st queue.State, why queue.Reason) {
	a := m.agents[id]
	switch {
	case st == a.State && why == a.Reason && a.due == 0:
	case a.call != "" && st == queue.Available:
		a.want, a.wantReason = "", ""
	case a.call != "":
		a.want, a.wantReason = st, why
	default:
		m.settle(a, st, why, m.now, 0)
	}
	m.match()
}

func (m *model) reap() {
	for _, c := range m.calls {
		if c.state != "waiting" && c.state != "talking" && c.due <= m.now {
			m.putBack(c, "timeout")
		}
	}
	for _, a := range m.agents {
		if a.due != 0 && a.due <= m.now {
			m.settle(a, queue.Available, "", m.now, 0)
		}
	}
	m.match()
}

func (m *model) bury(node int) {
	for _, c := range m.calls {
		if c.node == node {
			m.end(c)
		}
	}
	m.match()
}

// match is invariant I3 in words: callers by priority, then age; agents who
// have not failed the caller first, then longest idle.
func (m *model) match() {
	for _, c := range m.line() {
		if c.state != "waiting" {
			continue
		}
		if a := m.best(c); a != nil {
			c.state, c.agent, c.due = "reserved", a.ID, m.now+ring
			a.State, a.Reason, a.call, a.idle, a.since = queue.Reserved, "", c.entry.Call, a.since, m.now
		}
	}
}

func (m *model) line() []*modelCall {
	return slices.SortedFunc(maps.Values(m.calls), func(a, b *modelCall) int {
		return cmp.Or(cmp.Compare(b.entry.Priority, a.entry.Priority), cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq))
	})
}

func (m *model) best(c *modelCall) *modelAgent {
	var able []*modelAgent
	for _, a := range m.agents {
		if a.State == queue.Available && slices.Contains(a.Queues, c.entry.Queue) && has(a.Skills, c.entry.Skills) {
			able = append(able, a)
		}
	}
	if len(able) == 0 {
		return nil
	}
	return slices.MinFunc(able, func(a, b *modelAgent) int {
		return cmp.Or(cmp.Compare(count(c.tried[a.ID]), count(c.tried[b.ID])),
			cmp.Compare(a.since, b.since), cmp.Compare(a.ID, b.ID))
	})
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func has(skills, all []string) bool {
	return !slices.ContainsFunc(all, func(s string) bool { return !slices.Contains(skills, s) })
}

// A trial drives the queue and the model side by side.
type trial struct {
	*rapid.T
	ctx     context.Context //nolint:containedctx // of the test
	client  redis.UniversalClient
	pool    string
	clock   *queuetest.Clock
	nodes   []*queue.Redis
	m       *model
	numbers map[int64]string // offer numbers ever seen -> call and agent
	offers  []queue.Offer    // ever made, to be used late
	agents  []string
}

func (tr *trial) open(node int) *queue.Redis {
	r, err := queue.Open(tr.ctx, queue.Config{
		Client: tr.client, Tenant: "acme", Pool: tr.pool, Node: fmt.Sprintf("n%d", node),
		Ring: ring * time.Millisecond, WrapUp: wrapUp * time.Millisecond, Rest: rest * time.Millisecond,
		Lease: 1000 * time.Hour, Now: tr.clock.Now,
	})
	tr.must(err)
	return r
}

func (tr *trial) must(err error) {
	tr.Helper()
	if err != nil {
		tr.Fatal(err)
	}
}

func (tr *trial) begin() {
	tr.nodes = []*queue.Redis{tr.open(0), tr.open(1)}
	tr.agents = []string{"ann", "bob", "cat", "dan"}
	for _, id := range tr.agents {
		a := queue.Agent{
			ID: id, State: queue.Offline,
			Queues: rapid.SliceOfNDistinct(rapid.SampledFrom(queueNames()), 1, 2, rapid.ID[string]).Draw(tr.T, "queues"),
			Skills: rapid.SliceOfNDistinct(rapid.SampledFrom(skillNames()), 0, 2, rapid.ID[string]).Draw(tr.T, "skills"),
		}
		tr.must(tr.nodes[0].SetAgent(tr.ctx, a))
		tr.m.agents[id] = &modelAgent{Agent: a, since: tr.m.now}
	}
}

func queueNames() []string { return []string{"billing", "bill", "technical"} } // one is part of another

func skillNames() []string { return []string{"fr", "fr-ca"} }

func (tr *trial) call() string {
	return fmt.Sprintf("c%d", rapid.IntRange(1, 8).Draw(tr.T, "call"))
}

// home is the node that holds a call.
func home(call string) int { return int(call[1] % 2) }

func (tr *trial) at(call string) *queue.Redis { return tr.nodes[home(call)] }

func (tr *trial) node() int { return rapid.IntRange(0, 1).Draw(tr.T, "node") }

func (tr *trial) enqueue(*rapid.T) {
	call := tr.call()
	e := queue.Entry{
		Call: call, Queue: rapid.SampledFrom(queueNames()).Draw(tr.T, "queue"),
		Priority: rapid.SampledFrom([]int{0, 0, 1, queue.MaxPriority}).Draw(tr.T, "priority"),
		Skills:   rapid.SliceOfNDistinct(rapid.SampledFrom(skillNames()), 0, 1, rapid.ID[string]).Draw(tr.T, "skills"),
	}
	tr.must(tr.at(call).Enqueue(tr.ctx, e))
	tr.m.enqueue(home(call), e)
}

func (tr *trial) leave(*rapid.T) {
	call := tr.call()
	tr.must(tr.at(call).Leave(tr.ctx, call, queue.HungUp))
	tr.m.leave(call)
}

func (tr *trial) setAgent(*rapid.T) {
	a := queue.Agent{
		ID:    rapid.SampledFrom(tr.agents).Draw(tr.T, "agent"),
		State: rapid.SampledFrom([]queue.State{queue.Available, queue.Available, queue.Paused, queue.Offline}).Draw(tr.T, "state"),
	}
	if a.State == queue.Paused {
		a.Reason = rapid.SampledFrom([]queue.Reason{"lunch", queue.LineBusy}).Draw(tr.T, "reason")
	}
	tr.must(tr.nodes[0].SetAgent(tr.ctx, a))
	tr.m.set(a.ID, a.State, a.Reason)
}

// offer draws one of the last offers, open or long over.
func (tr *trial) offer() queue.Offer {
	if len(tr.offers) == 0 {
		tr.Skip("no offer yet")
	}
	back := rapid.IntRange(1, min(6, len(tr.offers))).Draw(tr.T, "offer from the end")
	return tr.offers[len(tr.offers)-back]
}

// current gives the call of an offer if the offer is the one it has.
func (tr *trial) current(o queue.Offer) *modelCall {
	if c := tr.m.calls[o.Call]; c != nil && c.state != "waiting" && c.number == o.Number {
		return c
	}
	return nil
}

func (tr *trial) ringing(*rapid.T) {
	o := tr.offer()
	err := tr.at(o.Call).Ringing(tr.ctx, o)
	c := tr.current(o)
	if open := c != nil && c.state != "talking"; open != (err == nil) {
		tr.Fatalf("ringing for offer %d: %v, want open %t", o.Number, err, open)
	}
	if c != nil && c.state == "reserved" {
		c.state = "ringing"
		a := tr.m.agents[c.agent]
		a.State, a.since = queue.Rings, tr.m.now
	}
}

func (tr *trial) accept(*rapid.T) {
	o := tr.offer()
	ok, err := tr.at(o.Call).Accept(tr.ctx, o)
	tr.must(err)
	c := tr.current(o)
	if ok != (c != nil) {
		tr.Fatalf("accept of offer %d: %t", o.Number, ok)
	}
	if c != nil && c.state != "talking" {
		c.state, c.due = "talking", 0
		a := tr.m.agents[c.agent]
		a.State, a.since, a.idle = queue.Busy, tr.m.now, 0
	}
}

func (tr *trial) reject(*rapid.T) {
	o := tr.offer()
	tr.must(tr.at(o.Call).Reject(tr.ctx, o, queue.LineBusy))
	tr.m.reject(tr.current(o), o.Number, queue.LineBusy)
}

func (tr *trial) complete(*rapid.T) {
	o := tr.offer()
	tr.must(tr.at(o.Call).Complete(tr.ctx, o))
	if c := tr.current(o); c != nil && c.state == "talking" {
		tr.m.leave(o.Call)
	}
}

func (tr *trial) pass(*rapid.T) {
	d := rapid.Int64Range(0, ring+1).Draw(tr.T, "ms")
	tr.clock.Advance(time.Duration(d) * time.Millisecond)
	tr.m.now += d
	_, err := tr.nodes[tr.node()].Reap(tr.ctx)
	tr.must(err)
	tr.m.reap()
}

func (tr *trial) restart(*rapid.T) {
	node := tr.node()
	tr.nodes[node] = tr.open(node)
	tr.m.bury(node)
}

// agree compares the queue with the model, and its indexes with its documents.
func (tr *trial) agree(*rapid.T) {
	calls, agents, err := tr.nodes[0].Docs(tr.ctx)
	tr.must(err)
	if len(calls) != len(tr.m.calls) {
		tr.Fatalf("%d calls, want %d", len(calls), len(tr.m.calls))
	}
	for _, c := range calls {
		tr.agreeCall(c)
	}
	for _, a := range agents {
		tr.agreeAgent(a)
	}
	tr.indexes(calls, agents)
}

func (tr *trial) agreeCall(c queue.CallDoc) {
	want := tr.m.calls[c.ID]
	if want == nil {
		tr.Fatalf("call %s should be gone", c.ID)
	}
	if c.State != want.state || c.Agent != want.agent || c.Entered != want.at || c.Due != want.due {
		tr.Fatalf("call %+v, want %+v", c, *want)
	}
	if (c.Offer != 0) != (c.State != "waiting") {
		tr.Fatalf("call %s is %s with offer %d", c.ID, c.State, c.Offer)
	}
	want.number = c.Offer
	if c.Offer == 0 {
		return
	}
	pair := c.ID + " " + c.Agent
	known, ok := tr.numbers[c.Offer]
	if ok && known != pair {
		tr.Fatalf("offer %d was %s, is %s", c.Offer, known, pair)
	}
	if !ok {
		tr.numbers[c.Offer] = pair
		tr.offers = append(tr.offers, queue.Offer{Number: c.Offer, Call: c.ID, Queue: c.Queue, Agent: c.Agent})
	}
}

func (tr *trial) agreeAgent(a queue.AgentDoc) {
	want := tr.m.agents[a.ID]
	if a.State != want.State || a.Reason != want.Reason || a.Call != want.call ||
		a.Since != want.since || a.Due != want.due || a.Want != want.want {
		tr.Fatalf("agent %+v, want %+v", a, *want)
	}
	if a.Call != "" && tr.m.calls[a.Call].number != a.Offer {
		tr.Fatalf("agent %s has offer %d of call %s, which has %d", a.ID, a.Offer, a.Call, tr.m.calls[a.Call].number)
	}
}

// indexes checks invariants I1, I2 and I6: each set holds what the documents
// say, no more and no less.
func (tr *trial) indexes(calls []queue.CallDoc, agents []queue.AgentDoc) {
	wait, idle, offers, timers := map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]int64{}
	for _, c := range calls {
		if c.State != "talking" {
			wait[c.Place] = int64(queue.MaxPriority-c.Priority)<<43 + c.Entered
		}
		if c.State == "reserved" || c.State == "ringing" {
			offers[fmt.Sprintf("%s %d %s", c.Node, c.Offer, c.ID)] = 0
			timers[fmt.Sprintf("o %d %s", c.Offer, c.ID)] = c.Due
		}
	}
	for _, a := range agents {
		if a.State == queue.Available {
			idle[a.ID] = a.Since
		}
		if a.Due != 0 {
			timers["w "+a.ID] = a.Due
		}
	}
	keys := tr.nodes[0].Keys()
	for i, want := range map[int]map[string]int64{2: wait, 3: idle, 4: offers, 5: timers} {
		if got := tr.members(keys[i]); !maps.Equal(got, want) {
			tr.Fatalf("%s holds %v, want %v", keys[i], got, want)
		}
	}
}

func (tr *trial) members(key string) map[string]int64 {
	list, err := tr.client.ZRangeWithScores(tr.ctx, key, 0, -1).Result()
	tr.must(err)
	got := make(map[string]int64)
	for _, z := range list {
		if member := fmt.Sprint(z.Member); !strings.HasPrefix(member, "n ") {
			got[member] = int64(z.Score)
		}
	}
	return got
}

// twice sends every script a second time, as after a reply that was lost.
type twice struct{ on bool }

func (*twice) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h *twice) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if h.on && err == nil && strings.HasPrefix(cmd.Name(), "eval") {
			err = next(ctx, cmd)
		}
		return err
	}
}

func (*twice) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// checkModel tells random stories and compares after each sentence.
func checkModel(t *testing.T, dial queuetest.Dial) {
	t.Helper()
	hook := new(twice)
	client := dial()
	client.AddHook(hook)
	stories := 0
	rapid.Check(t, func(rt *rapid.T) {
		stories++
		clock := queuetest.NewClock()
		tr := &trial{
			T: rt, ctx: t.Context(), client: client, clock: clock, pool: fmt.Sprintf("p%d", stories),
			numbers: make(map[int64]string),
			m: &model{
				now:   clock.Now().UnixMilli(),
				calls: make(map[string]*modelCall), agents: make(map[string]*modelAgent),
			},
		}
		hook.on = rapid.Bool().Draw(rt, "every script twice")
		tr.begin()
		rt.Repeat(map[string]func(*rapid.T){
			"": tr.agree, "enqueue": tr.enqueue, "enqueue another": tr.enqueue, "leave": tr.leave,
			"set agent": tr.setAgent, "ringing": tr.ringing, "accept": tr.accept, "reject": tr.reject,
			"complete": tr.complete, "pass": tr.pass, "restart": tr.restart,
		})
	})
}

func TestEveryStoryOnEmbeddedRedisGoesAsTheModelSays(t *testing.T) {
	fewerStories(t)
	checkModel(t, queuetest.Embedded(t))
}

func TestEveryStoryOnRedisServerGoesAsTheModelSays(t *testing.T) {
	checkModel(t, queuetest.Server(t))
}

// fewerStories keeps the test short where scripts are slow, unless the number
// was asked for.
func fewerStories(t *testing.T) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	if checks.Value.String() != checks.DefValue {
		return
	}
	t.Cleanup(func() { _ = checks.Value.Set(checks.DefValue) })
	if err := checks.Value.Set("20"); err != nil {
		t.Fatal(err)
	}
}
