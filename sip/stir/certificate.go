package stir

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	maxChain    = 6                // certificates under one address
	failureLife = 30 * time.Second // how long a failed fetch is believed
	maxConns    = 8                // connections to one host
)

// A shelf fetches certificates and keeps them. Its methods may be called from any
// goroutine.
type shelf struct {
	hosts   map[string]bool // that may be asked
	client  *http.Client
	timeout time.Duration
	size    int64 // bytes of a body
	entries int
	life    time.Duration
	now     func() time.Time

	flight singleflight.Group

	mu   sync.Mutex
	kept map[string]entry
}

// entry is what came of a fetch: certificates, or a reason why not.
type entry struct {
	chain  []*x509.Certificate
	reason Reason
	until  time.Time
}

// transport opens a connection for each fetch: there are few, and none is left.
func transport() *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, DisableCompression: true,
		MaxConnsPerHost: maxConns, MaxResponseHeaderBytes: 16 << 10,
	}
}

// get gives the certificates under an address, the one that signed first. Whoever
// asks while they are being fetched waits for the same fetch, and no longer than
// ctx.
func (s *shelf) get(ctx context.Context, x5u string) ([]*x509.Certificate, Reason) {
	if reason := s.allows(x5u); reason != "" {
		return nil, reason
	}
	if e, ok := s.look(x5u); ok {
		return e.chain, e.reason
	}
	landed := s.flight.DoChan(x5u, func() (any, error) {
		e := s.fetch(context.WithoutCancel(ctx), x5u)
		s.keep(x5u, e)
		return e, nil
	})
	select {
	case r := <-landed:
		e, _ := r.Val.(entry)
		return e.chain, e.reason
	case <-ctx.Done():
		return nil, ReasonUnreachable
	}
}

// allows says why an address may not be asked. It is written to the letter: no
// other scheme, no user, no query, no host that only looks like one of ours.
func (s *shelf) allows(x5u string) Reason {
	u, err := url.Parse(x5u)
	if err != nil || u.Scheme != "https" || u.User != nil || strings.ContainsAny(x5u, "?#") {
		return ReasonAddress
	}
	if !s.hosts[hostOf(u)] {
		return ReasonHost
	}
	return ""
}

// hostOf is HOST, or HOST:PORT if the port is not that of https.
func hostOf(u *url.URL) string { return strings.ToLower(strings.TrimSuffix(u.Host, ":443")) }

func (s *shelf) look(x5u string) (entry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.kept[x5u]
	return e, ok && s.now().Before(e.until)
}

// keep puts an entry on the shelf. If that is full, what ends first makes room, so
// that addresses of no use push out their like and not the certificates.
func (s *shelf) keep(x5u string, e entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.kept[x5u]; !known && len(s.kept) >= s.entries {
		s.dropFirst()
	}
	s.kept[x5u] = e
}

// dropFirst forgets what ends first. It needs s.mu.
func (s *shelf) dropFirst() {
	var first string
	for address, e := range s.kept {
		if first == "" || e.until.Before(s.kept[first].until) {
			first = address
		}
	}
	delete(s.kept, first)
}

func (s *shelf) fetch(ctx context.Context, x5u string) entry {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	body, ok := s.body(ctx, x5u)
	if !ok {
		return entry{reason: ReasonUnreachable, until: s.now().Add(failureLife)}
	}
	chain, ok := readChain(body)
	if !ok {
		return entry{reason: ReasonCertificate, until: s.now().Add(failureLife)}
	}
	return entry{chain: chain, until: s.now().Add(s.life)}
}

// body is what an address answers with, if it is no redirect and not too much.
func (s *shelf) body(ctx context.Context, x5u string) ([]byte, bool) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, x5u, nil)
	if err != nil {
		return nil, false
	}
	res, err := s.client.Do(req)
	if err != nil {
		return nil, false
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, false
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, s.size+1))
	return b, err == nil && int64(len(b)) <= s.size
}

// readChain reads certificates, in PEM or in DER (RFC 8224 section 7.3). Their
// TNAuthLists may be critical: we know how to read them.
func readChain(b []byte) ([]*x509.Certificate, bool) {
	var chain []*x509.Certificate
	for _, der := range blocks(b) {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, false
		}
		c.UnhandledCriticalExtensions = slices.DeleteFunc(c.UnhandledCriticalExtensions, isAuthList)
		chain = append(chain, c)
	}
	return chain, len(chain) > 0
}

// blocks gives the DER of each certificate in a file; none if there are too many.
func blocks(b []byte) [][]byte {
	if !bytes.Contains(b, []byte("-----BEGIN")) {
		return [][]byte{b}
	}
	var all [][]byte
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			all = append(all, block.Bytes)
		}
	}
	if len(all) > maxChain {
		return nil
	}
	return all
}
