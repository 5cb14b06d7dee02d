package callgen

import (
	"time"

	"github.com/callward/callward/call"
)

// How long a caller waits before it takes its turn.
const (
	afterDone   = 300 * time.Millisecond // of quiet, when the server said that the bot listens
	afterSound  = time.Second            // of quiet, when only the ear can tell
	afterAgent  = 600 * time.Millisecond // of quiet, with a human on the line
	lostDone    = 4 * time.Second        // of quiet, when the server should have said so and did not
	nobodySpoke = 6 * time.Second        // since our own turn: nothing came at all
)

// turn decides when it is the caller's turn. It is pure: it is told what
// happened, and when.
type turn struct {
	acting  bool          // we speak or press keys
	since   time.Time     // of our last turn, or of the answer
	before  time.Duration // of sound heard until then
	sound   time.Duration // heard since
	quiet   time.Duration // up to now
	told    bool          // the server tells us about this call
	done    bool          // the bot has finished since
	queued  time.Time
	bridged time.Time
	agent   string // with whom we are connected
}

// begin notes that our turn starts.
func (t *turn) begin() {
	t.acting, t.done = true, false
}

// end notes that our turn is over.
func (t *turn) end(now time.Time) {
	t.acting, t.since = false, now
	t.before += t.sound
	t.sound = 0
}

// hear notes what the ear says: the sound heard in all, the quiet up to now.
func (t *turn) hear(heard, quiet time.Duration) {
	t.sound, t.quiet = heard-t.before, quiet
}

// note takes an entry of this call's journal.
func (t *turn) note(e call.Entry, now time.Time) {
	t.told = true
	switch e.Kind {
	case call.KindBotDone:
		t.done = true
	case call.KindBotSaid:
		t.done = false
	case call.KindQueued:
		t.queued = now
	case call.KindBridged, call.KindAgentAnswer:
		if t.bridged.IsZero() {
			t.bridged, t.queued = now, time.Time{}
			t.end(now)
		}
		t.agent = e.Agent
		if e.Kind == call.KindBridged && !t.acting {
			t.end(now) // what came before was not the agent
		}
	default:
	}
}

// ours says whether it is the caller's turn.
func (t *turn) ours(now time.Time) bool {
	passed := now.Sub(t.since)
	switch {
	case t.acting, !t.queued.IsZero():
		return false
	case !t.bridged.IsZero():
		return t.quiet >= afterAgent && (t.sound > 0 || passed >= nobodySpoke/2)
	case t.done && t.quiet >= afterDone:
		return true
	case t.sound > 0 && !t.told && t.quiet >= afterSound:
		return true
	case t.sound > 0 && t.told && t.quiet >= lostDone:
		return true
	}
	return t.sound == 0 && passed >= nobodySpoke
}
