package signin

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"net/url"
	"time"
)

// The ways in which messages go by the browser (SAML bindings sections 3.4 and 3.5).
const (
	bindingRedirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	bindingPost     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
)

// An authnRequest asks a provider to sign somebody in (SAML core section 3.4.1).
type authnRequest struct {
	XMLName         xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:protocol AuthnRequest"`
	ID              string   `xml:"ID,attr"`
	Version         string   `xml:"Version,attr"`
	IssueInstant    string   `xml:"IssueInstant,attr"`
	Destination     string   `xml:"Destination,attr"`
	ProtocolBinding string   `xml:"ProtocolBinding,attr"`
	ACS             string   `xml:"AssertionConsumerServiceURL,attr"`
	Issuer          string   `xml:"urn:oasis:names:tc:SAML:2.0:assertion Issuer"`
	Policy          struct {
		AllowCreate bool `xml:"AllowCreate,attr"`
	} `xml:"urn:oasis:names:tc:SAML:2.0:protocol NameIDPolicy"`
}

func newAuthnRequest(id, to, acs, entityID string, now time.Time) authnRequest {
	r := authnRequest{
		ID: id, Version: "2.0", IssueInstant: now.UTC().Format(time.RFC3339), Destination: to, ProtocolBinding: bindingPost, ACS: acs, Issuer: entityID,
	}
	r.Policy.AllowCreate = true
	return r
}

// redirectTo puts a request into an address.
func redirectTo(door string, r authnRequest) (string, error) {
	u, err := url.Parse(door)
	if err != nil {
		return "", fmt.Errorf("saml: %w", err)
	}
	text, err := xml.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("saml: %w", err)
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return "", fmt.Errorf("saml: %w", err)
	}
	if _, err := w.Write(text); err != nil {
		return "", fmt.Errorf("saml: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("saml: %w", err)
	}
	q := u.Query()
	q.Set("SAMLRequest", base64.StdEncoding.EncodeToString(packed.Bytes()))
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// A partyDescription is what a provider must know of us (SAML metadata section 2.4.4). It
// names no key: nothing is encrypted for us, as all goes over TLS, and requests prove nothing.
type partyDescription struct {
	XMLName  xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:metadata EntityDescriptor"`
	EntityID string   `xml:"entityID,attr"`
	Party    struct {
		Protocols  string `xml:"protocolSupportEnumeration,attr"`
		Requests   bool   `xml:"AuthnRequestsSigned,attr"`
		Assertions bool   `xml:"WantAssertionsSigned,attr"`
		ACS        struct {
			Binding  string `xml:"Binding,attr"`
			Location string `xml:"Location,attr"`
			Index    int    `xml:"index,attr"`
			Default  bool   `xml:"isDefault,attr"`
		} `xml:"urn:oasis:names:tc:SAML:2.0:metadata AssertionConsumerService"`
	} `xml:"urn:oasis:names:tc:SAML:2.0:metadata SPSSODescriptor"`
}

// SAMLMetadata is our description of ourselves, for the provider; answers are to come to acs.
func (s *Service) SAMLMetadata(acs string) ([]byte, error) {
	d := partyDescription{EntityID: s.saml.cfg.EntityID}
	p := &d.Party
	p.Protocols, p.Assertions = nsProtocol, true
	p.ACS.Binding, p.ACS.Location, p.ACS.Index, p.ACS.Default = bindingPost, acs, 1, true
	return xml.MarshalIndent(d, "", "  ")
}
