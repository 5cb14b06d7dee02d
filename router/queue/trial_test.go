package queue_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

// A trial drives the queue and the model side by side.
type trial struct {
	*rapid.T
	ctx     context.Context //nolint:containedctx // of the test
	client  redis.UniversalClient
	faults  *faults
	pool    string
	clock   *queuetest.Clock
	nodes   []*queue.Redis
	m       *model
	numbers map[int64]string // offer numbers ever seen -> call
	offers  []queue.Offer    // ever made, one for each agent, to be used late
	agents  []string
}

// open starts a node. Joins is how often Redis was told.
func (tr *trial) open(node int) (r *queue.Redis, joins int) {
	tr.again(func() (err error) {
		joins++
		r, err = queue.Open(tr.ctx, queue.Config{
			Client: tr.client, Tenant: "acme", Pool: tr.pool, Node: fmt.Sprintf("n%d", node),
			Ring: ring * time.Millisecond, WrapUp: wrapUp * time.Millisecond, Rest: rest * time.Millisecond,
			Misses: misses, MissedPause: penance * time.Millisecond, Lease: 100000 * time.Hour, Now: tr.clock.Now,
		})
		if err == nil {
			err = r.Configure(tr.ctx, tr.m.settings)
		}
		return err
	})
	if tr.faults.twice {
		joins *= 2
	}
	return r, joins
}

func (tr *trial) must(err error) {
	tr.Helper()
	if err != nil {
		tr.Fatal(err)
	}
}

// again does what a client does who hears no answer: it says the same once more.
func (tr *trial) again(f func() error) {
	tr.Helper()
	for range 20 {
		err := f()
		if !errors.Is(err, errLost) {
			tr.must(err)
			return
		}
	}
	tr.Fatal("no answer twenty times")
}

// sync has the model see the time that the next script is told.
func (tr *trial) sync() { tr.m.tick(tr.clock.Now().UnixMilli()) }

func (tr *trial) begin() {
	tr.sync()
	for _, name := range queueNames() {
		tr.m.settings[name] = tr.drawSettings(name)
	}
	for node := range 2 {
		r, _ := tr.open(node)
		tr.nodes = append(tr.nodes, r)
	}
	tr.agents = []string{"ann", "bob", "cat", "dan"}
	for _, id := range tr.agents {
		a := queue.Agent{
			ID: id, State: queue.Offline,
			Queues: tr.levels("queues", queueNames(), 1, 0), Skills: tr.levels("skills", skillNames(), 0, 1),
		}
		tr.again(func() error { return tr.nodes[0].SetAgent(tr.ctx, a) })
		tr.m.agents[id] = &modelAgent{
			Agent: a, queues: numbered(a.Queues, 0), skills: numbered(a.Skills, 1), since: tr.m.now,
		}
	}
}

// levels draws some of names, each with a number or without.
func (tr *trial) levels(what string, names []string, least, lowest int) []string {
	list := rapid.SliceOfNDistinct(rapid.SampledFrom(names), least, 2, rapid.ID[string]).Draw(tr.T, what)
	for i := range list {
		if n := rapid.IntRange(lowest, 3).Draw(tr.T, "level"); n > lowest {
			list[i] += "=" + strconv.Itoa(n)
		}
	}
	return list
}

func (tr *trial) drawSettings(name string) queue.Settings {
	if rapid.Bool().Draw(tr.T, "nothing special in "+name) {
		return queue.Settings{}
	}
	s := queue.Settings{
		Strategy:  queue.Strategy(rapid.SampledFrom(queue.Strategies()).Draw(tr.T, "strategy")),
		Skills:    tr.levels("wanted", skillNames(), 0, 1),
		Fan:       rapid.IntRange(1, 3).Draw(tr.T, "fan"),
		Ageing:    seconds(rapid.SampledFrom([]int{0, 0, 30}).Draw(tr.T, "ageing")),
		MaxLength: rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(tr.T, "max length"),
		MaxWait:   seconds(rapid.SampledFrom([]int{0, 25, 90}).Draw(tr.T, "max wait")),
		JoinEmpty: rapid.SampledFrom([]string{"", queue.JoinPaused, queue.JoinNobody}).Draw(tr.T, "join empty"),
		Overflow:  rapid.SampledFrom([]string{"", "bill", "technical"}).Draw(tr.T, "overflow"),
	}
	if rapid.Bool().Draw(tr.T, "ladder") {
		most := rapid.IntRange(0, 2).Draw(tr.T, "penalty")
		s.Penalty = new(int)
		s.Ladder = []queue.Rung{
			{After: seconds(5), Level: 1, Penalty: &most},
			{After: seconds(15), Drop: skillNames(), Priority: rapid.IntRange(0, 2).Draw(tr.T, "raise")},
		}
	}
	return s
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
	if c := tr.m.calls[call]; c != nil && c.back != nil {
		tr.Skip("the name of a call is used once, and this caller has hung up")
	}
	e := queue.Entry{
		Call: call, Queue: rapid.SampledFrom(queueNames()).Draw(tr.T, "queue"),
		Priority: rapid.SampledFrom([]int{0, 0, 1, queue.MaxPriority}).Draw(tr.T, "priority"),
		Boost:    seconds(rapid.SampledFrom([]int{0, 0, 20}).Draw(tr.T, "boost")),
	}
	if rapid.Bool().Draw(tr.T, "skilled") {
		e.Skills = []string{rapid.SampledFrom(skillNames()).Draw(tr.T, "skill")}
	}
	tr.sync()
	var got error
	tr.again(func() error {
		got = tr.at(call).Enqueue(tr.ctx, e)
		if errors.Is(got, queue.ErrFull) || errors.Is(got, queue.ErrEmpty) {
			return nil
		}
		return got
	})
	if want := tr.m.enqueue(home(call), e); !errors.Is(got, want) {
		tr.Fatalf("enqueue %s in %s: %v, want %v", call, e.Queue, got, want)
	}
}

