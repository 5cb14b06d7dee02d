package call

import (
	"context"
	"sync"
	"time"
)

// entriesKept bounds the journal of one record: a caller who talks for hours
// must not fill the memory. The newest are dropped, but for the last line.
const entriesKept = 4000

// recorder gathers what remains of a call. The loop writes, anybody reads.
type recorder struct {
	mu sync.Mutex
	r  Record
}

func newRecorder(s Setup, started time.Time) *recorder {
	return &recorder{r: Record{
		Tenant: s.Tenant, Call: s.ID, Caller: s.Caller, Called: s.Called,
		Assistant: s.Assistant.Name(), State: StateRinging.String(), Started: started,
	}}
}

// Record gives what is known of the call so far, without the journal.
func (c *Call) Record() Record {
	c.record.mu.Lock()
	defer c.record.mu.Unlock()
	r := c.record.r
	r.Journal = nil
	return r
}

// write puts an entry into the journal and what it means into the record.
func (c *Call) write(_ context.Context, e Entry) {
	e.Tenant, e.Call = c.setup.Tenant, c.setup.ID
	if e.Kind == KindEnded {
		e.Duration = c.deps.Now().Sub(c.started)
	}
	c.record.add(c.deps.Journal.Append(e))
}

// keep hands the finished record over.
func (c *Call) keep(ctx context.Context) {
	c.record.mu.Lock()
	r := c.record.r
	c.record.mu.Unlock()
	c.warn("keep record", c.deps.Records.Put(ctx, r))
}

func (r *recorder) add(e Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Kind != KindCallerPart && (len(r.r.Journal) < entriesKept || e.Kind == KindEnded) {
		r.r.Journal = append(r.r.Journal, e)
	}
	switch e.Kind {
	case KindState:
		r.r.State = e.State
	case KindAnswered:
		r.r.Answered = e.Time
	case KindDisclosure:
		r.r.Disclosure = &Proof{Hash: e.Hash, Samples: e.Samples, At: e.Time}
	case KindIntent:
		r.r.Intent = e.Intent
	case KindQueued:
		r.r.Queue = e.Queue
	case KindBridged:
		r.r.Agent = e.Agent
	case KindEnded:
		r.r.Ended, r.r.Cause = e.Time, e.Reason
	default:
	}
	if e.Language != "" {
		r.r.Language = e.Language
	}
}
