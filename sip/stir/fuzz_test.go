package stir

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"
)

// FuzzReadPassport reads what anybody may send. What is read is well formed, and
// reads the same when written in another way.
func FuzzReadPassport(f *testing.F) {
	f.Fuzz(func(t *testing.T, value string) {
		p, reason := readPassport(value)
		if reason != "" {
			if reason.Code() == 0 && reason != ReasonExtension {
				t.Fatalf("refused for %q, which is no reason to", reason)
			}
			return
		}
		wellFormed(t, p)
		again, reason := readPassport(strings.Join([]string{
			p.signed + "." + base64.RawURLEncoding.EncodeToString(p.signature), "info=<" + p.x5u + ">", "alg=ES256",
		}, " ; "))
		if reason != "" || again.signed != p.signed || again.orig != p.orig || again.attest != p.attest {
			t.Fatalf("read as %+v, then as %+v (%s)", p, again, reason)
		}
		p.fits(Request{Caller: p.orig, Called: p.dest}, time.Now(), time.Minute)
	})
}

func wellFormed(t *testing.T, p passport) {
	t.Helper()
	switch {
	case len(p.signature) != 64, p.x5u == "", len(p.dest) == 0:
		t.Fatalf("something is missing in %+v", p)
	case p.attest.Proven() != (p.ppt == shaken), p.attest == Failed, isUUID(p.origID) != (p.ppt == shaken):
		t.Fatalf("attestation without shaken, or the reverse, in %+v", p)
	}
	for _, n := range append(p.dest, p.orig) {
		if strings.Trim(n, "0123456789*#") != "" || n == "" || canonical(n) != n {
			t.Fatalf("%q is no canonical number", n)
		}
	}
}

// FuzzReadAuthList reads the extension of a certificate that nobody vouches for
// yet. What is read covers the ends of its ranges and is fit for a log.
func FuzzReadAuthList(f *testing.F) {
	f.Fuzz(func(t *testing.T, der []byte, tn string) {
		l, ok := readAuthList(der)
		if !ok {
			return
		}
		if len(l.spc)+len(l.ranges) == 0 {
			t.Fatal("an empty list was read")
		}
		for _, r := range l.ranges {
			if !l.covers(r.Start) || r.Count < 1 {
				t.Fatalf("%+v does not cover its start", r)
			}
		}
		for _, code := range l.spc {
			if !isToken(code) {
				t.Fatalf("%q is a provider's code", code)
			}
		}
		l.covers(tn)
	})
}

// FuzzReadChain reads what a host of ours answers with.
func FuzzReadChain(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		chain, ok := readChain(b)
		if ok != (len(chain) > 0) || len(chain) > maxChain {
			t.Fatalf("%d certificates, %t", len(chain), ok)
		}
	})
}
