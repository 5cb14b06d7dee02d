// Package adapttest lets tests talk with an adapter and stand in for its vendor,
// in memory. It owns the servers and connections that it starts: they end with
// the test.
package adapttest

import (
	"context"
	"log/slog"
	"math"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/internal/adapt"
)

// rate of what Voice and Silence give, in Hz.
const rate = 8000

func bell(x float64) float64 { return math.Exp(-x * x) }

// Voice is a vowel-like buzz whose pitch and level move: the detector takes it for
// speech.
func Voice(d time.Duration) []int16 {
	pcm := make([]int16, d*rate/time.Second)
	phase := 0.0
	for i := range pcm {
		t := float64(i) / rate
		phase += 2 * math.Pi * (120 + 15*math.Sin(5*t)) / rate
		s := 0.0
		for k := 1.0; k < 20; k++ {
			formant := bell((k*120-600)/300) + 0.5*bell((k*120-1500)/400)
			s += formant * math.Sin(k*phase)
		}
		pcm[i] = int16(4000 * s * (0.6 + 0.4*math.Sin(2*math.Pi*4*t)))
	}
	return pcm
}

// Silence is as long as it takes.
func Silence(d time.Duration) []int16 { return make([]int16, d*rate/time.Second) }

// Vendor serves what register adds to a server, and gives a connection to it.
func Vendor(t *testing.T, register func(*grpc.Server)) *adapt.Conn {
	t.Helper()
	server := grpc.NewServer()
	register(server)
	l := bufconn.Listen(1 << 20)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(l) // a test that needs it sees that its client fails
	}()
	conn, err := adapt.Dial("passthrough:vendor", adapt.Access{Options: []grpc.DialOption{dialer(l)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		server.Stop()
		<-served
	})
	return conn
}

func dialer(l *bufconn.Listener) grpc.DialOption {
	return grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) })
}

// Serve runs an adapter, and says how it is dialled.
func Serve(t *testing.T, s *adapt.Server) grpc.DialOption {
	t.Helper()
	if s.ASR != nil && s.ASR.Log == nil {
		s.ASR.Log = slog.New(slog.DiscardHandler)
	}
	l := bufconn.Listen(1 << 20)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("the adapter ends with %v", err)
		}
		if s.ASR != nil && s.ASR.Streams() != 0 {
			t.Errorf("%d streams are open", s.ASR.Streams())
		}
	})
	return dialer(l)
}

// Dial connects to an adapter that Serve runs.
func Dial(t *testing.T, to grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:adapter", to, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}
