package assistant_test

import (
	"testing"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

func TestAPlainAnswerIsThatWhateverElseTheLineKnows(t *testing.T) {
	a := exampleLine(t)
	other := intent.Result{Name: "moving", Confidence: 0.9}
	for _, c := range []struct{ language, text, want string }{
		{"en", "right", assistant.IntentYes},
		{"en", "Um, yes. Yes, that's right.", assistant.IntentYes},
		{"en", "oh no, that is not right", assistant.IntentNo},
		{"fr", "d'accord", assistant.IntentYes},
		{"fr", "Ben oui, d’accord, c'est ça", assistant.IntentYes},
		{"fr", "euh non, c'est faux", assistant.IntentNo},
		{"en", "yes and no", "moving"},
		{"en", "no, yes", "moving"},
		{"en", "right, I am moving", "moving"},
		{"en", "nothing works", "moving"},
		{"fr", "right", "moving"},
		{"en", "um", "moving"},
		{"en", "", "moving"},
	} {
		got := a.Plainly(c.language, redact.Authored(c.text), other)
		if got.Name != c.want || got.Name != other.Name && got.Confidence != 1 {
			t.Errorf("%s: %q is taken for %s at %.2f, want %s", c.language, c.text, got.Name, got.Confidence, c.want)
		}
	}
}
