package signin

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	roundtrip "github.com/mattermost/xml-roundtrip-validator"
)

// A samlProvider is described by itself. The description is read when somebody signs in,
// and again after an hour, since providers change their keys.
type samlProvider struct {
	cfg SAML

	mu    sync.Mutex
	found *samlIDP
	asked time.Time
}

// A samlIDP is what counts of a description.
type samlIDP struct {
	entityID string
	certs    []*x509.Certificate // by which it signs
	door     string              // where requests go, by redirect
	until    *time.Time          // nil: for good
}

// A description is of one entity, or of several (SAML metadata section 2.3).
type description struct {
	XMLName   xml.Name
	EntityID  string        `xml:"entityID,attr"`
	Until     *time.Time    `xml:"validUntil,attr"`
	Entities  []description `xml:"urn:oasis:names:tc:SAML:2.0:metadata EntityDescriptor"`
	Providers []struct {
		Keys []struct {
			Use          string   `xml:"use,attr"`
			Certificates []string `xml:"http://www.w3.org/2000/09/xmldsig# KeyInfo>X509Data>X509Certificate"`
		} `xml:"urn:oasis:names:tc:SAML:2.0:metadata KeyDescriptor"`
		Doors []struct {
			Binding  string `xml:"Binding,attr"`
			Location string `xml:"Location,attr"`
		} `xml:"urn:oasis:names:tc:SAML:2.0:metadata SingleSignOnService"`
	} `xml:"urn:oasis:names:tc:SAML:2.0:metadata IDPSSODescriptor"`
}

const (
	metadataFresh = time.Hour
	metadataBytes = 4 << 20
	leastRSA      = 2048 // bits
)

// find gives the provider. One that cannot be read again is as it was, until it says that
// what it said is no longer valid.
func (p *samlProvider) find(ctx context.Context, now time.Time) (*samlIDP, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil && now.Sub(p.asked) < metadataFresh {
		return p.found, nil
	}
	data, err := p.fetch(ctx)
	if err == nil {
		var idp *samlIDP
		if idp, err = readSAMLMetadata(data); err == nil && !idp.current(now) {
			err = fmt.Errorf("it is valid until %s only", idp.until.Format(time.DateTime))
		}
		if err == nil {
			p.found, p.asked = idp, now
			return idp, nil
		}
	}
	if p.found != nil && p.found.current(now) {
		p.asked = now.Add(time.Minute - metadataFresh)
		return p.found, nil
	}
	return nil, fmt.Errorf("%w: its metadata: %w", ErrProvider, err)
}

func (p *samlProvider) fetch(ctx context.Context) ([]byte, error) {
	if !IsURL(p.cfg.Metadata) {
		return os.ReadFile(p.cfg.Metadata)
	}
	ctx, cancel := context.WithTimeout(ctx, providerTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.cfg.Metadata, http.NoBody)
	if err != nil {
		return nil, err
	}
	c := &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !sealed(r.URL) {
			return errors.New("it leads to an address that is not https")
		}
		return nil
	}}
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it is answered with %s", resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, metadataBytes))
}

// IsURL reports whether a provider's metadata is to be fetched, rather than read from a file.
func IsURL(metadata string) bool {
	return strings.HasPrefix(metadata, "https://") || strings.HasPrefix(metadata, "http://")
}

// sealed reports whether nobody on the way can change or read what goes to a URL: it is
// https, or on this machine.
func sealed(u *url.URL) bool {
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" && u.Host != "" || u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && ip.IsLoopback())
}

// CheckSAMLMetadata says what is wrong with a provider's description in a file, and until
// when it is valid, nil: for good. One that no longer is signs nobody in.
func CheckSAMLMetadata(name string) (until *time.Time, err error) {
	data, err := os.ReadFile(name) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	idp, err := readSAMLMetadata(data)
	if err != nil {
		return nil, err
	}
	return idp.until, nil
}

// readSAMLMetadata takes the one provider of a description.
func readSAMLMetadata(data []byte) (*samlIDP, error) {
	d, err := parseSAMLMetadata(data)
	if err != nil {
		return nil, err
	}
	idp := &samlIDP{entityID: d.EntityID, until: d.Until}
	for _, p := range d.Providers {
		for _, s := range p.Doors {
			if s.Binding == bindingRedirect && idp.door == "" {
				idp.door = s.Location
			}
		}
		for _, k := range p.Keys {
			if k.Use != "" && k.Use != "signing" {
				continue
			}
			for _, text := range k.Certificates {
				cert, err := readCertificate(text)
				if err != nil {
					return nil, err
				}
				idp.certs = append(idp.certs, cert)
			}
		}
	}
	return idp, idp.check()
}

const nsMetadata = "urn:oasis:names:tc:SAML:2.0:metadata"

// parseSAMLMetadata reads a description of a provider, or of several entities of which one is.
func parseSAMLMetadata(data []byte) (*description, error) {
	if err := roundtrip.Validate(bytes.NewReader(data)); err != nil {
		return nil, fmt.Errorf("it is not XML: %w", err)
	}
	var all description
	if err := xml.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("it is no SAML metadata: %w", err)
	}
	if all.XMLName.Space != nsMetadata {
		return nil, errors.New("it is no SAML metadata")
	}
	found := slices.DeleteFunc(append(all.Entities, all), func(d description) bool { return len(d.Providers) == 0 })
	if len(found) != 1 {
		return nil, fmt.Errorf("it describes %d identity providers; leave the one that signs people in", len(found))
	}
	if found[0].Until == nil {
		found[0].Until = all.Until
	}
	return &found[0], nil
}

func readCertificate(text string) (*x509.Certificate, error) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, fmt.Errorf("a certificate in it is not base64: %w", err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("a certificate in it: %w", err)
	}
	if k, ok := c.PublicKey.(*rsa.PublicKey); ok && k.N.BitLen() < leastRSA {
		return nil, fmt.Errorf("its key has %d bits; allowed: %d and more", k.N.BitLen(), leastRSA)
	}
	return c, nil
}

func (i *samlIDP) check() error {
	u, err := url.Parse(i.door)
	switch {
	case i.entityID == "":
		return errors.New("it has no entityID")
	case len(i.certs) == 0:
		return errors.New("it names no certificate for signing")
	case i.door == "":
		return errors.New("it names no SingleSignOnService with the HTTP-Redirect binding")
	case err != nil || !sealed(u):
		return fmt.Errorf("it has people sign in at %q, which is not https", i.door)
	}
	return nil
}

// current reports whether the description is still valid.
func (i *samlIDP) current(now time.Time) bool {
	return i.until == nil || now.Before(*i.until)
}
