package assistant_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

func TestWhoCallsOutIsTold(t *testing.T) {
	for language, texts := range map[string][]string{
		"en": {"hello", "Hello? Hello?", "um, hello, are you there", "hello can you hear me", "is anybody there", "good morning", "hi there"},
		"fr": {"allô", "Allô ? Allô ?", "euh allô vous êtes là", "bonjour madame", "est-ce que vous m'entendez", "il y a quelqu'un", "allô y a quelqu'un"},
	} {
		for _, text := range texts {
			if !assistant.CallsOut(language, redact.Authored(text)) {
				t.Errorf("%s: %q calls out", language, text)
			}
		}
	}
	for language, texts := range map[string][]string{
		"en": {"", "um", "hello I have a power cut", "are you there on Tuesday", "is there a person there", "please", "hello yes"},
		"fr": {"", "euh", "bonjour je déménage", "vous êtes là le mardi", "il y a une vraie personne", "oui allô", "madame"},
	} {
		for _, text := range texts {
			if assistant.CallsOut(language, redact.Authored(text)) {
				t.Errorf("%s: %q says more than that", language, text)
			}
		}
	}
}

func heardAs(text, name string, confidence float64) assistant.Input {
	return assistant.Input{Kind: assistant.InputSaid, Language: "en", Text: redact.Authored(text), Intent: intent.Result{Name: name, Confidence: confidence}}
}

func TestASignOfLifeIsNoMisunderstandingUnlessItIsWantedAgainAndAgain(t *testing.T) {
	d := parsed(t, small).Start(assistant.Start{})
	d.Next(assistant.Input{})
	for range 2 {
		if s := d.Next(heardAs("hello?", "bill", 0.9)); len(s.Say) != 2 || s.Say[0].Text != "I am listening." || s.Say[1].Text != "What do you want?" {
			t.Fatalf("%+v", s)
		}
	}
	if s := d.Next(heardAs("hello?", "none", 0.1)); s.Listen == nil || s.Say[0].Text != "Sorry?" {
		t.Fatalf("the third time it counts: %+v", s)
	}
	if s := d.Next(heardAs("hello?", "none", 0.1)); s.Place == nil {
		t.Fatalf("the fourth time a human is fetched: %+v", s)
	}
}

func TestAHelloThatStandsInTheFileIsWhatTheFileSays(t *testing.T) {
	file := strings.Replace(small, "again:\n", "again:\n  listening: {en: Yes?}\n", 1)
	d := parsed(t, strings.Replace(file, "examples: {en: [", "examples: {en: [good morning, ", 1)).Start(assistant.Start{})
	d.Next(assistant.Input{})
	if s := d.Next(heardAs("Hello?", "", 0)); len(s.Say) == 0 || s.Say[0].Text != "Yes?" {
		t.Errorf("%+v", s)
	}
	if s := d.Next(heardAs("Good morning.", "hours", 0.9)); len(s.Say) == 0 || s.Say[0].Text == "Yes?" {
		t.Errorf("%+v", s)
	}
}
