package entity_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/router/entity"
)

func TestPhoneNumbersBecomeE164(t *testing.T) {
	for _, c := range []struct{ language, home, text, want string }{
		{"fr", "FR", "zéro six douze trente-quatre cinquante-six soixante-dix-huit", "+33612345678"},
		{"fr", "FR", "mon numéro c'est le 06 12 34 56 78", "+33612345678"},
		{"fr", "FR", "0612345678", "+33612345678"},
		{"fr", "FR", "+33 6 12 34 56 78", "+33612345678"},
		{"fr", "FR", "plus trente-trois six douze trente-quatre cinquante-six soixante-dix-huit", "+33612345678"},
		{"fr", "FR", "00 32 470 12 34 56", "+32470123456"},
		{"fr", "BE", "zéro quatre cent soixante-dix douze trente-quatre cinquante-six", "+32470123456"},
		{"fr", "FR", "zéro six douze trente-quatre", ""},
		{"fr", "FR", "le quinze mars", ""},
		{"en", "FR", "oh six one two three four five six seven eight", "+33612345678"},
		{"en", "FR", "zero six double one two three four five six seven", "+33611234567"},
		{"en", "GB", "07700 900123", "+447700900123"},
		{"en", "GB", "oh seven seven double oh nine hundred one two three", "+447700900123"},
		{"en", "US", "(415) 555-0143", "+14155550143"},
		{"en", "US", "(415) 155-0143", ""},
		{"en", "IE", "+353 85 012 3456", "+353850123456"},
		{"en", "FR", "+49 30 123456", ""},
	} {
		if got := strings.Join(hear(c.language, c.text).Phones(c.home), " "); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.language, c.text, got, c.want)
		}
	}
}

func TestPhoneNumbersAreSaidInPairs(t *testing.T) {
	for _, c := range []struct{ language, home, want string }{
		{"fr", "FR", "zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit"},
		{"en", "FR", "zero six, one two, three four, five six, seven eight"},
		{"fr", "BE", "plus trente-trois, soixante et un, vingt-trois, quarante-cinq, six sept huit"},
	} {
		if got := entity.SpokenPhone("+33612345678", c.home, c.language); got != c.want {
			t.Errorf("got %q", got)
		}
	}
}

func TestAPhoneNumberThatIsSaidIsReadAsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		home, l := rapid.SampledFrom(entity.Countries()).Draw(t, "home"), language(t)
		number, ok := entity.Phone(rapid.SampledFrom([]string{"", "0", "33", "32", "352", "44", "1"}).Draw(t, "prefix")+rapid.StringMatching("[1-9][0-9]{7,9}").Draw(t, "digits"), rapid.Bool().Draw(t, "plus"), home)
		if !ok {
			return
		}
		text := entity.SpokenPhone(number, home, l)
		if got := strings.Join(hear(l, text).Phones(home), " "); got != number {
			t.Fatalf("%s is said %q and read as %q", number, text, got)
		}
		if again, ok := entity.Phone(number[1:], true, home); !ok || again != number {
			t.Fatalf("%s becomes %s", number, again)
		}
	})
}

func TestPostcodesAreFrench(t *testing.T) {
	for _, c := range []struct{ language, text, want string }{
		{"fr", "soixante-quinze zéro onze", "75011"},
		{"fr", "75 011 Paris", "75011"},
		{"fr", "treize mille un", "13001"},
		{"fr", "quatre-vingt-dix-sept quatre cent dix", "97410"},
		{"fr", "quatre-vingt-seize cent", ""},
		{"en", "seven five oh double one", "75011"},
		{"en", "00123", ""},
		{"en", "750 11 22", ""},
	} {
		if got := strings.Join(hear(c.language, c.text).Postcodes(), " "); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.language, c.text, got, c.want)
		}
	}
}

func TestCodesOfLettersAndDigitsAreSpelt(t *testing.T) {
	for _, c := range []struct{ language, pattern, text, want string }{
		{"en", "AA999999", "it is a b one two three four five six", "AB123456"},
		{"en", "AA999999", "AB123456", "AB123456"},
		{"en", "AA99", "double a one two", "AA12"},
		{"en", "A99", "b for bravo twelve", "B12"},
		{"en", "AA99", "AB-12", "AB12"},
		{"en", "AA99", "alpha bravo one two", "AB12"},
		{"en", "AA99", "oh eye one two", "OI12"},
		{"fr", "AA99", "hache ji un deux", "HJ12"},
		{"fr", "AA99", "alpha novembre douze", "AN12"},
		{"en", "AA99", "bee as in bravo see twelve", "BC12"},
		{"en", "A9", "double u five", "W5"},
		{"fr", "AA9999", "a comme anatole b comme bernard douze trente-quatre", "AB1234"},
		{"fr", "AA99", "double v i grec quarante-deux", "WY42"},
		{"fr", "999999", "douze trente-quatre cinquante-six", "123456"},
		{"fr", "999999", "zéro douze trente-quatre cinquante-six", ""},
		{"fr", "AA99", "je voudrais un rendez-vous", ""},
	} {
		if got := strings.Join(hear(c.language, c.text).Codes(entity.Pattern(c.pattern)), " "); got != c.want {
			t.Errorf("%s %q as %s: got %q, want %q", c.language, c.text, c.pattern, got, c.want)
		}
	}
}

func TestACodeThatIsSpeltIsReadAsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.StringMatching("[A-Z]{1,3}[0-9]{2,8}").Draw(t, "code")
		pattern := strings.Map(func(r rune) rune {
			if r <= '9' {
				return '9'
			}
			return 'A'
		}, code)
		l := language(t)
		if got := strings.Join(hear(l, entity.Spelled(code)).Codes(entity.Pattern(pattern)), " "); got != code {
			t.Fatalf("%s %s is read as %q", l, code, got)
		}
	})
}

func TestTheLongerWordsOfAChoiceCount(t *testing.T) {
	options := []entity.Option{
		{Name: "morning", Words: []string{"matin", "le matin"}},
		{Name: "afternoon", Words: []string{"après-midi", "dans l'après-midi"}},
		{Name: "noon", Words: []string{"midi"}},
	}
	for text, want := range map[string]string{
		"plutôt le matin": "[morning]", "dans l’après-midi": "[afternoon]", "à midi": "[noon]", "matin ou après-midi": "[morning afternoon]", "peu importe": "[]",
	} {
		if got := fmt.Sprint(hear("fr", text).Choices(options)); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestDigitsOfALengthAreReadHoweverTheyAreGrouped(t *testing.T) {
	for _, c := range []struct{ language, text, want string }{
		{"fr", "quarante-huit deux cent treize", "48213"},
		{"fr", "quatre huit deux un trois", "48213"},
		{"en", "forty eight thousand two hundred and thirteen", "48213"},
		{"en", "four eight two one three on the third of march", "48213"},
		{"en", "four eight two one", ""},
	} {
		if got := strings.Join(hear(c.language, c.text).Digits(5), " "); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.language, c.text, got, c.want)
		}
	}
}
