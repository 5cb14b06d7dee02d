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
	// ErrClosed says that the stream was closed by this side.
	ErrClosed = errors.New("the stream is closed")
)

// An EngineError says that the engine failed, or could not be reached. It holds
// the code alone: an engine's message may repeat the text it was given.
type EngineError struct{ Code codes.Code }

// Error names the code.
func (e *EngineError) Error() string {
	return fmt.Sprintf("the synthesizer failed: %s", e.Code)
}

func engineError(err error) error { return &EngineError{Code: status.Code(err)} }
