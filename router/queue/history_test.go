package queue_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

// Each caller and each agent is a lock that one offer at a time may take, and never one
// with a number below that of an offer which had it before. What several nodes saw at the
// same time, with scripts that arrive twice, answers that are lost and nodes that die,
// must be explained by such locks.
type deed struct {
	lock  string
	offer int64
	agent string // of several whom one offer may be made to
	take  bool
}

type lockState struct {
	holder, last int64
	by           string
}

func locks() porcupine.Model {
	return porcupine.Model{
		Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
			by := map[string][]porcupine.Operation{}
			for _, op := range all {
				lock := deedOf(op.Input).lock
				by[lock] = append(by[lock], op)
			}
			var parts [][]porcupine.Operation
			for _, part := range by {
				parts = append(parts, part)
			}
			return parts
		},
		Init: func() any { return lockState{} },
		Step: func(state, input, output any) (bool, any) {
			s, _ := state.(lockState)
			took, _ := output.(bool)
			return s.step(deedOf(input), took)
		},
	}
}

func deedOf(input any) deed {
	d, _ := input.(deed)
	return d
}

func (s lockState) step(d deed, took bool) (bool, lockState) {
	has := s.holder == d.offer && s.by == d.agent
	switch {
	case !d.take && has:
		return true, lockState{last: s.last}
	case !d.take:
		return true, s
	case !took:
		return !has, s
	case has:
		return true, s
	default:
		return s.holder == 0 && d.offer > s.last, lockState{holder: d.offer, last: d.offer, by: d.agent}
	}
}

// A history is what the nodes of one pool did, and when.
type history struct {
	t     *testing.T
	pool  string
	clock *queuetest.Clock
	cfg   queue.Config
	began time.Time

	mu  sync.Mutex
	ops []porcupine.Operation
}

func (h *history) time() int64 { return int64(time.Since(h.began)) }

// note keeps that an offer was taken or let go, of its caller and its agent.
func (h *history) note(client int, o queue.Offer, take, took bool, called, returned int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, lock := range []string{"call " + o.Call, "agent " + o.Agent} {
		h.ops = append(h.ops, porcupine.Operation{
			ClientId: client, Input: deed{lock: lock, offer: o.Number, agent: o.Agent, take: take}, Output: took, Call: called, Return: returned,
		})
	}
}

// A worker is the process of one node, which may die and come back under its name.
type worker struct {
	*history
	n      int
	rng    *rand.Rand
	client redis.UniversalClient
	queue  *queue.Redis
	ids    int
	mine   map[string]bool        // callers who have not ended
	talks  map[string]queue.Offer // by call: taken
}

func (w *worker) must(err error) {
	if err != nil {
		w.t.Errorf("node %d: %v", w.n, err)
	}
}

// again repeats what had no answer.
func (w *worker) again(f func() error) {
	for range 50 {
		if err := f(); !errors.Is(err, errLost) {
			w.must(err)
			return
		}
	}
	w.t.Errorf("node %d: no answer fifty times", w.n)
}

func (w *worker) start() {
	w.again(func() (err error) {
		cfg := w.cfg
		cfg.Client, cfg.Node = w.client, fmt.Sprintf("n%d", w.n)
		w.queue, err = queue.Open(w.t.Context(), cfg)
		return err
	})
	w.mine, w.talks = map[string]bool{}, map[string]queue.Offer{}
}

// die forgets everything, as a process does, and starts anew.
func (w *worker) die() {
	killed := w.time()
	for _, o := range w.talks {
		w.note(w.n, o, false, true, killed, math.MaxInt64)
	}
	w.start()
}

func (w *worker) live(callers int) {
	w.start()
	for round := 0; round < 400 && (callers > 0 || len(w.mine) > 0); round++ {
		w.clock.Advance(time.Duration(w.rng.IntN(400)) * time.Millisecond)
		switch {
		case callers > 0 && w.rng.IntN(2) == 0:
			callers--
			w.enter()
		case w.rng.IntN(60) == 0:
			w.die()
		case w.rng.IntN(25) == 0:
			w.hangUp()
		case w.rng.IntN(4) == 0:
			w.wantBack()
		}
		w.serve()
		for call, o := range w.talks {
			if w.rng.IntN(2) == 0 {
				w.letGo(call, o)
			}
		}
	}
	for len(w.mine) > 0 {
		w.hangUp()
	}
	for call, o := range w.talks {
		w.letGo(call, o)
	}
}

