package rehearsal

import (
	"regexp"
	"slices"
	"strings"
)

// In records there are masks where secrets were. In place of a card of which the last four
// digits are known another one can stand that has them: it comes out under the same mask.
// For the others nothing can.
//
//nolint:gochecknoglobals // compiled patterns
var (
	cardMask = regexp.MustCompile(`\[card (\d{6})?••••(\d{4})[^\]]*\]`)
	anyMask  = regexp.MustCompile(`\[(?:…|number|code|card|key|IBAN[^\]]*|NIR|phone|email|address|birth date|long)\]`)
)

// standIn puts cards into text where their masks are, and lists the masks that it has.
func standIn(text string) (with string, masks []string) {
	masks = append(cardMask.FindAllString(text, -1), anyMask.FindAllString(text, -1)...)
	with = cardMask.ReplaceAllStringFunc(text, func(mask string) string {
		known := cardMask.FindStringSubmatch(mask)
		return cardWith(known[1], known[2])
	})
	return with, slices.Compact(masks)
}

// keysOf gives the keys that were pressed, as far as a record shows them.
func keysOf(text string) (keys string, ok bool) {
	with, _ := standIn(text)
	keys = strings.ReplaceAll(with, " ", "")
	return keys, keys != "" && strings.Trim(keys, "0123456789*#") == ""
}

// lastFour gives the digits that the mask of a card shows.
func lastFour(text string) (digits string, ok bool) {
	known := cardMask.FindStringSubmatch(text)
	if known == nil {
		return "", false
	}
	return known[2], true
}

// cardWith makes a card number of sixteen digits, with these as its first six, or an
// issuer's that nobody has, and its last four; the check digit of Luhn is right.
func cardWith(first6, last4 string) string {
	if first6 == "" {
		first6 = "400000"
	}
	for d := '0'; d <= '9'; d++ {
		if n := first6 + "00000" + string(d) + last4; luhn(n) {
			return n
		}
	}
	return "" // cannot be: one of ten digits fits
}

// luhn checks a number (ISO/IEC 7812-1 annex B).
func luhn(number string) bool {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
