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
// will see.
func Watch(ctx context.Context, conn grpc.ClientConnInterface, service string, tell func(serves bool)) {
	client := healthv1.NewHealthClient(conn)
	for {
		err := watch(ctx, client, service, tell)
		if status.Code(err) == codes.Unimplemented {
			return
		}
		tell(true)
		timer := time.NewTimer(watchAgain)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

func watch(ctx context.Context, client healthv1.HealthClient, service string, tell func(serves bool)) error {
	stream, err := client.Watch(ctx, &healthv1.HealthCheckRequest{Service: service}, grpc.WaitForReady(true))
	for err == nil {
		var got *healthv1.HealthCheckResponse
		if got, err = stream.Recv(); err == nil {
			tell(got.GetStatus() != healthv1.HealthCheckResponse_NOT_SERVING)
		}
	}
	return err //nolint:wrapcheck // only its code is looked at
}
