package call

import (
	"testing"

	"github.com/callward/callward/redact"
)

func TestWordsThatOnlySayIHearYou(t *testing.T) {
	for _, c := range []struct {
		language, text string
		is             bool
	}{
		{"fr", "oui", true},
		{"fr", "oui oui d'accord", true},
		{"fr", "D’accord.", true},
		{"fr", "mm, mm", true},
		{"fr", "ah bon", true},
		{"fr", "oui mais non", false},
		{"fr", "ouistiti", false},
		{"fr", "non", false},
		{"fr", "bonjour", false},
		{"fr", "euh je voudrais un conseiller", false},
		{"en", "yes", true},
		{"en", "mm hmm", true},
		{"en", "okay right", true},
		{"en", "uh-huh", true},
		{"en", "I see, okay", true},
		{"en", "okay stop", false},
		{"en", "rightly", false},
		{"en", "no", false},
		{"en", "", false},
		{"en", " ... ", false},
		{"de", "ja", false},
	} {
		if got := backchannel(c.language, redact.Authored(c.text)); got != c.is {
			t.Errorf("%s %q: %v", c.language, c.text, got)
		}
	}
}
