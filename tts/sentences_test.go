package tts

import (
	"slices"
	"strings"
	"testing"
)

func TestTextsAreCutBetweenSentences(t *testing.T) {
	for _, want := range [][]string{
		{"Hello."},
		{"Hello.", "How can I help you?"},
		{"We are open from nine to five."},
		{"Dr. Martin and Mrs. Jones are in.", "Please hold!"},
		{"It is 3.5 percent. or so, at www.example.com.", "Really?!", "Yes…"},
		{"See art. 3, no. 5.", "Then call."},
		{"Mr. J. Smith lives in St. Ives.", "He calls at 5 p.m. on Mondays."},
		{`He said "Stop!"`, "We did not."},
		{"Bonjour M. Dupont, Mme Durand vous rappelle.", "Merci."},
		{"« Allô ? » dit-il.", "« Oui. »", "Il raccroche."},
		{"Votre solde est de 12,50 €.", "Appuyez sur 1 !", "Ou dites « facture »."},
		{"Attendez… peut-être.", "Êtes-vous là ?", "Écoutez."},
		{"Me Roche et Mgr. Leroy, bd. Raspail.", "Tél. 01 55."},
		{"First part", "Second part"},
		{"1.", "2.", "3."},
	} {
		sep := " "
		if want[0] == "First part" {
			sep = "\n \n"
		}
		if got := sentences(strings.Join(want, sep)); !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	if got := sentences("  \n\n "); len(got) != 0 {
		t.Errorf("nothing gives %q", got)
	}
}

// FuzzSentences holds the cuts to losing nothing but white space, in any text.
func FuzzSentences(f *testing.F) {
	for _, s := range []string{"Hello. You?!", "M. « Oui. » Non…", "a.b. C", "\xff.\u00a0A", "...", "\n\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := sentences(text)
		bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if bare(strings.Join(got, "")) != bare(text) {
			t.Errorf("%q was cut into %q", text, got)
		}
		for _, s := range got {
			if strings.TrimSpace(s) != s || s == "" {
				t.Errorf("%q is a piece of %q", s, text)
			}
		}
	})
}
