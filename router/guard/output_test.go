package guard_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/guard"
)

func TestRepliesFromOutsideThatMayBeSaid(t *testing.T) {
	for _, text := range []string{
		"", "Of course, one moment please.", "We are open from 8 to 18, on Saturday until 12.",
		"Your next bill is due on 15 November 2026.", "It comes to 1 204 euros and 50 cents.", "C'est 12,50 € par mois.",
		"Un technicien passera entre quatorze heures et seize heures.", "A point of interest. Dot the i.",
	} {
		var o guard.Output
		if why := o.Judge(redact.Authored(text), true); why != "" {
			t.Errorf("%q: %s", text, why)
		}
	}
}

func TestRepliesFromOutsideThatMayNot(t *testing.T) {
	for text, want := range map[string]string{
		strings.Repeat("bla ", 200):                      "longer than may be said",
		"a\x00b":                                         "control characters",
		"see https://example.com/x":                      "an address of the web or of mail",
		"see www.example.org":                            "an address of the web or of mail",
		"write to claire.martin@example.com":             "an address of the web or of mail",
		"write to claire dot martin at example dot com":  "an address of the web or of mail",
		"écrivez à claire arobase exemple point fr":      "an address of the web or of mail",
		"her IBAN is FR76 3000 6000 0112 3456 7890 189":  "a long number",
		"call 06 12 98 45 70":                            "a long number",
		"call zero six one two nine eight four five":     "a long number",
		"le zéro six douze quatre-vingt-dix-huit trente": "a long number",
		"your card ends in [card ••••1111]":              "something masked",
		"she lives at [address]":                         "something masked",
		"the street is B, e, l, l, e":                    "something spelt",
		"the contract is 4 8 2 1 3":                      "digits that the caller gave",
		"c'est quarante-huit vingt et un trois":          "digits that the caller gave",
		"it ends in 6467":                                "digits that the caller gave",
	} {
		var o guard.Output
		o.Heard(redact.Result{
			Text: redact.Authored("my reading is 48213"), Numbers: []redact.Safe{redact.Authored("48213")},
			Findings: []redact.Finding{{Kind: redact.Card, Last4: "6467"}},
		})
		if got := o.Judge(redact.Authored(text), true); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestAReplyInPiecesIsJudgedAsAWhole(t *testing.T) {
	var o guard.Output
	for _, piece := range []string{"it is zero six ", "twelve ninety-eight "} {
		if why := o.Judge(redact.Authored(piece), false); why != "" {
			t.Fatalf("%q: %s", piece, why)
		}
	}
	if why := o.Judge(redact.Authored("forty-five seventy"), true); why != "a long number" {
		t.Errorf("the whole: %q", why)
	}
	if why := o.Judge(redact.Authored("one two"), true); why != "" {
		t.Errorf("the next reply: %q", why)
	}
}

// Whatever stands between its digits, no number of a caller's comes through.
func TestNoNumberOfTheCallerComesBack(t *testing.T) {
	words := []string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[0-9]{4,19}`).Draw(t, "secret")
		var o guard.Output
		o.Heard(redact.Result{Numbers: []redact.Safe{redact.Authored(secret)}})
		var b strings.Builder
		b.WriteString("it is ")
		for _, d := range secret {
			b.WriteString(rapid.SampledFrom([]string{" ", ", ", "-", ". ", " "}).Draw(t, "between"))
			if rapid.Bool().Draw(t, "word") {
				b.WriteString(words[d-'0'])
			} else {
				b.WriteRune(d)
			}
		}
		if why := o.Judge(redact.Authored(b.String()), true); why == "" {
			t.Fatalf("%q is said of %q", b.String(), secret)
		}
	})
}
