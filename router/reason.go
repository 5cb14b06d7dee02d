package router

// A Reason says why a call went to a queue, in words for the journal.
type Reason string

// The reasons.
const (
	ReasonAsked    Reason = "the dialogue named the queue"
	ReasonIntent   Reason = "the intent leads to the queue"
	ReasonUnsure   Reason = "no intent is sure enough: fallback"
	ReasonNoRoute  Reason = "the intent leads to no queue: fallback"
	ReasonNoIntent Reason = "nothing is known of what is wanted: fallback"
	ReasonUnknown  Reason = "the named queue does not exist: fallback"
)