// wantBack has a caller hang up and be called back.
func (w *worker) wantBack() {
	for call := range w.mine {
		if _, talks := w.talks[call]; talks {
			continue
		}
		b := queue.Callback{Number: call, Keep: 30 * time.Second, Tries: 2}
		w.again(func() error {
			err := w.queue.CallBack(w.t.Context(), call, b)
			if err == nil {
				delete(w.mine, call)
			}
			if errors.Is(err, queue.ErrNotWaiting) {
				return nil
			}
			return err
		})
		return
	}
}

// missed calls somebody back in vain.
func (w *worker) missed(o queue.Offer) {
	w.again(func() error { _, err := w.queue.Dial(w.t.Context(), o); return err })
	w.again(func() error {
		_, err := w.queue.Postpone(w.t.Context(), o, queue.NoAnswer, time.Second)
		return err
	})
}

func (w *worker) enter() {
	w.ids++
	call := fmt.Sprintf("c%d-%d", w.n, w.ids)
	w.mine[call] = true
	w.again(func() error { return w.queue.Enqueue(w.t.Context(), queue.Entry{Call: call, Queue: "billing"}) })
}

func (w *worker) hangUp() {
	for call := range w.mine {
		called := w.time()
		w.again(func() error { return w.queue.Leave(w.t.Context(), call, queue.HungUp) })
		if o, talks := w.talks[call]; talks {
			w.note(w.n, o, false, true, called, w.time())
		}
		delete(w.mine, call)
		delete(w.talks, call)
		return
	}
}

// serve does what is due and has the agents of each offer decide.
func (w *worker) serve() {
	ctx := w.t.Context()
	w.again(func() error { _, err := w.queue.Reap(ctx); return err })
	w.again(func() error { return w.queue.Fetch(ctx) })
	for {
		o, ok := w.queue.Take()
		if !ok {
			return
		}
		for _, agent := range o.Agents() {
			w.decide(o.For(agent))
		}
	}
}

func (w *worker) decide(o queue.Offer) {
	ctx := w.t.Context()
	switch w.rng.IntN(6) {
	case 0: // lets it ring
		return
	case 1:
		w.again(func() error { return w.queue.Reject(ctx, o, queue.Declined) })
		return
	}
	called, took := w.time(), false
	w.again(func() (err error) {
		took, err = w.queue.Accept(ctx, o)
		return err
	})
	w.note(w.n, o, true, took, called, w.time())
	if took {
		w.talks[o.Call] = o
	}
}

func (w *worker) letGo(call string, o queue.Offer) {
	ctx, called := w.t.Context(), w.time()
	delete(w.talks, call)
	switch {
	case w.rng.IntN(8) == 0:
		w.again(func() error { return w.queue.Reject(ctx, o, queue.NoMedia) })
	case o.Back != nil && w.rng.IntN(2) == 0:
		w.missed(o)
	default:
		if o.Back != nil {
			w.again(func() error { _, err := w.queue.Reached(ctx, o); return err })
		}
		w.again(func() error { return w.queue.Complete(ctx, o) })
		delete(w.mine, call)
	}
	w.note(w.n, o, false, true, called, w.time())
}

// tell runs one history and checks it.
func tell(t *testing.T, clients []redis.UniversalClient, seed uint64, number int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, uint64(number))) //nolint:gosec // a test's dice
	h := &history{t: t, pool: fmt.Sprintf("h%d-%d", seed, number), clock: queuetest.NewClock(), began: time.Now()}
	h.cfg = queue.Config{
		Tenant: "acme", Pool: h.pool, Lease: 100000 * time.Hour, Now: h.clock.Now,
		WrapUp: -1, Rest: time.Second, Ring: 3 * time.Second, Misses: -1,
	}
	h.staff(clients[len(clients)-1], rng.IntN(2) == 0)
	var all sync.WaitGroup
	for n, client := range clients[:len(clients)-1] {
		w := &worker{history: h, n: n, client: client, rng: rand.New(rand.NewPCG(seed, uint64(number*10+n)))} //nolint:gosec // a test's dice
		all.Go(func() { w.live(5) })
	}
	all.Wait()
	if !porcupine.CheckOperations(locks(), h.ops) {
		t.Errorf("history %d of seed %d: two offers had one caller, or one agent", number, seed)
	}
	h.rest(clients[len(clients)-1])
	stream := "cw:{acme/" + h.pool + "}:ev"
	replay(t, clients[len(clients)-1], stream, true)
	keys, _ := clients[len(clients)-1].Keys(t.Context(), strings.Replace(stream, ":ev", ":*", 1)).Result()
	clients[len(clients)-1].Del(t.Context(), keys...)
}

