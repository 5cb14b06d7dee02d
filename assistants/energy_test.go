package assistants_test

import (
	"testing"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

func TestTheExampleUnderstandsItsOwnExamples(t *testing.T) {
	a, err := assistant.Parse(assistants.EnergyFile, assistants.Energy)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range a.Languages() {
		c, err := a.Classifier(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range a.Examples(l) {
			r, err := c.Classify(t.Context(), redact.Authored(e.Text))
			r = a.Plainly(l, redact.Authored(e.Text), r)
			if err != nil || r.Name != e.Intent {
				t.Errorf("%s: %q is taken for %s at %.2f (%v)", l, e.Text, r.Name, r.Confidence, err)
			} else if r.Confidence < a.MinConfidence() {
				t.Errorf("%s: %q is not sure enough: %s at %.2f", l, e.Text, r.Name, r.Confidence)
			}
		}
		for _, text := range a.Outside(l) {
			if r, err := c.Classify(t.Context(), redact.Authored(text)); err != nil || r.Confidence >= a.MinConfidence() {
				t.Errorf("%s: %q is taken for %s at %.2f (%v)", l, text, r.Name, r.Confidence, err)
			}
		}
	}
}
