// Package queue holds waiting callers and agents in Redis and reserves one
// agent for one caller. It is the only live state that nodes share.
//
// A caller enters with [Redis.Enqueue] and stays until [Redis.Leave] or
// [Redis.Complete]. Nothing is ever popped: a script reserves the pair under an
// offer number, [Redis.Next] hands the [Offer] to the node that holds the
// caller, and Ringing, Accept and Reject compare that number, so whoever comes
// late changes nothing. The caller keeps place and score whatever happens to
// the offer; an agent who did not take it rests, and others go first.
//
// Each transition is one Lua script under scripts/, atomic, safe to run twice,
// on declared keys that share one hash tag: a pool is one slot of a Cluster.
// Every script that can make a pair also matches, so no caller waits beside an
// agent who could take them. Whatever must happen later has its moment in one
// set of timers, and any node's reaper does it; nothing hangs on key expiry or
// keyspace events. Published hints only save time: a jittered tick does the
// same without them.
//
// A node holds a lease and an epoch. When the lease runs out, any reaper closes
// its calls as lost and the epoch is refused from then on. A node that wakes up
// after that, or finds a Redis that forgot, joins again and puts its waiting
// callers back at the places they had.
//
// Goroutines: [Redis.Run] is the caller's, and owns those of its subscription
// until it returns; everything else runs on the goroutine of its caller, blocks
// for the length of a round trip at most, and may be used concurrently. Next
// blocks until there is an offer.
//
// Redis sees ids, states and times, never what a caller said, nor their number, but for
// one who wants to be called back, until that is done. What Publish adds to the events
// is its caller's to answer for.
package queue

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	// ErrStale says that an offer is no longer open: it was answered, refused,
	// timed out, or the caller left. The agent's phone must stop ringing.
	ErrStale = errors.New("offer is no longer open")
	// ErrUnknownCall says that no such call is in the queue.
	ErrUnknownCall = errors.New("call is not in the queue")
	// ErrNoWrapUp says that an agent does not wrap up a call.
	ErrNoWrapUp = errors.New("the agent does not wrap up a call")
	// ErrFull says that as many wait in the queue, and where it overflows to, as may.
	ErrFull = errors.New("queue is full")
	// ErrEmpty says that nobody is at work for the queue, nor where it overflows to.
	ErrEmpty = errors.New("nobody serves the queue")
	// ErrFenced says that this node was declared dead again and again while it
	// tried to write, most likely because two processes bear the same name.
	ErrFenced = errors.New("node is fenced")
	// ErrParted says that Run has returned: this node is no longer in the pool.
	ErrParted = errors.New("node has left the pool")
)

// MaxPriority is the highest priority of a caller.
const MaxPriority = 1023

// maxBoost bounds by how much one caller may pass others of the same priority.
const maxBoost = 24 * time.Hour

// Config says where a pool lives and how long things take. A zero field means
// the default that its comment states.
type Config struct {
	Client redis.UniversalClient // required; see Dial; stays the caller's to close
	Tenant string                // "default"
	Pool   string                // "main"; agents and queues of one pool see each other, no others
	Node   string                // this process; made up if empty, and must be unique

	Ring   time.Duration // how long an agent may take to answer: 20 s
	WrapUp time.Duration // how long an agent is left alone after a talk: 5 s; negative: not at all
	Rest   time.Duration // how long an agent who did not take an offer gets no other: 15 s; negative: not at all
	// Misses is how many offers in a row an agent may leave unanswered: 2; negative: any
	// number. After them the agent is paused with the reason RONA for MissedPause: 5
	// min; negative: until the agent says Available.
	Misses      int
	MissedPause time.Duration

	Zone   *time.Location // whose midnight begins a day's counts: UTC
	Lease  time.Duration  // silence after which a node is dead: 3 s; it beats three times in it
	Tick   time.Duration  // longest wait for work of which no hint came: 250 ms
	Events int            // events kept in the stream, about: 100 000

	Now func() time.Time // time shared by all nodes; nil: Redis's clock, learned at each beat
	Log *slog.Logger     // nil: none
}

// An Entry is a caller who wants a human.
type Entry struct {
	Call     string   // unique over all nodes, for ever
	Queue    string   // whose agents may take the call
	Priority int      // 0, the usual, to MaxPriority; higher goes first, then who entered first
	Skills   []string // what the agent must have, all of it, besides what the queue wants: gas, or gas=3 for a level

	Boost time.Duration // counts as having waited that much longer

	// Caller is who calls, as nobody can take it for a number: see CallerKey. If the node dies,
	// the place, with Note, waits for ten minutes for a call that sets Resume; see Lost.
	// Empty: nobody knows.
	Caller string
	Note   string // what the caller wants, opaque to the queue; holds nothing that is not safe
	Resume bool   // to have the place back
}

