package entity_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/entity"
)

// friday is the day on which the tables are read: 27 February 2026.
func friday() time.Time { return time.Date(2026, time.February, 27, 10, 0, 0, 0, time.UTC) }

func hear(language, text string) *entity.Heard { return entity.Hear(language, redact.Authored(text)) }

func joined[T interface{ String() string }](list []T) string {
	var out []string
	for _, v := range list {
		out = append(out, v.String())
	}
	return strings.Join(out, " ")
}

func TestDatesAreReadAsPeopleSayThem(t *testing.T) {
	for _, c := range []struct{ language, text, want string }{
		{"en", "today", "2026-02-27"},
		{"en", "tomorrow would be fine", "2026-02-28"},
		{"en", "the day after tomorrow", "2026-03-01"},
		{"en", "next tuesday", "2026-03-03"},
		{"en", "on Tuesday please", "2026-03-03"},
		{"en", "friday", "2026-03-06"},
		{"en", "tuesday next week", "2026-03-03"},
		{"en", "next week on wednesday", "2026-03-04"},
		{"en", "a week on tuesday", "2026-03-10"},
		{"en", "the third of march", "2026-03-03"},
		{"en", "march the third", "2026-03-03"},
		{"en", "March 3rd", "2026-03-03"},
		{"en", "tuesday the third", "2026-03-03"},
		{"en", "on tuesday the third of march at ten", "2026-03-03"},
		{"en", "the fifteenth", "2026-03-15"},
		{"en", "the twenty eighth", "2026-02-28"},
		{"en", "the fifteenth of next month", "2026-03-15"},
		{"en", "january the fifth", "2027-01-05"},
		{"en", "the fifth of january twenty twenty eight", "2028-01-05"},
		{"en", "the fifth of january two thousand and twenty eight", "2028-01-05"},
		{"en", "in two days", "2026-03-01"},
		{"en", "in a week", "2026-03-06"},
		{"en", "two weeks from now", "2026-03-13"},
		{"en", "in a month", "2026-03-27"},
		{"en", "15/03", "2026-03-15"},
		{"en", "15/03/2027", "2027-03-15"},
		{"en", "3/15/2026", "2026-03-15"},
		{"en", "2027-03-15", "2027-03-15"},
		{"en", "the twenty ninth of february", "2028-02-29"},
		{"en", "a week tomorrow", "2026-03-07"},
		{"en", "a week today", "2026-03-06"},
		{"en", "tomorrow week", "2026-03-07"},
		{"en", "two weeks on monday", "2026-03-16"},
		{"en", "a fortnight on monday", "2026-03-16"},
		{"en", "tuesday after next", "2026-03-10"},
		{"en", "the second tuesday of april", "2026-04-14"},
		{"en", "the first monday in january", "2027-01-04"},
		{"en", "the last friday of next month", "2026-03-27"},
		{"en", "the fifteenth of this month", "2026-02-15"},
		{"en", "new year's day", "2027-01-01"},
		{"fr", "aujourd'hui", "2026-02-27"},
		{"fr", "demain ça irait", "2026-02-28"},
		{"fr", "après-demain", "2026-03-01"},
		{"fr", "mardi prochain", "2026-03-03"},
		{"fr", "ce mardi", "2026-03-03"},
		{"fr", "mardi en huit", "2026-03-10"},
		{"fr", "mercredi de la semaine prochaine", "2026-03-04"},
		{"fr", "la semaine prochaine, mercredi", "2026-03-04"},
		{"fr", "le quinze", "2026-03-15"},
		{"fr", "le quinze du mois prochain", "2026-03-15"},
		{"fr", "le 3 mars", "2026-03-03"},
		{"fr", "le premier mars", "2026-03-01"},
		{"fr", "le 1er mars", "2026-03-01"},
		{"fr", "mardi trois mars à dix heures", "2026-03-03"},
		{"fr", "le trois mars deux mille vingt-sept", "2027-03-03"},
		{"fr", "le 5 janvier", "2027-01-05"},
		{"fr", "dans deux jours", "2026-03-01"},
		{"fr", "dans huit jours", "2026-03-06"},
		{"fr", "dans quinze jours", "2026-03-13"},
		{"fr", "dans trois semaines", "2026-03-20"},
		{"fr", "15/03", "2026-03-15"},
		{"fr", "le 15/03", "2026-03-15"},
		{"fr", "le 15.03.27", "2027-03-15"},
		{"fr", "demain en huit", "2026-03-07"},
		{"fr", "dans une quinzaine", "2026-03-13"},
		{"fr", "le deuxième mardi d'avril", "2026-04-14"},
		{"fr", "le dernier vendredi du mois prochain", "2026-03-27"},
		{"fr", "le quinze de ce mois", "2026-02-15"},
		{"fr", "le premier de l'an", "2027-01-01"},
	} {
		if got := joined(hear(c.language, c.text).Dates(entity.Calendar{Now: friday()})); got != c.want {
			t.Errorf("%s %q: got %q, want %s", c.language, c.text, got, c.want)
		}
	}
}

func TestSeveralDatesAndContradictionsAreAllGiven(t *testing.T) {
	for _, c := range []struct{ language, text, want string }{
		{"en", "tuesday or wednesday", "2026-03-03 2026-03-04"},
		{"en", "third or fourth of march", "2026-03-03 2026-03-04"},
		{"en", "tuesday no wednesday", "2026-03-03 2026-03-04"},
		{"en", "tuesday the fourth of march", "2026-03-03 2026-03-04"},
		{"fr", "mardi ou mercredi", "2026-03-03 2026-03-04"},
		{"fr", "le trois ou le quatre mars", "2026-03-03 2026-03-04"},
		{"fr", "mardi quatre mars", "2026-03-03 2026-03-04"},
	} {
		if got := joined(hear(c.language, c.text).Dates(entity.Calendar{Now: friday()})); got != c.want {
			t.Errorf("%s %q: got %q, want %s", c.language, c.text, got, c.want)
		}
	}
}

