package recog_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/internal/speechd/recog"
	"github.com/callward/callward/internal/speechd/speechtest"
)

// Twelve to nineteen digits may be a card's, and sixteen nearly always are: a word that is
// drawn out is no reason to hear one more.
func TestACardThatIsDictatedSlowlyHasSixteenDigits(t *testing.T) {
	e := speechtest.Engine(t, "en")
	for voice, number := range map[string]string{
		"flite-awb":    "four nine two eight, zero five seven one, three eight nine four, two zero nine five",
		"espeak-en-us": "five one eight three nine oh two four seven five three oh eight nine four one",
	} {
		r := final(t, e, recog.Spec{Languages: []string{"en"}, Expect: recog.Card}, say(t, voice, number))
		if n := len(strings.Fields(r.Text)); n != 16 {
			t.Errorf("%s: %d digits are heard: %q", voice, n, r.Text)
		}
	}
}
