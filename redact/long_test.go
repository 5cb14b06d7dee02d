package redact_test

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/redact/corpus"
)

// TestNumbersThatAreNamed: a number of twelve digits and more is shown if it was called
// by what it is, and may be no card.
func TestNumbersThatAreNamed(t *testing.T) {
	for _, c := range []struct{ name, lang, said, want string }{
		{"SIRET", "fr", "le siret c'est 732 829 320 00074", ""},
		{"a SIRET that begins like a Visa", "fr", "le siret c'est 443 061 841 00047", ""},
		{"the same, misheard", "fr", "le siret c'est 443 061 841 00048", "le siret c'est [number]"},
		{"IMEI", "en", "the imei of the phone is three five one four seven one eight seven four two three eight two eight eight", ""},
		{"barcode", "en", "the barcode says 5 012345 678900", ""},
		{"a French barcode", "fr", "le code barre c'est 3 700123 300014", ""},
		{"an ISBN", "en", "ISBN 978-0-306-40615-7", ""},
		{"numéro de suivi, par deux", "fr", "numéro de suivi soixante-dix-neuf vingt-sept zéro un trente-deux dix-sept soixante-sept soixante soixante-sept", ""},
		{"a parcel's number after a letter", "fr", "numéro de colis 8 L 123 456 789 012", ""},
		{"a parcel", "en", "the tracking number on my parcel is 7927 0132 1767 6067", ""},
		{"PDL", "fr", "mon PDL c'est le 01 234 567 890 123", ""},
		{"P D L", "fr", "le p d l c'est 09112345678901", ""},
		{"a card that is called a parcel", "en", "the tracking number is 4539 1488 0343 6467", "the tracking number is [card ••••6467]"},
		{"a parcel's number that begins like a card", "en", "the tracking number is 4539 1488 0343 6468", ""},
		{"the same, not called so at once", "en", "the parcel is to be paid with 4539 1488 0343 6468", "the parcel is to be paid with [number]"},
		{"an IMEI that begins like a Visa", "en", "the imei is 49 015420 323751 8", ""},
		{"an order of twelve digits", "en", "my order number is 8031 4477 9052", ""},
		{"a tracking number of an order", "fr", "le numéro de suivi de la commande c'est 7927 0132 1767 6067", ""},
		{"an order that begins like a card", "en", "my order number is 5031 4477 9052", "my order number is [number]"},
		{"an order as long as a card", "en", "my order number is 8031 4477 9052 118", "my order number is [number]"},
		{"its beginning", "en", "the tracking number is 4539 1488 0343", "the tracking number is [number]"},
		{"an Amex", "fr", "numéro de colis 3714 496353 98432", "numéro de colis [number]"},
		{"a card after other figures", "en", "tracking number 12 4539 1488 0343 6467", "tracking number [number]"},
		{"une carte en mots", "fr", "numéro de suivi quatre mille cinq cent trente-neuf mille quatre cent quatre-vingt-huit zéro trois cent quarante-trois six mille quatre cent soixante-sept", "numéro de suivi [card ••••6467]"},
		{"a card is spoken of", "en", "my card and the tracking number 7927 0132 1767 6067", "my card and the tracking number [card]"},
		{"an IBAN that is called a parcel", "en", "tracking number GB29 6016 1331 9268 19", "tracking number GB[number]"},
		{"a meter that begins like a card, and what may be the rest of one", "en", "meter double two two one double zero double one one double zero double zero one phone zero", "meter double two two one double zero double one one double zero double zero one phone [number]"},
		{"the same, and a whole phone number", "en", "meter double two two one double zero double one one double zero double zero one phone 6465550198", ""},
		{"a meter that begins like no card", "en", "meter one five two one double zero double one one double zero double zero one phone zero", ""},
		{"nobody says what it is", "en", "it says 7927 0132 1767 6067", "it says [number]"},
		{"the name is far away", "en", "my parcel is late again and i am at home all day so please note 7927 0132 1767 6067", "my parcel is late again and i am at home all day so please note [number]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			if want == "" {
				want = c.said
			}
			if got := redact.New(c.lang).Final("1", redact.RawText(c.said)).Text.String(); got != want {
				t.Errorf("%q became %q, want %q", c.said, got, want)
			}
		})
	}
}

// TestANamedNumberInACall: what the bot asks for is named too, what follows at once may go
// on, and the bot may say the number again.
func TestANamedNumberInACall(t *testing.T) {
	r := redact.New("fr")
	r.Speech("Quel est votre numéro de suivi ?")
	for said, want := range map[string]string{
		"c'est le 7927 0132 1767":                   "c'est le […]",
		"c'est le 7927 0132 1767 6067 merci à vous": "",
	} {
		if got := r.Partial("1", redact.RawText(said)).String(); got != want && (want != "" || got != said) {
			t.Errorf("the partial %q became %q", said, got)
		}
	}
	for i, c := range [][2]string{
		{"c'est le 7927 0132 1767", ""},
		{"6067", "[number]"},
	} {
		want := c[1]
		if want == "" {
			want = c[0]
		}
		if got := r.Final(strconv.Itoa(i), redact.RawText(c[0])).Text.String(); got != want {
			t.Errorf("%q became %q, want %q", c[0], got, want)
		}
	}
	if got := r.Speech("J'ai noté 7927 0132 1767.").String(); got != "J'ai noté 7927 0132 1767." {
		t.Errorf("the bot says %q", got)
	}
	if got := r.Speech("J'ai noté 7927 0132 1769.").String(); got == "J'ai noté 7927 0132 1769." {
		t.Errorf("the bot says %q, which nobody said", got)
	}
}

// TestACardThatIsNamedStaysHidden: no name shows a whole card, however it is said and cut
// up.
func TestACardThatIsNamedStaysHidden(t *testing.T) {
	names := map[string][]string{"en": {"the tracking number is", "parcel number"}, "fr": {"le numéro de suivi c'est le", "numéro de colis"}}
	asks := map[string]string{"en": "What's the tracking number?", "fr": "Quel est le numéro de colis ?"}
	for _, v := range voices {
		read := newReader(v.lang)
		t.Run(v.lang, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				secret := pan(t)
				const limit = 11 + 3 // "soixante onze" is 71 there, or 60 11
				if len(secret) <= limit {
					t.Skip("a short card")
				}
				r := redact.New(v.lang)
				words := v.dictate(t, secret)
				if rapid.Bool().Draw(t, "asked") {
					r.Speech(asks[v.lang])
				} else {
					words = append(strings.Fields(rapid.SampledFrom(names[v.lang]).Draw(t, "name")), words...)
				}
				for _, view := range v.talk(t, r, words) {
					if n := read.readable(view, secret); n > limit {
						t.Fatalf("%d digits can be read in %q, said %q", n, view, words)
					}
				}
			})
		})
	}
}

// TestNamedNumbersAreShown: most of the numbers that are named are.
func TestNamedNumbersAreShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Cards of 14 digits begin with 30, 36, 38, 39, 50, 56 to 59 and 6.
		d := []byte(rapid.SampledFrom([]string{"32", "4", "51", "53", "7", "8", "91"}).Draw(t, "prefix"))
		for _, n := range []int{8, 13} { // the company has a check digit, and its office
			for len(d) < n {
				d = append(d, byte('0'+rapid.IntRange(0, 9).Draw(t, "digit")))
			}
			d = append(d, corpus.CheckDigit(d))
		}
		said := "le siret c'est " + string(d)
		if got := redact.New("fr").Final("1", redact.RawText(said)).Text.String(); got != said {
			t.Fatalf("%q became %q", said, got)
		}
	})
}
