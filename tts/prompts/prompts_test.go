package prompts_test

import (
	"testing"

	"github.com/callward/callward/tts/prompts"
)

func TestNamesTellLanguagesAndTextsApartButNotRegionsOrSpaces(t *testing.T) {
	name := prompts.Name("fr", "Bonjour à tous.")
	if name != prompts.Name("fr-FR", " Bonjour  à\ntous. ") {
		t.Error("region or space changes the name")
	}
	for _, other := range []string{prompts.Name("en", "Bonjour à tous."), prompts.Name("fr", "Bonjour à vous.")} {
		if name == other {
			t.Error("two texts have one name")
		}
	}
}

func TestWhatWasNotRenderedIsNotFound(t *testing.T) {
	for _, text := range []string{"", "../audio/README.md", "nobody ever rendered this"} {
		if _, ok := prompts.Find("en", text); ok {
			t.Errorf("found audio for %q", text)
		}
	}
}
