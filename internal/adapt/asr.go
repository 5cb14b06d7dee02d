package adapt

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/contract"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// ASR serves the recognition contract with a vendor's engine.
type ASR struct {
	asrv1.UnimplementedAsrServiceServer

	Vendor     Vendor
	Recognizer Recognizer
	Name       string   // of the vendor, for capabilities
	Build      string   // of the adapter
	Languages  []string // BCP 47, as the vendor calls them
	Models     []string // that a client may ask for
	Interim    bool     // the vendor gives partials
	Stability  bool     // and says how stable they are
	WordTimes  bool

	// Patience is how long the vendor may take to its last word once an utterance
	// is over; 0 means 1.8 s, since the contract allows 2 s.
	Patience time.Duration
	// Longest is how much audio one stream at the vendor takes; 0: any amount.
	Longest time.Duration
	Log     *slog.Logger

	open  atomic.Int64
	warns limiter
}

const (
	defaultPatience = 1800 * time.Millisecond
	// readyWithin is how long a vendor that cannot be reached is waited for.
	readyWithin = time.Second
)

// Streams tells how many streams are open.
func (r *ASR) Streams() int64 { return r.open.Load() }

// GetCapabilities says what the vendor and the adapter can do together.
func (r *ASR) GetCapabilities(context.Context, *asrv1.GetCapabilitiesRequest) (*asrv1.GetCapabilitiesResponse, error) {
	return &asrv1.GetCapabilitiesResponse{Capabilities: &speechv1.Capabilities{
		ApiVersion:    "v1",
		Formats:       audio.Formats(),
		Languages:     languages(r.Languages),
		Models:        r.Models,
		Interim:       r.Interim,
		Stability:     r.Stability,
		WordTimes:     r.WordTimes,
		ForceEndpoint: true,
		HintsMax:      MaxHints,
		LiveUpdate:    true,
		MaxChunk:      MaxChunk,
		Vendor:        r.Name,
		Build:         r.Build,
		Progress:      true,
	}}, nil
}

// StreamingRecognize listens to one leg.
func (r *ASR) StreamingRecognize(rpc asrv1.AsrService_StreamingRecognizeServer) error {
	r.open.Add(1)
	defer r.open.Add(-1)
	first, err := rpc.Recv()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	cfg := first.GetConfig()
	if cfg == nil {
		return contract.Invalid("config", "must be the first message")
	}
	if err := r.check(cfg); err != nil {
		return err
	}
	if err := reach(rpc.Context(), r.Vendor); err != nil {
		return err
	}
	ready := &asrv1.Ready{Format: cfg.GetFormat(), Model: cfg.GetModel()}
	if err := rpc.Send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Ready{Ready: ready}}); err != nil {
		return err
	}
	return newStream(r, rpc, cfg).run(rpc.Context())
}

// reach keeps a stream from saying ready while its vendor is down.
func reach(ctx context.Context, v Vendor) error {
	within, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	if err := v.Ready(within); err != nil {
		if ctx.Err() != nil {
			return ended(ctx)
		}
		return status.Error(codes.Unavailable, "the engine behind the adapter cannot be reached")
	}
	return nil
}

func (r *ASR) patience() time.Duration {
	if r.Patience > 0 {
		return r.Patience
	}
	return defaultPatience
}

// failed logs what became of the vendor, once a second at most, and gives the
// status that the stream ends with.
func (r *ASR) failed(err error) error {
	if n, ok := r.warns.allow(time.Now()); ok && r.Log != nil {
		r.Log.Warn("the engine failed", slog.String("engine", r.Name), slog.String("code", status.Code(err).String()), slog.Int("times", n))
	}
	return vendorError(err)
}

// A limiter lets one event a second through and counts the others.
type limiter struct {
	mu      sync.Mutex
	last    time.Time
	pending int
}

// allow reports whether to tell now, and of how many.
func (l *limiter) allow(now time.Time) (n int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending++
	if now.Sub(l.last) < time.Second {
		return 0, false
	}
	n, l.last, l.pending = l.pending, now, 0
	return n, true
}
