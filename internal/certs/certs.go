// Package certs owns the TLS certificates that live in files. It reads them again
// when they change, without a restart, and keeps the ones it has when the new ones
// are of no use.
package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// Files are PEM files. A certificate comes with its key; each may be left out.
type Files struct {
	Certificate string // ours, and those between it and its authority; empty: we are no server
	Key         string
	ClientCA    string // authorities of the certificates that peers may show; empty: none is asked for
	CA          string // authorities of the servers that we call; empty: the system's
}

// interval is between two looks at the files.
const interval = time.Second

// A Store holds what was read last and was good. Its methods may be called from
// any goroutine; Run once.
type Store struct {
	files    Files
	log      *slog.Logger
	current  atomic.Pointer[pair]
	rejected atomic.Uint64
	stamps   [4]stamp // of what was read last, good or not
	unread   bool     // a file of these could not be read
}

// pair is the configurations for both roles.
type pair struct {
	server, client *tls.Config
	expires        time.Time
}

// stamp tells whether a file is another one than before.
type stamp struct {
	modified time.Time
	size     int64
}

// Open reads the files. Run keeps what was read up to date.
func Open(f Files, log *slog.Logger) (*Store, error) {
	s := &Store{files: f, log: log}
	s.stamps = s.look()
	p, err := f.read(time.Now())
	if err != nil {
		return nil, err
	}
	s.current.Store(p)
	return s, nil
}

// Server is for listeners: each handshake takes what is current, TLS 1.2 or newer.
func (s *Store) Server() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return s.current.Load().server, nil },
	}
}

// Client is what a connection of ours takes now. It must not be changed.
func (s *Store) Client() *tls.Config { return s.current.Load().client }

// Expires is when the certificate in use ends; zero without one.
func (s *Store) Expires() time.Time { return s.current.Load().expires }

// Rejected counts the changes that were of no use.
func (s *Store) Rejected() uint64 { return s.rejected.Load() }

// Run looks for changes until ctx ends.
func (s *Store) Run(ctx context.Context) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			s.refresh(time.Now())
		}
	}
}

// refresh reads the files again if they changed. A certificate and its key cannot
// change in the same moment: what does not fit is read again when the other comes.
// A file that cannot be read is tried each time: when that ends, by a change of its
// mode say, its size and time stay.
func (s *Store) refresh(now time.Time) {
	stamps := s.look()
	changed := stamps != s.stamps
	if !changed && !s.unread {
		return
	}
	s.stamps = stamps
	p, err := s.files.read(now)
	_, s.unread = errors.AsType[*fs.PathError](err)
	switch {
	case s.unread && !changed:
		return // it was said
	case err != nil:
		s.rejected.Add(1)
		s.log.Warn("new certificates are of no use; the ones before stay", slog.Any("err", err))
		return
	}
	s.current.Store(p)
	s.log.Info("certificates were read again", slog.Time("expires", p.expires))
}

func (s *Store) look() (out [4]stamp) {
	for i, name := range []string{s.files.Certificate, s.files.Key, s.files.ClientCA, s.files.CA} {
		if info, err := os.Stat(name); err == nil {
			out[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return out
}

// read makes configurations of the files. The error names the file.
func (f Files) read(now time.Time) (*pair, error) {
	p := &pair{server: &tls.Config{MinVersion: tls.VersionTLS12}, client: &tls.Config{MinVersion: tls.VersionTLS12}}
	if f.Certificate != "" || f.Key != "" {
		cert, err := f.certificate(now)
		if err != nil {
			return nil, err
		}
		p.server.Certificates, p.client.Certificates = []tls.Certificate{cert}, []tls.Certificate{cert}
		p.expires = cert.Leaf.NotAfter
	}
	var err error
	if p.server.ClientCAs, err = authorities(f.ClientCA); err != nil {
		return nil, err
	}
	if p.server.ClientCAs != nil {
		p.server.ClientAuth = tls.VerifyClientCertIfGiven
	}
	p.client.RootCAs, err = authorities(f.CA)
	return p, err
}

// certificate reads ours, which must be valid now.
func (f Files) certificate(now time.Time) (tls.Certificate, error) {
	cert, err := tls.LoadX509KeyPair(f.Certificate, f.Key)
	if err != nil {
		return cert, fmt.Errorf("certificate %s with key %s: %w", f.Certificate, f.Key, err)
	}
	switch leaf := cert.Leaf; {
	case now.After(leaf.NotAfter):
		return cert, fmt.Errorf("certificate %s: it expired on %s", f.Certificate, leaf.NotAfter.Format(time.DateTime))
	case now.Before(leaf.NotBefore):
		return cert, fmt.Errorf("certificate %s: it is valid from %s only", f.Certificate, leaf.NotBefore.Format(time.DateTime))
	}
	return cert, nil
}

// authorities reads certificates; nil if no file is named.
func authorities(name string) (*x509.CertPool, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // none is what crypto/tls wants to hear
	}
	pem, err := os.ReadFile(name) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("authorities: %s holds no certificate", name)
	}
	return pool, nil
}
