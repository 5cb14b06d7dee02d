package queue_test

import (
	"container/heap"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

// A simulation is a day of a contact centre on a real queue and a clock moved by hand:
// callers come at random, more at ten and at three; talks last as long as talks do (log
// normal); some callers give up; two queues share some of their agents.
type simulation struct {
	*testing.T
	rng     *rand.Rand
	clock   *queuetest.Clock
	queue   *queue.Redis
	began   time.Time
	events  events
	told    map[string][]telling // by call, while it waits
	promise map[string]*queue.Promise
	said    map[string]int    // minutes, last
	score   map[string]*score // by queue
	grew    int
	calls   int
}

// A telling is what was expected of a wait, and when.
type telling struct {
	at     time.Time
	wait   time.Duration
	spoken bool // the caller was told
}

// A score compares what was expected with what came.
type score struct {
	first, all miss
	answered   int
}

type miss struct {
	n                int
	off, over, truth time.Duration // absolute error, error, what came; added up
}

func (m *miss) add(expected, came time.Duration) {
	m.n++
	m.off += (expected - came).Abs()
	m.over += expected - came
	m.truth += came
}

func (m *miss) join(o miss) {
	m.n += o.n
	m.off += o.off
	m.over += o.over
	m.truth += o.truth
}

func (m miss) share(d time.Duration) float64 { return 100 * float64(d) / float64(max(m.truth, 1)) }

func (m miss) String() string {
	return fmt.Sprintf("%5d of %6.1f s in the mean: off by %5.1f %%, bias %+5.1f %%", m.n,
		m.truth.Seconds()/float64(max(m.n, 1)), m.share(m.off), m.share(m.over))
}

type happening struct {
	at time.Time
	do func()
}

type events []happening

func (e events) Len() int           { return len(e) }
func (e events) Less(i, j int) bool { return e[i].at.Before(e[j].at) }
func (e events) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)        { h, _ := x.(happening); *e = append(*e, h) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

func (s *simulation) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *simulation) in(d time.Duration, do func()) {
	heap.Push(&s.events, happening{s.clock.Now().Add(d), do})
}

// random gives a time as between calls that come at random.
func (s *simulation) random(mean time.Duration) time.Duration {
	return time.Duration(s.rng.ExpFloat64() * float64(mean))
}

// talk gives a log normal time of that mean, whose deviation is 0.8 of it.
func (s *simulation) talk(mean time.Duration) time.Duration {
	sigma := math.Sqrt(math.Log(1 + 0.8*0.8))
	return time.Duration(float64(mean) * math.Exp(sigma*s.rng.NormFloat64()-sigma*sigma/2))
}

const (
	dayWrapUp = 20 * time.Second
	dayAgents = 16
)

func newDay(t *testing.T, dial queuetest.Dial, seed uint64) *simulation {
	t.Helper()
	clock := queuetest.NewClock()
	s := &simulation{
		T: t, clock: clock, began: clock.Now(), rng: rand.New(rand.NewPCG(seed, 1)), //nolint:gosec // a test's dice
		told: map[string][]telling{}, promise: map[string]*queue.Promise{}, said: map[string]int{},
		score: map[string]*score{"billing": {}, "technical": {}},
	}
	var err error
	s.queue, err = queue.Open(t.Context(), queue.Config{
		Client: dial(), Pool: fmt.Sprintf("day%d", seed), Lease: 100000 * time.Hour, Now: clock.Now, WrapUp: dayWrapUp,
	})
	s.must(err)
	s.must(s.queue.Configure(t.Context(), map[string]queue.Settings{"billing": {}, "technical": {}}))
	for i := range dayAgents {
		a := queue.Agent{ID: fmt.Sprintf("a%02d", i), State: queue.Available, Queues: []string{"billing"}}
		switch {
		case i >= 10:
			a.Queues = []string{"technical"}
		case i >= 6:
			a.Queues = []string{"billing", "technical"}
		}
		s.must(s.queue.SetAgent(t.Context(), a))
	}
	return s
}

// arrivals has callers come to a queue until its day ends. Load is what keeps its agents
// busy just so: more than they can do at the peaks, less between.
func (s *simulation) arrivals(name string, mean time.Duration, hours float64) {
	since := s.clock.Now().Sub(s.began).Hours()
	if since >= hours {
		return
	}
	peak := func(at, width float64) float64 { return math.Exp(-(since - at) * (since - at) / (width * width)) }
	rate := 0.8 + 0.45*peak(1.5, 0.8) + 0.4*peak(6.5, 0.9)
	s.in(s.random(time.Duration(float64(mean)/rate)), func() {
		s.caller(name)
		s.arrivals(name, mean, hours)
	})
}

