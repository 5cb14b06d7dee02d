package assistant

import (
	"strings"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/intent"
)

// containsAny reports whether one of the phrases stands in text, word by word.
func containsAny(text redact.Safe, phrases []string) bool {
	words := intent.Words(text.String())
	for i := range words {
		if longest(words[i:], phrases) > 0 {
			return true
		}
	}
	return false
}

// verdictOf looks for yes and no in text, the longest phrase first, so that
// "that is not right" is no "right". It reports false when neither is there;
// both together are unclear.
func verdictOf(text redact.Safe, yesses, noes []string) (verdict, bool) {
	words := intent.Words(text.String())
	var v verdict
	for i := 0; i < len(words); {
		y, n := longest(words[i:], yesses), longest(words[i:], noes)
		here := unclear
		switch {
		case y > n:
			here = yes
		case n > 0:
			here = no
		}
		if here != unclear {
			if v != unclear && v != here {
				return unclear, true
			}
			v = here
		}
		i += max(y, n, 1)
	}
	return v, v != unclear
}

// longest gives the number of words of the longest phrase that words begin with.
func longest(words, phrases []string) int {
	best := 0
	for _, p := range phrases {
		want := intent.Words(p)
		if len(want) > best && len(want) <= len(words) && strings.Join(words[:len(want)], " ") == strings.Join(want, " ") {
			best = len(want)
		}
	}
	return best
}
