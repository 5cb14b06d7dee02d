package signin

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

// FuzzNothingButWhatTheProviderSignedIsBelieved changes an answer that was signed: it is
// refused with a reason, or says what it said.
func FuzzNothingButWhatTheProviderSignedIsBelieved(f *testing.F) {
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("testdata", "saml", name))
		if err != nil {
			f.Fatal(err)
		}
		return data
	}
	block, _ := pem.Decode(read("certificate.pem"))
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		f.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	believe := func(text []byte) (*assertion, error) {
		r, err := readResponse(text)
		if err != nil {
			return nil, err
		}
		return r.signedBy([]*x509.Certificate{cert}, at)
	}
	signed := read("response.xml")
	want, err := believe(signed)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := believe(text)
		if _, ok := errors.AsType[Doubt](err); err != nil && !ok {
			t.Errorf("refused without a reason: %v", err)
		}
		if err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("it says\n%+v, and was signed as\n%+v", got, want)
		}
	})
}
