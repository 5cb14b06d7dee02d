package assistant

import "testing"

func TestResultsAreSaidAsPeopleSayThem(t *testing.T) {
	for _, c := range []struct {
		kind                      ResultType
		value, currency, en, said string
	}{
		{ResultNumber, "3", "", "3", "3"},
		{ResultNumber, "-3.5", "", "minus 3.5", "moins 3,5"},
		{ResultAmount, "12.50", "EUR", "12 euros and 50 cents", "12 euros et 50 centimes"},
		{ResultAmount, "1.00", "EUR", "1 euro", "1 euro"},
		{ResultAmount, "0.01", "EUR", "0 euros and 1 cent", "0 euro et 1 centime"},
		{ResultAmount, "-20.05", "GBP", "minus 20 pounds and 5 pence", "moins 20 livres et 5 pence"},
		{ResultAmount, "2.00", "CHF", "2 Swiss francs", "2 francs suisses"},
		{ResultDate, "2026-08-01", "", "1 August 2026", "1er août 2026"},
		{ResultDate, "2026-12-31", "", "31 December 2026", "31 décembre 2026"},
		{ResultText, "as it is", "", "as it is", "as it is"},
	} {
		r := Result{Type: c.kind, currency: c.currency}
		if got := r.spoken(c.value, "en"); got != c.en {
			t.Errorf("%s %s in English: %q, want %q", c.kind, c.value, got, c.en)
		}
		if got := r.spoken(c.value, "fr"); got != c.said {
			t.Errorf("%s %s in French: %q, want %q", c.kind, c.value, got, c.said)
		}
	}
}

func TestEveryCurrencyHasWordsInEveryLanguage(t *testing.T) {
	for _, l := range Languages() {
		for _, c := range currencies() {
			if u := units[l][c]; u.one == "" || u.several == "" || u.part == "" || u.parts == "" {
				t.Errorf("%s in %s: %+v", c, l, u)
			}
		}
	}
}
