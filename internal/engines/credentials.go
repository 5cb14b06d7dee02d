package engines

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/callward/callward/internal/certs"
)

// Credentials are how we and an engine prove to each other who we are. All files are
// read again: the certificates at each handshake, the token for each stream. What is of
// no use then leaves in force what was before.
type Credentials struct {
	TLS         bool   // even if nothing of the next four is given
	CA          string // PEM file of the engine's authorities; empty: the system's
	Certificate string // PEM file of ours, for an engine that asks for one (mTLS)
	Key         string // PEM file of its key
	ServerName  string // on the engine's certificate; empty: the host that is dialled
	TokenFile   string // its text is sent as "authorization: Bearer TEXT"
}

// Secure reports whether the connection is by TLS.
func (c Credentials) Secure() bool {
	return c.TLS || cmp.Or(c.CA, c.Certificate, c.Key, c.ServerName) != ""
}

// DialOptions gives what Dial of a client is to be given. The error names the file that
// is of no use.
func (c Credentials) DialOptions() ([]grpc.DialOption, error) {
	var opts []grpc.DialOption
	if c.Secure() {
		files := &handshakes{files: certs.Files{CA: c.CA, Certificate: c.Certificate, Key: c.Key}, name: c.ServerName}
		if err := files.read(); err != nil {
			return nil, err
		}
		opts = append(opts, grpc.WithTransportCredentials(files))
	}
	if c.TokenFile != "" {
		t := &token{file: c.TokenFile, secure: c.Secure()}
		if err := t.read(); err != nil {
			return nil, err
		}
		opts = append(opts, grpc.WithPerRPCCredentials(t))
	}
	return opts, nil
}

// handshakes is TLS with what stands in the files at each handshake.
type handshakes struct {
	files   certs.Files
	name    string
	current atomic.Pointer[tls.Config]
}

func (h *handshakes) read() error {
	if (h.files.Certificate == "") != (h.files.Key == "") {
		return errors.New("a certificate and its key go together")
	}
	s, err := certs.Open(h.files, slog.New(slog.DiscardHandler))
	if err != nil {
		return err //nolint:wrapcheck // it names the file
	}
	config := s.Client().Clone()
	config.ServerName = h.name
	h.current.Store(config)
	return nil
}

func (h *handshakes) now() credentials.TransportCredentials {
	return credentials.NewTLS(h.current.Load())
}

// ClientHandshake makes one with an engine.
func (h *handshakes) ClientHandshake(ctx context.Context, authority string, c net.Conn) (net.Conn, credentials.AuthInfo, error) {
	_ = h.read() // what was good before is better than no engine
	return h.now().ClientHandshake(ctx, authority, c)
}

// ServerHandshake is not for us.
func (*handshakes) ServerHandshake(net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return nil, nil, errors.New("these credentials are a client's")
}

// Info describes TLS to gRPC.
func (h *handshakes) Info() credentials.ProtocolInfo { return h.now().Info() }

// Clone gives one with the same files.
func (h *handshakes) Clone() credentials.TransportCredentials {
	out := &handshakes{files: h.files, name: h.name}
	out.current.Store(h.current.Load())
	return out
}

// OverrideServerName is what gRPC has in place of ServerName.
func (h *handshakes) OverrideServerName(name string) error {
	h.name = name
	return h.read()
}

// token is a bearer token in a file (RFC 6750 section 2.1).
type token struct {
	file    string
	secure  bool
	current atomic.Pointer[string]
}

// maxToken bounds what is sent in a header with each stream.
const maxToken = 16 << 10

func (t *token) read() error {
	data, err := os.ReadFile(t.file)
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	text := strings.TrimSpace(string(data))
	bad := func(r rune) bool { return r <= ' ' || r > '~' }
	if text == "" || len(text) > maxToken || strings.ContainsFunc(text, bad) {
		return fmt.Errorf("token: %s holds none: one line of printable characters is wanted", t.file)
	}
	t.current.Store(&text)
	return nil
}

// GetRequestMetadata gives the header of a stream.
func (t *token) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	_ = t.read() // the one before may still do
	return map[string]string{"authorization": "Bearer " + *t.current.Load()}, nil
}

// RequireTransportSecurity keeps gRPC from sending the token in clear where TLS was
// asked for. Without, the operator has said that the way is his own.
func (t *token) RequireTransportSecurity() bool { return t.secure }
