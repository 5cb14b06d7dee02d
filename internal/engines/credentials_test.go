package engines_test

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/certs/certstest"
	"github.com/callward/callward/internal/engines"
)

// guarded is an engine that wants a certificate and a token. It gives its address, and
// what it saw last.
func guarded(t *testing.T, ca *certstest.CA, certificate, key string) (address string, seen *atomic.Pointer[visit]) {
	t.Helper()
	config := ca.Client(certificate, key)
	config.ClientCAs, config.ClientAuth = config.RootCAs, tls.RequireAndVerifyClientCert
	seen = &atomic.Pointer[visit]{}
	g := grpc.NewServer(grpc.Creds(credentials.NewTLS(config)), grpc.UnaryInterceptor(
		func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, do grpc.UnaryHandler) (any, error) {
			v := &visit{}
			if md, ok := metadata.FromIncomingContext(ctx); ok {
				v.token = strings.Join(md.Get("authorization"), " and ")
			}
			if p, ok := peer.FromContext(ctx); ok {
				info, _ := p.AuthInfo.(credentials.TLSInfo)
				v.serial = info.State.PeerCertificates[0].SerialNumber.Int64()
			}
			seen.Store(v)
			return do(ctx, req)
		}))
	healthv1.RegisterHealthServer(g, health.NewServer())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = g.Serve(l)
	}()
	t.Cleanup(func() { g.Stop(); <-served })
	return l.Addr().String(), seen
}

type visit struct {
	token  string
	serial int64
}

func ask(t *testing.T, address string, opts ...grpc.DialOption) error {
	t.Helper()
	conn, err := grpc.NewClient(address, opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
	return err
}

func TestAnEngineSeesOurCertificateAndTokenAsTheFilesHoldThemNow(t *testing.T) {
	ca := certstest.New(t)
	serverCert, serverKey, _ := ca.Issue("engine", "engine.example", time.Now().Add(time.Hour))
	cert, key, first := ca.Issue("we", "callward.example", time.Now().Add(time.Hour))
	address, seen := guarded(t, ca, serverCert, serverKey)
	file := filepath.Join(t.TempDir(), "token")
	write(t, file, "one\n")
	c := engines.Credentials{CA: ca.File, Certificate: cert, Key: key, ServerName: "engine.example", TokenFile: file}
	opts, err := c.DialOptions()
	if err != nil {
		t.Fatal(err)
	}
	want := func(token string, serial int64) {
		t.Helper()
		if err := ask(t, address, opts...); err != nil {
			t.Fatal(err)
		}
		if got := seen.Load(); got.token != "Bearer "+token || got.serial != serial {
			t.Fatalf("it saw %+v, want %s and %d", *got, token, serial)
		}
	}
	want("one", first.Int64())
	_, _, second := ca.Issue("we", "callward.example", time.Now().Add(time.Hour))
	write(t, file, "two")
	want("two", second.Int64())
	write(t, file, "\n")
	write(t, cert, "nothing")
	want("two", second.Int64())
}

func TestAnEngineOfAnotherNameIsNotSpokenTo(t *testing.T) {
	ca := certstest.New(t)
	serverCert, serverKey, _ := ca.Issue("engine", "engine.example", time.Now().Add(time.Hour))
	cert, key, _ := ca.Issue("we", "callward.example", time.Now().Add(time.Hour))
	address, seen := guarded(t, ca, serverCert, serverKey)
	c := engines.Credentials{CA: ca.File, Certificate: cert, Key: key, ServerName: "other.example"}
	opts, err := c.DialOptions()
	if err != nil {
		t.Fatal(err)
	}
	if err := ask(t, address, opts...); status.Code(err) != codes.Unavailable || seen.Load() != nil {
		t.Errorf("%v", err)
	}
}

func TestFilesThatAreOfNoUseAreNamed(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	write(t, empty, " \n")
	for _, c := range []engines.Credentials{
		{CA: empty}, {Certificate: empty, Key: empty}, {TokenFile: empty}, {TokenFile: empty + "er"}, {CA: empty + "er"},
	} {
		if _, err := c.DialOptions(); err == nil || !strings.Contains(err.Error(), empty) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := (engines.Credentials{Certificate: empty}).DialOptions(); err == nil {
		t.Error("a certificate without its key is taken")
	}
	if opts, err := (engines.Credentials{}).DialOptions(); err != nil || len(opts) != 0 {
		t.Errorf("nothing gives %d options, %v", len(opts), err)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
