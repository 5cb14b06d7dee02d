package redact_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/redact"
)

// TestPartsOfACardCount: whatever a recognizer makes of them, and whatever number was explained
// before them.
func TestPartsOfACardCount(t *testing.T) {
	for _, c := range []struct {
		name, lang, said string // utterances; "B" begins those of the bot
		last             string // what the last becomes
	}{
		{"an amount beside a number", "en", "on the left $5510 beside it 0344", "on the left $5510 beside it [number]"},
		{"a number beside an amount", "en", "on the left 5510 | beside it $0344", "beside it $[number]"},
		{"small amounts in a row", "fr", "c'est écrit 63€ | zéro quatre | 36 | €95", "€[number]"},
		{"four times five", "fr", "voilà quatre fois le cinq | 6. 9. 0. 4.", "[number]."},
		{"after a number that was asked for", "fr", "B Qu'affiche le compteur ? | le relevé c'est 52874 | euh 4322 03 | c'est parti 4465–21", "c'est parti [number]"},
		{"after an order, with words before", "fr", "B Quel est votre numéro de commande ? | c'est la commande 787250 | donc c'est 6304-13 | vous êtes prêt 4190, 08", "vous êtes prêt [number]"},
		{"a time that is none", "fr", "ok vous notez 27h20 | zero quinze cinq", "[number]"},
		{"a time that may be none", "fr", "c'est le 22h21 | zero quinze cinq", "[number]"},
		{"a clock that may be none", "en", "okay it's 22:21 | oh one five five", "[number]"},
		{"une facture et sa date", "fr", "c'est la facture 2963740842 du 06/06/2020", "c'est la facture 2963740842 du 06/06/2020"},
		{"an invoice and its date", "en", "it's invoice 4284472392 dated the 22th of june", "it's invoice 4284472392 dated the 22th of june"},
		{"an order that is a card in some far-fetched reading", "fr", "la commande cinquante-et-un zéro deux soixante-seize trente-huit quatre-vingt-treize", "la commande cinquante-et-un zéro deux soixante-seize trente-huit quatre-vingt-treize"},
		{"between two times", "fr", "entre huit heures et 12h30 | et c'est le 1234", "et c'est le 1234"},
		{"the code, by where it stands", "en", "the last three on the back, one two four", "the last three on the back, [code]"},
		{"le code, par sa place", "fr", "les trois derrière c'est 124", "les trois derrière c'est [code]"},
		{"an answer in threes that begins like one", "en", "B What's your order number? | 453 | 914 | 880", "[number]"},
		{"an answer in three", "en", "B What's your order number? | 453 | 914 | 88", "88"},
		{"an oh before ten digits of it", "en", "oh 4539 1488 03", "[…]"},
		{"a time", "fr", "le train part à 14h30 | et un autre à 15h45", "et un autre à 15h45"},
		{"a yes before it, which may be an eight", "fr", "oui alors 659 | 8. 8. 1. | 193.", "[number]."},
		{"an oh before it", "en", "oh 453914 | 880343", "[number]"},
		{"an order before it, and much talk in it", "en", "my order is 6616718 | B Which card? The number please. | it's 5554 9932 | will it be charged today | hello are you still there | okay | right | hello | am i going too fast | 7744 | hello", "[number] hello"},
		{"glued words of another language", "fr", "ma carte c'est le 3589 2002 | fortyfour thirtyone zerothree thirteen", "[card ••••0313]"},
		{"twelve digits of it that pass for a card", "en", "my card is 5018 6913 3030", "my card is [card]"},
		{"and the rest", "en", "my card is 5018 6913 3030 | 1149", "[card ••••1149]"},
		{"a word that may be the seventh digit", "fr", "c'est parti 5018, 69 | c'est un peu effacé", "c'est [number] peu effacé"},
		{"ones between names", "en", "six | B Go on. | oh order number um one | um one phone um | one um one phone | two | um one one phone | one three one | one phone one four", "[number] phone [number]"},
		{"the same after a number that has a name", "fr", "c'est la commande 501869 | une est arrivée", "une est arrivée"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, got := redact.New(c.lang), ""
			for i, said := range strings.Split(c.said, " | ") {
				if text, ok := strings.CutPrefix(said, "B "); ok {
					r.Speech(text)
					continue
				}
				res := r.Final(string(rune('a'+i)), redact.RawText(said))
				got = res.Text.After(res.Released).String()
			}
			if got != c.last {
				t.Errorf("it ends with %q, want %q", got, c.last)
			}
		})
	}
}

// TestANumberThatBeginsLikeNoCardIsAsLongAsItSounds: "eighty-two" may be 80 and 2, but there is
// no card that begins with an eight.
func TestANumberThatBeginsLikeNoCardIsAsLongAsItSounds(t *testing.T) {
	for said, lang := range map[string]string{
		"it says eighty-two seventy-seven seventy-nine forty eight":         "en",
		"c'est marqué soixante et onze vingt et un vingt-quatre trente-six": "fr",
		"c'est marqué septante et un trente quarante-huit soixante-neuf":    "fr",
	} {
		r := redact.New(lang)
		res := r.Final("1", redact.RawText(said))
		shown := strings.Replace(res.Text.String(), "[…]", r.Final("2", redact.RawText("okay")).Released.String(), 1)
		if shown != said {
			t.Errorf("%q becomes %q", said, shown)
		}
	}
}
