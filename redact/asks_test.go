package redact_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/redact"
)

// answer is what is shown of what a caller says to questions of the bot.
func answer(lang, said string, asked ...string) string {
	r := redact.New(lang)
	for _, q := range asked {
		r.Speech(q)
	}
	return r.Final("1", redact.RawText(said)).Text.String()
}

func TestACodeIsWithheldThoughTheBotNamesNoCard(t *testing.T) {
	for lang, asks := range map[string][]string{
		"en": {
			"And the number on the back?", "And the four digits on the front?", "And the CVN?", "And the verification number?",
			"The three digits next to the signature, please.", "And the three digits on the back of it?",
		},
		"fr": {
			"Et le numéro au dos ?", "Le code à quatre chiffres sur le devant ?", "Le code de vérification ?", "Le code imprimé près de la signature.",
			"Et les trois chiffres à côté de la signature ?", "Quel est le code de contrôle ?", "Le code à quatre chiffres au recto de la carte ?",
		},
	} {
		for _, ask := range asks {
			if out := answer(lang, "4 7 6 2", ask); strings.ContainsAny(out, "0123456789") {
				t.Errorf("%s: shown as %q", ask, out)
			}
		}
	}
	if out := answer("en", "it's nine four eight", "We have your card on file.", "And the code?"); out != "it's [code]" {
		t.Errorf("a code without a name, where a card was mentioned: %q", out)
	}
}

func TestANumberOnTheBackOfSomethingElseIsNoCode(t *testing.T) {
	for ask, lang := range map[string]string{
		"What is the number on the back of the router?": "en", "What number can I call you back on?": "en",
		"Please tell me the verification code that we sent by text.": "en", "Quel est le numéro au dos de la box ?": "fr",
		"Quel code de vérification avez-vous reçu par SMS ?": "fr", "And the code?": "en",
	} {
		if out := answer(lang, "4 7 6 2", ask); out != "4 7 6 2" {
			t.Errorf("%s: shown as %q", ask, out)
		}
	}
}

func TestReadyWhenYouAreAsksForNoDate(t *testing.T) {
	r := redact.New("en")
	r.Speech("Ready when you are.")
	r.Final("1", redact.RawText("it's four nine one"))
	if out := r.Final("2", redact.RawText("seven four eight")).Text.String() + r.Final("3", redact.RawText("two nine one")).Text.String(); strings.Contains(out, "nine") {
		t.Errorf("nine digits in three parts: shown as %q", out)
	}
	if out := answer("en", "14 7", "When would you like to come?"); out != "14 7" {
		t.Errorf("a date that is asked for: shown as %q", out)
	}
}

func TestAZeroOfSomethingElseMakesNoPhoneNumber(t *testing.T) {
	for said, lang := range map[string]string{
		"le dernier c'est zéro donc quatre deux sept sept sept trois huit sept huit": "fr",
		"the last one is zero so four two seven seven seven three eight seven eight": "en",
	} {
		r := redact.New(lang)
		for _, out := range []string{r.Partial("1", redact.RawText(said)).String(), r.Final("1", redact.RawText(said)).Text.String()} {
			if strings.Contains(out, "deux") || strings.Contains(out, "two") {
				t.Errorf("shown as %q", out)
			}
		}
	}
	for said, lang := range map[string]string{"c'est le zéro euh six douze trente-quatre cinquante-six soixante-dix-huit": "fr", "it's oh seven double oh nine double oh one two three": "en"} {
		if out := answer(lang, said); out != said {
			t.Errorf("%q became %q", said, out)
		}
	}
}

func TestANumberOfAnInsuredPersonIsAskedForByManyNames(t *testing.T) {
	for _, ask := range []string{"Votre numéro d'assuré social ?", "Votre numéro INSEE ?"} {
		if out := answer("fr", "1 81 08", ask); out != "[NIR]" {
			t.Errorf("%s: shown as %q", ask, out)
		}
	}
}

func TestWhatTheBotTellsEndsNoNumberThatIsBeingSaid(t *testing.T) {
	for _, v := range []struct{ lang, told string }{
		{"en", "The amount is 49 pounds 90."}, {"en", "How many digits is that?"}, {"fr", "Le montant est de 49 euros 90."}, {"fr", "Ça fait combien de chiffres ?"},
	} {
		r := redact.New(v.lang)
		out := r.Final("1", redact.RawText("4970 12")).Text.String()
		r.Speech(v.told)
		out += r.Final("2", redact.RawText("3456 78")).Text.String()
		if strings.Contains(out, "3456") {
			t.Errorf("%s: shown as %q", v.told, out)
		}
	}
}

func TestReadingAlongNamesNoMeter(t *testing.T) {
	if out := answer("en", "reading across 4970 1234 56"); strings.Contains(out, "1234") {
		t.Errorf("shown as %q", out)
	}
	if out := answer("en", "the reading is 4970 1234"); out != "the reading is 4970 1234" {
		t.Errorf("shown as %q", out)
	}
}

func TestManyWordsInARowThatMayBeDigitsAreDigits(t *testing.T) {
	for said, lang := range map[string]string{
		"visa owe sicks fore won won tree for is that clear": "en", "fife won for ate owe too sicks is what i can read": "en",
		"ma carte cette de saint si quart de hein et voilà c'est tout": "fr",
	} {
		if out := answer(lang, said); strings.Contains(out, "for") || strings.Contains(out, "quart") || !strings.Contains(out, "[") {
			t.Errorf("%q: shown as %q", said, out)
		}
	}
	for said, lang := range map[string]string{"i ate too much and won a prize for one": "en", "this one is for you too": "en", "oui cette dame de saint-étienne": "fr"} {
		if out := answer(lang, said); out != said {
			t.Errorf("%q became %q", said, out)
		}
	}
}

