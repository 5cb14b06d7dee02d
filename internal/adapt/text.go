package adapt

import (
	"slices"
	"strings"
	"unicode"
)

// marks are what punctuation adds around words. A mark within a word or a number
// stays.
const marks = ".,;:!?…\"«»“”¿¡()"

// tidy gives a vendor's text as the contract wants it: single spaces, no mark
// before the first word (one that came late belongs to what was said before), and
// without punctuation and capitals unless they were asked for.
func tidy(text string, punctuation bool) string {
	words := strings.Fields(text)
	if punctuation {
		out := strings.Join(words, " ")
		return strings.TrimLeftFunc(out, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(".,;:!?…)", r) })
	}
	for i, w := range words {
		words[i] = strings.ToLower(strings.Trim(w, marks))
	}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

// base is the language of a tag: en of en-GB.
func base(code string) string {
	first, _, _ := strings.Cut(code, "-")
	return strings.ToLower(first)
}

// languages is what a client may name: the tags themselves, and their languages.
func languages(served []string) []string {
	var out []string
	for _, code := range served {
		for _, c := range []string{code, base(code)} {
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// match gives the tags that are served of those asked for, in that order.
func match(served, asked []string) []string {
	var out []string
	for _, a := range asked {
		i := slices.IndexFunc(served, func(s string) bool { return strings.EqualFold(s, a) })
		if i < 0 {
			i = slices.IndexFunc(served, func(s string) bool { return base(s) == base(a) })
		}
		if i >= 0 && !slices.Contains(out, served[i]) {
			out = append(out, served[i])
		}
	}
	return out
}
