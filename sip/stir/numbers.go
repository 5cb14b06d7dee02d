package stir

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"strconv"
	"strings"
)

// canonical writes a telephone number as PASSporTs have it (RFC 8224 section 8.3):
// digits, * and #, without the plus before it and the separators within. It is
// empty if s is no such number; whoever has a URI takes the number out first.
// National numbers are not made international: we do not know whose they are.
func canonical(s string) string {
	const separators = "-.() "
	out := make([]byte, 0, len(s))
	for _, c := range []byte(strings.TrimPrefix(strings.Trim(s, " "), "+")) {
		switch {
		case isDigit(c) || c == '*' || c == '#':
			out = append(out, c)
		case strings.IndexByte(separators, c) < 0:
			return ""
		}
	}
	return string(out)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// authList is a TNAuthList: whom a certificate speaks for (RFC 8226 section 9).
type authList struct {
	spc    []string // service provider codes; which numbers are theirs, we cannot know
	ranges []numberRange
}

// numberRange is count numbers, from start on; all as long as start.
type numberRange struct {
	Start string `asn1:"ia5"`
	Count int64
}

// authListOf reads the TNAuthList of a certificate. One that has none gets the
// zero value, which limits nothing.
func authListOf(c *x509.Certificate) (authList, bool) {
	for _, e := range c.Extensions {
		if isAuthList(e.Id) {
			return readAuthList(e.Value)
		}
	}
	return authList{}, true
}

func isAuthList(id asn1.ObjectIdentifier) bool {
	return id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 26}) // id-pe 26
}

// readAuthList reads the DER of a TNAuthList. Its tags are explicit.
func readAuthList(der []byte) (authList, bool) {
	var entries []asn1.RawValue
	rest, err := asn1.Unmarshal(der, &entries)
	if err != nil || len(rest) > 0 || len(entries) == 0 {
		return authList{}, false
	}
	var l authList
	for _, e := range entries {
		if e.Class != asn1.ClassContextSpecific || !e.IsCompound || !l.add(e) {
			return authList{}, false
		}
	}
	return l, true
}

func (l *authList) add(e asn1.RawValue) bool {
	var rest []byte
	var err error
	switch e.Tag {
	case 0: // spc
		var code string
		rest, err = asn1.UnmarshalWithParams(e.Bytes, &code, "ia5")
		l.spc = append(l.spc, code)
		return err == nil && len(rest) == 0 && isToken(code) // so that it may be logged
	case 1: // range
		var r numberRange
		rest, err = asn1.Unmarshal(e.Bytes, &r)
		l.ranges = append(l.ranges, r)
		return err == nil && len(rest) == 0 && r.Count >= 2 && isSubscriber(r.Start)
	case 2: // one
		one := numberRange{Count: 1}
		rest, err = asn1.UnmarshalWithParams(e.Bytes, &one.Start, "ia5")
		l.ranges = append(l.ranges, one)
		return err == nil && len(rest) == 0 && isSubscriber(one.Start)
	}
	return false
}

// isSubscriber reports whether s is a TelephoneNumber: 1 to 15 digits, * and #.
func isSubscriber(s string) bool { return len(s) <= 15 && s != "" && canonical(s) == s }

// covers reports whether the list lets its certificate speak for a number. A list
// of codes alone does: whose number it is, is for the authority to know.
func (l authList) covers(tn string) bool {
	return len(l.ranges) == 0 || slices.ContainsFunc(l.ranges, func(r numberRange) bool { return r.holds(tn) })
}

func (r numberRange) holds(tn string) bool {
	if r.Start == tn {
		return true
	}
	first, err := strconv.ParseInt(r.Start, 10, 64)
	n, err2 := strconv.ParseInt(tn, 10, 64)
	return err == nil && err2 == nil && len(tn) == len(r.Start) && n > first && n-first < r.Count
}
