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
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/dialog"
	"github.com/callward/callward/dialog/dialogtest"
	"github.com/callward/callward/internal/engines"
	"github.com/callward/callward/internal/fake"
	"github.com/callward/callward/payment"
	"github.com/callward/callward/payment/paymenttest"
	"github.com/callward/callward/tts"
	"github.com/callward/callward/tts/ttstest"
)

// wire is a connection whose other side may vanish: what is sent is lost then, and
// nobody says so.
type wire struct {
	net.Conn

	cut *atomic.Bool
}

func (w wire) Write(b []byte) (int, error) {
	if w.cut.Load() {
		return len(b), nil
	}
	return w.Conn.Write(b)
}

// wired serves in memory, and gives what dials it and what has it vanish.
func wired(t *testing.T, serve func(context.Context, net.Listener) error) (dialer grpc.DialOption, cut *atomic.Bool) {
	t.Helper()
	l, served := bufconn.Listen(1<<16), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { served <- serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		<-served
		_ = l.Close()
	})
	cut = &atomic.Bool{}
	return grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		conn, err := l.DialContext(ctx)
		return wire{conn, cut}, err
	}), cut
}

type client interface {
	Ready(ctx context.Context) error
	Close() error
}

func TestAHostThatVanishedIsSeen(t *testing.T) {
	const at = "passthrough:engine"
	for name, c := range map[string]struct {
		serve func(context.Context, net.Listener) error
		dial  func(grpc.DialOption) (client, error)
	}{
		"asr":     {(&asrtest.Server{}).Serve, func(o grpc.DialOption) (client, error) { return asr.Dial(at, o) }},
		"tts":     {(&ttstest.Tone{}).Serve, func(o grpc.DialOption) (client, error) { return tts.Dial(at, tts.Config{}, o) }},
		"dialog":  {(&dialogtest.Server{}).Serve, func(o grpc.DialOption) (client, error) { return dialog.Dial(at, dialog.Config{}, o) }},
		"payment": {(&paymenttest.Server{}).Serve, func(o grpc.DialOption) (client, error) { return payment.Dial(at, payment.Config{}, o) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dialer, cut := wired(t, c.serve)
				engine, err := c.dial(dialer)
				if err != nil {
					t.Fatal(err)
				}
				defer engine.Close()
				if err := engine.Ready(t.Context()); err != nil {
					t.Fatal(err)
				}
				cut.Store(true)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				began := time.Now()
				err = engine.Ready(ctx)
				if took := time.Since(began); err == nil || took > 30*time.Second {
					t.Errorf("after %s: %v", took, err)
				}
			})
		})
	}
}

// Without it, gRPC ends the connection after a few pings, and each stream on it.
func TestOurServersAllowWhatTheClientsAsk(t *testing.T) {
	for name, serve := range map[string]func(context.Context, net.Listener) error{
		"asr": (&asrtest.Server{}).Serve, "tts": (&ttstest.Tone{}).Serve, "dialog": (&dialogtest.Server{}).Serve, "payment": (&paymenttest.Server{}).Serve,
		"fake": (&fake.Engine{Service: fake.TTS, TTS: &ttstest.Tone{}}).Serve,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dialer, _ := wired(t, serve)
				conn, err := grpc.NewClient("passthrough:engine", dialer, engines.KeepAlive(), grpc.WithTransportCredentials(insecure.NewCredentials()))
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				ctx, cancel := context.WithCancel(t.Context()) // a deadline would be the server's too
				defer time.AfterFunc(5*time.Minute, cancel).Stop()
				stream, err := healthv1.NewHealthClient(conn).Watch(ctx, &healthv1.HealthCheckRequest{})
				for err == nil {
					_, err = stream.Recv()
				}
				if ctx.Err() == nil {
					t.Errorf("a stream without a word was ended: %v", err)
				}
			})
		})
	}
}
