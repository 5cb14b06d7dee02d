package dialog_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/dialog"
	dialogv1 "github.com/callward/callward/proto/callward/dialog/v1"
	"github.com/callward/callward/redact"
)

// forgetful is a service that never says what it can do, or only the second time.
type forgetful struct {
	dialogv1.UnimplementedDialogServiceServer

	comesRound bool
	asked      atomic.Int64
	got        atomic.Pointer[dialogv1.ClassifyRequest]
}

func (f *forgetful) GetCapabilities(ctx context.Context, _ *dialogv1.GetCapabilitiesRequest) (*dialogv1.GetCapabilitiesResponse, error) {
	if f.asked.Add(1) > 1 && f.comesRound {
		return &dialogv1.GetCapabilitiesResponse{Capabilities: &dialogv1.Capabilities{MaxTextBytes: 8}}, nil
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func (f *forgetful) Classify(_ context.Context, r *dialogv1.ClassifyRequest) (*dialogv1.ClassifyResponse, error) {
	f.got.Store(r)
	return &dialogv1.ClassifyResponse{Intents: []*dialogv1.Intent{{Name: "billing", Confidence: 1}}}, nil
}

// dialled serves in memory until the test ends, and gives a client.
func dialled(t *testing.T, s dialogv1.DialogServiceServer) *dialog.Client {
	t.Helper()
	l, g, over := bufconn.Listen(1<<16), grpc.NewServer(), make(chan struct{})
	dialogv1.RegisterDialogServiceServer(g, s)
	go func() {
		defer close(over)
		_ = g.Serve(l)
	}()
	c, err := dialog.Dial("passthrough:service", dialog.Config{}, grpc.WithContextDialer(
		func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); g.Stop(); <-over })
	return c
}

func TestAServiceThatDoesNotSayWhatItTakesHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &forgetful{comesRound: true}
		c := dialled(t, s)
		began := time.Now()
		got, err := c.Classify(t.Context(), redact.Authored("about my bill"), dialog.Question{})
		if took := time.Since(began); err != nil || got.Name != "billing" || took > 100*time.Millisecond || s.got.Load().GetText() != "about my bill" {
			t.Errorf("after %s: %+v, %v; it was sent %q", took, got, err, s.got.Load().GetText())
		}
		time.Sleep(time.Minute)
		if _, err := c.Classify(t.Context(), redact.Authored("about my bill"), dialog.Question{}); err != nil || s.got.Load().GetText() != "about my" {
			t.Errorf("once it has said that it takes 8 bytes, it is sent %q, %v", s.got.Load().GetText(), err)
		}
		if n := s.asked.Load(); n != 2 {
			t.Errorf("it was asked %d times", n)
		}
	})
}
