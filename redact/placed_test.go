package redact_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/redact"
)

// TestOrdinaryNumbersInACall: what is said of other things, one after the other,
// does not add up to a card, and what goes on with a number does.
func TestOrdinaryNumbersInACall(t *testing.T) {
	for _, c := range []struct {
		name, lang string
		said       []string // "bot: " begins what the bot says
		last       string   // what becomes of the last of them
	}{
		{"talk after an order number", "en", []string{"customer number 4345997", "321 can you hear me"}, ""},
		{"the number goes on", "en", []string{"customer number 4345997", "and the next group is 321"}, "and the next group is [number]"},
		{"the number goes on at once", "en", []string{"customer number 4345997", "321"}, "[number]"},
		{"a correction", "fr", []string{"numéro client 4345997", "non pardon à la fin c'est 321"}, "non pardon à la fin c'est [number]"},
		{"a room", "en", []string{"the code on the box is 30896", "we are in room 438"}, ""},
		{"un vol", "fr", []string{"le code sur la boîte c'est 30896", "mon vol c'est TO4476 pour lisbonne"}, ""},
		{"two times", "en", []string{"the code on the box is 30896", "between 9:10 and 10:15"}, ""},
		{"four times are more than times", "en", []string{"12:34", "05:16", "14:03"}, "[number]"},
		{"deux heures", "fr", []string{"le code sur la boîte c'est 30896", "entre douze heures 15 et 4 h"}, ""},
		{"half an hour", "en", []string{"the code on the box is 30896", "at 2 30 pm or ten past six"}, ""},
		{"a quarter", "en", []string{"the code on the box is 30896", "the train leaves at quarter to 4"}, ""},
		{"a house", "en", []string{"the code on the box is 30896", "at the corner of seventy-nine victoria road"}, ""},
		{"a word before what looks like a phone number", "fr", []string{"sis", "zéro un un un un deux zéro un un zéro"}, "[…]"},
		{"a card that looks like an amount", "fr", []string{"Premier groupe 2223", "Deuxième groupe €9001"}, "Deuxième groupe €[number]"},
		{"an amount without a word", "fr", []string{"€4032", "9717"}, "[number]"},
		{"a card after a phone number that was asked for", "fr", []string{"bot: Votre numéro de téléphone ?", "c'est le 0911974451", "ok vous notez 23456099"}, "ok vous notez […]"},
		{"a phone number after a phone number", "fr", []string{"mon natel c'est le 079 555 12 22", "ou le 0694313876 et demandez sandrine"}, ""},
		{"cents and a count", "fr", []string{"vous avez pris 553 euros quatre-vingt-dix-neuf deux fois"}, ""},
		{"a Canadian postcode", "en", []string{"the code on the box is 30896", "it's K1A 0B1"}, ""},
		{"a Canadian phone number", "en", []string{"it's (604) 555-0143"}, ""},
		{"how many", "en", []string{"the code on the box is 308", "we need 58 chairs and thirty-six tables"}, ""},
		{"rows of a card", "en", []string{"top row 6011", "row two 1804"}, "row [number]"},
		{"two phone numbers with nothing between them", "fr", []string{"0694313876", "0634938069"}, "[number]"},
		{"no house has six digits", "fr", []string{"cinq", "mille", "cent euh", "zéro zéro dix zéro", "deux cent vingt et un mille deux cent cinq rue"}, "[card] rue"},
		{"no month has 67 days", "fr", []string{"bot: Quel est le numéro de la carte ?", "quarante-cinq trente-neuf quatorze quatre-vingt-huit zéro trois quarante-trois soixante-quatre", "soixante-sept mars"}, "[code] mars"},
		{"no house right after a card is read as five digits", "fr", []string{"bot: Quel est le numéro de la carte ?", "deux cent vingt-deux cent quatorze cinq cent soixante quinze zéro zéro", "deux cent dix neuf rue"}, "[code] rue"},
		{"une adresse", "fr", []string{"j'habite 57 place du marché quatre-vingt-quinze zéro zéro zéro"}, ""},
		{"a match", "en", []string{"policy number 68650412", "they won six - three last night"}, ""},
		{"a year", "en", []string{"the code on the box is 308", "we moved here in 1977"}, ""},
		{"somebody counts", "fr", []string{"trois deux un partez", "un deux trois quatre cinq ça marche"}, ""},
		{"a card that begins with what counts down", "en", []string{"five four three two one okay", "five six seven"}, "[number]"},
		{"pour cent", "fr", []string{"le code sur la boîte c'est 30896", "92 pour cent du temps ça marche"}, ""},
		{"a phone number after a customer number", "fr", []string{"numéro client 20983014", "ou le 0634938069 et demandez sandrine"}, ""},
		{"les quatre derniers", "fr", []string{"les quatre derniers chiffres c'est zéro neuf quatre vingt dix sept"}, ""},
		{"talk after a number that is withheld", "en", []string{"on the paper it says 7927 0132 1767 6067", "i ordered three pizzas and one of them was cold"}, ""},
		{"a correction of what is withheld", "en", []string{"on the paper it says 7927 0132 1767 6067", "sorry the third one is not seven but nine okay"}, "sorry the third one is not [number] but [number] okay"},
		{"an amount that was asked for", "en", []string{"it's 212-555-8550", "bot: How much was it?", "it was 875 dollars 75"}, ""},
		{"a card written as amounts", "en", []string{"$45.39 $14.88 $03.43 $64.67"}, "$[card ••••6467]"},
		{"une carte écrite en euros", "fr", []string{"c'est 4539€ 1488€ 0343€ 6467€"}, "c'est [card ••••6467]€"},
		{"a card of weights", "en", []string{"45 kilos 39 kilos 14 kilos 88 kilos 03 kilos 43 kilos 64 kilos 67"}, "[card ••••6467]"},
		{"a card's part written as an amount", "en", []string{"top row $6585", "row two 2200"}, "row [number]"},
		{"a date of birth", "en", []string{"bot: And your date of birth?", "04 12 1983"}, ""},
		{"une date dite", "fr", []string{"je suis née le douze zéro trois mille neuf cent soixante-quatre"}, ""},
		{"a phone number from abroad", "en", []string{"call me back on double oh four four seven seven oh oh nine hundred one two three"}, ""},
		{"plus said", "en", []string{"my number is plus nine one nine eight seven six five four three two one zero"}, ""},
		{"a card after plus", "en", []string{"plus 4539 1488 0343 6"}, "plus [number]"},
		{"a phone number in parts", "fr", []string{"bot: Votre numéro de téléphone ?", "c'est le zéro six", "douze trente-quatre", "cinquante-six soixante-dix-huit"}, ""},
		{"years", "fr", []string{"de 1994 à 2003 j'étais à Bruxelles puis de 2003 à 2011 à Genève"}, ""},
		{"a British postcode", "en", []string{"the code on the box is 30896", "it's G12 8TN"}, ""},
		{"a number of two words of thousands", "fr", []string{"le numéro de dossier c'est deux mille vingt-trois tiret mille cent quatre-vingt-sept"}, ""},
		{"parts that are called another thing each", "fr", []string{"téléphone 453914", "téléphone 880343"}, "téléphone [number]"},
		{"and in one breath", "en", []string{"phone 453914 phone 880343"}, "phone 453914 phone [number]"},
		{"ce qui manque d'une commande payée par carte", "fr", []string{"j'ai payé par carte hier, la commande c'est la 8841207, il manque deux articles"}, ""},
		{"the amount of an invoice", "en", []string{"it's invoice 496374084 for 312 pounds"}, ""},
		{"and what may be the next group of a card", "en", []string{"it's invoice 496374084 and 312 pounds"}, "it's invoice [number] pounds"},
		{"deux relevés", "fr", []string{"mon ancien relevé c'était quarante-cinq mille huit cent vingt et maintenant quarante-six mille cent treize"}, ""},
		{"how many were asked for", "en", []string{"bot: How many?", "twelve boxes of twenty four and six crates"}, ""},
		{"the address of a computer", "en", []string{"my IP is 192.168.1.24 and the port is 5060"}, ""},
		{"what is only written so", "en", []string{"it says 55.37.02.01 and 88.46.70.19"}, "it says [number]"},
		{"an order of a large shop", "en", []string{"my order number is 402-7781930-5562817"}, ""},
		{"the same of nothing", "en", []string{"it says 402-7781930-5562817"}, "it says [number]"},
		{"a phone number in three parts", "en", []string{"bot: What's the best number?", "it's six four six", "bot: Yes.", "five five five", "bot: Yes.", "oh one nine eight"}, ""},
		{"and one digit more", "en", []string{"bot: What's the best number?", "it's six four six", "bot: Yes.", "five five five", "bot: Yes.", "oh one nine eight", "three"}, "[number]"},
		{"a code, by where it stands", "en", []string{"bot: What's the code?", "it's on the back is it, five one two"}, "it's on the back is it, [code]"},
		{"eleven digits that begin like a card", "en", []string{"my order number is 53914880343"}, "my order number is […]"},
		{"ten of them", "en", []string{"my order number is 5391488034"}, ""},
		{"words among what is withheld", "fr", []string{"la feuille dit 4539 1488 puis je vois 0343"}, "la feuille dit [number] puis je vois [number]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := redact.New(c.lang)
			got, last := "", c.said[len(c.said)-1]
			for i, said := range c.said {
				if text, ok := strings.CutPrefix(said, "bot: "); ok {
					r.Speech(text)
					continue
				}
				got = r.Final(string(rune('a'+i)), redact.RawText(said)).Text.String()
			}
			want := c.last
			if want == "" {
				want = last
			}
			if got != want {
				t.Errorf("%q became %q, want %q", last, got, want)
			}
		})
	}
}

// TestPartialsKeepOtherWords: nothing but numbers is withheld while they may go
// on.
func TestPartialsKeepOtherWords(t *testing.T) {
	for said, want := range map[string]string{
		"la facture dit 544 12 89":               "la facture dit […]",
		"we need 1129 chairs and 1137":           "we need […] chairs and […]",
		"my card is 4539 home 1488 and my name":  "my card is […] and my name",
		"my parcel of 4539 1488 0 then the rest": "my parcel of […] then the rest",
	} {
		lang := "en"
		if strings.HasPrefix(said, "la ") {
			lang = "fr"
		}
		if got := redact.New(lang).Partial("1", redact.RawText(said)).String(); got != want {
			t.Errorf("%q became %q, want %q", said, got, want)
		}
	}
}
