package redact

import (
	"fmt"
	"slices"
	"strings"
)

// A Policy says what is withheld besides what always is, and how much of a card
// number may be shown. Card numbers, their codes and expiry dates, IBANs and social
// security numbers are withheld under every policy; the zero Policy withholds no
// more, and shows the last four digits of a card.
//
// What a policy withholds an assistant cannot ask for: it is in no Result.
type Policy struct {
	Phones     bool // phone numbers
	Emails     bool // e-mail addresses
	Addresses  bool // postal addresses: street, postcode, town
	BirthDates bool // dates that are called dates of birth
	Card       CardDigits
}

// CardDigits is how much of a whole card number, one that passes Luhn, its mask may
// show. Of a number of which it is not known yet that it is a card's, the first six
// digits may have been shown before, as the package comment says.
type CardDigits uint8

// What PCI DSS 3.4 allows, and less.
const (
	CardLast4       CardDigits = iota // the last four
	CardFirst6Last4                   // the issuer's number, and the last four
	CardNothing                       // none, nor in a Finding; nor four digits that a caller names a card by
)

// New makes the Redactor of one call under the policy. lang is "en" or "fr"; for any
// other it listens for both.
func (p Policy) New(lang string) *Redactor { return &Redactor{&state{lang: lang, policy: p}} }

// Names of what a policy may withhold, and of CardDigits, as they are configured.
const (
	namePhone     = "phone"
	nameEmail     = "email"
	nameAddress   = "address"
	nameBirthDate = "birth_date"
	nameLast4     = "last4"
	nameFirst6    = "first6_last4"
	nameNothing   = "nothing"
)

// ParsePolicy makes the policy that withholds what is named (phone, email, address,
// birth_date) and shows that much of a card (last4, first6_last4, nothing; empty is
// last4). The error tells which name is not known and which are.
func ParsePolicy(withhold []string, card string) (Policy, error) {
	var p Policy
	for _, w := range withhold {
		switch w {
		case namePhone:
			p.Phones = true
		case nameEmail:
			p.Emails = true
		case nameAddress:
			p.Addresses = true
		case nameBirthDate:
			p.BirthDates = true
		default:
			return Policy{}, fmt.Errorf("withhold: %q is not known; allowed: %s", w,
				strings.Join([]string{namePhone, nameEmail, nameAddress, nameBirthDate}, ", "))
		}
	}
	names := []string{CardLast4: nameLast4, CardFirst6Last4: nameFirst6, CardNothing: nameNothing}
	if card == "" {
		return p, nil
	}
	i := slices.Index(names, card)
	if i < 0 {
		return Policy{}, fmt.Errorf("card: %q is not known; allowed: %s", card, strings.Join(names, ", "))
	}
	p.Card = CardDigits(i)
	return p, nil
}

// PolicyNamed gives a policy that has a name: "default", the zero Policy, or
// "strict", which withholds all that can be and shows nothing of a card.
func PolicyNamed(name string) (Policy, bool) {
	switch name {
	case "default":
		return Policy{}, true
	case "strict":
		return Policy{Phones: true, Emails: true, Addresses: true, BirthDates: true, Card: CardNothing}, true
	}
	return Policy{}, false
}

// optional reports whether the policy withholds more than is always withheld.
func (p Policy) optional() bool { return p.Phones || p.Emails || p.Addresses || p.BirthDates }

// cardMask appends the mask of a card number that passes Luhn.
func (p Policy) cardMask(dst []byte, v *verdict) []byte {
	if p.Card == CardNothing {
		return append(dst, maskCard...)
	}
	dst = append(dst, "[card "...)
	if p.Card == CardFirst6Last4 {
		dst = append(dst, v.first6...)
	}
	dst = append(append(dst, "••••"...), v.last4...)
	return append(dst, ']')
}
