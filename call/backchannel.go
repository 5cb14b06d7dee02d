package call

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/callward/callward/redact"
)

// Backchannels are what people say while they listen (Yngve 1970): they take no turn,
// and ask for none. Longer ones stand before those that they begin with.
//
//nolint:gochecknoglobals // a read-only table
var backchannels = map[string][]string{
	"en": {
		"uh huh", "uh-huh", "mm hmm", "mm-hmm", "mm hm", "i see", "got it", "of course", "all right", "that's right", "that is right", "very well",
		"oh really", "thank you", "makes sense", "that makes sense", "fair enough", "no problem", "no worries", "i understand", "i know", "go on",
		"that's fine", "that's good", "sounds good", "very good",
		"mhm", "mmm", "mm", "hmm", "hm", "uh", "um", "ah", "aha", "oh", "eh", "huh", "wow", "yes", "yeah", "yep", "yup", "okay", "ok", "right",
		"alright", "sure", "good", "fine", "great", "nice", "cool", "lovely", "super", "exactly", "indeed", "perfect", "absolutely", "definitely",
		"certainly", "understood", "true", "really", "thanks", "then",
	},
	"fr": {
		"d'accord", "d accord", "c'est ça", "c est ça", "je vois", "très bien", "tout à fait", "bien sûr", "en effet", "ah bon", "je comprends",
		"ça marche", "ça va", "pas de problème", "pas de souci", "c'est noté", "c'est vrai", "c'est bien", "je sais", "allez-y", "allez y", "bien entendu",
		"oui", "ouais", "ouaip", "mouais", "ok", "okay", "mmm", "mm", "mmh", "hmm", "hum", "hm", "euh", "ah", "oh", "eh", "hein",
		"bon", "bien", "voilà", "parfait", "entendu", "compris", "noté", "exact", "exactement", "effectivement", "absolument", "super", "génial", "vraiment",
		"merci",
	},
}

// Halts ask for silence and say nothing else.
//
//nolint:gochecknoglobals // a read-only table
var halts = map[string][]string{
	"en": {
		"stop", "wait a minute", "wait a second", "wait a moment", "wait", "hold on", "hang on", "one moment", "just a moment", "one second",
		"just a second", "one minute", "just a minute", "please", "excuse me", "sorry",
	},
	"fr": {
		"stop", "attendez une minute", "attendez une seconde", "attendez un instant", "attendez un moment", "attendez", "attends", "un instant", "un moment",
		"une minute", "une seconde", "une petite minute", "minute", "arrêtez", "s'il vous plaît", "s il vous plaît", "excusez-moi", "excusez moi", "pardon",
	},
}

// backchannel reports whether a text is nothing but backchannels.
func backchannel(language string, text redact.Safe) bool { return only(backchannels[language], text) }

// only reports whether a text is made of phrases of a list, and of one at least.
func only(list []string, text redact.Safe) bool {
	rest := strings.ToLower(strings.ReplaceAll(text.String(), "’", "'"))
	some := false
	for {
		rest = strings.TrimLeftFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) })
		if rest == "" {
			return some
		}
		after, ok := cutPhrase(list, rest)
		if !ok {
			return false
		}
		rest, some = after, true
	}
}

func cutPhrase(list []string, text string) (after string, ok bool) {
	for _, phrase := range list {
		if after, ok = strings.CutPrefix(text, phrase); ok && !beginsWithLetter(after) {
			return after, true
		}
	}
	return text, false
}

func beginsWithLetter(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLetter(r)
}
