package redact_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/redact"
)

// TestACardThatAnswersAnotherQuestionShowsNoMiddle: asked for an order or a phone number, a
// caller who says a card, at once or in parts, shows ten digits of it at most, and so no five of
// those between the first six and the last four.
func TestACardThatAnswersAnotherQuestionShowsNoMiddle(t *testing.T) {
	asks := map[string][]string{
		"en": {"What's your order number?", "Can I have your phone number?", "Your booking reference, please?"},
		"fr": {"Quel est votre numéro de commande ?", "Votre numéro de téléphone ?", "Votre référence client ?"},
	}
	for _, v := range voices {
		v.likes = nil
		read := newReader(v.lang)
		t.Run(v.lang, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				secret := pan(t)
				r := redact.New(v.lang)
				r.Speech(rapid.SampledFrom(asks[v.lang]).Draw(t, "asks"))
				var words []string // that can be read in one way alone
				for at := 0; at < len(secret); {
					g := secret[at:min(at+rapid.IntRange(1, 4).Draw(t, "size"), len(secret))]
					if words = append(words, g); len(g) == 1 {
						words[len(words)-1] = v.words(int(g[0] - '0'))[0]
					}
					at += len(g)
				}
				for _, view := range v.talk(t, r, words) {
					if n := read.readable(view, secret); n > 10 {
						t.Fatalf("%d digits can be read in %q, said %q", n, view, words)
					}
				}
			})
		})
	}
}
