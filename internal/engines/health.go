package engines

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// watchAgain is the time between two attempts to learn of an engine's health.
const watchAgain = time.Second

// Watch tells, by grpc.health.v1, whether a service of an engine serves, until ctx ends.
// An engine that does not say, or cannot be reached, is no worse for it: who asks it
// will see. What one said before it stopped holds until it is there again.
func Watch(ctx context.Context, conn grpc.ClientConnInterface, service string, tell func(serves bool)) {
	client := healthv1.NewHealthClient(conn)
	for {
		said, err := watch(ctx, client, service, tell)
		if !said {
			tell(true)
		}
		if status.Code(err) == codes.Unimplemented {
			return
		}
		if !pause(ctx, watchAgain) {
			return
		}
	}
}

// pause waits. It reports false when ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// watchPause is the time between two messages of an engine's that are read, after the first
// watchFree: one that says without end how it is would have all of a core.
const (
	watchPause = 50 * time.Millisecond
	watchFree  = 8
)

func watch(ctx context.Context, client healthv1.HealthClient, service string, tell func(serves bool)) (said bool, _ error) {
	stream, err := client.Watch(ctx, &healthv1.HealthCheckRequest{Service: service}, grpc.WaitForReady(true))
	for n := 1; err == nil; n++ {
		var got *healthv1.HealthCheckResponse
		if got, err = stream.Recv(); err == nil {
			said = true
			tell(got.GetStatus() != healthv1.HealthCheckResponse_NOT_SERVING)
			if n > watchFree {
				pause(ctx, watchPause)
			}
		}
	}
	return said, err //nolint:wrapcheck // only its code is looked at
}

// partingTime is how long who watches the health of a server of ours is still told after
// that is to stop.
const partingTime = 100 * time.Millisecond

// LetWatchersGo has a server end the streams of those who watch its health a moment after
// ctx has: a graceful stop waits for all streams, and a client watches for as long as it
// is let.
func LetWatchersGo(ctx context.Context) grpc.ServerOption {
	return grpc.ChainStreamInterceptor(func(srv any, s grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		if info.FullMethod != healthv1.Health_Watch_FullMethodName {
			return next(srv, s)
		}
		watches, end := context.WithCancel(s.Context())
		defer end()
		defer context.AfterFunc(ctx, func() { time.AfterFunc(partingTime, end) })()
		return next(srv, watcher{s, watches})
	})
}

// watcher is the stream of one.
type watcher struct {
	grpc.ServerStream

	ctx context.Context //nolint:containedctx // it is what Context gives
}

// Context ends when the watcher is let go.
func (w watcher) Context() context.Context { return w.ctx }