func TestWhatIsNoDateIsNotReadAsOne(t *testing.T) {
	for _, c := range []struct{ language, text string }{
		{"en", "my bill is due"},
		{"en", "the first thing is my invoice"},
		{"en", "I may come back"},
		{"en", "four two six one three"},
		{"en", "at ten o'clock"},
		{"en", "twenty euros"},
		{"en", "in a minute"},
		{"en", "next week"},
		{"en", "the thirty second of march"},
		{"en", "29/02/2027"},
		{"en", "the thirtieth of february"},
		{"en", "friday february the thirtieth"},
		{"en", "the thirty first of april 2026"},
		{"en", "the fifth tuesday of april"},
		{"fr", "le trente février"},
		{"fr", "mardi trente et un avril"},
		{"fr", "dix heures"},
		{"fr", "le compteur"},
		{"fr", "vingt euros"},
		{"fr", "le dix-huit heures"},
		{"fr", "le zéro six douze trente-quatre cinquante-six soixante-dix-huit"},
		{"fr", ""},
	} {
		if got := joined(hear(c.language, c.text).Dates(entity.Calendar{Now: friday()})); got != "" {
			t.Errorf("%s %q: got %s", c.language, c.text, got)
		}
	}
}

func TestWhereADateIsAskedForADayAloneIsOne(t *testing.T) {
	for _, c := range []struct{ language, text, want string }{
		{"en", "fifteen", "2026-03-15"},
		{"en", "fifteen oh three twenty twenty seven", "2027-03-15"},
		{"fr", "quinze", "2026-03-15"},
		{"fr", "quinze zéro trois deux mille vingt-sept", "2027-03-15"},
		{"en", "the third of the twelfth", "2026-12-03"},
		{"en", "three twelve", "2026-12-03"},
		{"en", "two three march", "2026-03-03"},
		{"en", "february the thirtieth", ""},
		{"fr", "le trois du douze", "2026-12-03"},
		{"fr", "le trois douze", "2026-12-03"},
		{"fr", "le trente février", ""},
		{"fr", "un instant s'il vous plaît", ""},
		{"fr", "quinze euros", ""},
		{"en", "one moment", ""},
	} {
		if got := joined(hear(c.language, c.text).Dates(entity.Calendar{Now: friday(), Asked: true})); got != c.want {
			t.Errorf("%s %q: got %q, want %s", c.language, c.text, got, c.want)
		}
	}
}

func TestDatesThatAreOverLieBehind(t *testing.T) {
	for text, want := range map[string]string{
		"tuesday": "2026-02-24", "last tuesday": "2026-02-24", "the third of march": "2025-03-03", "the fifteenth": "2026-02-15", "yesterday": "2026-02-26",
	} {
		if got := joined(hear("en", text).Dates(entity.Calendar{Now: friday(), Past: true})); got != want {
			t.Errorf("%q: got %q, want %s", text, got, want)
		}
	}
}

func TestKeysAreReadAsADate(t *testing.T) {
	for keys, want := range map[string]string{"0303": "2026-03-03", "2702": "2026-02-27", "2602": "2027-02-26", "15032027": "2027-03-15", "3102": "", "31022027": "", "15": "", "": ""} {
		d, ok := entity.KeyedDate(keys, entity.Calendar{Now: friday()})
		if got := d.String(); ok != (want != "") || ok && got != want {
			t.Errorf("%s: got %s, %v", keys, got, ok)
		}
	}
}

func TestDatesAreSaidWithTheirWeekday(t *testing.T) {
	for _, c := range []struct{ date, english, french string }{
		{"2026-03-03", "Tuesday the third of March", "mardi trois mars"},
		{"2026-03-01", "Sunday the first of March", "dimanche premier mars"},
		{"2027-03-21", "Sunday the twenty-first of March 2027", "dimanche vingt et un mars 2027"},
		{"2025-08-31", "Sunday the thirty-first of August 2025", "dimanche trente et un août 2025"},
	} {
		d, err := entity.ParseDate(c.date)
		if err != nil {
			t.Fatal(err)
		}
		if en, fr := d.Spoken("en", friday()), d.Spoken("fr", friday()); en != c.english || fr != c.french {
			t.Errorf("%s: %q, %q", c.date, en, fr)
		}
	}
}

func language(t *rapid.T) string { return rapid.SampledFrom([]string{"en", "fr"}).Draw(t, "language") }

func drawDate(t *rapid.T, what string) entity.Date {
	return entity.DateOf(time.Unix(rapid.Int64Range(946684800, 2524608000).Draw(t, what), 0).UTC())
}

func TestADateThatIsSaidIsReadAsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, l := drawDate(t, "date"), language(t)
		now := time.Unix(rapid.Int64Range(946684800, 2524608000).Draw(t, "now"), 0).UTC()
		text := d.Spoken(l, now)
		if got := joined(hear(l, text).Dates(entity.Calendar{Now: now})); got != d.String() {
			t.Fatalf("%s is said %q and read as %q, on %s", d, text, got, now)
		}
		if got := joined(hear(l, d.String()).Dates(entity.Calendar{Now: now})); got != d.String() {
			t.Fatalf("%s is read as %q", d, got)
		}
	})
}
