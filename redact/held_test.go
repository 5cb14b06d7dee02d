package redact_test

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/redact"
)

// TestANumberIsDecidedWithTheNextUtterance: what a final cannot decide is open there, and
// at the front of the next.
func TestANumberIsDecidedWithTheNextUtterance(t *testing.T) {
	for _, c := range []struct {
		name, lang  string
		lines, want []string
	}{
		{"it begins as no card does", "en", []string{"caller it says 71829405 here", "caller what now"}, []string{"it says […] here", "71829405 what now"}},
		{"en mots", "fr", []string{"caller c'est écrit neuf un huit deux quatre zéro cinq", "caller oui"}, []string{"c'est écrit […]", "neuf un huit deux quatre zéro cinq oui"}},
		{"in parts", "en", []string{"caller seven one eight two", "caller nine four oh five", "caller that's it"}, []string{"seven one eight two", "[…]", "nine four oh five that's it"}},
		{"it may be a card's", "en", []string{"caller it says 45391488", "caller hold on"}, []string{"it says […]", "[number] hold on"}},
		{"it is explained", "en", []string{"caller it says 45391488", "caller that's my order number"}, []string{"it says […]", "45391488 that's my order number"}},
		{"it goes on as a card", "en", []string{"caller it says 45391488", "caller 03436467"}, []string{"it says […]", "[card ••••6467]"}},
		{"it goes on for long", "en", []string{"caller it says 71829405", "caller 1234 5678"}, []string{"it says […]", "[number]"}},
		{"a card is spoken of", "en", []string{"caller it says 71829405", "caller that's my card"}, []string{"it says […]", "[number] that's my card"}},
		{"the bot asks for a card", "en", []string{"caller it says 71829405", "bot And your card number?", "caller sure"}, []string{"it says […]", "And your card number?", "71829405 sure"}},
		{"after other digits", "en", []string{"caller four five three nine", "caller so where was i now then my dear friend of mine", "caller 71829405", "caller okay"}, []string{"four five three nine", "so where was i now then my dear friend of mine", "[number]", "okay"}},
		{"hypotheses show it as soon as it is over", "en", []string{"caller it says 71829405", "partial what", "partial what do i do", "caller what do i do"}, []string{"it says […]", "what", "71829405 what do i do", "71829405 what do i do"}},
		{"and not when it goes on", "en", []string{"caller it says 71829405", "partial 1234", "caller 1234 5678"}, []string{"it says […]", "[…]", "[number]"}},
		{"enough follows at once", "en", []string{"caller it says 71829405 on the letter that you sent"}, []string{"it says 71829405 on the letter that you sent"}},
		{"un numéro de sécurité sociale", "fr", []string{"caller deux soixante-neuf zéro cinq", "caller quarante-neuf cinq cent quatre-vingt-huit", "caller cent cinquante-sept quatre-vingts"}, []string{"[…]", "[NIR]", "[NIR]"}},
		{"ou un autre", "fr", []string{"caller deux soixante-neuf zéro cinq", "caller merci"}, []string{"[…]", "deux soixante-neuf zéro cinq merci"}},
		{"a card's beginning that is called a parcel", "fr", []string{"caller numéro de colis deux cent vingt-deux cent dix zéro zéro un zéro dix zéro quatre vingt dix euh", "bot Allez-y.", "caller quatre"}, []string{"numéro de colis […] euh", "Allez-y.", "[number]"}},
		{"a card's beginning that sounds like a whole parcel's number", "fr", []string{"caller numéro de colis quatre cent un euh quatre cent quarante et un cent cinquante cinq cent trente neuf six cent huit", "caller zéro"}, []string{"numéro de colis […]", "[number]"}},
		{"a card's beginning, and a hesitation", "fr", []string{"caller le numéro de suivi c'est le six cent un cent quarante-trois cent quatre vingt trois quatre cent quarante et un six cent soixante-seize", "caller euh", "caller un"}, []string{"le numéro de suivi c'est le […]", "euh", "[number]"}},
		{"et autant d'un colis", "fr", []string{"caller numéro de colis deux cent vingt-deux cent dix zéro zéro un zéro dix zéro quatre vingt dix euh", "bot Allez-y.", "caller c'est tout"}, []string{"numéro de colis […] euh", "Allez-y.", "deux cent vingt-deux cent dix zéro zéro un zéro dix zéro quatre vingt dix c'est tout"}},
		{"and the bot turns to a card", "fr", []string{"caller numéro de colis deux cent vingt-deux cent dix zéro zéro un zéro dix zéro quatre vingt dix", "bot Votre numéro de carte ?", "caller quatre"}, []string{"numéro de colis […]", "Votre numéro de carte ?", "deux cent vingt-deux cent dix zéro zéro un zéro dix zéro quatre vingt dix [card]"}},
		{"an IBAN whose bank makes a word", "en", []string{"caller N L eighty-six bbyb one one one two one zero one", "caller um one two", "caller zero"}, []string{"[IBAN]", "um [IBAN]", "[IBAN NL ••••1120]"}},
		{"un IBAN mal entendu", "fr", []string{"caller GB cette saint bybb onze douze euh dix", "caller onze"}, []string{"[IBAN]", "[IBAN]"}},
		{"un IBAN par petits bouts", "fr", []string{"caller GB deux", "caller euh un BCFM", "caller neuf", "caller hein", "caller neuf cette euh", "caller huit"}, []string{"GB deux", "euh un BCFM", "[IBAN]", "[IBAN]", "[IBAN] euh", "[IBAN]"}},
		{"an IBAN that is torn after double", "en", []string{"caller N L twenty one B", "caller B C B double", "caller nine double", "caller three one double nine double zero zero"}, []string{"N L twenty one B", "B C B double", "[IBAN]", "[IBAN]"}},
		{"an IBAN that goes on with its bank, misheard", "en", []string{"bot What is your IBAN?", "caller G B zero eight", "caller bbby won um won won oh um won"}, []string{"What is your IBAN?", "[IBAN]", "bbby [IBAN]"}},
		{"an IBAN whose country makes a word", "en", []string{"bot What is your IBAN?", "caller de for um won oh won"}, []string{"What is your IBAN?", "de [IBAN]"}},
		{"un IBAN mal entendu, avec un euh", "fr", []string{"caller NL saint euh cette bbby un euh un un deux un", "caller un trois un un un"}, []string{"[IBAN]", "[IBAN NL ••••3111]"}},
		{"an IBAN in short parts", "en", []string{"caller it's DE 44 50", "caller 01 05", "caller 17 54"}, []string{"it's DE 44 50", "[IBAN]", "[IBAN]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := redact.New(c.lang)
			var shown []string
			for i, l := range c.lines {
				who, text, _ := strings.Cut(l, " ")
				id, raw := strconv.Itoa(i), redact.RawText(text)
				switch who {
				case "bot":
					shown = append(shown, r.Speech(text).String())
				case "partial":
					shown = append(shown, r.Partial("p", raw).After(r.Released()).String())
				default:
					res := r.Final(id, raw)
					shown = append(shown, res.Text.After(res.Released).String())
				}
			}
			if got, want := strings.Join(shown, "\n"), strings.Join(c.want, "\n"); got != want {
				t.Errorf("it shows\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestNothingMoreIsSaid: the end of a call decides at once.
func TestNothingMoreIsSaid(t *testing.T) {
	for said, want := range map[string]string{
		"it says 71829405": "71829405",
		"it says 45391488": "[number]",
		"it says 4539":     "",
		"hello":            "",
	} {
		r := redact.New("en")
		r.Final("1", redact.RawText(said))
		if got := r.Settle().String(); got != want {
			t.Errorf("%q settles as %q, want %q", said, got, want)
		}
		if got := r.Settle(); !got.Empty() {
			t.Errorf("%q settles twice, as %q", said, got)
		}
	}
}

// TestAReleasedNumberMayBeReadBack: and counts as one that was shown.
func TestAReleasedNumberMayBeReadBack(t *testing.T) {
	r := redact.New("en")
	r.Final("1", redact.RawText("it says 71829405"))
	r.Final("2", redact.RawText("okay"))
	if got := r.Speech("I noted 71829405.").String(); got != "I noted 71829405." {
		t.Errorf("the bot says %q", got)
	}
	if got := r.Final("3", redact.RawText("1234")).Text.String(); got != "[number]" {
		t.Errorf("what follows it becomes %q", got)
	}
}

// TestWhatIsReleasedWasSaid: exactly once, by a final, and it is no more than eleven digits.
func TestWhatIsReleasedWasSaid(t *testing.T) {
	for _, v := range voices {
		t.Run(v.lang, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				digits := rapid.StringMatching(`[0-9]{5,18}`).Draw(t, "digits")
				r := redact.New(v.lang)
				words := v.dictate(t, digits)
				said := strings.Join(words, " ")
				released := ""
				for id := 0; len(words) > 0; id++ {
					n := rapid.IntRange(1, len(words)).Draw(t, "utterance")
					res := r.Final(strconv.Itoa(id), redact.RawText(strings.Join(words[:n], " ")))
					released += " " + res.Released.String()
					words = words[n:]
				}
				released = strings.TrimSpace(strings.ReplaceAll(released+" "+r.Settle().String(), "[number]", " "))
				rest := said
				for part := range strings.FieldsSeq(released) {
					_, after, found := strings.Cut(rest, part)
					if !found {
						t.Fatalf("%q was released of %q", released, said)
					}
					rest = after
				}
			})
		})
	}
}

// TestResultsCostNoAllocationOfTheirOwn: masks, numbers and findings are written where
// there is room for many.
func TestResultsCostNoAllocationOfTheirOwn(t *testing.T) {
	for _, said := range []string{
		"my card number is four five three nine one four eight eight zero three four three six four six seven thanks",
		"the meter says 45678 and the bill was 120 pounds on the third of may",
		"you can reach me on 07700 900141 or at number 12 the high street",
		"the siret is 732 829 320 00074 and the parcel 7927 0132 1767 6067",
		"it says 71829405",
	} {
		raw := redact.RawText(said)
		r := redact.New("en")
		n := testing.AllocsPerRun(500, func() {
			r.Partial("1", raw)
			r.Final("1", raw)
			r.Final("2", raw)
		})
		if n > 0 {
			t.Errorf("%q: %v allocations", said, n)
		}
	}
}
