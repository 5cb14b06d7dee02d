package entity_test

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/router/entity"
)

func TestAmountsAreReadAsPeopleSayThem(t *testing.T) {
	for _, c := range []struct{ language, text, want string }{
		{"en", "forty-two euros fifty", "42.50 EUR"},
		{"en", "forty two euros and fifty cents", "42.50 EUR"},
		{"en", "€42.50", "42.50 EUR"},
		{"en", "42.50 euros a month", "42.50 EUR"},
		{"en", "fifty cents", "0.50 EUR"},
		{"en", "a hundred euros", "100.00 EUR"},
		{"en", "one thousand two hundred euros", "1200.00 EUR"},
		{"en", "1,220.50 euros", "1220.50 EUR"},
		{"en", "forty two point five euros", "42.50 EUR"},
		{"en", "twenty pounds", "20.00 GBP"},
		{"en", "twenty or thirty euros", "20.00 EUR 30.00 EUR"},
		{"en", "twenty euros ten times", "20.00 EUR"},
		{"en", "in twenty days", ""},
		{"en", "a euro fifty", "1.50 EUR"},
		{"en", "hundred and fifty euros", "150.00 EUR"},
		{"en", "several hundred euros", ""},
		{"en", "ten and a half euros", "10.50 EUR"},
		{"en", "two and a half thousand euros", "2500.00 EUR"},
		{"en", "between fifty and sixty euros", "50.00 EUR 60.00 EUR"},
		{"en", "fifty to sixty euros", "50.00 EUR 60.00 EUR"},
		{"en", "forty euros oh five", "40.05 EUR"},
		{"fr", "quarante-deux euros cinquante", "42.50 EUR"},
		{"fr", "42,50 €", "42.50 EUR"},
		{"fr", "1 220,50 €", "1220.50 EUR"},
		{"fr", "cinquante centimes", "0.50 EUR"},
		{"fr", "cent euros", "100.00 EUR"},
		{"fr", "deux cents euros par mois", "200.00 EUR"},
		{"fr", "quatre-vingt-dix euros", "90.00 EUR"},
		{"fr", "mille deux cents euros", "1200.00 EUR"},
		{"fr", "quarante-deux virgule cinq euros", "42.50 EUR"},
		{"fr", "vingt ou trente euros", "20.00 EUR 30.00 EUR"},
		{"fr", "dix euros deux fois", "10.00 EUR"},
		{"fr", "dix heures", ""},
		{"fr", "dix euros et demi", "10.50 EUR"},
		{"fr", "soixante-dix euros zéro cinq", "70.05 EUR"},
		{"fr", "entre cinquante et soixante euros", "50.00 EUR 60.00 EUR"},
		{"fr", "cinquante à soixante euros", "50.00 EUR 60.00 EUR"},
	} {
		if got := joined(hear(c.language, c.text).Amounts("EUR", false)); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.language, c.text, got, c.want)
		}
	}
}

func TestWhereAnAmountIsAskedForANumberAloneIsOne(t *testing.T) {
	for _, c := range []struct{ language, text, want string }{
		{"en", "forty two", "42.00 EUR"},
		{"en", "forty-two fifty", "42.50 EUR"},
		{"fr", "cinquante", "50.00 EUR"},
		{"fr", "quarante-deux cinquante", "42.50 EUR"},
		{"fr", "un instant", ""},
		{"fr", "dix heures", ""},
		{"en", "twenty days", ""},
		{"en", "one fifty", "1.50 EUR"},
		{"en", "not fifty, forty", ""},
		{"fr", "pas cinquante, quarante", ""},
	} {
		if got := joined(hear(c.language, c.text).Amounts("EUR", true)); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.language, c.text, got, c.want)
		}
	}
}

func TestKeysAreReadAsAnAmount(t *testing.T) {
	for keys, want := range map[string]string{"42": "42.00 EUR", "42,5": "42.50 EUR", "42,50": "42.50 EUR", "42,": "42.00 EUR", ",5": "", "42,505": "", "1234567": "", "": ""} {
		a, ok := entity.KeyedAmount(keys, "EUR")
		if ok != (want != "") || ok && a.String() != want {
			t.Errorf("%q: got %s, %v", keys, a, ok)
		}
	}
}

func TestAnAmountThatIsSaidIsReadAsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := language(t)
		a := entity.Amount{Cents: rapid.IntRange(0, entity.MostCents).Draw(t, "cents"), Currency: rapid.SampledFrom(entity.Currencies()).Draw(t, "currency")}
		if got := joined(hear(l, a.Spoken(l)).Amounts(a.Currency, false)); got != a.String() {
			t.Fatalf("%s is said %q and read as %q", a, a.Spoken(l), got)
		}
		if got := joined(hear(l, a.String()).Amounts(a.Currency, false)); got != a.String() {
			t.Fatalf("%s is read as %q", a, got)
		}
		if parsed, err := entity.ParseAmount(a.String(), ""); err != nil || parsed != a {
			t.Fatalf("%s is parsed as %s (%v)", a, parsed, err)
		}
	})
}

func TestANumberThatIsSaidIsReadAsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, l := rapid.IntRange(0, 999_999).Draw(t, "number"), language(t)
		for _, text := range []string{entity.Number(n, l), strconv.Itoa(n)} {
			if got := hear(l, text).Numbers(true); len(got) != 1 || got[0] != n {
				t.Fatalf("%d, said %q, is read as %v", n, text, got)
			}
		}
	})
}

func TestANumberOfADateATimeOrAnAmountIsNoneForItself(t *testing.T) {
	for _, c := range []struct{ language, text string }{
		{"en", "on the third of march at ten for twenty euros"},
		{"fr", "le trois mars à dix heures pour vingt euros"},
	} {
		if got := hear(c.language, c.text).Numbers(false); len(got) != 0 {
			t.Errorf("%q: %v", c.text, got)
		}
		if got := hear(c.language, c.text+", three").Numbers(false); c.language == "en" && (len(got) != 1 || got[0] != 3) {
			t.Errorf("%q: %v", c.text+", three", got)
		}
	}
}
