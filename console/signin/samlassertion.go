package signin

import (
	"encoding/xml"
	"slices"
	"strings"
	"time"
)

// An assertion is what a provider says of somebody, as far as it is of use here (SAML core
// section 2.3.3).
type assertion struct {
	XMLName      xml.Name    `xml:"urn:oasis:names:tc:SAML:2.0:assertion Assertion"`
	ID           string      `xml:"ID,attr"`
	Version      string      `xml:"Version,attr"`
	IssueInstant time.Time   `xml:"IssueInstant,attr"`
	Issuer       string      `xml:"urn:oasis:names:tc:SAML:2.0:assertion Issuer"`
	Subject      subject     `xml:"urn:oasis:names:tc:SAML:2.0:assertion Subject"`
	Conditions   *conditions `xml:"urn:oasis:names:tc:SAML:2.0:assertion Conditions"`
	SignedIn     []struct {
		Ends *time.Time `xml:"SessionNotOnOrAfter,attr"`
	} `xml:"urn:oasis:names:tc:SAML:2.0:assertion AuthnStatement"`
	Statements []struct {
		Attributes []struct {
			Name   string   `xml:"Name,attr"`
			Values []string `xml:"urn:oasis:names:tc:SAML:2.0:assertion AttributeValue"`
		} `xml:"urn:oasis:names:tc:SAML:2.0:assertion Attribute"`
	} `xml:"urn:oasis:names:tc:SAML:2.0:assertion AttributeStatement"`
}

type nameID struct {
	Format string `xml:"Format,attr"`
	Value  string `xml:",chardata"`
}

type subject struct {
	Name          nameID `xml:"urn:oasis:names:tc:SAML:2.0:assertion NameID"`
	Confirmations []struct {
		Method string `xml:"Method,attr"`
		Data   struct {
			Recipient    string     `xml:"Recipient,attr"`
			InResponseTo string     `xml:"InResponseTo,attr"`
			NotBefore    *time.Time `xml:"NotBefore,attr"`
			NotOnOrAfter *time.Time `xml:"NotOnOrAfter,attr"`
		} `xml:"urn:oasis:names:tc:SAML:2.0:assertion SubjectConfirmationData"`
	} `xml:"urn:oasis:names:tc:SAML:2.0:assertion SubjectConfirmation"`
}

type conditions struct {
	NotBefore    *time.Time `xml:"NotBefore,attr"`
	NotOnOrAfter *time.Time `xml:"NotOnOrAfter,attr"`
	Audiences    []struct {
		Any []string `xml:"urn:oasis:names:tc:SAML:2.0:assertion Audience"`
	} `xml:"urn:oasis:names:tc:SAML:2.0:assertion AudienceRestriction"`
	Others []struct{ XMLName xml.Name } `xml:",any"`
}

// readAssertion reads one that was signed.
func readAssertion(text []byte) (*assertion, error) {
	a := &assertion{}
	if err := xml.Unmarshal(text, a); err != nil {
		return nil, doubt("its assertion cannot be read", err)
	}
	a.Issuer, a.Subject.Name.Value = strings.TrimSpace(a.Issuer), strings.TrimSpace(a.Subject.Name.Value)
	return a, nil
}

// How times are held to: clocks differ by samlSkew at most, and an assertion is made for one
// sign-in, which lasts no longer than samlAge.
const (
	samlSkew = time.Minute
	samlAge  = flowTime
)

const (
	bearerMethod    = "urn:oasis:names:tc:SAML:2.0:cm:bearer" //nolint:gosec // a name, and no secret
	transientFormat = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
	statusSuccess   = "urn:oasis:names:tc:SAML:2.0:status:Success"
	longestNameID   = 256
)

// A wanted is what an answer must be (SAML profiles sections 4.1.4.2 and 4.1.4.3).
type wanted struct {
	now          time.Time
	acs          string // where it was to come
	came         string // where it came
	us, provider string // entity IDs
	inResponseTo string // empty: nobody asked
}

