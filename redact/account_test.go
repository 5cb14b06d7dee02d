package redact_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/redact"
)

// conversation runs lines "WHO TEXT" and gives what is shown of them.
func conversation(r *redact.Redactor, lines ...string) (shown []string, last redact.Result) {
	for i, l := range lines {
		who, text, _ := strings.Cut(l, " ")
		switch who {
		case "bot":
			shown = append(shown, r.Speech(text).String())
		case "partial":
			shown = append(shown, r.Partial(strconv.Itoa(i), redact.RawText(text)).String())
		case "keys":
			for _, k := range []byte(text) {
				r.Press(k)
			}
			last = r.EndKeys()
			shown = append(shown, last.Text.String())
		default:
			last = r.Final(strconv.Itoa(i), redact.RawText(text))
			shown = append(shown, last.Text.After(last.Released).String())
		}
	}
	return shown, last
}

func TestAccountsAreWithheld(t *testing.T) {
	for _, c := range []struct {
		name, lang string
		lines      []string
		want       []string
	}{
		{"an IBAN in figures", "fr", []string{"caller FR76 3000 6000 0383 0186 2350 043"}, []string{"[IBAN FR ••••0043]"}},
		{"in words", "en", []string{"caller it's DE three forty-three seven zero four zero zero four four eighty-two five ninety-seven eight sixty-seven ten and that's all"}, []string{"it's [IBAN DE ••••6710] and that's all"}},
		{"in French words", "fr", []string{"caller mon iban c'est FR soixante-seize trente zéro zéro soixante zéro zéro zéro trois quatre-vingt-trois zéro un quatre-vingt-six vingt-trois cinquante zéro quarante-trois voilà"}, []string{"mon iban c'est [IBAN FR ••••0043] voilà"}},
		{"with spelled letters", "fr", []string{"caller alors F R 76 3000 6000 0383 0186 2350 043"}, []string{"alors [IBAN FR ••••0043]"}},
		{"with explained letters", "fr", []string{"caller mon RIB F comme François R comme Robert 76 3000 6000 0383 0186 2350 043"}, []string{"mon RIB [IBAN FR ••••0043]"}},
		{"without its letters", "fr", []string{"bot Quel est votre IBAN ?", "caller 76 3000 6000 0383 0186 2350 043"}, []string{"Quel est votre IBAN ?", "[IBAN FR ••••0043]"}},
		{"with a bank's letters", "en", []string{"caller it is G B two nine N W B K six zero one six one three three one nine two six eight one nine thanks"}, []string{"it is [IBAN GB ••••6819] thanks"}},
		{"in capitals", "en", []string{"caller GB29 NWBK 6016 1331 9268 19"}, []string{"[IBAN GB ••••6819]"}},
		{"in small letters", "en", []string{"caller that's gb29 nwbk 6016 1331 9268 19"}, []string{"that's [IBAN GB ••••6819]"}},
		{"in the radio alphabet", "en", []string{"caller my iban is november lima 91 alpha bravo november alpha 0417 1643 00"}, []string{"my iban is [IBAN NL ••••4300]"}},
		{"misheard", "fr", []string{"bot Dictez-moi votre IBAN.", "caller FR76 3000 6000 0383 0186 2350 044"}, []string{"Dictez-moi votre IBAN.", "[IBAN]"}},
		{"a short part of one", "en", []string{"bot And your bank details, please?", "caller FR76"}, []string{"And your bank details, please?", "[IBAN]"}},
		{
			"over utterances, and read back", "fr",
			[]string{"caller je vous donne mes coordonnées bancaires", "caller FR76", "partial 3000", "caller 3000 6000", "caller 0383 0186", "caller 2350 043", "bot Je note 0383 0186 ?", "caller oui"},
			[]string{"je vous donne mes coordonnées bancaires", "[IBAN]", "[…]", "[IBAN]", "[IBAN]", "[IBAN FR ••••0043]", "Je note [IBAN] ?", "oui"},
		},
		{"over utterances that nobody announced", "fr", []string{"caller FR76 3000", "caller 6000 0383 0186", "caller 2350 043 merci"}, []string{"[IBAN]", "[IBAN]", "[IBAN FR ••••0043] merci"}},
		{"keyed", "fr", []string{"bot Tapez les chiffres de votre IBAN.", "keys 7630006000", "keys 038301862350043"}, []string{"Tapez les chiffres de votre IBAN.", "[IBAN]", "[IBAN FR ••••0043]"}},
		{"a British account", "en", []string{"caller my bank account is 31926819 and the sort code 60-16-13"}, []string{"my bank account is [IBAN] and the sort code [IBAN]"}},
		{"un compte bancaire", "fr", []string{"caller mon compte bancaire numéro 0000012345", "caller clé 46"}, []string{"mon compte bancaire numéro [IBAN]", "clé [IBAN]"}},
		{"the next question ends it", "fr", []string{"bot Votre IBAN ?", "caller FR76 3000 6000 0383 0186 2350 043", "bot Et votre numéro de téléphone ?", "caller 06 12 34 56 78"}, []string{"Votre IBAN ?", "[IBAN FR ••••0043]", "Et votre numéro de téléphone ?", "06 12 34 56 78"}},

		{"a NIR", "fr", []string{"caller numéro de sécurité sociale 1 85 05 78 006 084 91"}, []string{"numéro de sécurité sociale [NIR]"}},
		{"a NIR that nobody announced", "fr", []string{"caller c'est le 185057800608491"}, []string{"c'est le [NIR]"}},
		{"of Corsica", "fr", []string{"caller c'est le 1 85 05 2A 006 084 35 voilà"}, []string{"c'est le [NIR] voilà"}},
		{"of Corsica, in words", "fr", []string{"caller un quatre-vingt-cinq zéro cinq deux A zéro zéro six zéro quatre-vingt-quatre trente-cinq"}, []string{"[NIR]"}},
		{"over utterances", "fr", []string{"bot Votre numéro de sécu ?", "caller un quatre-vingt-cinq", "caller zéro cinq deux A", "caller zéro zéro six", "caller zéro quatre-vingt-quatre trente-cinq"}, []string{"Votre numéro de sécu ?", "[NIR]", "[NIR] A", "[NIR]", "[NIR]"}},
		{"misheard NIR", "fr", []string{"caller mon NIR c'est 1 85 05 78"}, []string{"mon NIR c'est [NIR]"}},
		{"on a carte Vitale", "fr", []string{"caller sur ma carte vitale il y a 2 69 05 49 588 157 80", "caller et ma commande numéro 71829405"}, []string{"sur ma carte vitale il y a [NIR]", "et ma commande numéro 71829405"}},
		{"in English", "en", []string{"caller my social security number is 078 05 1120 and i was born on 12 march"}, []string{"my social security number is [NIR] and i was born on 12 march"}},
		{"that was asked for", "en", []string{"bot What is your social security number?", "caller 078", "caller 05", "caller 1120 yes"}, []string{"What is your social security number?", "[NIR]", "[NIR]", "[NIR] yes"}},
		{"another number after one that was only named", "en", []string{"caller my bank account was debited 45 pounds twice", "caller it's order number 71829405"}, []string{"my bank account was debited 45 pounds twice", "it's order number 71829405"}},
		{"digits that pass for a card's", "fr", []string{"caller mon numéro de sécu, c'est deux quatre-vingt-onze", "caller zéro trois soixante-quinze", "caller cent huit zéro quarante-deux", "caller douze"}, []string{"mon numéro de sécu, c'est [NIR]", "[NIR]", "[NIR]", "[NIR]"}},
		{"a card whose likeliest reading has the key of a NIR", "fr", []string{"bot Votre numéro de carte ?", "caller cinq mille cinq cent soixante-six zéro sept cent soixante-quatre mille neuf cent neuf quatre mille trois cent cinquante-neuf"}, []string{"Votre numéro de carte ?", "[card]"}},
		{"a NIR instead of a card", "fr", []string{"bot Votre numéro de carte ?", "caller c'est le 1 85 05 78 006 084 91"}, []string{"Votre numéro de carte ?", "c'est le [NIR]"}},
		{"the card wins", "fr", []string{"bot Votre IBAN ?", "caller je préfère la carte 4539 1488 0343 6467"}, []string{"Votre IBAN ?", "je préfère la carte [card ••••6467]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := conversation(redact.New(c.lang), c.lines...)
			for i := range c.want {
				if got[i] != c.want[i] {
					t.Errorf("%q became %q, want %q", c.lines[i], got[i], c.want[i])
				}
			}
		})
	}
}

