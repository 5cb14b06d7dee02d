package main

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/test/bufconn"
)

// watching serves until stop, with a client that watches its health and asks a silent
// connection whether anybody is there, as Callward does.
func watching(t *testing.T) (stop func() error, watch healthv1.Health_WatchClient) {
	t.Helper()
	l, served := bufconn.Listen(1<<16), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { served <- serve(ctx, l) }()
	conn, err := grpc.NewClient("passthrough:engine", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 3 * time.Second}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if watch, err = healthv1.NewHealthClient(conn).Watch(t.Context(), &healthv1.HealthCheckRequest{}); err != nil {
		t.Fatal(err)
	}
	if m, err := watch.Recv(); err != nil || m.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		t.Fatalf("its health is %v, %v", m, err)
	}
	return func() error { cancel(); return <-served }, watch
}

func TestASilentConnectionIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop, watch := watching(t)
		ended := make(chan error, 1)
		go func() {
			_, err := watch.Recv() // nothing is said while nothing changes
			ended <- err
		}()
		time.Sleep(5 * time.Minute)
		if len(ended) > 0 {
			t.Error("the stream has ended")
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		<-ended
	})
}

func TestWhoWatchesTheHealthIsToldOfTheStopAndDoesNotHoldItUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop, watch := watching(t)
		began := time.Now()
		if err := stop(); err != nil {
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
