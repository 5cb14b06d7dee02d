package assistant

import (
	"testing"
	"time"
)

func TestResultsAreSaidAsPeopleSayThem(t *testing.T) {
	now := time.Date(2026, time.January, 5, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		kind                      ResultType
		value, currency, en, said string
	}{
		{ResultNumber, "3", "", "3", "3"},
		{ResultNumber, "-3.5", "", "minus 3.5", "moins 3,5"},
		{ResultAmount, "12.50", "EUR", "twelve euros and fifty cents", "douze euros cinquante"},
		{ResultAmount, "1.00", "EUR", "one euro", "un euro"},
		{ResultAmount, "0.01", "EUR", "one cent", "un centime"},
		{ResultAmount, "-20.05", "GBP", "minus twenty pounds and five pence", "moins vingt livres cinq"},
		{ResultAmount, "2.00", "CHF", "two francs", "deux francs"},
		{ResultDate, "2026-08-01", "", "Saturday the first of August", "samedi premier août"},
		{ResultDate, "2031-12-31", "", "Wednesday the thirty-first of December 2031", "mercredi trente et un décembre 2031"},
		{ResultAmount, "123456789.50", "EUR", "123456789.50 EUR", "123456789,50 EUR"},
		{ResultText, "as it is", "", "as it is", "as it is"},
	} {
		r := Result{Type: c.kind, currency: c.currency}
		if got := r.spoken(c.value, "en", now); got != c.en {
			t.Errorf("%s %s in English: %q, want %q", c.kind, c.value, got, c.en)
		}
		if got := r.spoken(c.value, "fr", now); got != c.said {
			t.Errorf("%s %s in French: %q, want %q", c.kind, c.value, got, c.said)
		}
	}
}
