package call

import (
	"strings"

	"github.com/callward/callward/redact"
)

// A Destination is where a caller is put through to: a queue, a colleague, or a
// number outside.
type Destination struct {
	Queue  string
	Agent  string
	Number string // as it was written; whether it may be called, Phones decides
	By     By     // how Number is reached
	Shown  redact.Safe
}

// By is how a caller reaches a number outside.
type By string

// The ways to a number outside.
const (
	// Bridge calls the number and joins the two here, to the end of the talk.
	ByBridge By = "bridge"
	// ByRefer has the caller's network call the number in our place (blind transfer).
	// Where it does not do such things, the number is called from here.
	ByRefer By = "refer"
	// ByJoin calls the number, and once the two talk has the caller's network join
	// them without us (attended transfer). Where it does not, they stay joined here.
	ByJoin By = "join"
)

// directPrefix begins the name of a queue that is one agent's own: whoever asks for
// that agent, and is offered to nobody else.
const directPrefix = "agent."

// DirectQueue is the queue that an agent alone serves. Its callers do not wait.
func DirectQueue(agent string) string { return directPrefix + agent }

// IsDirect reports whether a queue is an agent's own.
func IsDirect(queue string) bool { return strings.HasPrefix(queue, directPrefix) }
