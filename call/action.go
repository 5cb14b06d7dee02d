package call

import (
	"time"

	"github.com/callward/callward/payment"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/queue"
)

// An Action is something the loop must do now, in the order given. Whatever
// comes of it returns as an Event.
type Action interface{ action() }

// A Line is one thing the bot says.
type Line struct {
	Text     redact.Safe
	Language string
	Authored bool // fixed text of the assistant: its audio may be kept and used again
}

type (
	// Answer accepts the caller's leg.
	Answer struct{}
	// Hangup ends the caller's leg; the machine has ended.
	Hangup struct{ Cause Cause }

	// Speak plays the lines of a turn one after the other.
	Speak struct {
		Turn  int
		Lines []Line
	}
	// Fill plays a short sound or phrase that says the bot is still there.
	Fill struct{ Language string }
	// Hush stops whatever the caller is played, now.
	Hush struct{}
	// Pause holds what the caller is played where it is.
	Pause struct{}
	// Resume ends a Pause.
	Resume struct{}
	// Hold plays hold music until Hush.
	Hold struct{}
	// Ringback plays the ringing tone until Hush.
	Ringback struct{}
	// Attend tells the recognizers what is expected next.
	Attend struct {
		Languages []string // those still in question
		Expect    assistant.Expect
		Length    int
		Phrases   []string // of a menu
	}
	// Unhear closes the recognizers: nothing more that the caller says is for the bot.
	Unhear struct{}
	// Shield keeps what the caller says and keys from recognizers and recorders, until one
	// that is not On.
	Shield struct{ On bool }
	// Beep answers a key, of which it tells nothing.
	Beep struct{}
	// Tokenize gives a card to the tokeniser. Entry numbers the entries of cards of a
	// call; another Try of one is the same request.
	Tokenize struct {
		Entry, Try int
		Card       *payment.Card
	}
	// Captured says how the taking of a card ended, or one entry of it; Card, if it was
	// taken, is for the record.
	Captured struct {
		How  string
		Card payment.Outcome
	}
	// AskHook asks a webhook of the assistant. Number numbers those of a call.
	AskHook struct {
		Number   int
		Question assistant.Question
	}
	// HideKeys keeps the sound of the caller's keys from all who hear the caller, until one
	// that is not On.
	HideKeys struct{ On bool }
	// Mute keeps the caller's voice from whoever is on the line, until one that is not On.
	Mute struct{ On bool }
	// Veil keeps the caller's voice from supervisors, until one that is not On.
	Veil struct{ On bool }
	// Rehear has recognizers hear the caller who talks with a human: for what is kept from
	// supervisors, not for the bot.
	Rehear struct{ Languages []string }
	// Classify asks what the caller wants. Seq is below 0 where that is not yet all.
	Classify struct {
		Seq      int
		Language string
		Text     redact.Safe
	}

	// Enqueue takes a place in a queue. Ticket numbers the places of a call.
	Enqueue struct {
		Ticket   int
		Queue    string
		Priority int
		Skills   []string
		Note     Note // for the case that this process dies
		Resume   bool // it is the place of a call that was cut off
		Boost    time.Duration
	}
	// Leave gives the place up.
	Leave struct {
		Ticket int
		Reason queue.Reason
	}
	// AskPosition asks how many are ahead.
	AskPosition struct{ Ticket int }
	// Ring calls the reserved agent's phone, or a Number outside: then nobody is
	// reserved, and Offer is a number below 0 that the machine made up.
	Ring struct {
		Offer   int64
		Agent   string
		Number  string
		Timeout time.Duration
	}
	// Refer asks the caller's network to call a number in our place; with an agent
	// on the line who is reached there, to join the two.
	Refer struct {
		Offer   int64
		Number  string
		Timeout time.Duration
		Joins   bool
	}
	// Unring gives up on the phone that rings, or the REFER under way, for an offer.
	Unring struct{ Offer int64 }
	// Part takes caller and agent apart; Bridge joins them again.
	Part struct{}
	// Tell tells who asked for a transfer how far it has come, as a SIP status.
	Tell struct {
		Ask  int
		Code int
	}
	// Requeue lets the agent go and puts the caller back in the old place.
	Requeue struct {
		Offer  int64
		Reason queue.Reason
	}
	// Bridge joins caller and agent.
	Bridge struct{ Offer int64 }
	// Release ends the agent's leg and frees the agent for wrap-up.
	Release struct{ Offer int64 }

	// Write appends to the journal.
	Write struct{ Entry Entry }
)

// Cause says why a call ended, for records and for the caller's leg.
type Cause string

// The causes.
const (
	CauseCaller    Cause = "caller hung up"
	CauseLost      Cause = "caller lost"
	CauseAgent     Cause = "agent hung up"
	CauseDone      Cause = "served"
	CauseMoved     Cause = "transferred" // the caller's network took the call elsewhere
	CauseNoInput   Cause = "caller silent"
	CauseCallback  Cause = "to be called back"
	CauseClosed    Cause = "the queue is closed"
	CauseMessage   Cause = "left a message"
	CauseNoMessage Cause = "left no message"
	CauseNoQueue   Cause = "no queue could be reached"
	CauseShutdown  Cause = "server stopping"
	CauseFault     Cause = "internal fault"
)

func (Answer) action()      {}
func (Hangup) action()      {}
func (Speak) action()       {}
func (Fill) action()        {}
func (Hush) action()        {}
func (Pause) action()       {}
func (Resume) action()      {}
func (Hold) action()        {}
func (Ringback) action()    {}
func (Refer) action()       {}
func (Part) action()        {}
func (Unring) action()      {}
func (Tell) action()        {}
func (Attend) action()      {}
func (Unhear) action()      {}
func (Shield) action()      {}
func (Beep) action()        {}
func (Tokenize) action()    {}
func (Captured) action()    {}
func (AskHook) action()     {}
func (HideKeys) action()    {}
func (Mute) action()        {}
func (Veil) action()        {}
func (Rehear) action()      {}
func (Classify) action()    {}
func (Enqueue) action()     {}
func (Leave) action()       {}
func (AskPosition) action() {}
func (Ring) action()        {}
func (Requeue) action()     {}
func (Bridge) action()      {}
func (Release) action()     {}
func (Write) action()       {}
