package redact_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/redact"
)

// TestWhatIsSaidWhileKeysArePendingGoesOnWithThem: a caller who keys a part of his card and says
// another, before the entry is over, shows no more of it than one who does not.
func TestWhatIsSaidWhileKeysArePendingGoesOnWithThem(t *testing.T) {
	for _, c := range []struct{ lang, keys, said, more string }{
		{"en", "2223814619", "two four nine six", "six eight"},
		{"en", "2223", "Seven zero three nine nine thousand eight hundred seventy six.", "eighty eight thirty eight"},
		{"en", "4974", "Eight hundred eighty five three hundred eighty five twenty five", ""},
		{"fr", "65123336", "treize huit quatre cent six huit huit", "super merci"},
	} {
		r := redact.New(c.lang)
		for _, k := range []byte(c.keys) {
			r.Press(k)
		}
		partial := r.Partial("1", redact.RawText(c.said)).String()
		final := r.Final("1", redact.RawText(c.said)).Text.String()
		later := r.Final("2", redact.RawText(c.more))
		keyed := r.EndKeys().Text.String()
		all := strings.Join([]string{partial, final, later.Released.String(), later.Text.String(), keyed}, " ")
		if strings.ContainsAny(all, "0123456789") {
			t.Errorf("keys %s and %q show %q", c.keys, c.said, all)
		}
		if n := newReader(c.lang).readable(all, c.keys+c.said); n > 0 {
			t.Errorf("keys %s and %q show %q", c.keys, c.said, all)
		}
		for w := range strings.FieldsSeq("thousand hundred eighty nine quatre huit") {
			if strings.Contains(strings.ToLower(all), w) {
				t.Errorf("keys %s and %q show %q", c.keys, c.said, all)
			}
		}
	}
}
