package redact_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/callward/callward/redact"
)

func texts(safe []redact.Safe) string {
	var out []string
	for _, s := range safe {
		out = append(out, s.String())
	}
	return strings.Join(out, " ")
}

func TestWhatIsSaidInOneUtterance(t *testing.T) {
	card := redact.Expect{Kind: redact.ExpectCard}
	digits := func(n int) redact.Expect { return redact.Expect{Kind: redact.ExpectDigits, Length: n} }
	free := redact.Expect{}
	for _, c := range []struct {
		name, lang string
		expect     redact.Expect
		said       string
		text       string
		numbers    string
	}{
		{"nothing", "en", free, "", "", ""},
		{"no number", "en", free, "what are your opening hours", "what are your opening hours", ""},
		{"the demo's card", "en", card, "four one one one one one one one one one one one one one one one", "[card ••••1111]", ""},
		{"in pairs", "en", card, "forty-one eleven eleven eleven eleven eleven eleven eleven", "[card ••••1111]", ""},
		{"in thousands", "en", card, "four thousand one hundred eleven one thousand one hundred and eleven one thousand one hundred eleven one thousand one hundred eleven", "[card ••••1111]", ""},
		{"in doubles", "en", card, "four triple one double one double one double one double one double one double one", "[card ••••1111]", ""},
		{"in figures", "en", free, "it is 4539 1488 0343 6467 thanks", "it is [card ••••6467] thanks", ""},
		{"in dashes", "en", free, "4539-1488-0343-6467", "[card ••••6467]", ""},
		{"in full-width figures", "en", free, "４５３９１４８８０３４３６４６７", "[card ••••6467]", ""},
		{"with a zero-width space", "en", free, "4539\u200b1488\u200b0343\u200b6467", "[card ••••6467]", ""},
		{"en quatre mille", "fr", card, "quatre mille cent onze mille cent onze mille cent onze mille cent onze", "[card ••••1111]", ""},
		{"par deux", "fr", card, "quarante et un onze onze onze onze onze onze onze", "[card ••••1111]", ""},
		{"soixante-dix-huit", "fr", card, "soixante-dix-huit quatre-vingt-dix-sept", "[number]", ""},
		{"misheard", "en", card, "four won one one to one one one one one for one one one one", "[card]", ""},
		{"one word between", "en", card, "four five hello three nine one four eight eight home zero three four three six four", "[card]", ""},
		{"a code", "en", card, "seven oh eight", "[number]", ""},
		{"a card word and four digits", "en", free, "my card begins with four five three nine", "my card begins with [number]", ""},
		{"a card word and a date", "fr", free, "j'ai perdu ma carte bancaire le quatre novembre deux mille vingt quatre", "j'ai perdu ma carte bancaire le quatre novembre deux mille vingt quatre", "4 2024"},
		{"a card word and an amount", "fr", free, "455 euros par carte", "455 euros par carte", "455"},
		{"a reading", "en", free, "four five six seven eight", "four five six seven eight", "45678"},
		{"a reading that was asked for", "fr", digits(5), "alors quarante-cinq mille six cent soixante-dix-huit", "alors quarante-cinq mille six cent soixante-dix-huit", "45678"},
		{"a reading, misheard", "en", digits(5), "for five six seven ate", "for five six seven ate", "45678"},
		{"a reading, in two parts", "en", digits(5), "four five then let me see six seven eight", "four five then let me see six seven eight", "45678"},
		{"a reading in pairs", "fr", digits(6), "quatre-vingt-dix-sept soixante-dix-huit douze", "quatre-vingt-dix-sept soixante-dix-huit douze", "977812"},
		{"a number of another length", "en", digits(10), "four five three nine one four eight eight", "[number]", ""},
		{"a phone number that was asked for", "en", digits(10), "two one two five five five zero one zero one", "two one two five five five zero one zero one", "2125550101"},
		{"a phone number", "fr", free, "zéro six douze trente-quatre cinquante-six soixante-dix-huit", "zéro six douze trente-quatre cinquante-six soixante-dix-huit", "0612345678"},
		{"an order number", "fr", free, "la commande numéro 71829405", "la commande numéro 71829405", "71829405"},
		{"a long number that nobody asked for", "en", free, "it says 71829405 here", "it says […] here", ""},
		{"a clock", "en", free, "at eight o'clock", "at eight o'clock", "8"},
		{"homophones without a number", "en", free, "i ate too much and won a prize for it", "i ate too much and won a prize for it", ""},
		{"des homophones sans nombre", "fr", free, "oui cette dame m'a dit de vous rappeler sans faute", "oui cette dame m'a dit de vous rappeler sans faute", ""},
		{"un article", "fr", free, "je voudrais un rendez-vous avec une personne", "je voudrais un rendez-vous avec une personne", ""},
		{"an IBAN", "en", free, "DE34 3704 0044 8259 7867 10", "[IBAN DE ••••6710]", ""},
		{"words without blanks", "en", card, "fortyone eleven oeight", "[number]", ""},
		{"mots sans blancs", "fr", card, "quatrevingtdix trenteetun", "[number]", ""},
		{"words that look like numbers without blanks", "en", free, "someone often attends seventies parties", "someone often attends seventies parties", ""},
		{"French in an English call", "en", card, "quatre cinq trois neuf", "[number]", ""},
		{"de l'anglais en français", "fr", card, "four five three nine", "[number]", ""},
		{"a group before the word second", "en", free, "the card reads first group 4488 second group 7744", "the card reads first group [number] second group [number]", ""},
		{"a card's last four", "en", free, "it's the card ending in 3671", "it's the card ending in 3671", "3671"},
		{"les quatre derniers", "fr", free, "les quatre derniers chiffres de ma carte c'est 3671", "les quatre derniers chiffres de ma carte c'est 3671", "3671"},
		{"more than the last four", "en", free, "it's the card ending in 3671 22", "it's the card ending in [number]", ""},
		{"the last four of a card that is asked for", "en", card, "the last four are 3671", "the last four are [number]", ""},
		{"two phone numbers", "en", free, "the number is 020-7946-0666 or 617-555-0135 in the evening", "the number is 020-7946-0666 or 617-555-0135 in the evening", "02079460666 6175550135"},
		{"a phone number with a plus", "en", free, "i am on +44 7700 900141", "i am on +44 7700 900141", "447700900141"},
		{"more than a phone number", "en", free, "call 07700900748 1234", "call [number]", ""},
		{"numbers in talk", "fr", free, "mon fils a 51 ans et il habite au 175 de la rue des lilas depuis 1998", "mon fils a 51 ans et il habite au 175 de la rue des lilas depuis 1998", "51 175 1998"},
		{"an ordinal", "en", card, "i lost it on the 28th of july", "i lost it on the 28th of july", "28"},
		{"un montant avec une espace", "fr", free, "on m'a pris 1 220,00 € deux fois", "on m'a pris 1 220,00 € deux fois", "122000 2"},
		{"either language", "", card, "quatre five three neuf", "[number]", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := redact.New(c.lang)
			r.Expect(c.expect)
			res := r.Final("1", redact.RawText(c.said))
			if res.Text.String() != c.text || texts(res.Numbers) != c.numbers {
				t.Errorf("%q became %q with numbers %q, want %q with %q", c.said, res.Text, texts(res.Numbers), c.text, c.numbers)
			}
		})
	}
}

