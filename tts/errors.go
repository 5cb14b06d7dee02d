package tts

import (
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/engines"
)

var (
	// ErrStalled says that no audio came in time.
	ErrStalled = errors.New("the synthesizer makes no progress")
	// ErrNoEngine says that there is none for the language, or that all of them are left
	// alone for now.
	ErrNoEngine = errors.New("no synthesizer is to be had")
	// ErrStoodIn says that all was spoken, but some of it by another synthesizer than the
	// one that is asked first.
	ErrStoodIn = errors.New("another synthesizer stood in")
	// ErrClosed says that the stream was closed by this side.
	ErrClosed = errors.New("the stream is closed")
)

// An EngineError says that the engine failed, or could not be reached. It holds
// the code alone once the engine was reached: an engine's message may repeat the text it
// was given.
type EngineError struct {
	Code      codes.Code
	Fault     string // what of the contract it broke, in a word or two; empty: nothing
	Unreached string // what kept us from it, as gRPC or the system says; empty: it was reached, or nobody looked
}

// errOvertaken says that another engine was quicker.
var errOvertaken = errors.New("another synthesizer was quicker")

// Error names the code, the fault, or what kept us from the engine.
func (e *EngineError) Error() string {
	switch {
	case e.Fault != "":
		return "the synthesizer broke the contract: " + e.Fault
	case e.Unreached != "":
		return "the synthesizer is not reached: " + e.Unreached
	}
	return "the synthesizer failed: " + engines.CodeName(e.Code)
}

func engineError(err error) error { return &EngineError{Code: status.Code(err)} }

// askError is the error of one question, which may not have got to the engine.
func askError(err error, at *peer.Peer) error {
	return &EngineError{Code: status.Code(err), Unreached: engines.Unreached(err, at)}
}
