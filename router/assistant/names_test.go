package assistant_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

func TestADialogueTellsWhatItIsAboutAndWhatItKnows(t *testing.T) {
	a, err := assistant.Parse("a.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Intents(); !slices.Equal(got, []string{"hours", "code"}) {
		t.Errorf("intents %v", got)
	}
	if got := a.Slots(); !slices.Equal(got, []string{"code"}) {
		t.Errorf("slots %v", got)
	}
	d := a.Start(assistant.Start{})
	d.Next(assistant.Input{})
	if d.Intent() != "" || len(d.Values()) > 0 {
		t.Errorf("at the start %q %v", d.Intent(), d.Values())
	}
	said := assistant.Input{Kind: assistant.InputSaid, Intent: intent.Result{Name: "code", Confidence: 1}}
	d.Next(said)
	d.Next(assistant.Input{Kind: assistant.InputKeyed, Numbers: []redact.Safe{redact.Authored("1234")}})
	values := d.Values()
	if d.Intent() != "code" || !maps.Equal(values, map[string]string{"code": "1234"}) {
		t.Errorf("got %q %v", d.Intent(), values)
	}
	values["code"] = "5678"
	if d.Values()["code"] != "1234" {
		t.Error("the values can be changed from outside")
	}
}
