package sip

import (
	"errors"
	"fmt"
)

// ErrEnded says that the leg is over, or no longer in a state to do what was asked.
var ErrEnded = errors.New("the leg has ended")

// ErrUnsafe says that a value to be sent holds CR, LF, NUL or another byte that
// could break out of its place.
var ErrUnsafe = errors.New("value is not safe to send")

// ErrPending says that an offer is under way in one direction or the other.
var ErrPending = errors.New("another offer is pending")

// ErrUnregistered says that a user has no phone that is registered and can be reached.
var ErrUnregistered = errors.New("no phone of the user is registered")

// ErrClosed says that the server is closed.
var ErrClosed = errors.New("the SIP server is closed")

// errTimeout says that a peer did not answer within 64*T1.
var errTimeout = errors.New("no answer")

// Rejected is the error of a call or registration that the other side refused.
//
//nolint:errname // what the other side did, rather than what went wrong
type Rejected struct {
	Code   int
	Reason string // the phrase beside the code, as the other side chose it
}

// Error gives the code; the phrase is the other side's text and stays out.
func (r *Rejected) Error() string { return fmt.Sprintf("refused with %d", r.Code) }

// Cause reads the code.
func (r *Rejected) Cause() Cause { return CauseOf(r.Code) }