func TestAFindingTellsOfAnAccount(t *testing.T) {
	_, res := conversation(redact.New("fr"), "caller FR76 3000 6000 0383 0186 2350 043")
	want := redact.Finding{Kind: redact.IBAN, Last4: "0043", Digits: 25}
	if len(res.Findings) != 1 || res.Findings[0] != want || len(res.Numbers) > 0 {
		t.Errorf("found %+v and numbers %v, want %+v alone", res.Findings, res.Numbers, want)
	}
	_, res = conversation(redact.New("fr"), "caller mon numéro de sécu 1 85 05 78 006 084 91")
	want = redact.Finding{Kind: redact.NIR, Digits: 15}
	if len(res.Findings) != 1 || res.Findings[0] != want || len(res.Numbers) > 0 {
		t.Errorf("found %+v and numbers %v, want %+v alone", res.Findings, res.Numbers, want)
	}
}

func TestWhatIsNoAccountStays(t *testing.T) {
	for lang, lines := range map[string][]string{
		"fr": {
			"le BIC est AGRIFRPP", "la commande FR12345678", "rendez-vous le 12 mars à 15 h", "ça fait 45 euros par mois", "contrat numéro 4455667",
			"numéro de tva fr 5763 7662 621", "je suis né en Corse en 2A", "il est 12 h 30", "le colis numéro 4478123",
		},
		"en": {
			"order number DE 445566", "flight BA2490 on the 12th of march", "the postcode is SE12 4AB", "i was born in 1985", "it is 12345",
			"your bic is NWBKGB2L", "vat number GB 123 456 789", "i paid 45 pounds 50", "platform NO 12345", "is it at 10 or at 11",
		},
	} {
		for _, said := range lines {
			if got := redact.New(lang).Final("1", redact.RawText(said)).Text.String(); got != said {
				t.Errorf("%q became %q", said, got)
			}
		}
	}
}

