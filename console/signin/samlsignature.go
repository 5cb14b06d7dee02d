package signin

import (
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// checkSignature sees that a signature is of its parent, whole, by an algorithm that is not
// broken, and holds nothing but itself (SAML core section 5.4).
func checkSignature(sig *etree.Element) error {
	if sig.NamespaceURI() != nsSignature {
		return doubt("a signature is of another kind", nil)
	}
	parts := map[string]int{}
	for _, c := range sig.ChildElements() {
		parts[c.Tag]++
	}
	info := sig.FindElement("./SignedInfo")
	if parts["SignedInfo"] != 1 || parts["SignatureValue"] != 1 || parts["KeyInfo"] > 1 || len(parts) > 2+parts["KeyInfo"] || info == nil {
		return doubt("a signature holds what is none of its own", nil)
	}
	parts = map[string]int{}
	for _, c := range info.ChildElements() {
		parts[c.Tag]++
	}
	ref := info.FindElement("./Reference")
	if len(parts) != 3 || parts["Reference"] != 1 || parts["CanonicalizationMethod"] != 1 || parts["SignatureMethod"] != 1 {
		return doubt("a signature is of several things, or of none", nil)
	}
	if id := attribute(sig.Parent(), "ID"); id == "" || attribute(ref, "URI") != "#"+id {
		return doubt("a signature is of something else than where it stands", nil)
	}
	algorithms := []string{algorithm(info, "CanonicalizationMethod"), algorithm(info, "SignatureMethod"), algorithm(ref, "DigestMethod")}
	for _, t := range ref.FindElements("./Transforms/Transform") {
		algorithms = append(algorithms, attribute(t, "Algorithm"))
	}
	for _, a := range algorithms {
		if !slices.Contains(soundAlgorithms(), a) {
			return doubt("a signature uses an algorithm that is not taken, such as SHA-1", errors.New(a))
		}
	}
	return nil
}

func algorithm(el *etree.Element, of string) string {
	if m := el.FindElement("./" + of); m != nil {
		return attribute(m, "Algorithm")
	}
	return ""
}

// soundAlgorithms are taken in signatures: no SHA-1, no comments, no part of an element.
func soundAlgorithms() []string {
	return []string{
		"http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
		"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
		"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
		"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512",
	}
}

// signedBy gives the assertion as it was signed by one of the certificates, and nothing
// that was not; a Doubt.
func (r *samlResponse) signedBy(certs []*x509.Certificate, now time.Time) (*assertion, error) {
	signed, err := verified(r.assertion, certs, now)
	if err != nil {
		return nil, err
	}
	if r.whole != nil {
		if _, err := verified(r.whole, certs, now); err != nil {
			return nil, err
		}
	}
	doc := etree.NewDocument()
	doc.SetRoot(signed)
	text, err := doc.WriteToBytes()
	if err != nil {
		return nil, doubt("it cannot be read", err)
	}
	return readAssertion(text)
}

// verified gives an element as it was signed, without its signature.
func verified(el *etree.Element, certs []*x509.Certificate, now time.Time) (*etree.Element, error) {
	alone, err := detached(el)
	if err != nil {
		return nil, doubt("it cannot be read", err)
	}
	var errs []error
	for _, c := range certs {
		v := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{c}})
		v.IdAttribute = "ID"
		v.Clock = dsig.NewFakeClockAt(now)
		signed, err := v.Validate(alone)
		if err == nil {
			return signed, nil
		}
		errs = append(errs, err)
	}
	return nil, doubt("the signature is not the provider's, or not of this", errors.Join(errs...))
}

// detached gives a copy of an element that holds the namespaces of those around it.
func detached(el *etree.Element) (*etree.Element, error) {
	ns, err := etreeutils.NSBuildParentContext(el)
	if err == nil {
		ns, err = ns.SubContext(el)
	}
	if err != nil {
		return nil, err
	}
	return etreeutils.NSDetatch(ns, el)
}