func TestACardOverSeveralUtterances(t *testing.T) {
	r := redact.New("en")
	r.Expect(redact.Expect{Kind: redact.ExpectCard})
	var last redact.Result
	for i, said := range []string{"four five three nine", "um one four eight eight", "hold on", "zero three four three", "six four six seven"} {
		last = r.Final(fmt.Sprint(i), redact.RawText(said))
		r.Speech("Go on.")
		r.Expect(redact.Expect{Kind: redact.ExpectCard})
	}
	want := redact.Finding{Kind: redact.Card, Last4: "6467", Digits: 16, Luhn: true}
	if last.Text.String() != "[card ••••6467]" || len(last.Findings) != 1 || last.Findings[0] != want {
		t.Errorf("got %q and %+v, want the card's mask and %+v", last.Text, last.Findings, want)
	}
}

func TestTheFirstDigitsShownCountWithTheNext(t *testing.T) {
	r := redact.New("en")
	for i, c := range [][2]string{
		{"four five three nine", "four five three nine"},
		{"one four eight eight", "[number]"},
		{"zero three four three", "[number]"},
		{"six four six seven", "[card ••••6467]"},
	} {
		if got := r.Final(fmt.Sprint(i), redact.RawText(c[0])).Text.String(); got != c[1] {
			t.Errorf("%q became %q, want %q", c[0], got, c[1])
		}
	}
}

