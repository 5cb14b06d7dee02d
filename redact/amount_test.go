package redact_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/redact"
)

func TestInAnAmountTheStarKeyIsTheDecimalPoint(t *testing.T) {
	for keys, want := range map[string]string{"42*50#": "42,50", "42#": "42", "42*#": "42,", "*42#": "42", "1*2*3#": "3"} {
		r := redact.New("en")
		r.Expect(redact.Expect{Kind: redact.ExpectAmount})
		out := press(r, keys)
		if len(out) != 1 || out[0].Text.String() != want {
			t.Errorf("%s: got %v, want %s", keys, out, want)
		}
	}
	r := redact.New("en")
	if out := press(r, "42*50#"); len(out) != 1 || out[0].Text.String() != "50" {
		t.Errorf("where no amount is asked for, the star begins again: %v", out)
	}
}

func TestACardThatIsKeyedAsAnAmountIsWithheld(t *testing.T) {
	for _, keys := range []string{"4539148803436467#", "45391488*03436467#", "4539148*803436467#"} {
		r := redact.New("en")
		r.Expect(redact.Expect{Kind: redact.ExpectAmount})
		for _, res := range press(r, keys) {
			if strings.ContainsAny(res.Text.String(), "012358") || len(res.Numbers) > 0 {
				t.Errorf("%s: shown as %q, %v", keys, res.Text, res.Numbers)
			}
		}
	}
}
