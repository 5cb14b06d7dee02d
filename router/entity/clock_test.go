package entity_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/router/entity"
)

// times writes what Times gave: "10:00|22:00" may be either.
func times(found [][]entity.Clock) string {
	var out []string
	for _, may := range found {
		out = append(out, strings.ReplaceAll(joined(may), " ", "|"))
	}
	return strings.Join(out, " ")
}

func TestTimesAreReadAsPeopleSayThem(t *testing.T) {
	for _, c := range []struct{ language, text, want string }{
		{"en", "at ten", "10:00|22:00"},
		{"en", "ten o'clock", "10:00|22:00"},
		{"en", "half past ten", "10:30|22:30"},
		{"en", "a quarter to nine", "08:45|20:45"},
		{"en", "ten past three", "03:10|15:10"},
		{"en", "at three thirty", "03:30|15:30"},
		{"en", "at three oh five", "03:05|15:05"},
		{"en", "3 pm", "15:00"},
		{"en", "3:30 p.m.", "15:30"},
		{"en", "12:15 am", "00:15"},
		{"en", "at fifteen thirty", "15:30"},
		{"en", "six in the evening", "18:00"},
		{"en", "noon", "12:00"},
		{"en", "midnight", "00:00"},
		{"en", "at ten or at eleven", "10:00|22:00 11:00|23:00"},
		{"en", "ten euros", ""},
		{"en", "in ten minutes", ""},
		{"en", "on the tenth", ""},
		{"en", "at ten euros", ""},
		{"en", "from five to ten", ""},
		{"en", "half past thirteen", "13:30"},
		{"en", "nine or ten o'clock", "09:00|21:00 10:00|22:00"},
		{"fr", "à dix heures", "10:00|22:00"},
		{"fr", "quinze heures", "15:00"},
		{"fr", "dix heures et demie", "10:30|22:30"},
		{"fr", "onze heures moins le quart", "10:45|22:45"},
		{"fr", "dix heures moins dix", "09:50|21:50"},
		{"fr", "dix heures un quart", "10:15|22:15"},
		{"fr", "dix heures zéro cinq", "10:05|22:05"},
		{"fr", "neuf ou dix heures", "09:00|21:00 10:00|22:00"},
		{"fr", "entre neuf et dix heures", "09:00|21:00 10:00|22:00"},
		{"fr", "vingt et une heures", "21:00"},
		{"fr", "15h30", "15:30"},
		{"fr", "15:30", "15:30"},
		{"fr", "midi", "12:00"},
		{"fr", "midi et demi", "12:30"},
		{"fr", "minuit", "00:00"},
		{"fr", "trois heures de l'après-midi", "15:00"},
		{"fr", "huit heures du matin", "08:00"},
		{"fr", "dans une heure", ""},
		{"fr", "dix euros", ""},
		{"fr", "cet après-midi", ""},
	} {
		if got := times(hear(c.language, c.text).Times(false)); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.language, c.text, got, c.want)
		}
	}
}

func TestWhereATimeIsAskedForANumberAloneIsOne(t *testing.T) {
	for _, c := range []struct{ language, text, want string }{
		{"en", "ten", "10:00|22:00"},
		{"en", "ten thirty", "10:30|22:30"},
		{"en", "march the twenty third", ""},
		{"en", "on tuesday at ten", "10:00|22:00"},
		{"fr", "dix", "10:00|22:00"},
		{"fr", "un instant", ""},
		{"en", "seventy", ""},
		{"en", "half ten", "10:30|22:30"},
		{"en", "quarter of ten", "09:45|21:45"},
		{"en", "ten to nine", "08:50|20:50"},
		{"en", "nine to eleven", "09:00|21:00 11:00|23:00"},
		{"en", "from nine to eleven", "09:00|21:00 11:00|23:00"},
		{"en", "between nine and eleven in the morning", "09:00|21:00 11:00"},
		{"en", "five to", ""},
		{"en", "ten past", ""},
		{"en", "first thing", ""},
		{"fr", "de neuf à onze heures", "09:00|21:00 11:00|23:00"},
	} {
		if got := times(hear(c.language, c.text).Times(true)); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.language, c.text, got, c.want)
		}
	}
}

func TestEveryTimeThatIsSaidIsReadAsTheSame(t *testing.T) {
	for m := range 24 * 60 {
		c := entity.Clock{Hour: m / 60, Minute: m % 60}
		for _, l := range []string{"en", "fr"} {
			if got := times(hear(l, c.Spoken(l)).Times(false)); got != c.String() {
				t.Errorf("%s is said %q and read as %q", c, c.Spoken(l), got)
			}
		}
		keyed, ok := entity.KeyedClock(strings.ReplaceAll(c.String(), ":", ""))
		if parsed, err := entity.ParseClock(c.String()); !ok || keyed != c || err != nil || parsed != c {
			t.Errorf("%s: keyed as %s, parsed as %s", c, keyed, parsed)
		}
	}
	if _, ok := entity.KeyedClock("2460"); ok {
		t.Error("2460 is no time")
	}
}