func TestWordsThatMayBeDigitsCountOneByOne(t *testing.T) {
	r := redact.New("fr")
	shown := ""
	for w := range strings.FieldsSeq("saint hein hein hein hein de hein hein hein") {
		shown += r.Final(w, redact.RawText(w)).Text.String() + " "
	}
	if !strings.Contains(shown, "[") || strings.HasPrefix(shown, "saint hein hein hein hein de hein ") {
		t.Errorf("shown as %q", shown)
	}
	r, shown = redact.New("fr"), ""
	for w := range strings.FieldsSeq("hein oui hein quoi hein") {
		shown += r.Final(w, redact.RawText(w)).Text.String() + " "
	}
	if shown != "hein oui hein quoi hein " {
		t.Errorf("shown as %q", shown)
	}
}

func TestKeysCountWithWhatIsBeingSaid(t *testing.T) {
	r := redact.New("en")
	press(r, "51369")
	out := r.Partial("1", redact.RawText("so we've got one six four four two one and")).String() + r.EndKeys().Text.String()
	if strings.Contains(out, "six") && strings.Contains(out, "51369") {
		t.Errorf("eleven digits are shown: %q", out)
	}
}

func TestNoPhoneNumberFollowsTheBeginningOfACard(t *testing.T) {
	for said, lang := range map[string]string{"i repeat oh four seven eight eight oh three oh one four four": "en", "zéro deux trente-sept cinquante-neuf quatre-vingt-dix-neuf cinquante-trois": "fr"} {
		r := redact.New(lang)
		r.Final("1", redact.RawText("3007 if that is what you need to know or not"))
		if out := r.Final("2", redact.RawText(said)).Text.String(); !strings.Contains(out, "[") {
			t.Errorf("shown as %q", out)
		}
		if out := answer(lang, strings.TrimPrefix(said, "i repeat ")); strings.Contains(out, "[") {
			t.Errorf("by itself: shown as %q", out)
		}
	}
}

func TestDigitsWithAQuestionWhetherTheyWereHeardAreNoTalk(t *testing.T) {
	for _, v := range []struct{ lang, ask, one, two string }{
		{"en", "Go ahead.", "the first bit is five one three is that clear", "and then i have one o o three you with me"},
		{"fr", "Allez-y.", "alors au début je lis cinq un trois vous suivez", "et puis ici je lis un zéro zéro trois vous avez"},
		{"fr", "Dictez les chiffres.", "je vois mal cinq un trois si je peux dire", "ensuite un zéro zéro trois si je ne me trompe"},
	} {
		r := redact.New(v.lang)
		r.Speech(v.ask)
		out := r.Final("1", redact.RawText(v.one)).Text.String() + r.Final("2", redact.RawText(v.two)).Text.String()
		if !strings.Contains(out, "[") {
			t.Errorf("seven digits are shown: %q", out)
		}
	}
}

func TestAnOrderInPassingNamesNoNumber(t *testing.T) {
	r := redact.New("fr")
	r.Final("1", redact.RawText("c'est pour ma commande de mai"))
	if out := r.Final("2", redact.RawText("17310342950708")).Text.String() + r.Settle().String(); strings.Contains(out, "1731") {
		t.Errorf("shown as %q", out)
	}
	r = redact.New("fr")
	r.Final("1", redact.RawText("j'ai le numéro de la commande"))
	if out := r.Final("2", redact.RawText("17310342950708")).Text.String() + r.Settle().String(); !strings.Contains(out, "17310342950708") {
		t.Errorf("shown as %q", out)
	}
}

func TestNoPhoneNumberFollowsKeysThatMayBeginACard(t *testing.T) {
	for _, said := range []string{"plus deux un quatre sept un quatre deux deux deux huit neuf", "zéro zéro quarante-quatre zéro un un neuf sept trois", "zéro quatre deux un quatre sept un quatre deux deux"} {
		r := redact.New("fr")
		press(r, "2221")
		if out := r.Final("1", redact.RawText(said)).Text.String(); strings.Contains(out, "sept") {
			t.Errorf("shown as %q", out)
		}
	}
}

func TestAPartThatIsCalledSoIsCounted(t *testing.T) {
	r := redact.New("en")
	r.Final("1", redact.RawText("first bit six in gold letters"))
	out := r.Final("2", redact.RawText("my wife reads two one seven three four double oh in gold letters")).Text.String()
	r.Final("3", redact.RawText("it begins 3,007"))
	out += r.Final("4", redact.RawText("here we go 0,375,999,536 if i read it right")).Text.String()
	if strings.Contains(out, "three four") || strings.Contains(out, "999") {
		t.Errorf("shown as %q", out)
	}
}

func TestAHypothesisShowsNoPlusWithWhatMayBeACard(t *testing.T) {
	for said, shown := range map[string]bool{
		"plus six seven five nine six four two eight eight eight two": false, "plus thirty-five eighty-nine ninety-two forty-seven eighty-eight": false,
		"plus four four seven seven hundred nine hundred one two three": true, "it's plus six one two nine eight seven six five four three and ask for me": true,
	} {
		r := redact.New("en")
		if out := r.Partial("1", redact.RawText(said)).String(); shown != (out == said) {
			t.Errorf("%q: shown as %q", said, out)
		}
	}
}
