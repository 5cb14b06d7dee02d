// Package samltest runs a real identity provider of SAML 2.0 inside a test: crewjam's. A
// test says who comes and what is said of them, and may change an answer on its way.
package samltest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/xml"
	"html"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"
)

// Groups is the attribute in which the provider tells somebody's groups.
const Groups = "urn:oid:1.3.6.1.4.1.5923.1.1.1.1"

// Persistent is the format of the names that it gives, unless a test says otherwise.
const Persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"

// An IDP is an identity provider. It answers whoever is sent to it at once, as for
// somebody who is signed in there.
type IDP struct {
	URL string // of its metadata, and its entity ID

	// Name and In are who comes, and their groups.
	Name string
	In   []string
	// Shape changes what is said before it is signed; nil: nothing.
	Shape func(*saml.Assertion)

	tb       testing.TB
	provider saml.IdentityProvider
	party    *saml.EntityDescriptor // whom it signs people in to
}

// keyOf makes a key once for all tests of a process: that takes a while.
var keyOf = [2]func() *rsa.PrivateKey{sync.OnceValue(newKey), sync.OnceValue(newKey)} //nolint:gochecknoglobals // see above

func newKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}

// New starts a provider, which ends with the test.
func New(tb testing.TB) *IDP {
	tb.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	tb.Cleanup(server.Close)
	i := assemble(tb, server.URL, keyOf[0]())
	mux.HandleFunc("/metadata", i.provider.ServeMetadata)
	return i
}

// Impostor gives one that claims to be i, and has another key.
func (i *IDP) Impostor() *IDP {
	base, _ := url.Parse(i.URL)
	other := assemble(i.tb, base.Scheme+"://"+base.Host, keyOf[1]())
	other.party, other.Name, other.In = i.party, i.Name, i.In
	return other
}

// SignBy has it sign by another algorithm, as goxmldsig names it.
func (i *IDP) SignBy(method string) { i.provider.SignatureMethod = method }

func assemble(tb testing.TB, base string, key *rsa.PrivateKey) *IDP {
	tb.Helper()
	i := &IDP{URL: base + "/metadata", Name: "jean", tb: tb}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "provider"}, NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	i.must(err)
	cert, err := x509.ParseCertificate(der)
	i.must(err)
	i.provider = saml.IdentityProvider{
		Key: key, Certificate: cert, Logger: log.New(io.Discard, "", 0), MetadataURL: i.parse(i.URL), SSOURL: i.parse(base + "/sso"),
		ServiceProviderProvider: i, SessionProvider: i, AssertionMaker: i, SignatureMethod: dsig.RSASHA256SignatureMethod,
	}
	return i
}

func (i *IDP) must(err error) {
	i.tb.Helper()
	if err != nil {
		i.tb.Fatal(err)
	}
}

func (i *IDP) parse(text string) url.URL {
	u, err := url.Parse(text)
	i.must(err)
	return *u
}

// Trust has it sign people in to whom a description is of.
func (i *IDP) Trust(metadata []byte) {
	i.tb.Helper()
	i.party = &saml.EntityDescriptor{}
	i.must(xml.Unmarshal(metadata, i.party))
}

// GetServiceProvider is for the provider.
func (i *IDP) GetServiceProvider(_ *http.Request, id string) (*saml.EntityDescriptor, error) {
	if i.party == nil || i.party.EntityID != id {
		return nil, os.ErrNotExist
	}
	return i.party, nil
}

// GetSession is for the provider.
func (i *IDP) GetSession(http.ResponseWriter, *http.Request, *saml.IdpAuthnRequest) *saml.Session {
	now := time.Now()
	return &saml.Session{
		ID: "1", Index: "1", CreateTime: now, ExpireTime: now.Add(time.Hour), NameID: i.Name + "@example.com", UserName: i.Name, Groups: i.In,
	}
}

// MakeAssertion is for the provider.
func (i *IDP) MakeAssertion(req *saml.IdpAuthnRequest, session *saml.Session) error {
	if err := (saml.DefaultAssertionMaker{}).MakeAssertion(req, session); err != nil {
		return err
	}
	req.Assertion.Subject.NameID.Format = Persistent
	if i.Shape != nil {
		i.Shape(req.Assertion)
	}
	return nil
}

// Answer sends a browser to the provider, and gives what it comes back with.
func (i *IDP) Answer(address string) []byte {
	i.tb.Helper()
	w := httptest.NewRecorder()
	i.provider.ServeSSO(w, httptest.NewRequestWithContext(i.tb.Context(), http.MethodGet, address, http.NoBody))
	return i.form(w)
}

// Unasked is what a browser comes with that has not been to us.
func (i *IDP) Unasked() []byte {
	i.tb.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(i.tb.Context(), http.MethodGet, i.URL, http.NoBody)
	i.provider.ServeIDPInitiated(w, r, i.party.EntityID, "")
	return i.form(w)
}

// form takes the answer out of the page that would send it.
func (i *IDP) form(w *httptest.ResponseRecorder) []byte {
	i.tb.Helper()
	found := regexp.MustCompile(`name="SAMLResponse" value="([^"]*)"`).FindSubmatch(w.Body.Bytes())
	if found == nil {
		i.tb.Fatalf("the provider gives %d %s", w.Code, w.Body)
	}
	text, err := base64.StdEncoding.DecodeString(html.UnescapeString(string(found[1])))
	i.must(err)
	return text
}

// Encode puts an answer into the form in which it is sent.
func Encode(answer []byte) string { return base64.StdEncoding.EncodeToString(answer) }
