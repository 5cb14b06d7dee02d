// Package certstest makes an authority and certificates for tests.
package certstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A CA is an authority with a folder for its files, gone at the test's end.
type CA struct {
	File string // its own certificate
	Dir  string

	tb   testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	next int64
}

// New makes an authority.
func New(tb testing.TB) *CA {
	tb.Helper()
	a := &CA{tb: tb, Dir: tb.TempDir(), next: 1}
	a.key = a.newKey()
	a.cert = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}, a.key)
	a.File = filepath.Join(a.Dir, "ca.pem")
	a.write(a.File, "CERTIFICATE", a.cert.Raw)
	return a
}

// Issue writes a certificate for a name, which may be an address, and its key to
// DIR/STEM.pem and DIR/STEM.key. Files of before are replaced.
func (a *CA) Issue(stem, name string, expires time.Time) (cert, key string, serial *big.Int) {
	a.tb.Helper()
	k := a.newKey()
	t := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotAfter: expires, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		t.IPAddresses = []net.IP{ip}
	} else {
		t.DNSNames = []string{name}
	}
	c := a.sign(t, k)
	cert, key = filepath.Join(a.Dir, stem+".pem"), filepath.Join(a.Dir, stem+".key")
	der, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		a.tb.Fatal(err)
	}
	a.write(key, "EC PRIVATE KEY", der)
	a.write(cert, "CERTIFICATE", c.Raw)
	return cert, key, c.SerialNumber
}

// Client trusts the authority, and shows the certificate in the files, if they are
// named.
func (a *CA) Client(cert, key string) *tls.Config {
	a.tb.Helper()
	c := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}
	c.RootCAs.AddCert(a.cert)
	if cert != "" {
		p, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			a.tb.Fatal(err)
		}
		c.Certificates = []tls.Certificate{p}
	}
	return c
}

func (a *CA) newKey() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.tb.Fatal(err)
	}
	return k
}

func (a *CA) sign(t *x509.Certificate, k *ecdsa.PrivateKey) *x509.Certificate {
	t.SerialNumber, t.NotBefore = big.NewInt(a.next), time.Now().Add(-2*time.Hour)
	a.next++
	parent := a.cert
	if parent == nil {
		parent = t
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, &k.PublicKey, a.key)
	if err != nil {
		a.tb.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		a.tb.Fatal(err)
	}
	return c
}

// write replaces a file at once, as a careful tool does.
func (a *CA) write(name, kind string, der []byte) {
	tmp := name + ".new"
	err := os.WriteFile(tmp, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
	if err == nil {
		err = os.Rename(tmp, name)
	}
	if err != nil {
		a.tb.Fatal(err)
	}
}
