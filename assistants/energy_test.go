package assistants_test

import (
	"context"
	"testing"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

func TestTheExampleAssistantIsValid(t *testing.T) {
	a, err := assistant.Parse(assistants.EnergyFile, assistants.Energy)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range a.Languages() {
		c, err := a.Classifier(context.Background(), l)
		if err != nil {
			t.Fatal(err)
		}
		wrong := 0
		for _, e := range a.Examples(l) {
			r, _ := c.Classify(t.Context(), redact.Authored(e.Text))
			if r.Name != e.Intent || r.Confidence < a.MinConfidence() {
				t.Logf("%s %-45q %v", l, e.Text, r)
				wrong++
			}
		}
		t.Log(l, len(a.Examples(l)), wrong)
	}
}
