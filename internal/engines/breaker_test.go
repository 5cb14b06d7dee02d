package engines_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callward/callward/internal/engines"
)

func TestABreakerOpensAfterFailuresInARow(t *testing.T) {
	b, now := engines.NewBreaker(engines.BreakerConfig{}), time.Unix(1000, 0)
	for range 2 {
		b.Failed(now)
	}
	b.Succeeded()
	for range 2 {
		b.Failed(now)
	}
	if !b.Allow(now) || b.State(now) != engines.Closed {
		t.Fatal("two failures after a success opened it")
	}
	b.Failed(now)
	if b.Allow(now) || b.State(now) != engines.Open {
		t.Fatal("three in a row did not")
	}
}

func TestAfterItsRestOneCallerAtATimeFindsOut(t *testing.T) {
	b, now := engines.NewBreaker(engines.BreakerConfig{Failures: 1, Rest: time.Second}), time.Unix(1000, 0)
	b.Failed(now)
	now = now.Add(1300 * time.Millisecond)
	if !b.Allow(now) || b.Allow(now) {
		t.Fatal("not one was let through")
	}
	b.Forgiven()
	if !b.Allow(now) {
		t.Fatal("none after one that learnt nothing")
	}
	b.Failed(now)
	if now = now.Add(1300 * time.Millisecond); b.Allow(now) {
		t.Fatal("it rests no longer than before")
	}
	if now = now.Add(1300 * time.Millisecond); !b.Allow(now) {
		t.Fatal("none after twice the time")
	}
	b.Succeeded()
	if first := b.Allow(now); !first || !b.Allow(now) {
		t.Fatal("it works, and is not asked")
	}
}

// Whatever happens: an open breaker lets nobody through, a half open one never two, and
// it is never open for longer than the most it may rest.
func TestABreakerNeverLetsAStormThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := engines.BreakerConfig{Failures: rapid.IntRange(1, 5).Draw(t, "failures"), Rest: time.Second, MostRest: 8 * time.Second}
		b, now := engines.NewBreaker(c), time.Unix(1000, 0)
		out := 0 // callers allowed while it was half open
		var opened time.Time
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			before := b.State(now)
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
			case 1:
				ok := b.Allow(now)
				switch {
				case before == engines.Open && ok, before == engines.Closed && !ok:
					t.Fatalf("%s, and allowed: %v", before, ok)
				case before == engines.HalfOpen && ok:
					out++
				}
			case 2:
				b.Succeeded()
				out = 0
			case 3:
				b.Failed(now)
				if before == engines.HalfOpen {
					out = 0
				}
			case 4:
				b.Forgiven()
				out = 0
			}
			if out > 1 {
				t.Fatal("two probes at once")
			}
			switch b.State(now) {
			case engines.Open:
				if opened.IsZero() {
					opened = now
				}
				if now.Sub(opened) > 10*time.Second {
					t.Fatal("it rests for more than its most")
				}
			default:
				opened = time.Time{}
			}
		}
	})
}
