package signin

import (
	"bytes"
	"slices"
	"strings"

	"github.com/beevik/etree"
	roundtrip "github.com/mattermost/xml-roundtrip-validator"
)

// The namespaces of SAML 2.0 and of XML signatures.
const (
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsSignature = "http://www.w3.org/2000/09/xmldsig#"
)

// Bounds of what is read before anything of it is believed.
const (
	samlBytes = 256 << 10
	samlDepth = 32
)

// A samlResponse is an answer of the one shape that is read at all: a Response with one
// Assertion in it, which carries its own signature. Signature wrapping (XSW) needs another
// shape: a second assertion, or a signature that stands elsewhere or is of something else.
type samlResponse struct {
	version, status, destination, issuer, inResponseTo string

	assertion *etree.Element
	whole     *etree.Element // the Response, where it is signed too; nil: it is not
}

// readResponse reads an answer of which nothing is believed yet; a Doubt.
func readResponse(text []byte) (*samlResponse, error) {
	if len(text) > samlBytes {
		return nil, doubt("it is too long", nil)
	}
	if err := roundtrip.Validate(bytes.NewReader(text)); err != nil { // two parsers might read two things
		return nil, doubt("it is not plain XML", err)
	}
	doc := etree.NewDocument()
	doc.ReadSettings.PreserveDuplicateAttrs = true // to be refused
	if err := doc.ReadFromBytes(text); err != nil {
		return nil, doubt("it is not XML", err)
	}
	root := doc.Root()
	if root == nil || root.Tag != "Response" || root.NamespaceURI() != nsProtocol {
		return nil, doubt("it is no Response of SAML 2.0", nil)
	}
	if err := onlyElements(doc, root); err != nil {
		return nil, err
	}
	var s survey
	if err := s.of(root, 0); err != nil {
		return nil, err
	}
	return s.response(root)
}

// onlyElements refuses a DOCTYPE, and whatever else stands around the root.
func onlyElements(doc *etree.Document, root *etree.Element) error {
	for _, t := range doc.Child {
		switch t := t.(type) {
		case *etree.Element:
			if t != root {
				return doubt("it is no single document", nil)
			}
		case *etree.CharData:
			if strings.TrimSpace(t.Data) != "" {
				return doubt("it is no single document", nil)
			}
		case *etree.ProcInst:
			if t.Target != "xml" {
				return doubt("it holds an instruction", nil)
			}
		case *etree.Directive:
			return doubt("it holds a DOCTYPE", nil)
		default:
			return doubt("it holds a comment", nil)
		}
	}
	return nil
}

// A survey is what of an answer is of note, wherever it stands.
type survey struct {
	assertions, signatures []*etree.Element
	ids                    []string
}

// of looks at all elements. Names count without their namespaces: what only looks like an
// assertion is refused as well.
func (s *survey) of(el *etree.Element, depth int) error {
	if depth > samlDepth {
		return doubt("it is nested too deeply", nil)
	}
	if err := s.attributes(el); err != nil {
		return err
	}
	switch el.Tag {
	case "Assertion":
		s.assertions = append(s.assertions, el)
	case "Signature":
		s.signatures = append(s.signatures, el)
	case "EncryptedAssertion", "EncryptedID", "EncryptedAttribute":
		return doubt("it is encrypted, which is not read here: have the provider send it over TLS alone", nil)
	case "Response":
		if depth > 0 {
			return doubt("it holds a second response", nil)
		}
	}
	for _, t := range el.Child {
		switch t := t.(type) {
		case *etree.Element:
			if err := s.of(t, depth+1); err != nil {
				return err
			}
		case *etree.CharData:
		default:
			return doubt("it holds a comment, an instruction or a DOCTYPE", nil)
		}
	}
	return nil
}

// attributes refuses those that one reader sees and another does not.
func (s *survey) attributes(el *etree.Element) error {
	seen := map[string]bool{}
	for _, a := range el.Attr {
		name := a.Space + ":" + a.Key
		if seen[name] {
			return doubt("an attribute stands twice", nil)
		}
		seen[name] = true
		if strings.EqualFold(a.Key, "ID") && a.Space != "xmlns" {
			if a.Space != "" || slices.Contains(s.ids, a.Value) || a.Value == "" {
				return doubt("an ID is there twice, or in disguise", nil)
			}
			s.ids = append(s.ids, a.Value)
		}
	}
	return nil
}

// response takes the answer apart, if everything stands where it must.
func (s *survey) response(root *etree.Element) (*samlResponse, error) {
	r := &samlResponse{version: attribute(root, "Version"), destination: attribute(root, "Destination"), inResponseTo: attribute(root, "InResponseTo")}
	r.head(root)
	if len(s.assertions) == 0 && r.status != statusSuccess {
		return nil, doubt("the provider signed nobody in", nil)
	}
	if len(s.assertions) != 1 || s.assertions[0].Parent() != root || s.assertions[0].NamespaceURI() != nsAssertion {
		return nil, doubt("it holds no assertion, or several, or one that stands elsewhere", nil)
	}
	r.assertion = s.assertions[0]
	if err := r.signatures(s.signatures, root); err != nil {
		return nil, err
	}
	return r, nil
}

// head reads what stands before the assertion.
func (r *samlResponse) head(root *etree.Element) {
	for _, c := range root.ChildElements() {
		switch {
		case c.Tag == "Issuer" && c.NamespaceURI() == nsAssertion:
			r.issuer = strings.TrimSpace(c.Text())
		case c.Tag == "Status" && c.NamespaceURI() == nsProtocol:
			if code := c.FindElement("./StatusCode"); code != nil {
				r.status = attribute(code, "Value")
			}
		}
	}
}

// signatures sees that the assertion has one, that the response may have one, and that there
// is no other.
func (r *samlResponse) signatures(all []*etree.Element, root *etree.Element) error {
	of := map[*etree.Element]int{}
	for _, sig := range all {
		if err := checkSignature(sig); err != nil {
			return err
		}
		of[sig.Parent()]++
	}
	if of[r.assertion]+of[root] != len(all) || of[r.assertion] > 1 || of[root] > 1 {
		return doubt("it holds a signature too many, or one that stands elsewhere than in what it signs", nil)
	}
	if of[r.assertion] == 0 {
		return doubt("the assertion is not signed", nil)
	}
	if of[root] == 1 {
		r.whole = root
	}
	return nil
}

// attribute gives one that has no prefix.
func attribute(el *etree.Element, key string) string {
	for _, a := range el.Attr {
		if a.Space == "" && a.Key == key {
			return a.Value
		}
	}
	return ""
}
