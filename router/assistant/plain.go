package assistant

import (
	"slices"
	"strings"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/intent"
)

// reasonPlain says in a Result that it was read off the words.
const reasonPlain = "nothing but words for it"

// hesitations may stand between the words of a yes or a no, as intent.Words gives them.
//
//nolint:gochecknoglobals // a read-only table
var hesitations = map[string][]string{
	"en": strings.Fields("ah eh er erm hm hmm oh uh um well"),
	"fr": strings.Fields("ah bah ben bon eh euh heu hm hmm hum oh"),
}

// Plainly is what text is taken for: r, unless it is nothing but the file's words for yes,
// or for no. That needs no classifier, and would hang on what else the line knows if it
// were left to one: each intent that is added takes some confidence from single words.
func (a *Assistant) Plainly(language string, text redact.Safe, r intent.Result) intent.Result {
	name := IntentYes
	switch a.plainly(language, text) {
	case unclear:
		return r
	case no:
		name = IntentNo
	case yes:
	}
	return intent.Result{Name: name, Confidence: 1, Top: []intent.Scored{{Name: name, Confidence: 1}}, Reason: reasonPlain}
}

// plainly is verdictOf, for text in which nothing else stands.
func (a *Assistant) plainly(language string, text redact.Safe) verdict {
	yesses, noes := a.answers.yes[language], a.answers.no[language]
	words := intent.Words(text.String())
	for i := 0; i < len(words); {
		n := max(longest(words[i:], yesses), longest(words[i:], noes))
		if n == 0 && !slices.Contains(hesitations[language], words[i]) {
			return unclear
		}
		i += max(n, 1)
	}
	v, _ := verdictOf(text, yesses, noes)
	return v
}
