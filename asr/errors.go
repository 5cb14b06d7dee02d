package asr

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
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
// It holds the code alone: an engine's message may repeat what a caller said.
type EngineError struct{ Code codes.Code }

// Error names the code.
func (e *EngineError) Error() string {
	if e.Code == codes.OK {
		return "the recognizer ended the stream"
	}
	return fmt.Sprintf("the recognizer ended the stream: %s", e.Code)
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