func (tr *trial) leave(*rapid.T) {
	call := tr.call()
	why := rapid.SampledFrom([]queue.Reason{queue.HungUp, queue.GaveWay}).Draw(tr.T, "why")
	tr.sync()
	tr.again(func() error { return tr.at(call).Leave(tr.ctx, call, why) })
	tr.m.leave(call, why)
}

func (tr *trial) setAgent(*rapid.T) {
	a := queue.Agent{
		ID:    rapid.SampledFrom(tr.agents).Draw(tr.T, "agent"),
		State: rapid.SampledFrom([]queue.State{queue.Available, queue.Available, queue.Paused, queue.Offline}).Draw(tr.T, "state"),
	}
	if a.State == queue.Paused {
		a.Reason = rapid.SampledFrom([]queue.Reason{"lunch", queue.LineBusy}).Draw(tr.T, "reason")
	}
	tr.sync()
	tr.again(func() error { return tr.nodes[0].SetAgent(tr.ctx, a) })
	tr.m.set(a.ID, a.State, a.Reason)
}

// offer draws one of the last offers, open or long over.
func (tr *trial) offer() queue.Offer {
	if len(tr.offers) == 0 {
		tr.Skip("no offer yet")
	}
	back := rapid.IntRange(1, min(8, len(tr.offers))).Draw(tr.T, "offer from the end")
	return tr.offers[len(tr.offers)-back]
}

// current gives the call of an offer if the offer is the one it has.
func (tr *trial) current(o queue.Offer) *modelCall {
	if c := tr.m.calls[o.Call]; c != nil && len(c.agents) > 0 && c.number == o.Number {
		return c
	}
	return nil
}

func (tr *trial) ringing(*rapid.T) {
	o := tr.offer()
	tr.sync()
	var err error
	tr.again(func() error {
		err = tr.at(o.Call).Ringing(tr.ctx, o)
		if errors.Is(err, queue.ErrStale) {
			return nil
		}
		return err
	})
	c := tr.current(o)
	if open := c != nil && c.open() && slices.Contains(c.agents, o.Agent); open != (err == nil) {
		tr.Fatalf("ringing for offer %d at %s: %v, want open %t", o.Number, o.Agent, err, open)
	}
	if a := tr.m.agents[o.Agent]; err == nil && a.State == queue.Reserved {
		tr.m.account(a)
		c.state, a.State, a.since = "ringing", queue.Rings, tr.m.now
	}
}

func (tr *trial) accept(*rapid.T) {
	o := tr.offer()
	tr.sync()
	var ok bool
	tr.again(func() (err error) {
		ok, err = tr.at(o.Call).Accept(tr.ctx, o)
		return err
	})
	if want := tr.m.accept(tr.current(o), o.Agent); ok != want {
		tr.Fatalf("accept of offer %d by %s: %t", o.Number, o.Agent, ok)
	}
}

func (tr *trial) reject(*rapid.T) {
	o := tr.offer()
	why := rapid.SampledFrom([]queue.Reason{queue.LineBusy, queue.NoAnswer}).Draw(tr.T, "why")
	agent := o.Agent
	if rapid.Bool().Draw(tr.T, "all") {
		agent, o.Others = "", []string{"whoever"}
	}
	tr.sync()
	tr.again(func() error { return tr.at(o.Call).Reject(tr.ctx, o, why) })
	tr.m.reject(tr.current(o), agent, why)
}

