package redact_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/redact"
)

func TestOrdinaryNumbersAreReadable(t *testing.T) {
	for lang, lines := range map[string][]string{
		"en": {
			"the card is the one ending three two one one", "it was 10/20/2025", "it's 4500 north 12th street suite 210", "dial 1 800 706 0191",
			"the card machine gave error 50", "i paid 30 pounds with my visa and 20 in cash", "the order is thirty six eighteen and it was for two lamps",
		},
		"fr": {
			"mille deux cents pour la chaudière", "en mille neuf cent quatre-vingt-quatre", "ma carte a été débitée de 62 euros le 14",
			"commande trois six zéro trois deux sept passée le 14", "la commande c'est dix-huit cinquante-six pour deux lampes", "j'ai payé 30 euros en visa et 20 en espèces",
			"rappelez-moi au zéro quatre seize quarante quatre vingt treize vingt six après six heures", "le terminal de carte affiche erreur 71",
		},
	} {
		for _, said := range lines {
			if out := answer(lang, said); out != said {
				t.Errorf("%q became %q", said, out)
			}
		}
	}
}

func TestTheLastFourOfACardAreReadableWhereTheBotAsksForThem(t *testing.T) {
	for ask, lang := range map[string]string{"Last four digits of the card please.": "en", "Les quatre derniers chiffres de votre carte ?": "fr"} {
		r := redact.New(lang)
		r.Speech(ask)
		if out := r.Final("1", redact.RawText("3 9 8 8")).Text.String(); out != "3 9 8 8" {
			t.Errorf("%s: shown as %q", ask, out)
		}
		if out := r.Final("2", redact.RawText("4 7 1 0")).Text.String(); strings.ContainsAny(out, "4710") {
			t.Errorf("%s: what follows is shown as %q", ask, out)
		}
		if out := answer(lang, "4970 1234 5678 9012", ask); strings.ContainsAny(out, "0123456789") {
			t.Errorf("%s: a whole card is shown as %q", ask, out)
		}
	}
}

func TestDaysAndCashAreNoWayToSayACard(t *testing.T) {
	for _, said := range []string{"je paie par carte 62 euros le 14 le 23 le 31", "ma carte le 22 le 23 le 31 le 20"} {
		if out := answer("fr", said); strings.Contains(out, "31") {
			t.Errorf("%q: shown as %q", said, out)
		}
	}
}
