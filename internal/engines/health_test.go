package engines_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/callward/callward/internal/engines"
)

func TestWhatAnEngineSaysBeforeItStopsHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopping, stop := context.WithCancel(t.Context())
		gone := make(chan struct{})
		dialer, _ := wired(t, func(_ context.Context, l net.Listener) error {
			g, h := grpc.NewServer(engines.LetWatchersGo(stopping)), health.NewServer()
			healthv1.RegisterHealthServer(g, h)
			context.AfterFunc(stopping, func() {
				defer close(gone)
				h.Shutdown()
				g.GracefulStop()
			})
			return g.Serve(l)
		})
		conn, err := grpc.NewClient("passthrough:engine", dialer, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		var serves atomic.Bool
		ctx, cancel := context.WithCancel(t.Context())
		watched := make(chan struct{})
		go func() {
			defer close(watched)
			engines.Watch(ctx, conn, "", serves.Store)
		}()
		synctest.Wait()
		if !serves.Load() {
			t.Fatal("it does not serve")
		}
		began := time.Now()
		stop()
		<-gone
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %s to stop", took)
		}
		time.Sleep(time.Minute)
		if serves.Load() {
			t.Error("an engine that has said that it stops, and is gone, is believed to serve")
		}
		cancel()
		<-watched
	})
}

// chatter says without end that it serves.
type chatter struct {
	healthv1.UnimplementedHealthServer
}

func (chatter) Watch(_ *healthv1.HealthCheckRequest, s healthv1.Health_WatchServer) error {
	for {
		if err := s.Send(&healthv1.HealthCheckResponse{Status: healthv1.HealthCheckResponse_SERVING}); err != nil {
			return err //nolint:wrapcheck // the watcher has gone
		}
	}
}

func TestAnEngineThatDoesNotStopSayingHowItIsIsReadAtLeisure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dialer, _ := wired(t, func(ctx context.Context, l net.Listener) error {
			g := grpc.NewServer()
			healthv1.RegisterHealthServer(g, chatter{})
			defer context.AfterFunc(ctx, g.Stop)()
			return g.Serve(l)
		})
		conn, err := grpc.NewClient("passthrough:engine", dialer, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		var told atomic.Int64
		ctx, cancel := context.WithCancel(t.Context())
		watched := make(chan struct{})
		go func() {
			defer close(watched)
			engines.Watch(ctx, conn, "", func(bool) {
				if told.Add(1) > 1000 {
					cancel()
				}
			})
		}()
		time.Sleep(time.Second)
		if n := told.Load(); n < 1 || n > 40 {
			t.Errorf("%d were read in a second", n)
		}
		cancel()
		<-watched
	})
}
