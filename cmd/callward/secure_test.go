package main

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/certs/certstest"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// A guarded engine answers who has a token.
type guarded struct {
	asrv1.UnimplementedAsrServiceServer

	token string
}

func (g *guarded) let(ctx context.Context) error {
	md, _ := metadata.FromIncomingContext(ctx)
	if strings.Join(md.Get("authorization"), " ") != "Bearer "+g.token {
		return status.Error(codes.Unauthenticated, "the token is not right")
	}
	return nil
}

func (g *guarded) GetCapabilities(ctx context.Context, _ *asrv1.GetCapabilitiesRequest) (*asrv1.GetCapabilitiesResponse, error) {
	return &asrv1.GetCapabilitiesResponse{Capabilities: &speechv1.Capabilities{
		ApiVersion: "v1", Languages: []string{"en"},
		Formats: []*speechv1.AudioFormat{{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: 8000}},
	}}, g.let(ctx)
}

// StreamingRecognize does what the checks below look at: it refuses what is no config, and
// honours deadlines.
func (g *guarded) StreamingRecognize(down asrv1.AsrService_StreamingRecognizeServer) error {
	if err := g.let(down.Context()); err != nil {
		return err
	}
	first, err := down.Recv()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if first.GetConfig() == nil {
		return status.Error(codes.InvalidArgument, "the first message is not a config")
	}
	<-down.Context().Done()
	return status.FromContextError(down.Context().Err()).Err()
}

// serveGuarded serves such an engine for the name localhost, on TLS, and with mutual to
// those alone whom the authority has certified.
func serveGuarded(t *testing.T, ca *certstest.CA, token string, mutual bool) (address string) {
	t.Helper()
	cert, key, _ := ca.Issue("engine", "localhost", time.Now().Add(time.Hour))
	config := ca.Client(cert, key)
	if mutual {
		config.ClientCAs, config.ClientAuth = config.RootCAs, tls.RequireAndVerifyClientCert
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer(grpc.Creds(credentials.NewTLS(config)))
	asrv1.RegisterAsrServiceServer(s, &guarded{token: token})
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.Serve(l)
	}()
	t.Cleanup(func() { s.Stop(); <-served })
	return l.Addr().String()
}

func TestAnEngineBehindTLSAndATokenIsChecked(t *testing.T) {
	ca, other := certstest.New(t), certstest.New(t)
	cert, key, _ := ca.Issue("kit", "kit", time.Now().Add(time.Hour))
	foreign, foreignKey, _ := other.Issue("kit", "kit", time.Now().Add(time.Hour))
	trusts := []string{"--ca", ca.File, "--server-name", "localhost"}
	for name, c := range map[string]struct {
		mutual bool
		inVain bool // it is tried for as long as it may be
		flags  []string
		want   string // in the error; empty: it conforms
	}{
		"private authority":      {false, false, append(trusts, "--token", "secret"), ""},
		"named by its address":   {false, false, []string{"--ca", ca.File, "--token", "secret"}, ""},
		"mutual":                 {true, false, append(trusts, "--token", "secret", "--cert", cert, "--key", key), ""},
		"wrong authority":        {false, true, []string{"--ca", other.File, "--server-name", "localhost", "--token", "secret"}, "certificate signed by unknown authority"},
		"wrong name":             {false, true, []string{"--ca", ca.File, "--server-name", "elsewhere", "--token", "secret"}, "certificate is valid for localhost, not elsewhere"},
		"no TLS":                 {false, true, []string{"--token", "secret"}, "cannot be reached"},
		"no certificate":         {true, true, append(trusts, "--token", "secret"), "certificate required"},
		"foreign certificate":    {true, true, append(trusts, "--token", "secret", "--cert", foreign, "--key", foreignKey), "unknown certificate authority"},
		"wrong token":            {false, false, append(trusts, "--token", "guess"), "Unauthenticated"},
		"no token":               {false, false, trusts, "Unauthenticated"},
		"a file that is not":     {false, false, []string{"--ca", filepath.Join(ca.Dir, "none")}, "--ca: "},
		"a key without its file": {true, false, append(trusts, "--cert", cert), "--cert and --key: "},
	} {
		t.Run(name, func(t *testing.T) {
			address := serveGuarded(t, ca, "secret", c.mutual)
			if name == "named by its address" {
				address = strings.Replace(address, "127.0.0.1", "localhost", 1)
			}
			// One check goes by gRPC and the other by plain HTTP/2.
			args := append([]string{"conformance", "asr", address, "--timeout", "30s", "--only", "asr.config.first,asr.deadline"}, c.flags...)
			if c.inVain {
				args = append(args, "--timeout", "2s")
			}
			out, err := execute(t, args...)
			if c.want == "" {
				if err != nil {
					t.Errorf("%v\n%s", err, out)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
			if strings.Contains(out, "guess") || err != nil && strings.Contains(err.Error(), "guess") {
				t.Error("the token is told")
			}
			var exit *exitError
			if flag := strings.HasPrefix(c.want, "--"); !flag && (!errors.As(err, &exit) || exit.code != exitUnreachable) {
				t.Errorf("not the exit code %d: %v", exitUnreachable, err)
			}
		})
	}
}
