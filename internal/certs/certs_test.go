package certs

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/callward/callward/internal/certs/certstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, f Files) *Store {
	t.Helper()
	s, err := Open(f, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// shows makes a handshake and gives the number of the server's certificate.
func shows(t *testing.T, s *Store, client *tls.Config) (*big.Int, error) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", s.Server())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	served := make(chan error, 1)
	go func() {
		a, err := l.Accept()
		if err == nil {
			err = a.(*tls.Conn).HandshakeContext(t.Context()) //nolint:forcetypeassert // of a listener of TLS
			_ = a.Close()
		}
		served <- err
	}()
	client = client.Clone()
	client.ServerName, client.MaxVersion = "line.example", tls.VersionTLS12 // in 1.3 a client learns of a refusal later
	c, err := tls.Dial("tcp", l.Addr().String(), client)
	if err == nil {
		defer func() { _ = c.Close() }()
	}
	if err := errors.Join(err, <-served); err != nil {
		return nil, err
	}
	return c.ConnectionState().PeerCertificates[0].SerialNumber, nil
}

func TestNewFilesAreTakenAndUselessOnesAreNot(t *testing.T) {
	ca := certstest.New(t)
	cert, key, first := ca.Issue("line", "line.example", time.Now().Add(time.Hour))
	s := open(t, Files{Certificate: cert, Key: key})
	want := func(serial *big.Int, rejected uint64) {
		t.Helper()
		later(t, cert, key)
		s.refresh(time.Now())
		got, err := shows(t, s, ca.Client("", ""))
		if err != nil || got.Cmp(serial) != 0 || s.Rejected() != rejected {
			t.Fatalf("shows certificate %v, %v, %d rejected; want %v, %d", got, err, s.Rejected(), serial, rejected)
		}
	}
	want(first, 0)
	_, _, second := ca.Issue("line", "line.example", time.Now().Add(time.Hour))
	want(second, 0)
	ca.Issue("line", "line.example", time.Now().Add(-time.Minute))
	want(second, 1)
	s.refresh(time.Now())
	want(second, 2) // later touches the files: they are looked at again, and once only
	if err := os.WriteFile(cert, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(second, 3)
	_, _, third := ca.Issue("line", "line.example", time.Now().Add(2*time.Hour))
	want(third, 3)
	if d := time.Until(s.Expires()); d < time.Hour || d > 2*time.Hour {
		t.Errorf("expires in %s", d)
	}
}

// A file that cannot be read may be readable later without another size or time.
func TestAFileThatCouldNotBeReadIsTriedAgain(t *testing.T) {
	ca := certstest.New(t)
	cert, key, first := ca.Issue("line", "line.example", time.Now().Add(time.Hour))
	s := open(t, Files{Certificate: cert, Key: key})
	_, _, second := ca.Issue("line", "line.example", time.Now().Add(time.Hour))
	later(t, cert, key)
	withoutFiles(t, func() {
		for range 3 {
			s.refresh(time.Now())
		}
	})
	if got, err := shows(t, s, ca.Client("", "")); err != nil || got.Cmp(first) != 0 || s.Rejected() != 1 {
		t.Fatalf("shows certificate %v, %v, %d rejected", got, err, s.Rejected())
	}
	s.refresh(time.Now())
	if got, err := shows(t, s, ca.Client("", "")); err != nil || got.Cmp(second) != 0 || s.Rejected() != 1 {
		t.Errorf("shows certificate %v, %v, %d rejected", got, err, s.Rejected())
	}
}

// withoutFiles lets no file be opened meanwhile. A mode would not keep root out.
func withoutFiles(t *testing.T, do func()) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 0, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	do()
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
}

// later gives files a time of change that differs from all before, however coarse the
// file system is, and however soon they were written after each other.
func later(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		at := info.ModTime().Add(time.Second + rand.N(time.Hour))
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAClientMayShowACertificateOfTheRightAuthority(t *testing.T) {
	ca, other := certstest.New(t), certstest.New(t)
	cert, key, _ := ca.Issue("line", "line.example", time.Now().Add(time.Hour))
	s := open(t, Files{Certificate: cert, Key: key, ClientCA: ca.File})
	if _, err := shows(t, s, ca.Client("", "")); err != nil {
		t.Errorf("without a certificate: %v", err)
	}
	if _, err := shows(t, s, ca.Client(cert, key)); err != nil {
		t.Errorf("with one of ours: %v", err)
	}
	c, k, _ := other.Issue("stranger", "stranger.example", time.Now().Add(time.Hour))
	bad := ca.Client(c, k)
	bad.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &bad.Certificates[0], nil }
	if _, err := shows(t, s, bad); err == nil {
		t.Error("a stranger's certificate was taken")
	}
}

func TestAuthoritiesMayStandAlone(t *testing.T) {
	ca := certstest.New(t)
	s := open(t, Files{CA: ca.File})
	if c := s.Client(); c.RootCAs == nil || len(c.Certificates) != 0 || !s.Expires().IsZero() {
		t.Errorf("authorities %v, %d certificates, the end is %s", c.RootCAs, len(c.Certificates), s.Expires())
	}
}

func TestWhatIsWrongWithAFileIsSaid(t *testing.T) {
	ca := certstest.New(t)
	cert, key, _ := ca.Issue("line", "line.example", time.Now().Add(time.Hour))
	_, otherKey, _ := ca.Issue("other", "line.example", time.Now().Add(time.Hour))
	old, oldKey, _ := ca.Issue("old", "line.example", time.Now().Add(-time.Hour))
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		files Files
		says  string
	}{
		"no file":       {Files{Certificate: "/none.pem", Key: key}, "/none.pem"},
		"another key":   {Files{Certificate: cert, Key: otherKey}, "does not match"},
		"expired":       {Files{Certificate: old, Key: oldKey}, "expired"},
		"no authority":  {Files{Certificate: cert, Key: key, ClientCA: empty}, "holds no certificate"},
		"no such roots": {Files{Certificate: cert, Key: key, CA: "/none"}, "/none"},
	} {
		if _, err := Open(c.files, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
