package call

import (
	"context"
	"sync"
	"time"

	"github.com/callward/callward/redact"
)

// ID names a caller's whole visit, from the first INVITE to the end of wrap-up.
type ID string

// Kind says what a journal entry tells.
type Kind string

// The kinds of journal entries, in the order in which a full call meets them.
const (
	KindStarted      Kind = "call.started"
	KindAnswered     Kind = "call.answered"
	KindDisclosure   Kind = "disclosure"        // the legal opening was played: Hash, Samples
	KindState        Kind = "state"             // the machine entered State
	KindBotSaid      Kind = "bot.said"          // Text, as given to synthesis
	KindBotPlayed    Kind = "bot.played"        // a line was played to its end: Text, Samples
	KindBotDone      Kind = "bot.done"          // the bot finished speaking and listens
	KindPaused       Kind = "bot.paused"        // the caller's voice is heard over a prompt
	KindResumed      Kind = "bot.resumed"       // Reason: it was no interruption; the prompt goes on where it stopped
	KindBargeIn      Kind = "bargein"           // the caller spoke over a prompt: it is given up
	KindCallerPart   Kind = "caller.partial"    // Text so far; replaces the earlier one of Utterance
	KindCallerSaid   Kind = "caller.said"       // Text, final
	KindCallerKeyed  Kind = "caller.keyed"      // Text, masked where needed
	KindCard         Kind = "card"              // Text: [card ••••1111 ok], or refused and why; the tokeniser's word on what was keyed
	KindHook         Kind = "webhook"           // Reason: which, and what came of it; Duration; never what it said
	KindIntent       Kind = "intent"            // Intent, Top, Rivals; Reason: who says so, if it is not the bundled classifier; "by key"
	KindDecision     Kind = "decision"          // Reason: the rule that fired, in words; Outcome, if it is one of the dialogue's
	KindFiller       Kind = "filler"            // the silence budget ran out
	KindTurn         Kind = "turn"              // the first sound of an answer is on the wire: Waterfall, Reason: why it took so long
	KindRelieved     Kind = "asr.relieved"      // another engine hears the caller in Language: Reason, Duration since the last of the other
	KindRegained     Kind = "asr.regained"      // a recognizer hears the caller in Language again, after one was lost
	KindQueued       Kind = "queue.entered"     // Queue
	KindPosition     Kind = "queue.position"    // Queue, Position; Duration: the wait that is expected, if it is known
	KindCallback     Kind = "callback"          // Queue, Reason: offered, asked for, kept, placed, or what came of it
	KindMessage      Kind = "message"           // Queue, Reason: offered, asked for, over, kept or why not; Duration of one that is kept
	KindOffered      Kind = "agent.offered"     // Queue, Agent
	KindBriefed      Kind = "agent.briefed"     // Agent hears Text, the caller's summary, before the caller is joined; Reason: tell or ask
	KindAgentAnswer  Kind = "agent.answered"    // Agent
	KindAgentFailed  Kind = "agent.failed"      // Agent, Reason
	KindBridged      Kind = "bridged"           // Agent: audio flows both ways
	KindMuted        Kind = "caller.muted"      // Agent no longer hears the caller: Reason
	KindUnmuted      Kind = "caller.unmuted"    // Agent hears the caller again
	KindHeld         Kind = "caller.held"       // Agent's phone holds the caller, who hears music
	KindUnheld       Kind = "caller.unheld"     // no more
	KindTransfer     Kind = "transfer.began"    // Agent who asked, if one did; Queue or Text: where to; Reason: how
	KindBarred       Kind = "transfer.barred"   // Reason: why it may not be
	KindMoved        Kind = "transfer.done"     // the caller's network took the call elsewhere
	KindSupervised   Kind = "supervision"       // Agent: the supervisor's phone; Reason: what he does from now on, and by whose wish
	KindUnsupervised Kind = "supervision.ended" // the same; why
	KindTrouble      Kind = "trouble"           // Reason: something outside failed
	KindEnded        Kind = "call.ended"        // Reason, Duration
)

