package assistant_test

import (
	"testing"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

func TestStressedWordsOfAngerAreWordsOfAnger(t *testing.T) {
	for language, texts := range map[string]map[string]bool{
		"en": {"this is absolutely ridiculous": true, "I am so sick of your machine": true, "this is really a joke": true, "this is a very nice joke": false, "I am really happy": false},
		"fr": {"c'est vraiment n'importe quoi": true, "j'en ai vraiment marre": true, "c'est tout à fait ça": false, "j'en ai vraiment besoin": false},
	} {
		for text, angry := range texts {
			d := exampleLine(t).Start(assistant.Start{Language: language})
			d.Next(assistant.Input{})
			s := d.Next(assistant.Input{Kind: assistant.InputSaid, Language: language, Text: redact.Authored(text)})
			if got := s.Place != nil; got != angry {
				t.Errorf("%s: %q: %s", language, text, s.Reason)
			}
		}
	}
}