func TestCodeAndExpiryAfterTheCard(t *testing.T) {
	r := redact.New("fr")
	r.Expect(redact.Expect{Kind: redact.ExpectCard})
	r.Final("1", redact.RawText("4539 1488 0343 6467"))
	r.Speech("Quelle est la date d'expiration ?")
	for i, said := range []string{"septembre deux mille vingt-huit", "sept cent huit"} {
		res := r.Final(fmt.Sprint(i), redact.RawText(said))
		if !strings.Contains(res.Text.String(), "[code]") || len(res.Numbers) > 0 || res.Findings[0].Kind != redact.Code {
			t.Errorf("%q became %q, numbers %q, %+v", said, res.Text, res.Numbers, res.Findings)
		}
	}
}

func TestTheNextQuestionEndsCardContext(t *testing.T) {
	r := redact.New("en")
	r.Expect(redact.Expect{Kind: redact.ExpectCard})
	r.Final("1", redact.RawText("4539 1488 0343 6467"))
	r.Expect(redact.Expect{Kind: redact.ExpectDigits, Length: 5})
	if got := r.Final("2", redact.RawText("four five six seven eight")).Text.String(); got != "four five six seven eight" {
		t.Errorf("the meter reading became %q", got)
	}
}

func TestAQuestionIsAnsweredWhateverWasSaidBefore(t *testing.T) {
	for _, before := range []string{"i moved in 2019 you know", "my card is here but my reading is 45678", "i have 3 letters from 2 of you"} {
		r := redact.New("en")
		r.Final("1", redact.RawText(before))
		r.Expect(redact.Expect{Kind: redact.ExpectDigits, Length: 5})
		if got := texts(r.Final("2", redact.RawText("four five six seven eight")).Numbers); got != "45678" {
			t.Errorf("after %q the reading is %q", before, got)
		}
	}
}

func TestAPartialWithholdsWhatIsOpen(t *testing.T) {
	for _, c := range [][2]string{
		{"my reading is four", "my reading is four"}, // few enough to be shown of anything
		{"my card is four", "my card is […]"},
		{"my reading is four five six seven eight", "my reading is […]"},
		{"my reading is four five six seven eight so what now please", "my reading is four five six seven eight so what now please"},
		{"i come on the two", "i come on the two"},
		{"it says four five three nine one", "it says […]"},
		{"my bill is 455 euros", "my bill is 455 euros"},
		{"i want to", "i want to"},
	} {
		r := redact.New("en")
		if got := r.Partial("1", redact.RawText(c[0])).String(); got != c[1] {
			t.Errorf("%q became %q, want %q", c[0], got, c[1])
		}
	}
}

func TestWhatAPartialShowedCounts(t *testing.T) {
	r := redact.New("en")
	p := r.Partial("1", redact.RawText("four five three nine one four so where is it"))
	res := r.Final("2", redact.RawText("eight eight zero three"))
	if !strings.Contains(p.String(), "four five three") || res.Text.String() != "[…]" {
		t.Errorf("after %q came %q", p, res.Text)
	}
}