// Scored is one intent with its confidence from 0 to 1.
type Scored struct {
	Name       string  `json:"name"`
	Confidence float64 `json:"confidence"`
}

// An Entry is one line of a call's journal: what happened, what was decided and
// why. It holds safe text only, so it may go to any sink.
type Entry struct {
	Seq       uint64        `json:"seq"` // rises over all calls of this process, and from one process to the next
	Time      time.Time     `json:"time"`
	Tenant    string        `json:"tenant"`
	Call      ID            `json:"call"`
	Kind      Kind          `json:"kind"`
	State     string        `json:"state,omitempty"`
	Language  string        `json:"language,omitempty"`
	Utterance string        `json:"utterance,omitempty"`
	Text      redact.Safe   `json:"text,omitzero"`
	Intent    *Scored       `json:"intent,omitempty"`
	Top       []Scored      `json:"top,omitempty"`
	Rivals    []Scored      `json:"rivals,omitempty"` // of an intent: the best of each other language that was heard, by language
	Outcome   *Outcome      `json:"outcome,omitempty"`
	Queue     string        `json:"queue,omitempty"`
	Agent     string        `json:"agent,omitempty"`
	Position  int           `json:"position,omitempty"`
	Reason    string        `json:"reason,omitempty"`
	Flags     []string      `json:"flags,omitempty"` // of a decision: what the guard rails saw, such as impersonation
	Hash      string        `json:"hash,omitempty"`
	Samples   int64         `json:"samples,omitempty"`
	Duration  time.Duration `json:"duration_ns,omitempty"`
	TakenOver bool          `json:"taken_over,omitempty"` // of bridged: Agent is a supervisor's
	Waterfall *Waterfall    `json:"waterfall,omitempty"`
}

// Journal takes the entries of all calls, keeps the newest and hands them to
// whoever follows along. It is safe for concurrent use; Append never blocks.
type Journal struct {
	now   func() time.Time
	mu    sync.Mutex
	begin uint64
	seq   uint64
	ring  []Entry
	head  int // index of the oldest entry once the ring is full
	wake  chan struct{}
}

// NewJournal keeps the last size entries in memory.
func NewJournal(size int, now func() time.Time) *Journal {
	return &Journal{now: now, ring: make([]Entry, 0, size), wake: make(chan struct{})}
}

// From has a journal without entries number them from after seq. A server begins beyond what its
// last process can have reached: who goes on after an id of that one would else miss, and not be
// told of it, what this one wrote meanwhile under lower numbers.
func (j *Journal) From(seq uint64) *Journal {
	j.begin, j.seq = seq, seq
	return j
}

// Begin is the number before that of the first entry there ever was.
func (j *Journal) Begin() uint64 { return j.begin }

// Append numbers e, stamps it and keeps it. It returns the entry as kept.
func (j *Journal) Append(e Entry) Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	e.Seq = j.seq
	e.Time = j.now()
	if len(j.ring) < cap(j.ring) {
		j.ring = append(j.ring, e)
	} else {
		j.ring[j.head] = e
		j.head = (j.head + 1) % len(j.ring)
	}
	close(j.wake)
	j.wake = make(chan struct{})
	return e
}

// Next gives the entries after seq, oldest first, and waits for one if there is
// none. If entries after seq have already left memory, the first one given has
// a Seq above seq+1. The error is that of ctx.
func (j *Journal) Next(ctx context.Context, seq uint64) ([]Entry, error) {
	for {
		got, wake := j.since(seq)
		if len(got) > 0 {
			return got, nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Last is the number of the newest entry, 0 before the first.
func (j *Journal) Last() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.seq
}

func (j *Journal) since(seq uint64) ([]Entry, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := len(j.ring)
	if seq > j.seq {
		seq = 0 // an id of an earlier process: start from what we have
	}
	missed := int(min(j.seq-seq, uint64(n))) //nolint:gosec // at most n
	out := make([]Entry, 0, missed)
	for i := n - missed; i < n; i++ {
		out = append(out, j.ring[(j.head+i)%n])
	}
	return out, j.wake
}
