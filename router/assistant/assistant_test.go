package assistant_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

func TestPhrasesHoldWhatCallersSay(t *testing.T) {
	a := exampleLine(t)
	for lang, want := range map[string][]string{
		"en": {"when are you open", "yes", "English please"},
		"fr": {"quand êtes-vous ouverts", "oui", "en français"},
	} {
		phrases := a.Phrases(lang)
		for _, p := range want {
			if !slices.Contains(phrases, p) {
				t.Errorf("%s lacks %q", lang, p)
			}
		}
	}
}

func TestPromptsAreWhatADialogueSays(t *testing.T) {
	a := exampleLine(t)
	prompts := a.Prompts("en")
	d := a.Start(assistant.Start{Language: "en"})
	for _, key := range []string{"", "9", "3"} {
		in := assistant.Input{Kind: assistant.InputKeyed, Text: redact.Authored(key)}
		for _, l := range d.Next(in).Say {
			if !slices.Contains(prompts, l.Text) {
				t.Errorf("%q is not among the prompts", l.Text)
			}
		}
	}
}

func TestAFilledPhraseGoesThroughTheRedactor(t *testing.T) {
	asked := 0
	speech := func(text string) redact.Safe {
		asked++
		return redact.Authored(strings.ToUpper(text))
	}
	if got := (assistant.Phrase{Text: "hello"}).Safe(speech); got.String() != "hello" || asked != 0 {
		t.Errorf("authored text: %q, asked %d times", got, asked)
	}
	if got := (assistant.Phrase{Text: "it is 1", Filled: true}).Safe(speech); got.String() != "IT IS 1" || asked != 1 {
		t.Errorf("filled text: %q, asked %d times", got, asked)
	}
}

func TestAPlaceInTheQueueIsSaid(t *testing.T) {
	a := exampleLine(t)
	if l := a.PositionLine(4, "fr"); l.Text != "Vous êtes en position 4 dans la file d'attente." || l.Language != "fr" {
		t.Errorf("got %+v", l)
	}
	if l := a.PositionLine(1, "en"); l != a.Message(assistant.Next, "en") {
		t.Errorf("got %+v", l)
	}
	if l := a.Message(assistant.Apology, "xx"); l.Language != "en" || l.Text == "" {
		t.Errorf("an unknown language: %+v", l)
	}
}

func TestTheFallbackIsThatOfTheFile(t *testing.T) {
	a := exampleLine(t)
	if p, _ := a.FallbackAt(time.Time{}, "en"); p.Queue != "billing" {
		t.Error(p)
	}
}