func TestTheBotReadsBackOnlyWhatWasShown(t *testing.T) {
	r := redact.New("en")
	for said, want := range map[string]string{
		"I heard 4 9 7 0 1 0 8 6 4 4 1 3 8 0 6 6, shall I go ahead?":                    "I heard [card ••••8066], shall I go ahead?",
		"I heard 4970 1086, and then?":                                                  "I heard [number], and then?",
		"Please say the sixteen digits of your card, or press 1.":                       "Please say the sixteen digits of your card, or press 1.",
		"Your bill of 120 euros is due on 3 March 2026. You are number 2 in the queue.": "Your bill of 120 euros is due on 3 March 2026. You are number 2 in the queue.",
	} {
		if got := r.Speech(said).String(); got != want {
			t.Errorf("%q became %q, want %q", said, got, want)
		}
	}
	r = redact.New("en")
	r.Expect(redact.Expect{Kind: redact.ExpectDigits, Length: 10})
	r.Final("1", redact.RawText("2125550101"))
	if got := r.Speech("I noted 2125550101.").String(); got != "I noted 2125550101." {
		t.Errorf("a phone number that was shown became %q", got)
	}
}

func press(r *redact.Redactor, keys string) (out []redact.Result) {
	for _, k := range []byte(keys) {
		if res, done := r.Press(k); done {
			out = append(out, res)
		}
	}
	return out
}

func TestKeys(t *testing.T) {
	for _, c := range []struct {
		name          string
		expect        redact.Expect
		keys          string
		text, numbers string
	}{
		{"a menu", redact.Expect{Length: 1}, "2", "2", "2"},
		{"a reading", redact.Expect{Kind: redact.ExpectDigits, Length: 5}, "45678", "45678", "45678"},
		{"a number ended by hash", redact.Expect{}, "1234#", "1234", "1234"},
		{"a number begun again", redact.Expect{}, "99*1234#", "1234", "1234"},
		{"a card", redact.Expect{Kind: redact.ExpectCard}, "4539148803436467", "[card ••••6467]", ""},
		{"a card with a slip", redact.Expect{Kind: redact.ExpectCard}, "4539148803436468#", "[card]", ""},
		{"a card nobody asked for", redact.Expect{}, "4539148803436467#", "[card ••••6467]", ""},
		{"a code", redact.Expect{Kind: redact.ExpectCard, Length: 3}, "708", "[number]", ""},
		{"a phone number", redact.Expect{Kind: redact.ExpectDigits, Length: 10}, "2125550101", "2125550101", "2125550101"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := redact.New("en")
			r.Expect(c.expect)
			got := press(r, c.keys)
			if len(got) != 1 || got[0].Text.String() != c.text || texts(got[0].Numbers) != c.numbers {
				t.Errorf("%s gave %+v, want %q and %q", c.keys, got, c.text, c.numbers)
			}
		})
	}
}

func TestACardKeyedIntoAMenuIsNotSpelledOut(t *testing.T) {
	r := redact.New("en")
	r.Expect(redact.Expect{Kind: redact.ExpectDigits, Length: 1})
	var shown, routed strings.Builder
	for _, res := range press(r, "4539148803436467") {
		shown.WriteString(res.Text.String())
		routed.WriteString(texts(res.Numbers))
	}
	if got := shown.String(); strings.Contains(got, "4539148") {
		t.Errorf("the keys read %q", got)
	}
	if routed.Len() < 10 {
		t.Errorf("the menu heard %q only", routed.String())
	}
}

func TestTheKeysThatEndOnAPauseAreTaken(t *testing.T) {
	r := redact.New("en")
	press(r, "123")
	if got := r.EndKeys(); got.Text.String() != "123" {
		t.Errorf("got %q", got.Text)
	}
	if got := r.EndKeys(); !got.Text.Empty() {
		t.Errorf("no keys gave %q", got.Text)
	}
}

func TestAVeryLongUtteranceIsCutOff(t *testing.T) {
	r := redact.New("en")
	got := r.Final("1", redact.RawText(strings.Repeat("hello ", 2000)+"4539 1488 0343 6467")).Text.String()
	if strings.Contains(got, "4539") || !strings.HasSuffix(got, "[…]") {
		t.Errorf("it ends in %q", got[len(got)-40:])
	}
}

