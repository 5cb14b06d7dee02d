package queue_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

// benchLives runs whole lives of calls one after the other: enqueue with match,
// ringing, accept, complete, end of wrap-up. The yardstick is what the same
// Redis does with the shortest script there is, over the same client.
func benchLives(b *testing.B, dial queuetest.Dial) {
	b.Helper()
	r := open(b, dial)
	for i := range 10 {
		agent(b, r, fmt.Sprintf("a%d", i))
	}
	before, n := r.Stats().Scripts, 0
	for b.Loop() {
		live(b, r, fmt.Sprintf("c%d", n))
		n++
	}
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(n)/seconds, "lives/s")
	b.ReportMetric(float64(r.Stats().Scripts-before)/seconds, "scripts/s")
	b.ReportMetric(float64(r.Stats().Scripts-before)/float64(n), "scripts/life")
	began := time.Now()
	for range 1000 {
		if err := r.Bare(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(1000/time.Since(began).Seconds(), "bare-scripts/s")
}

func open(b *testing.B, dial queuetest.Dial) *queue.Redis {
	b.Helper()
	r, err := queue.Open(b.Context(), queue.Config{Client: dial(), WrapUp: -1, Lease: time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func agent(b *testing.B, r *queue.Redis, id string, skills ...string) {
	b.Helper()
	a := queue.Agent{ID: id, State: queue.Available, Queues: []string{"billing"}, Skills: skills}
	if err := r.SetAgent(b.Context(), a); err != nil {
		b.Fatal(err)
	}
}

func live(b *testing.B, r *queue.Redis, call string) {
	b.Helper()
	ctx := b.Context()
	err := r.Enqueue(ctx, queue.Entry{Call: call, Queue: "billing"})
	if err == nil {
		err = r.Fetch(ctx)
	}
	if err != nil {
		b.Fatal(err)
	}
	o, err := r.Next(ctx)
	if err == nil {
		err = r.Ringing(ctx, o)
	}
	if err == nil {
		_, err = r.Accept(ctx, o)
	}
	if err == nil {
		err = r.Complete(ctx, o)
	}
	if err != nil {
		b.Fatal(err)
	}
}

func BenchmarkLifeOnEmbeddedRedis(b *testing.B) { benchLives(b, queuetest.Embedded(b)) }

func BenchmarkLifeOnRedisServer(b *testing.B) { benchLives(b, queuetest.Server(b)) }

// benchMatch puts one more caller into a line of 500 beside 200 agents, nearly
// all of them without the skill that is wanted, and takes the caller out again.
func benchMatch(b *testing.B, dial queuetest.Dial) {
	b.Helper()
	r := open(b, dial)
	for i := range 200 {
		agent(b, r, fmt.Sprintf("a%d", i), "common")
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
