package redact_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/redact"
)

func TestTheLastFourOfACardAreReadableWhereTheBotAsksForThem(t *testing.T) {
	for ask, lang := range map[string]string{"Last four digits of the card please.": "en", "Les quatre derniers chiffres de votre carte ?": "fr"} {
		r := redact.New(lang)
		r.Speech(ask)
		if out := r.Final("1", redact.RawText("3 9 8 8")).Text.String(); out != "3 9 8 8" {
			t.Errorf("%s: shown as %q", ask, out)
		}
		if out := r.Final("2", redact.RawText("4 7 1 0")).Text.String(); strings.ContainsAny(out, "4710") {
			t.Errorf("%s: what follows is shown as %q", ask, out)
		}
		if out := answer(lang, "4970 1234 5678 9012", ask); strings.ContainsAny(out, "0123456789") {
			t.Errorf("%s: a whole card is shown as %q", ask, out)
		}
	}
}
