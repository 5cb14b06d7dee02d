package rehearsal

import (
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

// A File holds the scenarios of one assistant.
type File struct {
	Name      string
	Path      string // of the assistant
	Assistant *assistant.Assistant
	Scenarios []Scenario
	Attacks   *Attacks // nil: its callers mean well
}

// A Scenario is one call: what the caller does, and what is to come of it.
type Scenario struct {
	Name      string
	Line      int
	Dial      string   // the number by which Line.Call reaches it; empty: it is played in text alone
	Languages []string // several: the caller chooses
	Heard     []string // those that a recognizer understands
	Trouble   bool     // it should understand more
	Begins    time.Time
	Caller    assistant.Caller
	Tokeniser string        // what it answers: one of tokenisers
	Redaction redact.Policy // what is withheld besides what always is
	Webhooks  map[string]canned
	Turns     []Turn // the first is the opening: the caller does nothing in it
}

// A Turn is one thing that the caller does, and what is expected then.
type Turn struct {
	Line    int
	Act     Act
	Say     map[string]string // by language, what its recognizer understands
	Keys    string
	Silence time.Duration // 0: until the bot waits no longer
	Expect  Expectations
}

// An Act is what happens in a turn.
type Act uint8

// The acts.
const (
	Opening Act = iota // the call is answered
	Say                // the caller speaks
	Keys               // the caller presses keys
	Silence            // the caller does nothing
	Lost               // the recognizers fail
	Back               // they answer again
)

// String names the act as scenarios do.
func (a Act) String() string {
	return [...]string{"opening", "say", "keys", "silence", "recognizer lost", "recognizer back"}[a%(Back+1)]
}

// Expectations are what must have come of a turn; a zero field expects nothing.
type Expectations struct {
	Intent   string // none: nothing that could be acted on
	Least    float64
	Bot      []string // contained in what the bot says
	BotNever []string // not contained in it
	Exactly  []string // all that it says, line by line; nil: anything, empty: nothing
	Slots    map[string]string
	Queue    string
	Priority string
	Skills   []string // all that is wanted of whoever takes the caller; none: nothing may be
	Summary  string   // contained in what the agent is told
	Transfer string   // the number outside that the caller is put through to
	Language string
	Hangup   *bool
	Shown    []string // contained in what is shown of the caller's words and keys
	Hidden   []string // shown nowhere, from here on: a number, or words
	Reason   []string // contained in the reasons that the journal gives
	Flags    []string // of the guard rails; none: there may be no flag
}

// none is expected where nothing is to be.
const none = "none"

// What a tokeniser may answer in a rehearsal.
const (
	tokenTaken   = "taken"
	tokenRefused = "refused"
	tokenDown    = "down" // it says nothing
)

func tokenisers() []string { return []string{tokenTaken, tokenRefused, tokenDown} }

// monday is when a call begins whose scenario does not say: an ordinary Monday.
var monday = time.Date(2026, time.January, 5, 10, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant
