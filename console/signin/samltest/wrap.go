package samltest

import (
	"testing"

	"github.com/beevik/etree"
)

// Wrap gives an answer to which a forged assertion was added, so that the signature still is
// of the true one: the eight ways of signature wrapping, as SAML Raider counts them. The
// forged one is of admin, in the group admins. Way 0 forges nothing, and takes the signature
// of the whole answer off as all ways but 1 and 2 do.
func Wrap(tb testing.TB, answer []byte, way int) []byte {
	tb.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(answer); err != nil {
		tb.Fatal(err)
	}
	root := doc.Root()
	if way == 1 || way == 2 {
		wrapWhole(doc, way)
	} else {
		unsign(root)
		wrapAssertion(root, root.FindElement("./Assertion"), way)
	}
	out, err := doc.WriteToBytes()
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// wrapWhole hides the answer that was signed in, or beside, the signature of a forged one.
func wrapWhole(doc *etree.Document, way int) {
	root := doc.Root()
	forged := root.Copy()
	forged.CreateAttr("ID", "_forged")
	assertion := forged.FindElement("./Assertion")
	forge(assertion)
	assertion.CreateAttr("ID", "_forged2")
	unsign(assertion)
	unsign(root)
	if way == 1 {
		forged.FindElement("./Signature").AddChild(root)
	} else {
		forged.InsertChildAt(forged.FindElement("./Signature").Index(), root)
	}
	doc.SetRoot(forged)
}

// wrapAssertion has a forged assertion stand where a careless reader looks.
func wrapAssertion(root, signed *etree.Element, way int) {
	forged := signed.Copy()
	forge(forged)
	signature := forged.FindElement("./Signature")
	if way < 5 || way == 7 {
		forged.RemoveChild(signature)
	}
	if way != 7 {
		forged.CreateAttr("ID", "_forged")
	}
	switch way {
	case 3:
		root.InsertChildAt(signed.Index(), forged)
	case 4:
		root.RemoveChild(signed)
		root.AddChild(forged)
		forged.AddChild(signed)
	case 5:
		root.RemoveChild(signed)
		unsign(signed)
		root.AddChild(forged)
		root.AddChild(signed)
	case 6:
		root.RemoveChild(signed)
		unsign(signed)
		root.AddChild(forged)
		signature.AddChild(signed)
	case 7:
		extensions := etree.NewElement("Extensions")
		extensions.AddChild(forged)
		root.InsertChildAt(signed.Index(), extensions)
	case 8:
		root.RemoveChild(signed)
		unsign(signed)
		root.AddChild(forged)
		object := etree.NewElement("Object")
		object.AddChild(signed)
		signature.AddChild(object)
	}
}

func forge(assertion *etree.Element) {
	assertion.FindElement("./Subject/NameID").SetText("admin@example.com")
	for _, v := range assertion.FindElements("./AttributeStatement/Attribute/AttributeValue") {
		v.SetText("admins")
	}
}

func unsign(el *etree.Element) {
	if c := el.FindElement("./Signature"); c != nil {
		el.RemoveChild(c)
	}
}
