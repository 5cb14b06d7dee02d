package call

import (
	"context"
	"time"

	"github.com/callward/callward/redact"
)

// A Message is what a caller left for the people of a queue. Its sound has silence where
// something was withheld from its text; text and sound alike hold nothing but what may be kept.
type Message struct {
	Tenant   string
	Call     ID // a call leaves one at most
	Queue    string
	Caller   string // as the trunk says; not proven
	Private  bool   // the caller wants not to be named
	Language string
	Intent   string
	Summary  redact.Safe // of what the caller wants, as agents are told it
	Text     redact.Safe // what was said, as far as it was understood
	Left     time.Time
	Length   time.Duration
	Sound    []byte // G.711 µ-law, 8 kHz, one channel
	Handling Handling
}

// Messages keeps what callers left. Nothing of a message may reach a disk unless it is
// encrypted there.
type Messages interface {
	// Put keeps m, in place of an earlier message of the same tenant and call.
	Put(ctx context.Context, m Message) error
}

// Actions and events of leaving a message.
type (
	// StartMessage plays the tone and records what the caller says, until EndMessage.
	StartMessage struct{}
	// MuteMessage silences parts of the message, on the session's clock.
	MuteMessage struct{ Spans []redact.Span }
	// EndUtterance has recognizers give the final of what they hear now.
	EndUtterance struct{}
	// EndMessage ends the recording and has it kept, unless Drop says why not. Length is
	// what counts of it; 0: all. From Cut on, on the session's clock, nothing of it is known,
	// and it is silence; below 0: all is.
	EndMessage struct {
		Queue, Language, Intent string
		Summary, Text           redact.Safe
		Length, Cut             time.Duration
		Drop                    string
	}
	// MessageKept answers EndMessage.
	MessageKept struct{ Kept bool }
)

func (StartMessage) action() {}
func (MuteMessage) action()  {}
func (EndUtterance) action() {}
func (EndMessage) action()   {}
func (MessageKept) event()   {}
