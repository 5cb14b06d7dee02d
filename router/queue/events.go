package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// An EventKind says what an event of the pool's stream tells.
type EventKind string

// The kinds of events that the scripts write. Those of Publish are its caller's.
const (
	EventEntered    EventKind = "entered"    // call, queue, node, score, enq: when it came to the pool, ms
	EventWidened    EventKind = "widened"    // call, queue, step, score
	EventOffered    EventKind = "offered"    // call, queue, offer, agent: several, parted by spaces, where all are rung
	EventRinging    EventKind = "ringing"    // call, queue, offer, agent: one of them
	EventAnswered   EventKind = "answered"   // call, queue, offer, agent
	EventReturned   EventKind = "returned"   // call, queue, offer, agent, reason: it waits again
	EventDropped    EventKind = "dropped"    // call, queue, offer, agent, reason: the others ring on
	EventMoved      EventKind = "moved"      // call, queue: overflowed from there
	EventExpired    EventKind = "expired"    // call, queue: waited as long as it may
	EventLeft       EventKind = "left"       // call, queue, reason
	EventCompleted  EventKind = "completed"  // call, queue, offer, agent, reason: who ended the talk, to: where the caller went
	EventLost       EventKind = "lost"       // call, queue: its node died
	EventCallback   EventKind = "callback"   // call, queue: the caller has hung up to be called back; the place stays
	EventResting    EventKind = "resting"    // call, queue: a callback that is offered to nobody for a while
	EventWoken      EventKind = "woken"      // call, queue: and that may be offered again
	EventDialled    EventKind = "dialled"    // call, queue, offer, agent: the caller's phone is about to ring
	EventReached    EventKind = "reached"    // call, queue, offer, agent: the caller has answered
	EventAgent      EventKind = "agent"      // agent, state, reason, queues
	EventNode       EventKind = "node"       // node, state: joined, parted or lost
	EventConfigured EventKind = "configured" // the queues have other settings than before
	EventClock      EventKind = "clock"      // by: ms by which Redis's clock was set back; times of before are later than they were
)

// An Event is one thing that happened in the pool, as its stream keeps it.
type Event struct {
	ID     string // rises, and names the event for ever
	At     time.Time
	Kind   EventKind
	Fields map[string]string
}

// errNotLeading says that another node writes the outputs.
var errNotLeading = errors.New("another node writes the outputs of the pool")

// eventID takes the number of an event apart: ms, and which within it.
func eventID(id string) (ms, seq uint64) {
	a, b, _ := strings.Cut(id, "-")
	ms, _ = strconv.ParseUint(a, 10, 64)
	seq, _ = strconv.ParseUint(b, 10, 64)
	return ms, seq
}

// Later compares the ids of two events: below 0 if a came before b. The empty id comes
// before all others.
func Later(a, b string) int {
	ams, aseq := eventID(a)
	bms, bseq := eventID(b)
	return cmp.Or(cmp.Compare(ams, bms), cmp.Compare(aseq, bseq))
}

// Since is the id that comes before those of all events since t, by the clock of Redis.
func Since(t time.Time) string { return strconv.FormatInt(max(t.UnixMilli()-1, 0), 10) + "-0" }

// Events gives up to limit events after an id, oldest first; after "", from the oldest that
// is kept. What the stream has dropped is not missed by anybody.
func (r *Redis) Events(ctx context.Context, after string, limit int64) ([]Event, error) {
	from := "-"
	if after != "" {
		from = "(" + after
	}
	entries, err := r.cfg.Client.XRangeN(ctx, r.stream(), from, "+", limit).Result()
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	out := make([]Event, len(entries))
	for i, e := range entries {
		out[i] = eventOf(e)
	}
	return out, nil
}

func eventOf(e redis.XMessage) Event {
	ev := Event{ID: e.ID, Fields: make(map[string]string, len(e.Values))}
	for name, v := range e.Values {
		ev.Fields[name], _ = v.(string)
	}
	ms, err := strconv.ParseInt(ev.Fields["at"], 10, 64)
	if err != nil {
		at, _ := eventID(e.ID)
		ms = int64(at)
	}
	ev.At, ev.Kind = time.UnixMilli(ms), EventKind(ev.Fields["kind"])
	return ev
}

// NewestEvent is the id of the newest event; "" if there is none.
func (r *Redis) NewestEvent(ctx context.Context) (string, error) {
	entries, err := r.cfg.Client.XRevRangeN(ctx, r.stream(), "+", "-", 1).Result()
	if err != nil {
		return "", fmt.Errorf("read the newest event: %w", err)
	}
	if len(entries) == 0 {
		return "", nil
	}
	return entries[0].ID, nil
}

// Publish adds an event of the caller's to the stream, in the order of the others. Fields
// must hold nothing that a caller said.
func (r *Redis) Publish(ctx context.Context, kind EventKind, fields map[string]string) error {
	values := []any{"at", r.now().UnixMilli(), "kind", string(kind)}
	for name, v := range fields {
		values = append(values, name, v)
	}
	err := r.cfg.Client.XAdd(ctx, &redis.XAddArgs{Stream: r.stream(), MaxLen: int64(r.cfg.Events), Approx: true, Values: values}).Err()
	if err != nil {
		return fmt.Errorf("publish an event: %w", err)
	}
	return nil
}

func (r *Redis) stream() string { return r.key("ev") }

// Lead reports whether this node writes the outputs of the pool: one that lives does, and
// another takes over when it has died.
func (r *Redis) Lead(ctx context.Context) (bool, error) {
	leads := false
	err := r.fenced(ctx, func(epoch int64) (int64, error) {
		code, err := r.run(ctx, r.scripts.lead, r.cfg.Node, epoch).Int64()
		leads = code == 1
		return code, err
	})
	if err != nil {
		return false, fmt.Errorf("ask who writes the outputs: %w", err)
	}
	return leads, nil
}

// Resign lets another node write the outputs.
func (r *Redis) Resign(ctx context.Context) error {
	if err := r.run(ctx, r.scripts.resign, r.cfg.Node, r.epoch.Load()).Err(); err != nil {
		return fmt.Errorf("leave the outputs to others: %w", err)
	}
	return nil
}

// Cursor is the id of the last event that an output has dealt with; "" if of none.
func (r *Redis) Cursor(ctx context.Context, output string) (string, error) {
	id, err := r.cfg.Client.HGet(ctx, r.key("outs"), cursorField+output).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", fmt.Errorf("read how far output %s is: %w", output, err)
	}
	return id, nil
}

// Advance notes that an output has dealt with all events up to an id. It fails on a node
// that does not lead.
func (r *Redis) Advance(ctx context.Context, output, id string) error {
	code, err := r.run(ctx, r.scripts.advance, r.cfg.Node, r.epoch.Load(), cursorField+output, id).Int64()
	if err == nil && code != 1 {
		err = errNotLeading
	}
	if err != nil {
		return fmt.Errorf("note how far output %s is: %w", output, err)
	}
	return nil
}

// cursorField parts the fields of outputs from that of who leads.
const cursorField = "at "

// EventTime is when an event was written, by the clock of Redis; of "" the beginning of 1970.
func EventTime(id string) time.Time {
	ms, _ := eventID(id)
	return time.UnixMilli(int64(ms)) //nolint:gosec // of our time
}
