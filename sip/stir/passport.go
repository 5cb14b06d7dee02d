package stir

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/json"
	"math/big"
	"slices"
	"time"
)

// shaken is the one extension we know (RFC 8588 section 4).
const shaken = "shaken"

// passport is a PASSporT (RFC 8225) whose form is right. Nothing in it is proven.
type passport struct {
	signed    string // header and payload as they were sent
	signature []byte // r and s, 32 bytes each (RFC 7518 section 3.4)
	x5u       string
	ppt       string
	orig      string   // digits
	dest      []string // digits
	iat       time.Time
	attest    Trust  // None if it is no shaken one
	origID    string // a UUID, or empty if it is no shaken one
}

// readPassport reads an Identity header and the PASSporT in it.
func readPassport(value string) (passport, Reason) {
	id, reason := readIdentity(value)
	if reason != "" {
		return passport{}, reason
	}
	p := passport{signed: id.header + "." + id.payload}
	if reason := p.readHeader(id); reason != "" {
		return passport{}, reason
	}
	var ok bool
	if p.signature, ok = decode(id.signature); !ok || len(p.signature) != 64 {
		return passport{}, ReasonSignature
	}
	if !p.readClaims(id.payload) {
		return passport{}, ReasonClaims
	}
	return p, ""
}

// readHeader reads the JOSE header (RFC 8225 section 4) and compares it with the
// parameters beside it (RFC 8224 section 4.1). A header that is not for us is
// known by its ppt, whatever else is in it.
func (p *passport) readHeader(id identity) Reason {
	m, ok := decodeObject(id.header)
	if !ok {
		return ReasonHeader
	}
	_, critical := m["crit"] // we know no such extension (RFC 7515 section 4.1.11)
	p.ppt, ok = optional(m, "ppt")
	said, isSaid := id.params["ppt"]
	switch {
	case critical || !ok || isSaid && said != p.ppt:
		return ReasonHeader
	case p.ppt != "" && p.ppt != shaken:
		return ReasonExtension
	case m["typ"] != "passport":
		return ReasonHeader
	}
	alg, isAlg := id.params["alg"]
	if m["alg"] != "ES256" || isAlg && alg != "ES256" {
		return ReasonAlgorithm
	}
	p.x5u, ok = m["x5u"].(string)
	if !ok || p.x5u != id.params["info"] {
		return ReasonInfo
	}
	return ""
}

// readClaims reads the payload (RFC 8225 section 5, RFC 8588 sections 4 and 5).
// Claims that we do not know are let be.
func (p *passport) readClaims(payload string) bool {
	m, ok := decodeObject(payload)
	if !ok {
		return false
	}
	orig, _ := m["orig"].(map[string]any)
	tn, _ := orig["tn"].(string)
	p.orig = canonical(tn)
	dest, _ := m["dest"].(map[string]any)
	if p.dest, ok = numbersOf(dest["tn"]); !ok {
		return false
	}
	number, _ := m["iat"].(json.Number)
	seconds, err := number.Int64()
	p.iat = time.Unix(seconds, 0)
	if err != nil || p.orig == "" {
		return false
	}
	return p.ppt != shaken || p.readAttestation(m)
}

func (p *passport) readAttestation(m map[string]any) bool {
	letter, _ := m["attest"].(string)
	p.origID, _ = m["origid"].(string)
	var ok bool
	p.attest, ok = attestation(letter)
	return ok && isUUID(p.origID)
}

// fits reports whether the PASSporT is about this request, now (RFC 8224 section
// 6.2).
func (p *passport) fits(r Request, now time.Time, window time.Duration) Reason {
	called := func(tn string) bool {
		return slices.ContainsFunc(r.Called, func(to string) bool { return canonical(to) == tn })
	}
	switch {
	case now.Sub(p.iat).Abs() > window:
		return ReasonStale
	case !r.Date.IsZero() && now.Sub(r.Date).Abs() > window:
		return ReasonStaleDate
	case canonical(r.Caller) != p.orig:
		return ReasonCaller
	case !slices.ContainsFunc(p.dest, called):
		return ReasonCalled
	}
	return ""
}

// signedBy checks the signature (RFC 8225 section 6, RFC 7518 section 3.4).
func (p *passport) signedBy(key *ecdsa.PublicKey) bool {
	hash := sha256.Sum256([]byte(p.signed))
	r, s := new(big.Int).SetBytes(p.signature[:32]), new(big.Int).SetBytes(p.signature[32:])
	return ecdsa.Verify(key, hash[:], r, s)
}

func decodeObject(s string) (map[string]any, bool) {
	b, ok := decode(s)
	if !ok {
		return nil, false
	}
	return readObject(b)
}

// optional is a text that may be left out, but is a text if it is there.
func optional(m map[string]any, name string) (string, bool) {
	v, there := m[name]
	s, isText := v.(string)
	return s, !there || isText && s != ""
}

// numbersOf reads a list of one number or more (RFC 8225 section 5.2.1).
func numbersOf(v any) ([]string, bool) {
	list, _ := v.([]any)
	var numbers []string
	for _, e := range list {
		s, _ := e.(string)
		n := canonical(s)
		if n == "" {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	return numbers, len(numbers) > 0
}

// isUUID reports whether s looks like a UUID (RFC 4122 section 3).
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
		if dash != (c == '-') || !dash && !hex {
			return false
		}
	}
	return true
}
