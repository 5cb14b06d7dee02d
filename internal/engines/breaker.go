package engines

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// State is whether an engine is asked.
type State int

// The states of a Breaker.
const (
	Closed   State = iota // it is asked
	Open                  // it is left alone
	HalfOpen              // one caller finds out whether it is well again
)

// String gives the name of s in lower case.
func (s State) String() string {
	names := [...]string{"closed", "open", "half open"}
	if s < 0 || int(s) >= len(names) {
		return fmt.Sprintf("state %d", int(s))
	}
	return names[s]
}

// BreakerConfig sets up a Breaker; its zero value is a good one.
type BreakerConfig struct {
	Failures int           // one after the other that open it; 0 means 3
	Rest     time.Duration // how long it then stays open at first; 0 means 1 s
	MostRest time.Duration // and at most, after a failed probe each time twice as long; 0 means 30 s
}

func (c BreakerConfig) withDefaults() BreakerConfig {
	if c.Failures == 0 {
		c.Failures = 3
	}
	if c.Rest == 0 {
		c.Rest = time.Second
	}
	if c.MostRest == 0 {
		c.MostRest = 30 * time.Second
	}
	return c
}

// A Breaker keeps callers away from an engine that fails, and lets them come back one
// by one: all calls share it, so that an engine that has just come up does not meet all
// of them at once. It is safe for concurrent use.
//
// Who was allowed says once how it went: Succeeded as soon as the engine has done what
// it was asked for, Failed, or Forgiven if neither is known.
type Breaker struct {
	config BreakerConfig

	mu      sync.Mutex
	failed  int           // one after the other
	rest    time.Duration // of the next opening
	until   time.Time     // open; zero: closed
	probing bool
}

// NewBreaker gives a closed one.
func NewBreaker(c BreakerConfig) *Breaker {
	c = c.withDefaults()
	return &Breaker{config: c, rest: c.Rest}
}

// Allow reports whether the engine may be asked now.
func (b *Breaker) Allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch b.state(now) {
	case Closed:
		return true
	case HalfOpen:
		if !b.probing {
			b.probing = true
			return true
		}
	case Open:
	}
	return false
}

// Succeeded says that the engine works.
func (b *Breaker) Succeeded() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failed, b.rest, b.until, b.probing = 0, b.config.Rest, time.Time{}, false
}

// Failed says that it does not.
func (b *Breaker) Failed(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch b.state(now) {
	case Closed:
		if b.failed++; b.failed >= b.config.Failures {
			b.open(now)
		}
	case HalfOpen:
		b.open(now)
	case Open: // one that was asked before
	}
}

// Forgiven says that nothing was learnt: the caller hung up first.
func (b *Breaker) Forgiven() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
}

// State says whether the engine is asked now.
func (b *Breaker) State(now time.Time) State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state(now)
}

func (b *Breaker) state(now time.Time) State {
	switch {
	case b.until.IsZero():
		return Closed
	case now.Before(b.until):
		return Open
	}
	return HalfOpen
}

// open leaves the engine alone for a while. Breakers of many nodes do not end that at
// the same moment.
func (b *Breaker) open(now time.Time) {
	jitter := time.Duration(rand.Int64N(int64(b.rest)/4 + 1)) //nolint:gosec // no secret
	b.until = now.Add(b.rest + jitter)
	b.rest = min(2*b.rest, b.config.MostRest)
	b.failed, b.probing = 0, false
}
