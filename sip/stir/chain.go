package stir

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"slices"
	"time"
)

// trusts follows the certificates up to a root, as things are now, and sees
// whether they may speak for a number. It gives the codes of the provider.
func (v *Verifier) trusts(certs []*x509.Certificate, tn string, now time.Time) ([]string, Reason) {
	between := x509.NewCertPool()
	for _, c := range certs[1:] {
		between.AddCert(c)
	}
	chains, err := certs[0].Verify(x509.VerifyOptions{
		Roots: v.roots, Intermediates: between, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}, // RFC 8226 names none
	})
	if err != nil {
		return nil, whyNot(err)
	}
	reason := ReasonScope
	for _, chain := range chains {
		var spc []string
		if spc, reason = scope(chain, tn); reason == "" {
			return spc, ""
		}
	}
	return nil, reason
}

func whyNot(err error) Reason {
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		return ReasonExpired
	}
	return ReasonUntrusted
}

// scope checks the TNAuthList of each certificate, from the one that signed up:
// nobody can hand on a number or a code that is not theirs (RFC 8226 section 9,
// RFC 9060).
func scope(chain []*x509.Certificate, tn string) (spc []string, reason Reason) {
	for i, c := range chain {
		if slices.ContainsFunc(c.Extensions, limitsClaims) {
			return nil, ReasonConstrained
		}
		l, ok := authListOf(c)
		if !ok || !l.covers(tn) {
			return nil, ReasonScope
		}
		listed := len(l.spc)+len(l.ranges) > 0
		foreign := func(code string) bool { return !slices.Contains(l.spc, code) }
		if i == 0 {
			spc = l.spc
		} else if listed && slices.ContainsFunc(spc, foreign) {
			return nil, ReasonScope
		}
	}
	return spc, ""
}

// limitsClaims knows the extensions by which a certificate lets only some claims
// be signed, id-pe 27 and 33. We do not check them, so we do not believe it.
func limitsClaims(e pkix.Extension) bool {
	return e.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 27}) ||
		e.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 33})
}

// signingKey is the key in a certificate, if it is one that may sign a PASSporT:
// on P-256, for signatures, not an authority's.
func signingKey(c *x509.Certificate) (*ecdsa.PublicKey, bool) {
	key, ok := c.PublicKey.(*ecdsa.PublicKey)
	signs := c.KeyUsage == 0 || c.KeyUsage&x509.KeyUsageDigitalSignature != 0
	return key, ok && key.Curve == elliptic.P256() && signs && !c.IsCA
}
