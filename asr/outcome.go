package asr

import (
	"errors"
	"maps"
	"sync"

	"google.golang.org/grpc/codes"

	"github.com/callward/callward/internal/engines"
)

// Cause names in a word or two why an engine was given up, for metrics: stalled, overrun,
// nonsense, ended early, the name of a gRPC code, or other.
func Cause(err error) string {
	var failed *EngineError
	switch {
	case errors.Is(err, ErrStalled):
		return "stalled"
	case errors.Is(err, ErrOverrun):
		return "overrun"
	case errors.Is(err, ErrNonsense):
		return "nonsense"
	case errors.As(err, &failed) && failed.Code == codes.OK: // of a stream that was not half closed
		return "ended early"
	case failed != nil:
		return engines.CodeName(failed.Code)
	}
	return "other"
}

// outcomes counts why streams at an engine failed, by cause. It is safe for concurrent
// use.
type outcomes struct {
	mu     sync.Mutex
	failed map[string]int64
}

func (o *outcomes) add(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failed == nil {
		o.failed = map[string]int64{}
	}
	o.failed[Cause(err)]++
}

func (o *outcomes) byCause() map[string]int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.failed)
}
