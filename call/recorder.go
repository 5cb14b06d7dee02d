package call

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/router/assistant"
)

// entriesKept bounds the journal of one record: a caller who talks for hours
// must not fill the memory. The newest are dropped, but for the last line.
const entriesKept = 4000

// recorder gathers what remains of a call. The loop writes, anybody reads.
type recorder struct {
	mu      sync.Mutex
	r       Record
	session *media.Session // nil before there is sound
}

func newRecorder(s Setup, started time.Time) *recorder {
	return &recorder{r: Record{
		Tenant: s.Tenant, Call: s.ID, Trunk: s.Trunk, Caller: s.Caller, Private: s.Private, Trust: s.Trust, Believed: s.Believed, Called: s.Called,
		Assistant: s.Assistant.Name(), Languages: s.Languages, Heard: s.Heard, Trouble: s.Trouble,
		State: StateRinging.String(), Started: started,
	}}
}

// Record gives what is known of the call so far, without the journal.
func (c *Call) Record() Record {
	r := c.record.read()
	r.Journal = nil
	return r
}

// hears lets the record tell of the caller's sound.
func (r *recorder) hears(s *media.Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.session = s
}

func (r *recorder) read() Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.r
	if r.session != nil {
		out.Sound = soundOf(r.session.Stats())
	}
	return out
}

// write puts an entry into the journal and what it means into the record.
func (c *Call) write(ctx context.Context, e Entry) {
	e.Tenant, e.Call = c.setup.Tenant, c.setup.ID
	if e.Kind == KindEnded {
		e.Duration = c.deps.Now().Sub(c.started)
	}
	if e.Waterfall != nil && c.deps.Answered != nil {
		c.deps.Answered(*e.Waterfall)
	}
	if c.deps.Flagged != nil {
		for _, f := range e.Flags {
			c.deps.Flagged(f)
		}
	}
	c.follow(e)
	c.record.add(c.deps.Journal.Append(e))
	c.tell(ctx, e)
}

// tell logs the chapters of a call: about ten lines, none with words in it.
func (c *Call) tell(ctx context.Context, e Entry) {
	switch e.Kind {
	case KindStarted, KindAnswered, KindDisclosure, KindIntent, KindQueued, KindOffered, KindAgentFailed, KindBridged, KindMessage, KindTrouble, KindEnded:
	default:
		return
	}
	attrs := []slog.Attr{slog.String("kind", string(e.Kind))}
	for name, v := range map[string]string{"queue": e.Queue, "agent": e.Agent, "reason": e.Reason} {
		if v != "" {
			attrs = append(attrs, slog.String(name, v))
		}
	}
	if e.Intent != nil {
		attrs = append(attrs, slog.String("intent", e.Intent.Name), slog.Float64("confidence", e.Intent.Confidence))
	}
	c.log.LogAttrs(ctx, slog.LevelInfo, "call", attrs...)
}

// keep hands the finished record over.
func (c *Call) keep(ctx context.Context) {
	c.warn("keep record", c.deps.Records.Put(ctx, c.record.read()))
}

// took keeps what stands for a card.
func (r *recorder) took(t Taken) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.r.Cards = append(r.r.Cards, t)
}

// flag keeps flags, each once; mu is held. What was read of the record before stays as it is.
func (r *recorder) flag(flags []string) {
	for _, f := range flags {
		if !slices.Contains(r.r.Flags, f) {
			r.r.Flags = append(slices.Clip(r.r.Flags), f)
		}
	}
}

// enter notes the state of a call that goes on. A caller whom a supervisor has handed back is with
// nobody: it was no agent of a queue who was reached. mu is held.
func (r *recorder) enter(state string) {
	if state == StateEnded.String() { // which it is once it is known why
		return
	}
	if r.r.State = state; r.r.TakenOver && state != StateBridged.String() {
		r.r.Agent, r.r.TakenOver = "", false
	}
}

// answersOnly reports whether the caller said yes or no, which is nothing that a call is about.
func (e *Entry) answersOnly() bool {
	return e.Intent != nil && (e.Intent.Name == assistant.IntentYes || e.Intent.Name == assistant.IntentNo)
}

func (r *recorder) add(e Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Kind != KindCallerPart && (len(r.r.Journal) < entriesKept || e.Kind == KindEnded) {
		r.r.Journal = append(r.r.Journal, e)
	}
	switch e.Kind {
	case KindState:
		r.enter(e.State)
	case KindAnswered:
		r.r.Answered = e.Time
	case KindDisclosure:
		r.r.Disclosure = append(r.r.Disclosure, Proof{Language: e.Language, Hash: e.Hash, Samples: e.Samples, At: e.Time})
	case KindIntent:
		if !e.answersOnly() {
			r.r.Intent = e.Intent
		}
	case KindDecision:
		r.flag(e.Flags)
	case KindQueued:
		r.r.Queue = e.Queue
	case KindMessage:
		r.r.Queue = e.Queue
		r.r.Message = max(r.r.Message, e.Duration)
	case KindCallback:
		if e.Agent != "" { // who is called back came through that queue
			r.r.Queue = e.Queue
		}
	case KindBridged:
		r.r.Agent, r.r.TakenOver = e.Agent, e.TakenOver
	case KindEnded:
		r.r.State, r.r.Ended, r.r.Cause = StateEnded.String(), e.Time, e.Reason
	default:
	}
	if e.Language != "" {
		r.r.Language = e.Language
	}
}
