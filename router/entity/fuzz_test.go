package entity_test

import (
	"slices"
	"testing"

	"github.com/callward/callward/router/entity"
)

// FuzzWhatIsFoundIsReadAgain looks for everything in any text: nothing panics, and what
// is found, said back, is found again as itself.
func FuzzWhatIsFoundIsReadAgain(f *testing.F) {
	for _, text := range []string{
		"on tuesday the third of march at half past ten for forty two euros and fifty cents", "mardi trois mars à dix heures et demie, quarante-deux euros cinquante",
		"zéro six douze trente-quatre cinquante-six soixante-dix-huit", "15/03/2027 1 220,50 € AB123456 [card ••••1111]", "double double u o oh a hundred and", "le 31/02 à 25h99",
		"",
	} {
		f.Add(text, true, true)
		f.Add(text, false, false)
	}
	f.Fuzz(func(t *testing.T, text string, french, asked bool) {
		l := "en"
		if french {
			l = "fr"
		}
		h := hear(l, text)
		for _, d := range h.Dates(entity.Calendar{Now: friday(), Asked: asked}) {
			if got := hear(l, d.Spoken(l, friday())).Dates(entity.Calendar{Now: friday()}); !slices.Equal(got, []entity.Date{d}) {
				t.Errorf("%s is read again as %v", d, got)
			}
		}
		for _, may := range h.Times(asked) {
			for _, c := range may {
				if got := hear(l, c.Spoken(l)).Times(false); len(got) != 1 || !slices.Equal(got[0], []entity.Clock{c}) {
					t.Errorf("%s is read again as %v", c, got)
				}
			}
		}
		for _, a := range h.Amounts("EUR", asked) {
			if got := hear(l, a.Spoken(l)).Amounts(a.Currency, false); !slices.Equal(got, []entity.Amount{a}) {
				t.Errorf("%s is read again as %v", a, got)
			}
		}
		for _, n := range h.Phones("FR") {
			if got := hear(l, entity.SpokenPhone(n, "FR", l)).Phones("FR"); !slices.Equal(got, []string{n}) {
				t.Errorf("%s is read again as %v", n, got)
			}
		}
		for _, c := range append(h.Postcodes(), h.Codes("AA9999")...) {
			again := hear(l, entity.Spelled(c))
			if !slices.Contains(append(again.Postcodes(), again.Codes("AA9999")...), c) {
				t.Errorf("%s is not read again", c)
			}
		}
		h.Numbers(asked)
		h.Digits(5)
	})
}
