package adapt_test

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/internal/adapt"
	"github.com/callward/callward/internal/adapt/adapttest"
)

func TestWhoWatchesTheHealthDoesNotHoldUpTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, served := bufconn.Listen(1<<16), make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		s := &adapt.Server{ASR: &adapt.ASR{Vendor: &vendor{}, Log: slog.New(slog.DiscardHandler)}, Drain: time.Hour}
		go func() { served <- s.Serve(ctx, l) }()
		conn := adapttest.Dial(t, grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
		watch, err := healthv1.NewHealthClient(conn).Watch(t.Context(), &healthv1.HealthCheckRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if m, err := watch.Recv(); err != nil || m.GetStatus() != healthv1.HealthCheckResponse_SERVING {
			t.Fatalf("health is %v, %v", m, err)
		}
		began := time.Now()
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %s to stop", took)
		}
		if m, err := watch.Recv(); err != nil || m.GetStatus() != healthv1.HealthCheckResponse_NOT_SERVING {
			t.Errorf("the watcher was told %v, %v", m, err)
		}
	})
}
