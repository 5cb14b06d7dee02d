// Package stirtest makes, in memory, what signs a call: authorities, providers with
// certificates for numbers, Identity headers, and the web that certificates are
// fetched from. It is for tests: what cannot fail in one panics.
package stirtest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"time"
)

// An Authority issues certificates. They are valid from an hour before Start to an
// hour after.
type Authority struct {
	Cert  *x509.Certificate
	Start time.Time

	key    *ecdsa.PrivateKey
	parent *Authority // nil: it is a root
}

// NewAuthority makes a root.
func NewAuthority(start time.Time) *Authority {
	a := &Authority{Start: start, key: NewKey(elliptic.P256())}
	a.Cert = sign(authority(start), nil, a.key, a.key.Public())
	return a
}

// Under makes an authority below another; extensions go to its certificate.
func (a *Authority) Under(extensions ...pkix.Extension) *Authority {
	b := &Authority{Start: a.Start, key: NewKey(elliptic.P256()), parent: a}
	t := authority(a.Start)
	t.ExtraExtensions = extensions
	b.Cert = sign(t, a.Cert, a.key, b.key.Public())
	return b
}

func authority(start time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: start.Add(-time.Hour), NotAfter: start.Add(time.Hour),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
}

// Roots holds the authority alone.
func (a *Authority) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Cert)
	return pool
}

// Issue makes the certificate of a provider, and gives it with those above it up to
// the root, in PEM. Extensions go to the certificate, in place of those that it has.
func (a *Authority) Issue(key crypto.PublicKey, extensions ...pkix.Extension) []byte {
	chain := sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "test provider"}, KeyUsage: x509.KeyUsageDigitalSignature,
		NotBefore: a.Start.Add(-time.Hour), NotAfter: a.Start.Add(time.Hour), ExtraExtensions: extensions,
	}, a.Cert, a.key, key)
	out := PEM(chain)
	for ; a.parent != nil; a = a.parent {
		out = append(out, PEM(a.Cert)...)
	}
	return out
}

// PEM writes a certificate as files have it.
func PEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func sign(t, parent *x509.Certificate, by *ecdsa.PrivateKey, key crypto.PublicKey) *x509.Certificate {
	if parent == nil {
		parent = t
	}
	t.SerialNumber = must(rand.Int(rand.Reader, big.NewInt(1<<62)))
	return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, t, parent, key, by))))
}

// NewKey makes a key.
func NewKey(c elliptic.Curve) *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(c, rand.Reader)) }

// TNAuthList is the extension that says whom a certificate speaks for (RFC 8226
// section 9). Its entries come from SPC, Range and One.
func TNAuthList(critical bool, entries ...asn1.RawValue) pkix.Extension {
	return pkix.Extension{
		Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 26}, Critical: critical, Value: must(asn1.Marshal(entries)),
	}
}

// SPC is a service provider code.
func SPC(code string) asn1.RawValue { return entry(0, must(asn1.MarshalWithParams(code, "ia5"))) }

// Range is count numbers from start on.
func Range(start string, count int64) asn1.RawValue {
	return entry(1, must(asn1.Marshal(struct {
		Start string `asn1:"ia5"`
		Count int64
	}{start, count})))
}

// One is a single number.
func One(tn string) asn1.RawValue { return entry(2, must(asn1.MarshalWithParams(tn, "ia5"))) }

func entry(tag int, inner []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tag, IsCompound: true, Bytes: inner}
}

// Claims are the members of a JSON object.
type Claims map[string]any

// With is a copy with some members set anew. A nil value takes one out.
func (c Claims) With(changes Claims) Claims {
	out := maps.Clone(c)
	maps.Copy(out, changes)
	maps.DeleteFunc(out, func(_ string, v any) bool { return v == nil })
	return out
}

// Header is the header of a SHAKEN PASSporT (RFC 8588 section 3).
func Header(x5u string) Claims {
	return Claims{"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": x5u}
}

// Payload is one from a number to another (RFC 8588 section 3).
func Payload(attest, from, to string, iat time.Time) Claims {
	return Claims{
		"attest": attest, "dest": Claims{"tn": []string{to}}, "iat": iat.Unix(),
		"orig": Claims{"tn": from}, "origid": "123e4567-e89b-42d3-a456-426655440000",
	}
}

// Sign makes a PASSporT in full form.
func Sign(key *ecdsa.PrivateKey, header, payload Claims) string {
	return SignRaw(key, must(json.Marshal(header)), must(json.Marshal(payload)))
}

// SignRaw makes one of a header and a payload that may be anything.
func SignRaw(key *ecdsa.PrivateKey, header, payload []byte) string {
	b64 := base64.RawURLEncoding
	signed := b64.EncodeToString(header) + "." + b64.EncodeToString(payload)
	hash := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, key, hash[:])
	if err != nil {
		panic(err)
	}
	size := (key.Params().BitSize + 7) / 8
	sig := make([]byte, 2*size)
	r.FillBytes(sig[:size])
	s.FillBytes(sig[size:])
	return signed + "." + b64.EncodeToString(sig)
}

// Identity is the value of the header around a PASSporT (RFC 8224 section 4).
func Identity(token, info string) string {
	return fmt.Sprintf("%s;info=<%s>;alg=ES256;ppt=shaken", token, info)
}

// Web answers fetches from memory, by address. What it does not know is a 404.
type Web map[string][]byte

// RoundTrip is for a Transport.
func (w Web) RoundTrip(req *http.Request) (*http.Response, error) {
	body, ok := w[req.URL.String()]
	res := &http.Response{StatusCode: http.StatusOK, Request: req, Body: io.NopCloser(bytes.NewReader(body))}
	if !ok {
		res.StatusCode = http.StatusNotFound
	}
	return res, nil
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
