package console

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/callward/callward/router/queue"
)

const (
	waitStep = 10 * time.Second // to which a wait is rounded, or it would change with every look
	waitAge  = time.Second      // how old it may be: it costs a script of Redis for each queue
)

// expected is how long the last in each line will wait, as it was worked out lately. The zero
// value knows nothing yet.
type expected struct {
	mu    sync.Mutex
	known map[string]outlook
}

type outlook struct {
	at   time.Time
	wait time.Duration
}

// of gives the expected wait of the last in line; 0: nobody waits, or nothing is known.
func (e *expected) of(ctx context.Context, p Pool, name string, calls []queue.CallStatus) time.Duration {
	last := lastInLine(name, calls)
	if p.Outlook == nil || last == "" {
		return 0
	}
	key, now := p.Tenant+"/"+name, time.Now()
	e.mu.Lock()
	was, ok := e.known[key]
	e.mu.Unlock()
	if ok && now.Sub(was.at) < waitAge {
		return was.wait
	}
	next := outlook{at: now}
	if o, err := p.Outlook(ctx, last); err == nil && o.Known { // it may have left meanwhile
		next.wait = max(o.Wait.Round(waitStep), waitStep)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.known == nil {
		e.known = map[string]outlook{}
	}
	e.known[key] = next
	return next.wait
}

func lastInLine(name string, calls []queue.CallStatus) string {
	for _, c := range slices.Backward(calls) {
		if c.Queue == name && waits(c) {
			return c.Call
		}
	}
	return ""
}
