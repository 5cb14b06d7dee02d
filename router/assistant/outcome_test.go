package assistant_test

import (
	"slices"
	"testing"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

func TestADialogueTellsWhatItAsksForAndHowOftenInVain(t *testing.T) {
	a, err := assistant.Parse("a.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	d := a.Start(assistant.Start{})
	asks := func(what, slot string, misses int) {
		t.Helper()
		if w, s := d.Asks(); w != what || s != slot || d.Misses() != misses {
			t.Errorf("asks for %q %q after %d misses, want %q %q after %d", w, s, d.Misses(), what, slot, misses)
		}
	}
	asks("", "", 0)
	d.Next(assistant.Input{})
	asks(assistant.AsksRequest, "", 0)
	d.Next(assistant.Input{Kind: assistant.InputSilence})
	asks(assistant.AsksRequest, "", 1)
	d.Next(assistant.Input{Kind: assistant.InputSaid, Intent: intent.Result{Name: "code", Confidence: 1}})
	asks(assistant.AsksValue, "code", 0)
	d.Next(assistant.Input{Kind: assistant.InputKeyed, Numbers: []redact.Safe{redact.Authored("1234")}})
	asks(assistant.AsksConfirmation, "code", 0)
	if got := d.Taken(); !slices.Equal(got, []assistant.Value{{Slot: "code", Text: "1234"}}) {
		t.Errorf("taken %v", got)
	}
}
