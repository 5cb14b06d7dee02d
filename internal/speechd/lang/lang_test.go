package lang

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func none(string) bool { return false }

func TestNumbersAreSpokenAsPeopleSpeakThem(t *testing.T) {
	for _, c := range []struct {
		lang string
		n    int
		want string
	}{
		{"en", 0, "zero"},
		{"en", 13, "thirteen"},
		{"en", 42, "forty two"},
		{"en", 100, "one hundred"},
		{"en", 317, "three hundred seventeen"},
		{"en", 42317, "forty two thousand three hundred seventeen"},
		{"fr", 16, "seize"},
		{"fr", 17, "dix sept"},
		{"fr", 21, "vingt et un"},
		{"fr", 71, "soixante et onze"},
		{"fr", 75, "soixante quinze"},
		{"fr", 80, "quatre vingt"},
		{"fr", 91, "quatre vingt onze"},
		{"fr", 200, "deux cent"},
		{"fr", 1999, "mille neuf cent quatre vingt dix neuf"},
	} {
		p, ok := For(c.lang)
		if !ok {
			t.Fatalf("no pack for %s", c.lang)
		}
		if got := strings.Join(p.Number(c.n), " "); got != c.want {
			t.Errorf("%s %d is spoken %q, want %q", c.lang, c.n, got, c.want)
		}
	}
}

func TestWordsOfATextAreWordsOfADictionary(t *testing.T) {
	en, _ := For("en-GB")
	fr, _ := For("fr_CA")
	frenchWords := func(w string) bool { return w == "aujourd'hui" || w == "rendez-vous" }
	for _, c := range []struct {
		pack  *Pack
		known func(string) bool
		text  string
		want  string
	}{
		{en, func(w string) bool { return w == "what's" }, "What's my bill?", "what's my bill"},
		{en, none, "Press 42, please!", "press forty two please"},
		{en, none, "it's 4111111111", "it's four one one one one one one one one one"},
		{fr, frenchWords, "L’électricité, aujourd'hui…", "l' électricité aujourd'hui"},
		{fr, frenchWords, "est-ce qu'un rendez-vous", "est ce qu' un rendez-vous"},
		{fr, none, "une sœur à 8h30", "une soeur à huit h trente"},
		{fr, none, "- ' --", ""},
	} {
		if got := strings.Join(c.pack.Words(c.text, c.known), " "); got != c.want {
			t.Errorf("%q gives %q, want %q", c.text, got, c.want)
		}
	}
}

func TestNoTextGivesAWordThatIsNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _ := For(rapid.SampledFrom([]string{"en", "fr"}).Draw(t, "language"))
		for _, w := range p.Words(rapid.String().Draw(t, "text"), none) {
			if w == "" || strings.ContainsFunc(w, func(r rune) bool { return unicode.IsSpace(r) || (r >= '0' && r <= '9') }) {
				t.Fatalf("%q is not a word", w)
			}
		}
	})
}

func TestAnElidedWordSticksToTheNext(t *testing.T) {
	fr, _ := For("fr")
	if got := fr.Join([]string{"l'", "électricité", "est", "coupée"}); got != "l'électricité est coupée" {
		t.Errorf("got %q", got)
	}
}

func TestALanguageWithoutAPackIsRefused(t *testing.T) {
	if _, ok := For("de"); ok {
		t.Error("there is a pack for German")
	}
}

func TestPacksAreComplete(t *testing.T) {
	for _, code := range []string{"en", "fr"} {
		p, _ := For(code)
		if len(p.Months) != 12 || len(p.WeekDays) != 7 || len(p.MonthDays) < 31 || len(p.Letters) != 26 {
			t.Errorf("%s: months, days or letters are missing", code)
		}
		if len(p.Common) < 50 || slices.Contains(p.Common, "") {
			t.Errorf("%s: the common sentences are missing", code)
		}
		for d, forms := range p.Digits {
			if len(forms) == 0 {
				t.Errorf("%s: digit %d cannot be said", code, d)
			}
		}
	}
}
