package stir

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Config says whom to believe. A zero field takes what its comment states.
type Config struct {
	Roots *x509.CertPool // authorities of the providers' certificates; there is no default
	Hosts []string       // HOST or HOST:PORT that certificates may be fetched from, to the letter; empty: none

	Window       time.Duration     // how old a PASSporT may be, and how far ahead; zero: 60 s (RFC 8224 section 6.2)
	FetchTimeout time.Duration     // of one certificate; zero: 2 s
	MaxBytes     int64             // of what is fetched; zero: 64 KiB
	CacheEntries int               // addresses whose certificates are kept; zero: 256
	CacheLife    time.Duration     // how long at most; zero: 1 h. A fetch that failed is tried again after 30 s
	Transport    http.RoundTripper // fetches; nil: a connection for each, by the proxy of the environment
	Now          func() time.Time  // nil: time.Now
}

// A Verifier verifies Identity headers. Its methods may be called from any
// goroutine. There is nothing to close.
type Verifier struct {
	roots  *x509.CertPool
	window time.Duration
	now    func() time.Time
	certs  *shelf
}

// errRoots says so rather than fall back on the system's roots: those vouch for web
// sites, not for numbers.
var errRoots = errors.New("stir: no roots are given")

// New makes a Verifier. It fails if there are no roots, or a host is not one.
func New(c Config) (*Verifier, error) {
	if c.Roots == nil {
		return nil, errRoots
	}
	hosts := make(map[string]bool)
	for _, h := range c.Hosts {
		u, err := url.Parse("https://" + h)
		if err != nil || u.Hostname() == "" || u.Host != h {
			return nil, fmt.Errorf("stir: %q is not HOST or HOST:PORT", h)
		}
		hosts[hostOf(u)] = true
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Transport == nil {
		c.Transport = transport()
	}
	return &Verifier{
		roots: c.Roots, now: c.Now, window: cmp.Or(c.Window, time.Minute),
		certs: &shelf{
			hosts: hosts, now: c.Now, kept: make(map[string]entry),
			client:  &http.Client{Transport: c.Transport, CheckRedirect: stay},
			timeout: cmp.Or(c.FetchTimeout, 2*time.Second), size: cmp.Or(c.MaxBytes, 64<<10),
			entries: cmp.Or(c.CacheEntries, 256), life: cmp.Or(c.CacheLife, time.Hour),
		},
	}, nil
}

// stay follows no redirect: where it leads was not allowed.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// A Request is what a message says of itself.
type Request struct {
	Identity []string  // values of its Identity headers
	Caller   string    // number in P-Asserted-Identity or From, with country code
	Called   []string  // number in To, and others that we are called by, with country code
	Date     time.Time // Date header; zero if there is none
}

// Verify says how far the caller's number may be believed. A request has several
// headers when several parties speak for it: one that proves true suffices, and of
// those that do not, the first gives the reason. It blocks for a fetch for each
// header, and no longer than ctx.
func (v *Verifier) Verify(ctx context.Context, r Request) Result {
	switch n := len(r.Identity); {
	case n == 0:
		return Result{Reason: ReasonNoIdentity}
	case n > maxIdentities:
		return Result{Trust: Failed, Reason: ReasonTooMany}
	}
	best := v.header(ctx, r, r.Identity[0])
	for _, value := range r.Identity[1:] {
		if next := v.header(ctx, r, value); next.Trust > best.Trust {
			best = next
		}
	}
	return best
}

// header verifies one Identity header (RFC 8224 section 6.2).
func (v *Verifier) header(ctx context.Context, r Request, value string) Result {
	p, reason := readPassport(value)
	switch reason {
	case "":
	case ReasonExtension: // step 1: those of other types are passed over
		return Result{Reason: reason}
	default:
		return Result{Trust: Failed, Reason: reason}
	}
	spc, reason := v.prove(ctx, r, &p)
	if reason != "" {
		return Result{Trust: Failed, Reason: reason}
	}
	if p.ppt != shaken {
		reason = ReasonNoAttestation
	}
	return Result{Trust: p.attest, Reason: reason, Caller: p.orig, OrigID: p.origID, SPC: spc}
}

// prove checks what a PASSporT says, cheap things first, and who signed it. It
// gives the provider's codes.
func (v *Verifier) prove(ctx context.Context, r Request, p *passport) ([]string, Reason) {
	now := v.now()
	if reason := p.fits(r, now, v.window); reason != "" {
		return nil, reason
	}
	certs, reason := v.certs.get(ctx, p.x5u)
	if reason != "" {
		return nil, reason
	}
	key, ok := signingKey(certs[0])
	if !ok {
		return nil, ReasonKey
	}
	spc, reason := v.trusts(certs, p.orig, now)
	if reason != "" {
		return nil, reason
	}
	if !p.signedBy(key) {
		return nil, ReasonSignature
	}
	return spc, ""
}
