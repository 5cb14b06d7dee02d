package story

import (
	"strings"
	"unicode"
)

// Clean makes a text fit for a terminal, whatever a file holds: no escapes, no line breaks,
// nothing that turns the direction of what follows.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\r':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == unicode.ReplacementChar:
			return '·'
		}
		return r
	}, s)
}
