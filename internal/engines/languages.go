package engines

import (
	"slices"
	"strings"
)

const (
	mostLanguages   = 256 // of one engine
	longestLanguage = 35  // bytes of a tag: RFC 5646 section 4.4.1
)

// Languages gives, of those that an engine claims, what may be a tag of BCP 47, each once:
// they are shown in logs and on terminals, and are an engine's own words until then.
func Languages(claimed []string) (out []string) {
	for _, l := range claimed {
		if len(out) == mostLanguages {
			break
		}
		if isTag(l) && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

func isTag(s string) bool {
	strange := func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	return s != "" && len(s) <= longestLanguage && !strings.ContainsFunc(s, strange)
}