// staff has three agents at work, who are rung together or one by one.
func (h *history) staff(client redis.UniversalClient, together bool) {
	r := h.hand(client)
	settings := map[string]queue.Settings{"billing": {}}
	if together {
		settings["billing"] = queue.Settings{Strategy: queue.RingAll, Fan: 2}
	}
	err := r.Configure(h.t.Context(), settings)
	for _, id := range []string{"ann", "bob", "cat"} {
		err = errors.Join(err, r.SetAgent(h.t.Context(), queue.Agent{ID: id, State: queue.Available, Queues: []string{"billing"}}))
	}
	if err != nil {
		h.t.Error(err)
	}
}

// hand gives a node without calls, to look and to tidy.
func (h *history) hand(client redis.UniversalClient) *queue.Redis {
	cfg := h.cfg
	cfg.Client, cfg.Node = client, "hand"
	r, err := queue.Open(h.t.Context(), cfg)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// rest lets the last pauses end: nothing may be left, and the counts add up.
func (h *history) rest(client redis.UniversalClient) {
	r, ctx := h.hand(client), h.t.Context()
	var err error
	for range 3 { // offers, callbacks that rest after the death of a node, pauses
		h.clock.Advance(time.Minute)
		_, err2 := r.Reap(ctx)
		err = errors.Join(err, err2)
	}
	calls, offers, timers, err2 := r.Leftovers(ctx)
	figures, err3 := r.Figures(ctx)
	if err := errors.Join(err, err2, err3); err != nil {
		h.t.Error(err)
	}
	if calls+offers+timers != 0 {
		h.t.Errorf("left over: %d calls, %d offers, %d timers", calls, offers, timers)
	}
	f := figures["billing"]
	if f.Queued+f.Unbridged != f.Answered+f.Abandoned+f.Short+f.Left+f.Lost+f.Callbacks || f.CalledBack+f.Uncalled != f.Callbacks {
		h.t.Errorf("the counts do not add up: %+v", f.Tally)
	}
}

func checkHistories(t *testing.T, dial queuetest.Dial, number int) {
	t.Helper()
	seed := rand.Uint64N(1 << 32) //nolint:gosec // a test's dice
	var clients []redis.UniversalClient
	for n := range 4 {
		client := dial()
		if n < 3 {
			client.AddHook(&faults{lose: []int{0, 7, 5}[n], twice: n == 1})
		}
		clients = append(clients, client)
	}
	for i := range number {
		if tell(t, clients, seed, i); t.Failed() {
			t.Fatalf("history %d of seed %d failed", i, seed)
		}
	}
	t.Logf("%d histories", number)
}

func TestHistoriesOnEmbeddedRedisAreThoseOfLocks(t *testing.T) {
	checkHistories(t, queuetest.Embedded(t), many(10, 200))
}

func TestHistoriesOnRedisServerAreThoseOfLocks(t *testing.T) {
	dial := queuetest.Server(t)
	checkHistories(t, dial, many(300, 10_000))
}

// A check that nothing can fail would prove nothing.
func TestTheLocksSeeADoubleOffer(t *testing.T) {
	took := func(offer, at int64) porcupine.Operation {
		return porcupine.Operation{Input: deed{lock: "agent ann", offer: offer, take: true}, Output: true, Call: at, Return: at + 1}
	}
	freed := porcupine.Operation{Input: deed{lock: "agent ann", offer: 1}, Output: true, Call: 2, Return: 3}
	if porcupine.CheckOperations(locks(), []porcupine.Operation{took(1, 0), took(2, 4)}) {
		t.Error("two offers for ann passed")
	}
	if !porcupine.CheckOperations(locks(), []porcupine.Operation{took(1, 0), freed, took(2, 4)}) {
		t.Error("one after the other did not pass")
	}
	if porcupine.CheckOperations(locks(), []porcupine.Operation{took(2, 0), {Input: deed{lock: "agent ann", offer: 2}, Output: true, Call: 2, Return: 3}, took(1, 4)}) {
		t.Error("an older offer passed")
	}
}
