package stir

import (
	"encoding/base64"
	"strings"
)

// Bounds of what is parsed. A PASSporT of SHAKEN takes some 600 bytes.
const (
	maxHeader     = 8 << 10 // bytes of an Identity header
	maxIdentities = 4       // Identity headers in a request
)

// identity is an Identity header taken apart (RFC 8224 section 4).
type identity struct {
	header, payload string // as sent, in base64url
	signature       string
	params          map[string]string
}

// readIdentity takes the value of an Identity header apart.
func readIdentity(value string) (identity, Reason) {
	if len(value) > maxHeader {
		return identity{}, ReasonTooLarge
	}
	token, rest, _ := strings.Cut(value, ";")
	params, ok := readParams(rest)
	if !ok || params["info"] == "" || strings.ContainsAny(params["info"], `<>" `) {
		return identity{}, ReasonMalformed
	}
	parts := strings.Split(strings.Trim(token, " \t"), ".")
	switch {
	case len(parts) != 3 || parts[2] == "":
		return identity{}, ReasonMalformed
	case parts[0] == "" && parts[1] == "": // RFC 8225 section 7
		return identity{}, ReasonCompact
	}
	return identity{parts[0], parts[1], parts[2], params}, ""
}

// readParams reads NAME=VALUE separated by semicolons. A value may stand in <> or
// in quotes, and then hold any byte but the one that ends it.
func readParams(s string) (map[string]string, bool) {
	params := make(map[string]string)
	for more := true; more; {
		name, after, ok := strings.Cut(s, "=")
		name = strings.ToLower(strings.Trim(name, " \t"))
		if _, twice := params[name]; !ok || twice || !isToken(name) {
			return nil, false
		}
		value, rest, ok := readValue(strings.TrimLeft(after, " \t"))
		if !ok {
			return nil, false
		}
		params[name] = value
		rest = strings.TrimLeft(rest, " \t")
		s, more = strings.CutPrefix(rest, ";")
		if !more && rest != "" {
			return nil, false
		}
	}
	return params, true
}

func readValue(s string) (value, rest string, ok bool) {
	if inside, yes := strings.CutPrefix(s, "<"); yes {
		return strings.Cut(inside, ">")
	}
	if inside, yes := strings.CutPrefix(s, `"`); yes {
		return strings.Cut(inside, `"`)
	}
	end := strings.IndexAny(s, "; \t")
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:], isToken(s[:end])
}

// isToken reports whether s is a token of RFC 3261 section 25.1.
func isToken(s string) bool {
	const marks = "-.!%*_+`'~"
	for _, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && !isDigit(c) && strings.IndexByte(marks, c) < 0 {
			return false
		}
	}
	return s != ""
}

// decode reads base64url without padding (RFC 7515 section 2): no line breaks, no
// bits left over, so that there is one way to write a thing.
func decode(s string) ([]byte, bool) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return b, err == nil && len(b) > 0
}
