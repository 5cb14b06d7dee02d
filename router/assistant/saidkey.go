package assistant

import (
	"slices"
	"strings"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/intent"
)

// saidKey is yes or no for callers who say the key in place of pressing it: "one" after
// "press one for yes". Whatever else is said beside the number, it is none.
func (d *Dialogue) saidKey(in Input) verdict {
	words := intent.Words(in.Text.String())
	words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(hesitations[d.language], w) })
	if len(words) != 1 || len(in.Numbers) != 1 {
		return unclear
	}
	return d.keyVerdict(in.Numbers[0].String())
}

// numbersAlone reports whether nothing but numbers was said. That is neither yes nor no,
// whatever a classifier makes of it: another number than the one read back is no yes to it.
func numbersAlone(text redact.Safe) bool {
	words := intent.Words(text.String())
	return len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return !strings.HasPrefix(w, "#") })
}

// keyVerdict is what a key says where yes or no is asked for.
func (d *Dialogue) keyVerdict(key string) verdict {
	switch key {
	case d.a.answers.yesKey:
		return yes
	case d.a.answers.noKey:
		return no
	}
	return unclear
}
