package call

import (
	"errors"
	"fmt"
	"time"
)

// A MessageState says how far the people of a queue are with a message.
type MessageState string

// The states of a message.
const (
	MessageNew   MessageState = "new"   // nobody sees to it
	MessageTaken MessageState = "taken" // somebody does: nobody else calls back meanwhile
	MessageDone  MessageState = "done"
)

// A Handling is what became of a message since it was left. The zero Handling is that of a
// message to which nobody has seen yet.
type Handling struct {
	State MessageState // empty: MessageNew
	By    string       // who has taken it, or is done with it
	At    time.Time    // since when
}

// Why a message is not handled as somebody wants.
var (
	ErrNoMessage = errors.New("no such message, or it is no longer kept")
	ErrTaken     = errors.New("the message is not free")
)

// Then gives the handling that follows h when somebody asks for next. Of two who take a
// message one has it, and what another has taken is theirs until it is put back (MessageNew),
// which anybody may: ErrTaken. To ask again for what is so already changes nothing.
func (h Handling) Then(next Handling) (Handling, error) {
	same := h.State == next.State && (h.By == next.By || h.State == MessageDone)
	switch {
	case next.State == MessageNew:
		return Handling{}, nil
	case same:
		return h, nil
	case h.State == MessageDone:
		return h, fmt.Errorf("%w: %s is done with it; put it back first", ErrTaken, h.By)
	case h.State == MessageTaken && h.By != next.By:
		return h, fmt.Errorf("%w: %s has taken it; put it back first", ErrTaken, h.By)
	}
	return next, nil
}
