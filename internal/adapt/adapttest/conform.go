package adapttest

import (
	"context"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/internal/adapt"
	"github.com/callward/callward/internal/conformance"
)

// Enough are the same words for every utterance of a conformance run.
func Enough(text string) []string { return slices.Repeat([]string{text}, 10000) }

// Conform has the checks of `callward conformance` judge an adapter, in virtual
// time. The adapter's vendor says some word of every utterance. What only SHOULD
// pass is logged.
func Conform(t *testing.T, service conformance.Service, adapter func(t *testing.T) *adapt.Server) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := bufconn.Listen(1 << 16)
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		s := adapter(t)
		go func() { served <- s.Serve(ctx, l) }()
		time.Sleep(time.Second) // until it knows how its vendor is
		r, err := conformance.Run(t.Context(), conformance.Options{
			Service: service, Address: "adapter:1",
			Dial: func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) },
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range r.Results {
			if x.State == conformance.Failed && x.Level == conformance.Must {
				t.Errorf("%s", x.Line())
			}
		}
		t.Logf("%s", r.Summary())
		cancel()
		if err := <-served; err != nil {
			t.Errorf("the adapter ends with %v", err)
		}
	})
}