// iban draws an IBAN whose check digits are right, and gives its digits too.
func iban(t *rapid.T) (country string, parts []string) {
	country = rapid.SampledFrom([]string{"FR", "DE", "BE", "ES", "CH", "NL", "GB"}).Draw(t, "country")
	n := map[string]int{"FR": 23, "DE": 18, "BE": 12, "ES": 20, "CH": 17, "NL": 10, "GB": 14}[country]
	bank := ""
	if country == "NL" || country == "GB" {
		bank = rapid.StringMatching("[B-DF-HJ-NP-TV-Z]{4}").Draw(t, "bank")
	}
	var d []byte
	for range n {
		d = append(d, byte('0'+rapid.IntRange(0, 9).Draw(t, "digit")))
	}
	rest := 0
	for _, c := range bank + string(d) + country + "00" {
		if c <= '9' {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	check := fmt.Sprintf("%02d", 98-rest)
	if bank == "" {
		return country, []string{check + string(d)}
	}
	return country, []string{check, bank, string(d)}
}

// nir draws a French social security number whose key is right, outside of Corsica.
func nir(t *rapid.T) string {
	n := fmt.Sprintf("%d%02d%02d%02d%03d%03d", rapid.IntRange(1, 2).Draw(t, "sex"), rapid.IntRange(0, 99).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"),
		rapid.IntRange(1, 95).Draw(t, "department"), rapid.IntRange(1, 999).Draw(t, "town"), rapid.IntRange(1, 999).Draw(t, "order"))
	v, _ := strconv.Atoi(n)
	return fmt.Sprintf("%s%02d", n, 97-v%97)
}

// repeats reports whether four digits occur twice: the reader could not tell which.
func repeats(d string) bool {
	for i := 0; i+4 <= len(d); i++ {
		if strings.Contains(d[i+1:], d[i:i+4]) {
			return true
		}
	}
	return false
}

// spell says letters.
func spell(t *rapid.T, letters string) []string {
	switch rapid.IntRange(0, 2).Draw(t, "letters") {
	case 0:
		return []string{letters}
	case 1:
		return []string{strings.ToLower(letters)}
	}
	return strings.Split(letters, "")
}

// TestNoSplitShowsAnAccount: however an IBAN or a NIR is dictated and cut up, no digit
// of it can be read once it was spoken of, and no seven in a row if it never was.
func TestNoSplitShowsAnAccount(t *testing.T) {
	asks := map[string][]string{
		"en iban": {"bot What is your IBAN?", "caller my bank account is", "bot Could I take your bank details?", "caller it's for the i mean the iban"},
		"fr iban": {"bot Quel est votre IBAN ?", "caller je vous donne mon rib", "bot Vos coordonnées bancaires, s'il vous plaît.", "caller sur mon compte bancaire"},
		"en nir":  {"bot What is your social security number?", "caller my social security number is"},
		"fr nir":  {"bot Votre numéro de sécurité sociale ?", "caller mon numéro de sécu", "caller sur ma carte vitale", "bot Quel est votre NIR ?"},
	}
	for _, v := range voices {
		read := newReader(v.lang)
		v.prompts = []string{"D'accord."} // "oui" may be read as a digit
		for _, kind := range []string{"iban", "nir"} {
			t.Run(v.lang+" "+kind, func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					var secret string
					var words []string
					if kind == "nir" {
						secret = nir(t)
						words = v.dictate(t, secret)
					} else {
						country, parts := iban(t)
						words = spell(t, country)
						for i, p := range parts {
							if i == 1 {
								words = append(words, spell(t, p)...)
								continue
							}
							secret += p
							words = append(words, v.dictate(t, p)...)
						}
					}
					if repeats(secret) {
						t.Skip("a repeated group")
					}
					if misheard := v.misheard(words); 2*misheard > len(words) {
						t.Skip("nobody would take such words for digits")
					}
					r := redact.New(v.lang)
					limit := 6
					asked := rapid.Bool().Draw(t, "asked")
					if !asked && strings.Contains(secret[:7], "0") {
						t.Skip("the rest of it can be a phone number")
					}
					if asked {
						limit = 3
						conversation(r, rapid.SampledFrom(asks[v.lang+" "+kind]).Draw(t, "ask"))
					}
					for _, view := range v.talk(t, r, words) {
						if n := read.readable(view, secret); n > limit {
							t.Fatalf("%d digits of %s can be read in %q, said %q", n, secret, view, words)
						}
					}
					if r.Dropped() > 0 {
						t.Fatalf("the redactor failed on %q", words)
					}
				})
			})
		}
	}
}

