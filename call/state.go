package call

// State is where a call stands. The zero State is a call nobody has answered.
//
//	ringing → opening → speaking ⇄ listening ⇄ thinking
//	              └────────┴──────────┴─→ queued ⇄ offered → bridged
//	every state → ended
type State uint8

// The states of a call.
const (
	StateRinging   State = iota // the caller's INVITE is being answered
	StateOpening                // the legal opening plays; nothing interrupts it
	StateSpeaking               // the bot speaks
	StateListening              // the caller has the floor
	StateThinking               // the caller's words are being understood
	StateQueued                 // waiting for an agent
	StateOffered                // one agent's phone rings for this caller
	StateBridged                // caller and agent talk
	StateEnded                  // over; nothing more happens
)

// String names the state as journals and metrics show it.
func (s State) String() string {
	switch s {
	case StateRinging:
		return "ringing"
	case StateOpening:
		return "opening"
	case StateSpeaking:
		return "speaking"
	case StateListening:
		return "listening"
	case StateThinking:
		return "thinking"
	case StateQueued:
		return "queued"
	case StateOffered:
		return "offered"
	case StateBridged:
		return "bridged"
	case StateEnded:
		return "ended"
	}
	return "unknown"
}