// of holds an answer to it; a Doubt.
func (w wanted) of(r *samlResponse, a *assertion) error {
	switch {
	case w.came != w.acs || r.destination != "" && r.destination != w.acs:
		return doubt("it was for another address of ours, or for somebody else", nil)
	case r.status != statusSuccess:
		return doubt("the provider signed nobody in", nil)
	case r.version != "2.0" || a.Version != "2.0":
		return doubt("it is of another version of SAML", nil)
	case a.Issuer != w.provider || r.issuer != "" && r.issuer != w.provider:
		return doubt("it is of another provider", nil)
	case a.ID == "" || len(a.SignedIn) == 0:
		return doubt("it does not say that somebody signed in", nil)
	case a.Subject.Name.Value == "" || len(a.Subject.Name.Value) > longestNameID:
		return doubt("it does not say who signed in", nil)
	case a.Subject.Name.Format == transientFormat:
		return doubt("it names somebody anew at each sign-in (transient): have the provider send a persistent NameID", nil)
	case a.IssueInstant.After(w.now.Add(samlSkew)) || a.IssueInstant.Add(samlAge+samlSkew).Before(w.now):
		return doubt("it is too old, or not of this time", nil)
	}
	if err := w.conditions(a.Conditions); err != nil {
		return err
	}
	for _, s := range a.SignedIn {
		if s.Ends != nil && !w.now.Before(s.Ends.Add(samlSkew)) {
			return doubt("their session at the provider is over", nil)
		}
	}
	return w.confirmed(a.Subject)
}

// conditions must all hold, and be known.
func (w wanted) conditions(c *conditions) error {
	if c == nil || len(c.Audiences) == 0 {
		return doubt("it does not say for whom it is (audience)", nil)
	}
	if !w.within(c.NotBefore, c.NotOnOrAfter) {
		return doubt("it has expired, or is not valid yet", nil)
	}
	for _, a := range c.Audiences {
		if !slices.ContainsFunc(a.Any, func(text string) bool { return strings.TrimSpace(text) == w.us }) {
			return doubt("it is for somebody else (audience): is sign_in.saml.entity_id what the provider knows us by?", nil)
		}
	}
	for _, o := range c.Others {
		if o.XMLName.Space != nsAssertion || o.XMLName.Local != "OneTimeUse" && o.XMLName.Local != "ProxyRestriction" {
			return doubt("it has a condition that is not known", nil)
		}
	}
	return nil
}

// confirmed reports whether who brings the assertion may, here, now and in answer to what
// was asked.
func (w wanted) confirmed(s subject) error {
	for _, c := range s.Confirmations {
		d := c.Data
		if c.Method == bearerMethod && d.Recipient == w.acs && d.InResponseTo == w.inResponseTo && d.NotOnOrAfter != nil && w.within(d.NotBefore, d.NotOnOrAfter) {
			return nil
		}
	}
	return doubt("it was made for another address, another request or another time (subject confirmation)", nil)
}

func (w wanted) within(from, to *time.Time) bool {
	return (from == nil || !w.now.Add(samlSkew).Before(*from)) && (to == nil || w.now.Before(to.Add(samlSkew)))
}

// read finds the name and the groups of whom an assertion is about. NameIDs are no subjects
// of OpenID, though a provider may have one name in both.
func (p *samlProvider) read(a *assertion) told {
	t := told{Issuer: "saml:" + a.Issuer, Subject: a.Subject.Name.Value}
	values := map[string][]string{}
	for _, s := range a.Statements {
		for _, at := range s.Attributes {
			values[at.Name] = append(values[at.Name], at.Values...)
		}
	}
	for _, key := range namingAttributes() {
		if v := values[key]; len(v) > 0 && v[0] != "" && t.Name == "" {
			t.Name = readable(strings.TrimSpace(v[0]))
		}
	}
	if t.Name == "" {
		t.Name = readable(t.Subject)
	}
	if v := values[p.cfg.Agent]; p.cfg.Agent != "" && len(v) == 1 { // of several it would be told nowhere which
		t.Agent = agentNamed(strings.TrimSpace(v[0]))
	}
	for _, group := range values[p.cfg.Groups] {
		t.Grants = append(t.Grants, p.cfg.Roles[strings.TrimSpace(group)]...)
	}
	return t
}

// namingAttributes are where providers put what people call somebody (RFC 4519, RFC 2798).
func namingAttributes() []string {
	return []string{
		"uid", "urn:oid:0.9.2342.19200300.100.1.1",
		"email", "mail", "urn:oid:0.9.2342.19200300.100.1.3", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
		"displayName", "urn:oid:2.16.840.1.113730.3.1.241", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
	}
}
