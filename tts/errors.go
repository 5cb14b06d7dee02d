package tts

import (
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var (
	// ErrStalled says that no audio came in time.
	ErrStalled = errors.New("the synthesizer makes no progress")
	// ErrNoEngine says that there is none for the language, or that all of them are left
	// alone for now.
	ErrNoEngine = errors.New("no synthesizer is to be had")
	// ErrClosed says that the stream was closed by this side.
	ErrClosed = errors.New("the stream is closed")
)

// An EngineError says that the engine failed, or could not be reached. It holds
// the code alone: an engine's message may repeat the text it was given.
type EngineError struct {
	Code  codes.Code
	Fault string // what of the contract it broke, in a word or two; empty: nothing
}

// errOvertaken says that another engine was quicker.
var errOvertaken = errors.New("another synthesizer was quicker")

// Error names the code, and the fault.
func (e *EngineError) Error() string {
	if e.Fault != "" {
		return "the synthesizer broke the contract: " + e.Fault
	}
	return fmt.Sprintf("the synthesizer failed: %s", e.Code)
}

func engineError(err error) error { return &EngineError{Code: status.Code(err)} }
