package cdr

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// A How says what records show of the number of somebody outside.
type How string

// What may be shown of numbers.
const (
	Pseudonym How = "pseudonym" // the same word for the same number, by a secret key
	Shown     How = "shown"
	Hidden    How = "hidden"
)

// Hows lists them.
func Hows() []string { return []string{string(Pseudonym), string(Shown), string(Hidden)} }

// Numbers shows numbers of callers, and of others outside, as a tenant wants it.
type Numbers struct {
	how How
	key func() []byte // a func prints as an address: fmt cannot look inside
}

// NewNumbers takes the key of pseudonyms. Whoever has it can try numbers out, as there are
// not many: it is a secret, and records made with another key name the same caller otherwise.
func NewNumbers(how How, key []byte) Numbers {
	return Numbers{how, func() []byte { return key }}
}

// pseudonymLength is how many hex digits stand for a number: 64 bits.
const pseudonymLength = 16

// longestNumber is how many digits a number has at most (E.164); what is longer may be a
// card's.
const longestNumber = 15

// Show gives what is shown of a number; "" of none.
func (n Numbers) Show(number string) string {
	switch {
	case number == "" || number == "anonymous":
		return number
	case n.how == Shown && isNumber(number):
		return number
	case n.how == Hidden || n.key == nil:
		return "hidden"
	}
	mac := hmac.New(sha256.New, n.key())
	mac.Write([]byte(number))
	return "p" + hex.EncodeToString(mac.Sum(nil))[:pseudonymLength]
}

func isNumber(s string) bool {
	digits := strings.TrimPrefix(s, "+")
	return digits != "" && len(digits) <= longestNumber && strings.Trim(digits, "0123456789") == ""
}
