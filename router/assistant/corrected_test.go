package assistant_test

import (
	"testing"
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

func TestANumberAloneCorrectsWhatWasReadBack(t *testing.T) {
	at := time.Date(2026, 11, 25, 11, 0, 0, 0, time.UTC)
	for _, c := range []struct{ language, text, want string }{
		{"fr", "non cent trente", "130.00 EUR"},
		{"fr", "cent trente", "130.00 EUR"},
		{"fr", "non", ""},
		{"fr", "non attendez un instant", ""},
		{"fr", "oui", "120.00 EUR"},
		{"en", "no a hundred and thirty", "130.00 EUR"},
		{"en", "no that is the wrong one", ""},
		{"en", "yes ten out of ten", "120.00 EUR"},
	} {
		d := exampleLine(t).Start(assistant.Start{Language: c.language})
		d.Next(assistant.Input{At: at})
		say := func(text, name string) {
			d.Next(assistant.Input{Kind: assistant.InputSaid, At: at, Language: c.language, Text: redact.Authored(text), Intent: intent.Result{Name: name, Confidence: 0.9}})
		}
		say("120 euros", "payment_plan")
		say(c.text, "")
		if got := d.Values()["monthly"]; got != c.want {
			t.Errorf("%s: %q makes it %q, want %q", c.language, c.text, got, c.want)
		}
	}
}

func TestWhatIsHalfUnderstoodDoesNotLeaveAQuestionForAValue(t *testing.T) {
	for _, c := range []struct {
		name       string
		confidence float64
		want       string
	}{{"opening_hours", 0.54, "meter_reading"}, {"opening_hours", 0.8, "opening_hours"}, {"repeat", 0.5, "meter_reading"}} {
		d := exampleLine(t).Start(assistant.Start{Language: "en"})
		d.Next(assistant.Input{})
		d.Next(assistant.Input{Kind: assistant.InputSaid, Language: "en", Text: redact.Authored("a reading"), Intent: intent.Result{Name: "meter_reading", Confidence: 0.9}})
		s := d.Next(assistant.Input{Kind: assistant.InputSaid, Language: "en", Text: redact.Authored("what for"), Intent: intent.Result{Name: c.name, Confidence: c.confidence}})
		if got := d.Intent(); got != c.want {
			t.Errorf("%s at %.2f leads to %s: %s", c.name, c.confidence, got, s.Reason)
		}
	}
}
