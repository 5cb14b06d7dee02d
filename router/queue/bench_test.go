package queue_test

import (
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

// benchLives runs whole lives of calls on eight nodes at the same time: enqueue with
// match, ringing, accept, complete, end of wrap-up. The yardstick is what the
// same Redis does with the shortest script there is, over one of these clients.
func benchLives(b *testing.B, dial queuetest.Dial) {
	b.Helper()
	var nodes, scripts atomic.Int64
	clock := queuetest.NewClock()
	info := dial()
	before, busy := counted(b, info, "total_commands_processed"), burnt(b, info)
	b.SetParallelism(max(1, 8/runtime.GOMAXPROCS(0)))
	b.RunParallel(func(pb *testing.PB) {
		n := nodes.Add(1)
		name := fmt.Sprintf("q%d", n)
		r := open(b, queue.Config{Client: dial(), Node: name, WrapUp: time.Millisecond, Now: clock.Now})
		for i := range 10 {
			agent(b, r, fmt.Sprintf("a%d-%d", n, i), name)
		}
		began := r.Stats().Scripts
		for i := 0; pb.Next(); i++ {
			if err := live(b, r, clock, name, fmt.Sprintf("c%d-%d", n, i)); err != nil {
				b.Error(err)
				return
			}
		}
		scripts.Add(r.Stats().Scripts - began)
	})
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(b.N)/seconds, "lives/s")
	b.ReportMetric(float64(scripts.Load())/seconds, "scripts/s")
	b.ReportMetric(float64(scripts.Load())/float64(b.N), "scripts/life")
	if after := counted(b, info, "total_commands_processed"); after > 0 {
		b.ReportMetric((after-before)/float64(b.N), "commands/life")
		b.ReportMetric((burnt(b, info)-busy)*1e6/float64(b.N), "server-µs/life")
	}
	r := open(b, queue.Config{Client: dial(), Node: "yardstick"})
	start := time.Now()
	for range 1000 {
		if err := r.Bare(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(1000/time.Since(start).Seconds(), "bare-scripts/s")
}

// counted is a figure of a redis-server, such as how many commands it has done, those
// within scripts too; 0 for one that does not say.
func counted(b *testing.B, client redis.UniversalClient, name string) float64 {
	b.Helper()
	text, err := client.Info(b.Context(), "everything").Result()
	if err != nil {
		return 0
	}
	for line := range strings.Lines(text) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), name+":"); ok {
			v, _ := strconv.ParseFloat(n, 64)
			return v
		}
	}
	return 0
}

// burnt is how many seconds of a processor a redis-server has used: what else the machine
// does meanwhile hardly changes that.
func burnt(b *testing.B, client redis.UniversalClient) float64 {
	b.Helper()
	return counted(b, client, "used_cpu_user_main_thread") + counted(b, client, "used_cpu_sys_main_thread")
}

func open(tb testing.TB, cfg queue.Config) *queue.Redis {
	tb.Helper()
	cfg.Lease = 100000 * time.Hour
	r, err := queue.Open(tb.Context(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func agent(tb testing.TB, r *queue.Redis, id, name string, skills ...string) {
	tb.Helper()
	a := queue.Agent{ID: id, State: queue.Available, Queues: []string{name}, Skills: skills}
	if err := r.SetAgent(tb.Context(), a); err != nil {
		tb.Fatal(err)
	}
}

func live(tb testing.TB, r *queue.Redis, clock *queuetest.Clock, name, call string) error {
	tb.Helper()
	ctx := tb.Context()
	err := r.Enqueue(ctx, queue.Entry{Call: call, Queue: name}) // its reply tells of the offer
	o, ok := r.Take()
	if err == nil && !ok {
		return fmt.Errorf("%s was offered nobody", call)
	}
	if err == nil {
		err = r.Ringing(ctx, o)
	}
	if err == nil {
		_, err = r.Accept(ctx, o)
	}
	if err == nil {
		err = r.Complete(ctx, o)
	}
	clock.Advance(time.Millisecond)
	if err == nil {
		_, err = r.Reap(ctx)
	}
	return err
}

func BenchmarkLifeOnEmbeddedRedis(b *testing.B) { benchLives(b, queuetest.Embedded(b)) }

func BenchmarkLifeOnRedisServer(b *testing.B) { benchLives(b, queuetest.Server(b)) }

// benchMatch puts one more caller into a line of 500 beside 200 agents, nearly
// all of them without the skill that is wanted, and takes the caller out again.
func benchMatch(b *testing.B, dial queuetest.Dial) {
	b.Helper()
	r := open(b, queue.Config{Client: dial(), WrapUp: -1})
	for i := range 200 {
		agent(b, r, fmt.Sprintf("a%d", i), "billing", "common=2", fmt.Sprintf("other%d", i%20))
	}
	for i := range 500 {
		e := queue.Entry{Call: fmt.Sprintf("w%d", i), Queue: "billing", Skills: []string{fmt.Sprintf("rare%d", i%50)}}
		if err := r.Enqueue(b.Context(), e); err != nil {
			b.Fatal(err)
		}
	}
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		err := r.Enqueue(b.Context(), queue.Entry{Call: "c", Queue: "billing", Skills: []string{"common"}})
		took = append(took, time.Since(began))
		if err == nil {
			err = r.Leave(b.Context(), "c", queue.HungUp)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

func BenchmarkMatchBehind500RareCallersOnEmbeddedRedis(b *testing.B) {
	benchMatch(b, queuetest.Embedded(b))
}

func BenchmarkMatchBehind500RareCallersOnRedisServer(b *testing.B) {
	benchMatch(b, queuetest.Server(b))
}
