package asr

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/engines"
)

var (
	// ErrStalled says that the engine stopped getting on with the audio it has.
	ErrStalled = errors.New("the recognizer makes no progress")
	// ErrOverrun says that the engine left too many updates and controls untaken.
	ErrOverrun = errors.New("the recognizer takes no control messages")
	// ErrNonsense says that the engine told nothing that can be, again and again.
	ErrNonsense = errors.New("the recognizer says what cannot be")
	// ErrNoEngine says that no engine for the language was to be had.
	ErrNoEngine = errors.New("no recognizer is to be had")
	// ErrClosed says that the stream was closed by this side.
	ErrClosed = errors.New("the stream is closed")
)

// An EngineError says that the engine ended a stream, or could not be reached.
// It holds the code alone once the engine was reached: an engine's message may repeat
// what a caller said.
type EngineError struct {
	Code      codes.Code
	Unreached string // what kept us from it, as gRPC or the system says; empty: it was reached, or nobody looked
}

// Error names the code, or what kept us from the engine.
func (e *EngineError) Error() string {
	switch {
	case e.Unreached != "":
		return "the recognizer is not reached: " + e.Unreached
	case e.Code == codes.OK:
		return "the recognizer ended the stream"
	}
	return "the recognizer ended the stream: " + engines.CodeName(e.Code)
}

// Unwrap makes errors.Is(err, context.Canceled) and the like work.
func (e *EngineError) Unwrap() error {
	switch e.Code {
	case codes.Canceled:
		return context.Canceled
	case codes.DeadlineExceeded:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func engineError(err error) error { return &EngineError{Code: status.Code(err)} }

// askError is the error of one question, which may not have got to the engine.
func askError(err error, at *peer.Peer) error {
	return &EngineError{Code: status.Code(err), Unreached: engines.Unreached(err, at)}
}