func (s *simulation) caller(name string) {
	s.calls++
	call := fmt.Sprintf("%s-%d", name, s.calls)
	s.must(s.queue.Enqueue(s.Context(), queue.Entry{Call: call, Queue: name}))
	s.told[call], s.promise[call] = []telling{}, new(queue.Promise)
	s.listen(call)
	s.in(time.Minute+s.random(12*time.Minute), func() { // patience
		if _, waits := s.told[call]; waits {
			delete(s.told, call)
			s.must(s.queue.Leave(s.Context(), call, queue.HungUp))
		}
	})
}

// listen asks for the wait of a caller, now and every half minute.
func (s *simulation) listen(call string) {
	told, waits := s.told[call]
	if !waits {
		return
	}
	o, err := s.queue.Outlook(s.Context(), call)
	s.must(err)
	if o.Known {
		minutes := s.promise[call].Tell(o)
		if before := s.said[call]; before > 0 && minutes > before {
			s.grew++
		}
		if minutes > 0 {
			s.said[call] = minutes
		}
		s.told[call] = append(told, telling{at: s.clock.Now(), wait: o.Wait, spoken: minutes > 0})
	}
	s.in(30*time.Second, func() { s.listen(call) })
}

func (s *simulation) serve() {
	s.must(s.queue.Fetch(s.Context()))
	for {
		o, ok := s.queue.Take()
		if !ok {
			return
		}
		s.in(2*time.Second+s.random(2*time.Second), func() { s.answer(o) })
	}
}

func (s *simulation) answer(o queue.Offer) {
	ok, err := s.queue.Accept(s.Context(), o)
	s.must(err)
	if !ok {
		return
	}
	sc := s.score[o.Queue]
	sc.answered++
	spoken := false
	for _, t := range s.told[o.Call] {
		came := s.clock.Now().Sub(t.at)
		sc.all.add(t.wait, came)
		if t.spoken && !spoken {
			sc.first.add(t.wait, came)
			spoken = true
		}
	}
	delete(s.told, o.Call)
	mean := map[string]time.Duration{"billing": 200 * time.Second, "technical": 260 * time.Second}[o.Queue]
	s.in(s.talk(mean), func() {
		s.must(s.queue.Complete(s.Context(), o))
		s.in(dayWrapUp, func() {})
	})
}

// run lives the day.
func (s *simulation) run(hours float64) {
	s.arrivals("billing", 27*time.Second, hours)
	s.arrivals("technical", 36*time.Second, hours)
	for len(s.events) > 0 {
		next, _ := heap.Pop(&s.events).(happening)
		s.clock.Advance(next.at.Sub(s.clock.Now()))
		next.do()
		_, err := s.queue.Reap(s.Context())
		s.must(err)
		s.serve()
	}
}

// The wait that callers are told must be about the one they have, in the mean over a day,
// and must never grow from one announcement to the next. CALLWARD_DAYS=n simulates whole
// days and prints them, and judges all together, since a day has a few hundred such waits;
// usually it is a few hours of one.
func TestTheExpectedWaitIsAboutTheWaitOverADay(t *testing.T) {
	days, hours := 1, 3.0
	if n, err := strconv.Atoi(os.Getenv("CALLWARD_DAYS")); err == nil {
		days, hours = n, 9
	}
	dial := queuetest.Server(t)
	all := map[string]*miss{"billing": {}, "technical": {}}
	for seed := range uint64(days) {
		s := newDay(t, dial, seed+1)
		s.run(hours)
		for _, name := range []string{"billing", "technical"} {
			sc := s.score[name]
			t.Logf("seed %d %-9s: %4d answered; first announcement %s", seed+1, name, sc.answered, sc.first)
			t.Logf("seed %d %-9s: every half minute                 %s", seed+1, name, sc.all)
			all[name].join(sc.first)
		}
		if s.grew > 0 {
			t.Errorf("%d announced waits grew", s.grew)
		}
	}
	for name, m := range all {
		t.Logf("all days  %-9s:                first announcement %s", name, m)
		if m.n > 100 && m.share(m.off) > 30 {
			t.Errorf("%s: the first announcement is off by %.1f %% of the wait, want 30 %% at most", name, m.share(m.off))
		}
	}
}
