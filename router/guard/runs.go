package guard

import (
	"strings"
	"unicode"
)

// runs gives the digits of text that follow each other with nothing but spaces and signs
// between them, in figures or in words of both languages. It takes rather too many words
// for digits than too few.
func runs(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var out []string
	var run strings.Builder
	for i := 0; i < len(words); {
		digits, n := number(words[i:])
		if n == 0 {
			if run.Len() > 0 {
				out = append(out, run.String())
				run.Reset()
			}
			i++
			continue
		}
		run.WriteString(digits)
		i += n
	}
	if run.Len() > 0 {
		out = append(out, run.String())
	}
	return out
}

// number reads the number that words begin with, and gives how many words it has; 0: none.
func number(words []string) (digits string, n int) {
	if figures := onlyDigits(words[0]); figures != "" {
		return figures, 1
	}
	if d, ok := below20[words[0]]; ok && !frenchEighty(words) {
		return d, 1
	}
	ten, n := tens(words)
	if n == 0 {
		return "", 0
	}
	rest := words[n:]
	if len(rest) > 0 && rest[0] == "et" { // vingt et un
		if more, k := small(rest[1:], ten); k > 0 {
			return more, n + 1 + k
		}
	}
	if more, k := small(rest, ten); k > 0 {
		return more, n + k
	}
	return ten + "0", n
}

// small adds what follows a ten: a digit, or in French up to nineteen after sixty and eighty.
func small(words []string, ten string) (string, int) {
	if len(words) == 0 {
		return "", 0
	}
	d, ok := below20[words[0]]
	switch {
	case !ok || d == "0":
		return "", 0
	case len(d) == 1:
		return ten + d, 1
	case ten != "6" && ten != "8" || !strings.HasPrefix(d, "1") || frenchTeens[words[0]] == "":
		return "", 0
	}
	next := string(ten[0]+1) + d[1:] // soixante-dix, quatre-vingt-onze
	if d == "10" && len(words) > 1 {
		if u := below20[words[1]]; len(u) == 1 && u > "6" {
			return next[:1] + u, 2
		}
	}
	return next, 1
}

func frenchEighty(words []string) bool {
	return len(words) > 1 && words[0] == "quatre" && (words[1] == "vingt" || words[1] == "vingts")
}

// tens reads a multiple of ten, as its first digit.
func tens(words []string) (digit string, n int) {
	if frenchEighty(words) {
		return "8", 2
	}
	if d, ok := wholeTens[words[0]]; ok {
		return d, 1
	}
	return "", 0
}

func onlyDigits(w string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, w)
}

//nolint:gochecknoglobals // read-only tables
var (
	wholeTens = map[string]string{
		"twenty": "2", "thirty": "3", "forty": "4", "fifty": "5", "sixty": "6", "seventy": "7", "eighty": "8", "ninety": "9",
		"vingt": "2", "trente": "3", "quarante": "4", "cinquante": "5", "soixante": "6", "septante": "7", "huitante": "8", "octante": "8", "nonante": "9",
	}
	frenchTeens = map[string]string{"dix": "10", "onze": "11", "douze": "12", "treize": "13", "quatorze": "14", "quinze": "15", "seize": "16"}
)

//nolint:gochecknoglobals // a read-only table
var below20 = map[string]string{
	"zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
	"eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
	"zéro": "0", "un": "1", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "sept": "7", "huit": "8", "neuf": "9",
	"dix": "10", "onze": "11", "douze": "12", "treize": "13", "quatorze": "14", "quinze": "15", "seize": "16",
}