func (tr *trial) complete(*rapid.T) {
	o := tr.offer()
	tr.sync()
	tr.again(func() error { return tr.at(o.Call).Complete(tr.ctx, o) })
	if c := tr.current(o); c != nil && c.state == "talking" {
		tr.m.leave(o.Call, queue.Completed)
	}
}

func (tr *trial) reap() {
	tr.sync()
	tr.again(func() error {
		_, err := tr.nodes[tr.node()].Reap(tr.ctx)
		return err
	})
	tr.m.reap()
}

func (tr *trial) pass(*rapid.T) {
	tr.clock.Advance(time.Duration(rapid.Int64Range(0, ring+1).Draw(tr.T, "ms")) * time.Millisecond)
	tr.reap()
}

// jump sets the clock back or forward, as a step of NTP or an operator may, or a night.
func (tr *trial) jump(*rapid.T) {
	tr.clock.Advance(time.Duration(rapid.SampledFrom([]int64{-1, -9_000, -30_000, -hour, hour, 16 * hour}).Draw(tr.T, "ms")) * time.Millisecond)
	tr.reap()
}

func (tr *trial) restart(*rapid.T) {
	node := tr.node()
	tr.sync()
	r, joins := tr.open(node)
	tr.nodes[node] = r
	for range joins { // a callback that it was given in between rests again
		tr.m.bury(node)
	}
}

// agree compares the queue with the model, and its indexes with its documents.
func (tr *trial) agree(*rapid.T) {
	var calls []queue.CallDoc
	var agents []queue.AgentDoc
	tr.again(func() (err error) {
		calls, agents, err = tr.nodes[0].Docs(tr.ctx)
		return err
	})
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
	tr.counts()
}

func (tr *trial) agreeCall(c queue.CallDoc) {
	want := tr.m.calls[c.ID]
	if want == nil {
		tr.Fatalf("call %s should be gone", c.ID)
	}
	if c.State != want.state || c.Agent != strings.Join(want.agents, " ") || int64(c.Entered) != want.at || int64(c.Due) != want.due ||
		c.Queue != want.queue || c.Step != want.step || c.Priority != want.prio || c.Score != strconv.FormatInt(want.score, 10) {
		tr.Fatalf("call %+v, want %+v", c, *want)
	}
	tr.agreeBack(c, want)
	if (c.Offer != 0) != (c.State != "waiting" && c.State != "callback") {
		tr.Fatalf("call %s is %s with offer %d", c.ID, c.State, c.Offer)
	}
	want.number = int64(c.Offer)
	if c.Offer == 0 || c.Agent == "" {
		return
	}
	known, ok := tr.numbers[want.number]
	if ok && known != c.ID {
		tr.Fatalf("offer %d was for %s, is for %s", c.Offer, known, c.ID)
	}
	if !ok {
		tr.numbers[want.number] = c.ID
		for _, agent := range want.agents {
			tr.offers = append(tr.offers, queue.Offer{Number: want.number, Call: c.ID, Queue: c.Queue, Agent: agent})
		}
	}
}

func (tr *trial) agreeAgent(a queue.AgentDoc) {
	want := tr.m.agents[a.ID]
	if a.State != want.State || a.Reason != want.Reason || a.Call != want.call ||
		int64(a.Since) != want.since || int64(a.Due) != want.due || a.Want != want.want || a.Missed != want.missed {
		tr.Fatalf("agent %+v, want %+v", a, *want)
	}
	if a.Call != "" && tr.m.calls[a.Call].number != int64(a.Offer) {
		tr.Fatalf("agent %s has offer %d of call %s, which has %d", a.ID, a.Offer, a.Call, tr.m.calls[a.Call].number)
	}
}