func TestAKeyedEntryOfAnotherLengthIsNotShown(t *testing.T) {
	r := redact.New("en")
	r.Expect(redact.Expect{Kind: redact.ExpectDigits, Length: 5})
	for _, k := range []byte("4556") {
		r.Press(k)
	}
	shown := r.EndKeys().Text.String()
	r.Expect(redact.Expect{Kind: redact.ExpectDigits, Length: 5})
	for _, k := range []byte("73758") {
		if res, done := r.Press(k); done {
			shown += " " + res.Text.String()
		}
	}
	if shown != "[number] 73758" {
		t.Errorf("shown: %q", shown)
	}
}

// TestTheDigitsOnTheBackAreACode: bots ask for a code in many words.
func TestTheDigitsOnTheBackAreACode(t *testing.T) {
	for _, c := range []struct{ lang, asks, said, text string }{
		{"en", "And the last three digits on the signature strip?", "it's 572", "it's [code]"},
		{"en", "The three digits on the back?", "thirty-nine eight", "[code]"},
		{"fr", "Et les trois chiffres au dos ?", "c'est soixante cinq", "c'est [code]"},
	} {
		r := redact.New(c.lang)
		r.Speech(c.asks)
		if got := r.Final("1", redact.RawText(c.said)).Text.String(); got != c.text {
			t.Errorf("%q: %q became %q, want %q", c.asks, c.said, got, c.text)
		}
	}
}

// TestTheMiddleOfANumberIsNotShown: six digits may be shown of a number that
// nobody can place, but not the next six when the first were too many.
func TestTheMiddleOfANumberIsNotShown(t *testing.T) {
	r := redact.New("en")
	var shown []string
	for i, said := range []string{"so that's four hundred and thirty five zero sixty", "seven-seven-six-four-seven-nine"} {
		shown = append(shown, r.Final(fmt.Sprint(i), redact.RawText(said)).Text.String())
	}
	if got := strings.Join(shown, ", "); got != "so that's […], [number]" {
		t.Error(got)
	}
}

// TestTextWithoutNumbersCostsNoAllocation: however many words there are.
func TestTextWithoutNumbersCostsNoAllocation(t *testing.T) {
	for _, said := range []string{"could you call me back", strings.Repeat("could you please call me back about my last invoice ", 20)} {
		raw := redact.RawText(said)
		r := redact.New("en")
		if n := testing.AllocsPerRun(100, func() { r.Partial("1", raw); r.Final("1", raw) }); n > 0 {
			t.Errorf("%d words: %v allocations", len(strings.Fields(said)), n)
		}
	}
}

func TestTheBotMayReadBackTheLastFourDigitsOfACardAndNoMore(t *testing.T) {
	for _, expect := range []redact.Expect{{}, {Kind: redact.ExpectCard}} {
		r := redact.New("en")
		r.Expect(expect)
		r.Final("1", redact.RawText("my card is four five two six oh one eight one five nine oh eight three oh one two"))
		if got := r.Speech("Your card ends in 3, 0, 1, 2. Is that right?").String(); got != "Your card ends in 3, 0, 1, 2. Is that right?" {
			t.Errorf("%+v: %q", expect, got)
		}
		none := redact.Policy{Card: redact.CardNothing}.New("en")
		none.Expect(expect)
		none.Final("1", redact.RawText("my card is four five two six oh one eight one five nine oh eight three oh one two"))
		if got := none.Speech("Your card ends in 3, 0, 1, 2.").String(); strings.Contains(got, "3, 0") {
			t.Errorf("%+v: %q where nothing of a card may show", expect, got)
		}
		for _, more := range []string{"It ends in 8, 3, 0, 1, 2.", "It has 5, 9, 0, 8 in it."} {
			if got := r.Speech(more).String(); got == more {
				t.Errorf("%+v: the bot says %q", expect, got)
			}
		}
	}
}
