package entity

import (
	"slices"
	"strings"
)

// A country is how its phone numbers are made: national numbers, without the trunk
// prefix, have so many digits.
type country struct {
	code, calling, trunk string
	least, most          int
	keys                 int // of a number as it is dialled at home; 0: they differ
}

// countries are those whose numbers are checked (ITU-T E.164, and the national plans);
// a library with all of them would weigh more than the rest of the dialogue.
func countries() []country {
	return []country{
		{"FR", "33", "0", 9, 9, 10},
		{"BE", "32", "0", 8, 9, 0},
		{"CH", "41", "0", 9, 9, 10},
		{"LU", "352", "", 6, 9, 0},
		{"GB", "44", "0", 9, 10, 0},
		{"IE", "353", "0", 7, 9, 0},
		{"US", "1", "", 10, 10, 10},
	}
}

// Countries lists the countries whose phone numbers are understood, by ISO 3166.
func Countries() []string {
	var out []string
	for _, c := range countries() {
		out = append(out, c.code)
	}
	return out
}

func countryOf(code string) country {
	all := countries()
	if i := slices.IndexFunc(all, func(c country) bool { return c.code == code }); i >= 0 {
		return all[i]
	}
	return all[0]
}

// PhoneKeys is how many keys a phone number of a country has as it is dialled there; 0
// if they differ.
func PhoneKeys(code string) int { return countryOf(code).keys }

// Phone gives a number in E.164, as "+33612345678". digits are those that were said, plus
// whether a plus went before; home is the country of those who say none.
func Phone(digits string, plus bool, home string) (string, bool) {
	if !plus && strings.HasPrefix(digits, "00") {
		digits, plus = digits[2:], true
	}
	if !plus {
		c := countryOf(home)
		national, ok := strings.CutPrefix(digits, c.trunk)
		if c.code == "US" {
			national, ok = strings.TrimPrefix(digits, "1"), true
		}
		return "+" + c.calling + national, ok && c.has(national)
	}
	for _, c := range countries() {
		national, ok := strings.CutPrefix(digits, c.calling)
		if !ok {
			continue
		}
		if c.trunk != "" { // "+33 (0) 6"
			national = strings.TrimPrefix(national, c.trunk)
		}
		return "+" + c.calling + national, c.has(national)
	}
	return "", false
}

// has reports whether a number without its trunk prefix may be one of the country's.
func (c country) has(national string) bool {
	if len(national) < c.least || len(national) > c.most || national[0] == '0' || strings.Trim(national, "0123456789") != "" {
		return false
	}
	switch c.code {
	case "US": // the North American plan: neither area nor exchange begins with 0 or 1
		return national[0] >= '2' && national[3] >= '2'
	case "GB": // mobile numbers, and those that begin with 2 or 3, all have ten
		return len(national) == 10 || !strings.ContainsRune("237", rune(national[0]))
	}
	return true
}

// Phones gives the phone numbers that were said, in E.164.
func (h *Heard) Phones(home string) []string {
	out := h.phones(home, h.covered())
	if len(out) == 0 { // "le zéro six" begins like a day
		return h.phones(home, make([]bool, len(h.tokens)))
	}
	return out
}

func (h *Heard) phones(home string, covered []bool) []string {
	const longest = 15
	return h.found(covered, func(s span) (string, bool) {
		plus := h.at(s.from-1).is("plus", "+")
		digits, ok := h.reading(s, longest, func(d string) bool {
			_, ok := Phone(d, plus, home)
			return ok
		})
		if !ok {
			return "", false
		}
		return Phone(digits, plus, home)
	})
}

// SpokenPhone says a number in E.164 in pairs of digits, as it is dialled at home or
// with its country.
func SpokenPhone(number, home, language string) string {
	c := countryOf(home)
	digits, lead := strings.TrimPrefix(number, "+"), "plus "
	if national, ok := strings.CutPrefix(digits, c.calling); ok {
		digits, lead = c.trunk+national, ""
	}
	var parts []string
	for len(digits) > 0 {
		n := min(2, len(digits))
		if len(digits) == 3 {
			n = 3
		}
		parts = append(parts, pairWords(digits[:n], language))
		digits = digits[n:]
	}
	return lead + strings.Join(parts, ", ")
}

// pairWords says two digits in French as a number, all others one by one.
func pairWords(digits, language string) string {
	if language == "fr" && len(digits) == 2 && digits[0] != '0' {
		return Number(int(digits[0]-'0')*10+int(digits[1]-'0'), language)
	}
	var words []string
	for _, d := range digits {
		words = append(words, Number(int(d-'0'), language))
	}
	return strings.Join(words, " ")
}