// indexes checks invariants I1, I2 and I6: each set holds what the documents
// say, no more and no less.
func (tr *trial) indexes(calls []queue.CallDoc, agents []queue.AgentDoc) {
	wait, ready, offers := map[string]int64{}, map[string]int64{}, map[string]int64{}
	for _, c := range calls {
		if c.State != "talking" && c.State != "expired" {
			wait[c.Place] = tr.m.calls[c.ID].score
		}
		if c.State == "reserved" || c.State == "ringing" || c.State == "expired" {
			offers[fmt.Sprintf("%s %d %s", c.Node, c.Offer, c.ID)] = 0
		}
	}
	for _, a := range agents {
		if a.State == queue.Available {
			for name, penalty := range tr.m.agents[a.ID].queues {
				ready[fmt.Sprintf("q %s %d %016d %s", name, penalty, a.Since, a.ID)] = 0
			}
			for name, level := range tr.m.agents[a.ID].skills {
				ready[fmt.Sprintf("s %s %d %s", name, level, a.ID)] = 0
			}
		}
	}
	keys := tr.nodes[0].Keys()
	for i, want := range map[int]map[string]int64{2: wait, 3: offers, 4: tr.m.timers(), 8: ready} {
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

// counts checks invariant I9: what was counted is what the model counted, and adds up.
func (tr *trial) counts() {
	keys := tr.nodes[0].Keys()
	got, err := tr.client.HGetAll(tr.ctx, keys[10]).Result()
	tr.must(err)
	sum := map[string]int64{}
	for field, text := range got {
		name, what, _ := strings.Cut(field, " ")
		n, _ := strconv.ParseInt(text, 10, 64)
		switch what {
		case "queued", "carried", "unbridged":
			sum[name] += n
		case "answered", "abandoned", "short", "left", "lost", "moved", "expired", "callbacks":
			sum[name] -= n
		case "full", "empty": // asked for again, they are refused again
			if tr.faults.any() {
				continue
			}
		case "offers", "rona", "handled", "called_back", "uncalled":
		default:
			continue
		}
		if n != tr.m.tally[field] {
			tr.Fatalf("counted %d %s, want %d", n, field, tr.m.tally[field])
		}
	}
	for field, n := range tr.m.tally {
		if got[field] == "" {
			tr.Fatalf("nothing counted, want %d %s", n, field)
		}
	}
	for _, c := range tr.m.line() {
		if c.back == nil {
			sum[c.queue]--
		}
	}
	for name, left := range sum {
		if left != 0 {
			tr.Fatalf("the counts of %s are off by %d: %v", name, left, got)
		}
	}
}

var errLost = errors.New("no answer")

// faults are what may happen to a script on its way: it arrives twice, or its answer
// does not come back.
type faults struct {
	twice bool
	lose  int // every so many; 0: none
	n     int
}

func (h *faults) any() bool { return h.twice || h.lose > 0 }

func (*faults) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h *faults) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if err != nil || !strings.HasPrefix(cmd.Name(), "eval") {
			return err
		}
		if h.twice {
			err = next(ctx, cmd)
		}
		if h.n++; h.lose > 0 && h.n%h.lose == 0 {
			cmd.SetErr(errLost)
			return errLost
		}
		return err
	}
}

func (*faults) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// checkModel tells random stories and compares after each sentence.
func checkModel(t *testing.T, dial queuetest.Dial) {
	t.Helper()
	hook := new(faults)
	client := dial()
	client.AddHook(hook)
	stories := 0
	rapid.Check(t, func(rt *rapid.T) {
		stories++
		clock := queuetest.NewClock()
		tr := &trial{
			T: rt, ctx: t.Context(), client: client, clock: clock, pool: fmt.Sprintf("p%d", stories),
			numbers: make(map[int64]string), m: newModel(clock.Now().UnixMilli()), faults: hook,
		}
		hook.twice = rapid.Bool().Draw(rt, "every script twice")
		hook.lose = rapid.SampledFrom([]int{0, 3, 5}).Draw(rt, "answers lost, one of")
		tr.begin()
		rt.Repeat(map[string]func(*rapid.T){
			"": tr.agree, "enqueue": tr.enqueue, "enqueue another": tr.enqueue, "leave": tr.leave,
			"set agent": tr.setAgent, "ringing": tr.ringing, "accept": tr.accept, "accept another": tr.accept,
			"reject": tr.reject, "complete": tr.complete, "pass": tr.pass, "pass more": tr.pass, "jump": tr.jump, "restart": tr.restart,
			"call back": tr.callBack, "call another back": tr.callBack, "dial": tr.dialBack, "reach": tr.reachBack, "postpone": tr.postponeBack,
		})
	})
}

func TestEveryStoryOnEmbeddedRedisGoesAsTheModelSays(t *testing.T) {
	histories(t, 20, 500)
	checkModel(t, queuetest.Embedded(t))
}

func TestEveryStoryOnRedisServerGoesAsTheModelSays(t *testing.T) {
	dial := queuetest.Server(t)
	histories(t, 300, 10_000)
	checkModel(t, dial)
}

// histories sets how many stories are told, unless the number was asked for: fewer
// where scripts are slow.
func histories(t *testing.T, usual, slow int) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	if checks.Value.String() != checks.DefValue {
		return
	}
	t.Cleanup(func() { _ = checks.Value.Set(checks.DefValue) })
	if err := checks.Value.Set(strconv.Itoa(many(usual, slow))); err != nil {
		t.Fatal(err)
	}
}

// many is usual, or slow where time does not matter.
func many(usual, slow int) int {
	if os.Getenv("CALLWARD_SLOW") != "" {
		return slow
	}
	return usual
}
