package records

import (
	"context"
	"sync"
	"time"
)

// An Event is something an operator or the program itself did that an auditor
// may ask about. It holds no caller data.
type Event struct {
	Time   time.Time `json:"time"`
	Tenant string    `json:"tenant,omitempty"` // "" concerns them all
	Actor  string    `json:"actor"`            // who: "signal", "http 127.0.0.1", "start"
	Action string    `json:"action"`           // what: "reload", "drain"
	Result string    `json:"result"`
}

// Audit keeps audit events, as call.Records keeps what remains of calls.
type Audit interface {
	// Put appends e.
	Put(ctx context.Context, e Event) error
	// List gives up to limit events, newest first.
	List(ctx context.Context, limit int) ([]Event, error)
}

// Trail implements Audit in bounded memory.
type Trail struct {
	limit  int
	mu     sync.Mutex
	events []Event
}

var _ Audit = (*Trail)(nil)

// NewTrail keeps the last limit events, at least one.
func NewTrail(limit int) *Trail { return &Trail{limit: max(limit, 1)} }

// Put appends e and forgets the oldest if there is no room.
func (t *Trail) Put(_ context.Context, e Event) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.events) == t.limit {
		t.events = append(t.events[:0:0], t.events[1:]...)
	}
	t.events = append(t.events, e)
	return nil
}

// List gives up to limit events, newest first.
func (t *Trail) List(_ context.Context, limit int) ([]Event, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]Event, 0, max(0, min(limit, len(t.events))))
	for i := len(t.events) - 1; i >= 0 && len(out) < limit; i-- {
		out = append(out, t.events[i])
	}
	return out, nil
}