func TestTextWithoutNumbersIsNotAllocatedFor(t *testing.T) {
	for _, p := range []redact.Policy{{}, {Card: redact.CardNothing}} {
		r := p.New("fr")
		raw := redact.NewRaw(redact.Word{Text: "bonjour je voudrais savoir quand arrive ma facture et si quelqu'un peut venir"})
		r.Final("1", raw)
		if n := testing.AllocsPerRun(100, func() { r.Final("1", raw) }); n > 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

// TestALongTextIsReadOnce: a text of a megabyte costs about as much as reading it does.
func TestALongTextIsReadOnce(t *testing.T) {
	p, _ := redact.PolicyNamed("strict")
	for _, word := range []string{"FR ", "F R 7 6 ", "IBAN 76 ", "12 RUE ", "A@", "arobase point fr ", "né 12 mars ", "B ", "NWBK ", "06 12 34 56 78 rue "} {
		r := p.New("")
		raw := redact.RawText(strings.Repeat(word, 1<<20/len(word)))
		for i := range 3 {
			r.Partial(strconv.Itoa(i), raw)
			r.Final(strconv.Itoa(i), raw)
		}
		if r.Dropped() > 0 {
			t.Errorf("the redactor failed on %q", word)
		}
	}
}

func TestAMenuThatNamesAnAccountIsAnswered(t *testing.T) {
	r := redact.New("en")
	r.Speech("For your IBAN say one, for your social security number say two.")
	r.Expect(redact.Expect{Kind: redact.ExpectFree, Length: 1})
	if res := r.Final("1", redact.RawText("two")); res.Text.String() != "two" || texts(res.Numbers) != "2" {
		t.Errorf("the answer became %q with %v", res.Text, res.Numbers)
	}
}

func TestTheAnswerThatWasAskedForIsStillASocialSecurityNumber(t *testing.T) {
	r := redact.New("en")
	r.Speech("Please type your social security number.")
	r.Expect(redact.Expect{Kind: redact.ExpectDigits, Length: 9})
	for _, k := range []byte("078051120") {
		if res, done := r.Press(k); done && (res.Text.String() != "[NIR]" || len(res.Numbers) > 0) {
			t.Errorf("it became %q with %v", res.Text, res.Numbers)
		}
	}
	r.Speech("And your order number?")
	r.Expect(redact.Expect{Kind: redact.ExpectDigits, Length: 8})
	if res := r.Final("1", redact.RawText("71829405")); texts(res.Numbers) != "71829405" {
		t.Errorf("the order became %q", res.Text)
	}
}
