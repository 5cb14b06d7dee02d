package recog_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/internal/speechd/recog"
	"github.com/callward/callward/internal/speechd/speechtest"
)

// The "s" of six and seven lies above what a telephone carries; without it the one was
// taken for an eight and the other for a one.
func TestSixesAndSevensAreHeardWithoutTheirHiss(t *testing.T) {
	e := speechtest.Engine(t, "en")
	digits, wrong := 0, 0
	for _, voice := range []string{"flite-slt", "espeak-en-us", "espeak-en-gb"} {
		for _, number := range []string{"two six eight six one", "seven one six four six", "nine six seven three seven"} {
			spec := recog.Spec{Languages: []string{"en"}, Expect: recog.Digits, Length: 5}
			r := final(t, e, spec, say(t, voice, number))
			said := strings.Fields(number)
			digits += len(said)
			if off := distance(said, strings.Fields(r.Text)); off > 0 {
				wrong += off
				t.Logf("%s: %q is heard as %q", voice, number, r.Text)
			}
		}
	}
	if wrong > digits/5 { // there were 19 of 45
		t.Errorf("%d of %d digits are wrong", wrong, digits)
	}
}
