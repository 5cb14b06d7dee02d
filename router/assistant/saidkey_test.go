package assistant_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// number is a number that was said, as a classifier may take it for anything.
func number(words, digits, name string) assistant.Input {
	return assistant.Input{
		Kind: assistant.InputSaid, Language: "en", Text: redact.Authored(words), Numbers: []redact.Safe{redact.Authored(digits)},
		Intent: intent.Result{Name: name, Confidence: 0.6},
	}
}

func TestAKeyThatIsSaidIsTheAnswerThatItStandsFor(t *testing.T) {
	confirming := func() *assistant.Dialogue {
		d := parsed(t, small).Start(assistant.Start{})
		d.Next(assistant.Input{})
		d.Next(heardAs("I have a code", "code", 0.9))
		d.Next(number("four two one three", "4213", ""))
		return d
	}
	if s := confirming().Next(number("um, one", "1", assistant.IntentNo)); !strings.HasPrefix(s.Reason, "code is confirmed") {
		t.Errorf("one: %+v", s)
	}
	if s := confirming().Next(number("two", "2", assistant.IntentYes)); !strings.HasPrefix(s.Reason, "code is denied") {
		t.Errorf("two: %+v", s)
	}
	if s := confirming().Next(number("four two one five", "4215", assistant.IntentYes)); strings.HasPrefix(s.Reason, "code is confirmed") {
		t.Errorf("another number: %+v", s)
	}
	if s := confirming().Next(number("one moment", "1", "")); !strings.HasPrefix(s.Reason, "neither yes nor no") {
		t.Errorf("more than that: %+v", s)
	}
}

func TestNobodyIsHungUpOnForWhatWasHalfUnderstood(t *testing.T) {
	line := parsed(t, small+"  bye:\n    does: hangup\n    say: {en: Bye.}\n    examples: {en: [goodbye now]}\n")
	for confidence, want := range map[float64]bool{0.7: false, 0.9: true} {
		d := line.Start(assistant.Start{})
		d.Next(assistant.Input{})
		if s := d.Next(heardAs("well", "bye", confidence)); s.Hangup != want {
			t.Errorf("at %.1f: %+v", confidence, s)
		}
		d = line.Start(assistant.Start{})
		d.Next(assistant.Input{})
		d.Next(heardAs("opening hours", "hours", 0.9))
		if s := d.Next(heardAs("well", "bye", confidence)); !s.Hangup {
			t.Errorf("nothing else is wanted, at %.1f: %+v", confidence, s)
		}
	}
}
