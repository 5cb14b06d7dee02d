package redact_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/redact"
)

// TestCutUpHundredsAreNoLongerThanTheyAre: "hundred and" and "twenty" are three digits, not
// five; counted as more than a card has, the rest of one would show.
func TestCutUpHundredsAreNoLongerThanTheyAre(t *testing.T) {
	r := redact.New("en")
	for _, said := range []string{"six thousand", "phone eleven zero one", "hundred and"} {
		r.Final(said, redact.RawText(said))
	}
	res := r.Final("last", redact.RawText("twenty zero zero zero one zero zero zero phone eight"))
	if got := res.Text.String(); strings.Contains(got, "zero") {
		t.Errorf("the rest of a card shows: %q", got)
	}
}

// TestRepeatsAreCountedWhereDigitsAreSaid: "trois fois deux" is three digits of a number, and
// three times two days elsewhere.
func TestRepeatsAreCountedWhereDigitsAreSaid(t *testing.T) {
	for said, want := range map[string]string{
		"ma carte c'est quatre fois cinq deux fois un quatre fois deux trois fois le trois zéro zéro huit": "ma carte c'est [card ••••3008]",
		"j'ai appelé trois fois deux jours de suite":                                                       "",
		"deux fois lundi et trois fois mardi":                                                              "",
	} {
		if want == "" {
			want = said
		}
		if got := redact.New("fr").Final("1", redact.RawText(said)).Text.String(); got != want {
			t.Errorf("%q became %q, want %q", said, got, want)
		}
	}
}

// TestWhatTheBotReadsOutGoesOn: digits that the bot reads out, and does not name, may be the
// beginning of what the caller says next.
func TestWhatTheBotReadsOutGoesOn(t *testing.T) {
	r := redact.New("en")
	r.Speech("I heard four nine two nine four two. Is that right?")
	r.Final("1", redact.RawText("yes then double oh nine oh eight oh oh seven one five"))
	if got := r.Settle().String(); got != "[number]" {
		t.Errorf("the rest of a card shows: %q", got)
	}
}
