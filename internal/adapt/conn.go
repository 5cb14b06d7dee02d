package adapt

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
)

// Access is how a vendor is reached.
type Access struct {
	TLS       *tls.Config       // nil: in clear
	TokenFile string            // read anew for each stream; sent as a bearer token
	Metadata  map[string]string // sent with each stream
	Options   []grpc.DialOption // for tests
}

// maxAnswer bounds what a vendor may send at once.
const maxAnswer = 1 << 20

// A Conn is a gRPC connection to a vendor, and implements Vendor.
type Conn struct{ *grpc.ClientConn }

// Dial prepares a connection to HOST:PORT or unix:PATH and begins to connect. A
// token is sent in clear to this machine only.
func Dial(target string, a Access) (*Conn, error) {
	retry := backoff.DefaultConfig
	retry.BaseDelay = 100 * time.Millisecond
	retry.MaxDelay = 2 * time.Second
	creds := insecure.NewCredentials()
	if a.TLS != nil {
		creds = credentials.NewTLS(a.TLS)
	}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(creds),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: retry, MinConnectTimeout: time.Second}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 5 * time.Second}),
		grpc.WithIdleTimeout(0), // a caller must not wait for a connection
	}
	if a.TokenFile != "" || len(a.Metadata) > 0 {
		if a.TokenFile != "" && a.TLS == nil && !local(target) {
			return nil, errors.New("a token would be sent in clear to another machine: use TLS")
		}
		options = append(options, grpc.WithPerRPCCredentials(bearer{file: a.TokenFile, more: a.Metadata}))
	}
	conn, err := grpc.NewClient(target, append(options, a.Options...)...)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", target, err)
	}
	conn.Connect()
	return &Conn{conn}, nil
}

// local reports whether a target is on this machine.
func local(target string) bool {
	if strings.HasPrefix(target, "unix:") || strings.HasPrefix(target, "passthrough:") {
		return true
	}
	host, _, err := net.SplitHostPort(target)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// Ready returns once the vendor is connected.
func (c *Conn) Ready(ctx context.Context) error {
	for {
		c.Connect()
		state := c.GetState()
		if state == connectivity.Ready {
			return nil
		}
		if !c.WaitForStateChange(ctx, state) {
			return ctx.Err()
		}
	}
}

// Watch tells whether the vendor is connected.
func (c *Conn) Watch(ctx context.Context, tell func(up bool)) {
	for {
		state := c.GetState()
		tell(state == connectivity.Ready)
		if state == connectivity.Idle {
			c.Connect()
		}
		if !c.WaitForStateChange(ctx, state) {
			return
		}
	}
}

// bearer is the token of a file, as metadata, and other metadata.
type bearer struct {
	file string
	more map[string]string
}

// GetRequestMetadata reads the token: whoever renews it replaces the file.
func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	out := make(map[string]string, len(b.more)+1)
	for k, v := range b.more {
		out[strings.ToLower(k)] = v
	}
	if b.file != "" {
		token, err := Token(b.file)
		if err != nil {
			return nil, err
		}
		out["authorization"] = "Bearer " + token
	}
	return out, nil
}

// RequireTransportSecurity is false: Dial has seen to it.
func (b bearer) RequireTransportSecurity() bool { return false }

// Token reads a token from its file. The error does not hold what was read.
func Token(file string) (string, error) {
	raw, err := os.ReadFile(file) //nolint:gosec // the operator names the file
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	token := strings.TrimSpace(string(raw))
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errors.New("token: the file does not hold one")
	}
	return token, nil
}
