package asr

import (
	"context"
	"errors"
	"io"
	"maps"
	"sync"
	"sync/atomic"

	"google.golang.org/grpc"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"

	"github.com/callward/callward/internal/engines"
)

// errEndedEarly says that the engine ended a stream that was not half closed.
var errEndedEarly = errors.New("ended early")

// Cause names in a word or two why an engine was given up, for metrics: stalled, overrun,
// ended early, the name of a gRPC code, or other.
func Cause(err error) string {
	var failed *EngineError
	switch {
	case errors.Is(err, ErrStalled):
		return "stalled"
	case errors.Is(err, ErrOverrun):
		return "overrun"
	case errors.Is(err, errEndedEarly), errors.As(err, &failed) && failed.Code == 0:
		return errEndedEarly.Error()
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

// observed is an engine of which it is counted how its streams end: those that hear a
// caller, and those that stand by.
type observed struct {
	asrv1.AsrServiceClient

	outcomes *outcomes
}

// StreamingRecognize opens a stream whose end is counted.
func (o observed) StreamingRecognize(ctx context.Context, opts ...grpc.CallOption) (upstream, error) {
	up, err := o.AsrServiceClient.StreamingRecognize(ctx, opts...)
	s := &observedStream{AsrService_StreamingRecognizeClient: up, outcomes: o.outcomes, cause: func() error { return context.Cause(ctx) }}
	if err != nil {
		s.ends(err)
	}
	return s, err //nolint:wrapcheck // as the engine's own
}

// observedStream counts the end of a stream, which its receiver is told of.
type observedStream struct {
	asrv1.AsrService_StreamingRecognizeClient

	outcomes *outcomes
	cause    func() error // why this side gave the stream up; nil while it has not
	half     atomic.Bool  // closed by this side
	ended    bool         // the receiver's own
}

// CloseSend notes that the engine may end the stream.
func (s *observedStream) CloseSend() error {
	s.half.Store(true)
	return s.AsrService_StreamingRecognizeClient.CloseSend() //nolint:wrapcheck // as the engine's own
}

// Recv takes a message, or the end.
func (s *observedStream) Recv() (*asrv1.StreamingRecognizeResponse, error) {
	m, err := s.AsrService_StreamingRecognizeClient.Recv()
	if err != nil {
		s.ends(err)
	}
	return m, err //nolint:wrapcheck // as the engine's own
}

// ends counts why a stream is over, unless it is well so.
func (s *observedStream) ends(err error) {
	if s.ended {
		return
	}
	s.ended = true
	switch ours := s.cause(); {
	case errors.Is(ours, ErrStalled), errors.Is(ours, ErrOverrun):
		s.outcomes.add(ours)
	case ours != nil: // this side needs it no more
	case !errors.Is(err, io.EOF):
		s.outcomes.add(engineError(err))
	case !s.half.Load():
		s.outcomes.add(errEndedEarly)
	}
}
