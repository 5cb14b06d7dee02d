package queue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

// What a call costs must not grow with those who wait or work beside it.
func TestALifeIsFiveScriptsAndSeventyCommandsHoweverLongTheLine(t *testing.T) {
	dial := queuetest.Server(t)
	clock := queuetest.NewClock()
	r := open(t, queue.Config{Client: dial(), WrapUp: time.Millisecond, Now: clock.Now})
	for i := range 100 {
		agent(t, r, fmt.Sprintf("a%d", i), "billing", "common")
		agent(t, r, fmt.Sprintf("b%d", i), "sales", "common")
	}
	line := func(from, to int) {
		for i := from; i < to; i++ {
			e := queue.Entry{Call: fmt.Sprintf("w%d", i), Queue: "billing", Skills: []string{fmt.Sprintf("rare%d", i%10)}}
			if err := r.Enqueue(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	cost := func(name string) (scripts, commands float64) {
		const lives = 30
		sent, before := r.Stats().Scripts, done(t, r)
		for i := range lives {
			if err := live(t, r, clock, "billing", fmt.Sprintf("%s%d", name, i)); err != nil {
				t.Fatal(err)
			}
		}
		return float64(r.Stats().Scripts-sent) / lives, float64(done(t, r)-before) / lives
	}
	scripts, alone := cost("alone")
	line(0, 60)
	_, beside := cost("beside")
	if scripts != 5 || alone > 75 {
		t.Errorf("a life takes %.1f scripts and %.1f commands, want 5 and at most 75", scripts, alone)
	}
	if more := beside - alone; more > 60 {
		t.Errorf("beside 60 who wait for 10 rare skills a life takes %.1f commands more, want 60 at most", more)
	}
	t.Logf("%.1f scripts; %.1f commands alone, %.1f beside 60 who wait", scripts, alone, beside)
}

func done(tb testing.TB, r *queue.Redis) int64 {
	tb.Helper()
	n, err := r.Commands(tb.Context())
	if err != nil || n == 0 {
		tb.Fatalf("%d commands, %v", n, err)
	}
	return n
}
