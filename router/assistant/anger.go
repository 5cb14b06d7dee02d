package assistant

import (
	"slices"
	"strings"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/intent"
)

// stress lists what callers put between the words of a phrase that shows anger: "this is
// absolutely ridiculous", "j'en ai vraiment marre".
func stress() []string {
	return strings.Fields("absolutely actually completely honestly just quite really simply so such totally truly utterly very " +
		"absolument carrement completement franchement juste simplement tellement totalement tout trop tres vraiment")
}

// showsAnger reports whether one of the phrases is said, stressed or not.
func showsAnger(text redact.Safe, phrases []string) bool {
	if containsAny(text, phrases) {
		return true
	}
	all := intent.Words(text.String())
	words := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return slices.Contains(stress(), w) })
	if len(words) == len(all) {
		return false
	}
	for i := range words {
		if longest(words[i:], phrases) > 0 {
			return true
		}
	}
	return false
}
