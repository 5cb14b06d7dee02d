package intent

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// numberToken stands for any number, so that "reading 48213" and "reading
// 90077" are the same request; maskToken for what the redactor has hidden.
const (
	numberToken = "#"
	maskToken   = "#masked"
)

// maxTokens is as much of an utterance as is looked at: nobody says what they
// want after that, and the work per utterance stays bounded.
const maxTokens = 64

// tokenize appends the words of text to dst: lower case, accents folded, split
// at everything that is no letter or digit, numbers and masks replaced.
func tokenize(dst []string, text string) []string {
	for len(text) > 0 && len(dst) < maxTokens {
		var token string
		token, text = nextToken(text)
		dst = appendToken(dst, token)
	}
	return dst
}

// nextToken cuts the first word off text. A mask such as "[card ••••1111]" is
// one word, whatever stands in it.
func nextToken(text string) (token, rest string) {
	start := strings.IndexFunc(text, func(r rune) bool { return r == '[' || wordRune(r) })
	if start < 0 {
		return "", ""
	}
	text = text[start:]
	if text[0] == '[' {
		if end := strings.IndexByte(text, ']'); end > 0 {
			return maskToken, text[end+1:]
		}
		return "", text[1:]
	}
	end := strings.IndexFunc(text, func(r rune) bool { return !wordRune(r) })
	if end < 0 {
		end = len(text)
	}
	return fold(text[:end]), text[end:]
}

func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

// appendToken adds a word; numbers in a row become one.
func appendToken(dst []string, token string) []string {
	if token == "" {
		return dst
	}
	n := len(dst)
	afterNumber := n > 0 && dst[n-1] == numberToken
	switch {
	case !isNumber(token) && (!afterNumber || !maybeNumber(token)):
		return append(dst, token)
	case afterNumber:
		return dst
	case n > 0 && maybeNumber(dst[n-1]):
		dst[n-1] = numberToken
		return dst
	}
	return append(dst, numberToken)
}

// maybeNumber knows the articles and pronouns that are numbers beside a number.
func maybeNumber(token string) bool {
	return token == "one" || token == "un" || token == "une"
}

// fold lowers the case and takes the accents off.
func fold(s string) string {
	ascii := true
	for i := range len(s) {
		c := s[i]
		ascii = ascii && c < 0x80 && (c < 'A' || c > 'Z')
	}
	if ascii {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(s) {
		switch r = unicode.ToLower(r); {
		case unicode.Is(unicode.Mn, r):
		case r == 'œ':
			b.WriteString("oe")
		case r == 'æ':
			b.WriteString("ae")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isNumber knows figures and the number words of both languages, but not "one"
// and "un", which are mostly something else.
func isNumber(token string) bool {
	if c := token[0]; c >= '0' && c <= '9' {
		return true
	}
	switch token {
	case "zero", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
		"eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
		"nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
		"hundred", "thousand",
		"deux", "trois", "quatre", "cinq", "sept", "huit", "neuf", "dix", "onze", "douze",
		"treize", "quatorze", "quinze", "seize", "vingt", "vingts", "trente", "quarante",
		"cinquante", "soixante", "septante", "huitante", "nonante", "cent", "cents", "mille":
		return true
	}
	return false
}

// Words gives the words of text as the classifier sees them, so that others can
// compare phrases the same way: folded, with numbers and masks replaced.
func Words(text string) []string { return tokenize(nil, text) }
