package queue

import (
	"sync"
	"time"
)

// A poolClock is the time of the pool: Redis's, counted on from when it was asked last. No step
// of our own clock moves it.
type poolClock struct {
	fixed func() time.Time // Config.Now; nil: Redis's clock

	mu     sync.Mutex
	theirs time.Time // what Redis showed
	ours   time.Time // at that moment
}

func (c *poolClock) now() time.Time {
	if c.fixed != nil {
		return c.fixed()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.theirs.Add(time.Since(c.ours))
}

// learn takes what Redis's clock showed at a moment, which must be one of time.Now.
func (c *poolClock) learn(theirs, ours time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.theirs, c.ours = theirs, ours
}
