package entity_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/router/entity"
)

// Words that can be read in many ways, five thousand times: the work for each utterance
// is bounded, and what was said first is found.
func TestOfALongUtteranceTheBeginningIsRead(t *testing.T) {
	for _, word := range []string{"deux ", "soixante dix huit ", "cent ", "a double ", "le ou ", "2 ", "1/", "h ", "<script> "} {
		h := hear("fr", "le trois mars à quinze heures, pour vingt euros, "+strings.Repeat(word, 5000))
		if got := h.Dates(entity.Calendar{Now: friday(), Asked: true}); len(got) == 0 || got[0].String() != "2026-03-03" {
			t.Errorf("%q: dates %v", word, got)
		}
		if got := times(h.Times(true)); !strings.HasPrefix(got, "15:00") {
			t.Errorf("%q: times %s", word, got)
		}
		if got := joined(h.Amounts("EUR", true)); !strings.HasPrefix(got, "20.00 EUR") {
			t.Errorf("%q: amounts %s", word, got)
		}
		if got := h.Codes("AA999999"); len(got) > 256 || len(h.Phones("FR")) > 256 || len(h.Numbers(true)) > 256 || len(h.Codes("999999")) > 256 {
			t.Errorf("%q: more was found than is looked at", word)
		}
	}
}
