package dialogtest

import (
	"context"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/dialog"
)

// tb is what Start needs of *testing.T, so that programs can use the service without
// package testing.
type tb interface {
	Helper()
	Cleanup(func())
	Fatal(args ...any)
}

// Start serves s in memory and gives a client of it; both end with the test.
func Start(t tb, s *Server, config dialog.Config) *dialog.Client {
	t.Helper()
	l := bufconn.Listen(1 << 20)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.Serve(ctx, l) // a test that needs it sees that its client fails
	}()
	c, err := dialog.Dial("passthrough:script", config, grpc.WithContextDialer(
		func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) },
	))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Close()
		cancel()
		<-served
		_ = l.Close()
	})
	return c
}