// An Offer is an agent reserved for a caller, until Deadline at most. An offer
// for a call supersedes every earlier one for it. Where the queue rings all, Others
// are rung beside Agent, and the first whom Accept takes has the caller.
type Offer struct {
	Number   int64 // rises with every offer of the pool: a fencing token
	Call     string
	Queue    string
	Agent    string
	Others   []string  // rung at the same time, under the same number
	Expired  bool      // no offer at all: the caller has waited too long, and must be told and leave
	Back     *Callback // the caller has hung up and is to be called back; nil: is on the line
	Entered  time.Time // when the caller entered the queue
	Priority int       // of the caller
	Skills   []string  // of the caller's own, as Entry has them
	Deadline time.Time // by this node's clock; after it the caller goes to others

	// For Complete, and for nothing but the events that tell of it:
	Ended Reason // who ended the talk: ByCaller, ByAgent, ByTransfer or ByHandover; empty: we
	To    string // where the caller was sent: a queue or an agent, or Outside; empty: nowhere
}

// A Reason says in a word why something ended. It must never hold what a caller
// said, so it is one of a few words: lower-case letters, digits, '-' and '_'.
type Reason string

// Reasons why an offer came to nothing, for Reject.
const (
	NoAnswer    Reason = "no_answer"
	LineBusy    Reason = "busy"
	Declined    Reason = "declined"
	Unreachable Reason = "unreachable"   // no phone, or one that does not reply
	NoMedia     Reason = "bridge_failed" // answered, but the two could not be joined
)

// RONA is why an agent is paused who missed too many offers in a row.
const RONA Reason = "rona"

// Reasons why a call left, for Leave.
const (
	HungUp    Reason = "abandoned" // the caller gave up
	GaveWay   Reason = "withdrawn" // the bot took the caller back
	Completed Reason = "completed" // after a talk
	Shutdown  Reason = "shutdown"
	Failure   Reason = "failure"
	ToMessage Reason = "message" // the caller leaves a message instead
)

// Reasons why a talk ended, for Offer.Ended.
const (
	ByCaller   Reason = "caller"
	ByAgent    Reason = "agent"
	ByTransfer Reason = "transfer" // the agent sent the caller on unannounced
	ByHandover Reason = "handover" // the agent asked who takes the caller first
)

// Outside stands for any number that is not ours, in Offer.To.
const Outside = "outside"

// Names become parts of keys and of members that are taken apart at spaces.
var (
	nameForm   = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)        //nolint:gochecknoglobals // compiled once
	callForm   = regexp.MustCompile(`^[A-Za-z0-9._:@+=~/-]{1,128}$`) //nolint:gochecknoglobals // compiled once
	reasonForm = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$|^$`)    //nolint:gochecknoglobals // compiled once
)

func checkName(what, name string) error {
	if !nameForm.MatchString(name) {
		return fmt.Errorf("%s %q: need 1 to 64 letters, digits, '.', '_' or '-'", what, name)
	}
	return nil
}

func checkNames(what string, names []string) error {
	for _, n := range names {
		if err := checkName(what, n); err != nil {
			return err
		}
	}
	return nil
}

// checkReason does not repeat the reason: it may be what must not be shown.
func checkReason(why Reason) error {
	if !reasonForm.MatchString(string(why)) {
		return errors.New("reason is not a plain word")
	}
	return nil
}

// ended and to hold what an event tells to plain words: a talk must end, whatever they are.
func (o Offer) ended() Reason {
	if checkReason(o.Ended) != nil {
		return ""
	}
	return o.Ended
}

func (o Offer) to() string {
	if o.To != "" && checkName("destination", o.To) != nil {
		return Outside
	}
	return o.To
}

func (e Entry) check() error {
	if e.Boost < 0 || e.Boost > maxBoost {
		return fmt.Errorf("boost %s: need 0s to %s", e.Boost, maxBoost)
	}
	if !callForm.MatchString(e.Call) {
		return errors.New("call id has a form that cannot be stored")
	}
	if err := checkName("queue", e.Queue); err != nil {
		return err
	}
	if e.Caller != "" && !nameForm.MatchString(e.Caller) || len(e.Note) > maxNote {
		return errors.New("who calls, or the note, has a form that cannot be stored")
	}
	if e.Priority < 0 || e.Priority > MaxPriority {
		return fmt.Errorf("priority %d: need 0 to %d", e.Priority, MaxPriority)
	}
	return checkLevels("skill", e.Skills, 1)
}
