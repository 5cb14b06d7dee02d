package assistant

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// This file puts times into words, as people say them: voices read figures in ways that
// nobody can tell ahead.

//nolint:gochecknoglobals // read-only tables
var (
	numbersEN = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tensEN    = strings.Fields("- - twenty thirty forty fifty")
	ordinalEN = strings.Fields("- first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth")
	numbersFR = strings.Fields("zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf")
	tensFR    = strings.Fields("- - vingt trente quarante cinquante")
	daysFR    = strings.Fields("dimanche lundi mardi mercredi jeudi vendredi samedi")
	monthsFR  = strings.Fields("- janvier février mars avril mai juin juillet août septembre octobre novembre décembre")
)

// spokenUntil says when hours end that now is in: "six in the evening".
func spokenUntil(language string, now, end time.Time) string {
	if language == "fr" {
		return strings.TrimSpace(dayFR(now, end, "") + clockFR(end))
	}
	return strings.TrimSpace(dayEN(now, end, "") + clockEN(end))
}

// spokenNext says when hours begin: "tomorrow at eight in the morning", "lundi à huit heures".
func spokenNext(language string, now, begin time.Time) string {
	if language == "fr" {
		return dayFR(now, begin, "aujourd'hui") + clockFR(begin)
	}
	return dayEN(now, begin, "today") + clockEN(begin)
}

// unending is said where hours have no end, or no beginning, that is known.
func unending(language string, begin bool) string {
	switch {
	case language == "fr" && begin:
		return "plus tard"
	case language == "fr":
		return "nouvel ordre"
	case begin:
		return "later"
	}
	return "further notice"
}

// daysAhead counts the days from now to the day of then. The midnight that ends a day
// belongs to it.
func daysAhead(now, then time.Time, ends bool) int {
	if ends && then.Equal(midnight(then)) {
		then = then.Add(-time.Minute)
	}
	return int(midnight(then).Sub(midnight(now)) / (24 * time.Hour))
}

// dayEN says the day of then with the word that joins a time of day; today is the word for
// this one, and without it this day goes without saying.
func dayEN(now, then time.Time, today string) string {
	switch n := daysAhead(now, then, today == ""); {
	case n == 0 && today == "":
		return ""
	case n == 0:
		return today + " at "
	case n == 1:
		return "tomorrow at "
	case n < 7 && today == "":
		return then.Weekday().String() + " at "
	case n < 7:
		return "on " + then.Weekday().String() + " at "
	}
	return fmt.Sprintf("on %s, the %s of %s, at ", then.Weekday(), ordinal(then.Day()), then.Month())
}

func dayFR(now, then time.Time, today string) string {
	switch n := daysAhead(now, then, today == ""); {
	case n == 0 && today == "":
		return ""
	case n == 0:
		return today + " à "
	case n == 1:
		return "demain à "
	case n < 7:
		return daysFR[then.Weekday()] + " à "
	}
	day := "premier"
	if then.Day() > 1 {
		day = numberFR(then.Day())
	}
	return fmt.Sprintf("le %s %s %s à ", daysFR[then.Weekday()], day, monthsFR[then.Month()])
}

func clockEN(t time.Time) string {
	h, m := t.Hour(), t.Minute()
	switch {
	case m == 0 && h == 0:
		return "midnight"
	case m == 0 && h == 12:
		return "noon"
	}
	words := numbersEN[cmp.Or(h%12, 12)]
	switch {
	case m > 0 && m < 10:
		words += " oh " + numberEN(m)
	case m > 0:
		words += " " + numberEN(m)
	}
	switch {
	case h < 12:
		return words + " in the morning"
	case h < 18:
		return words + " in the afternoon"
	case h < 21:
		return words + " in the evening"
	}
	return words + " at night"
}

func clockFR(t time.Time) string {
	h, m := t.Hour(), t.Minute()
	words := "minuit"
	switch {
	case h == 12:
		words = "midi"
	case h == 1, h == 21:
		words = strings.TrimSuffix(numberFR(h), "un") + "une heure"
		if h == 21 {
			words += "s"
		}
	case h > 0:
		words = numberFR(h) + " heures"
	}
	if m > 0 {
		words += " " + minuteFR(m)
	}
	return words
}

// minuteFR says minutes, which are feminine: vingt et une.
func minuteFR(m int) string {
	if words := numberFR(m); strings.HasSuffix(words, "un") {
		return words + "e"
	}
	return numberFR(m)
}

func numberEN(n int) string {
	if n < len(numbersEN) {
		return numbersEN[n]
	}
	words := tensEN[n/10]
	if n%10 > 0 {
		words += "-" + numbersEN[n%10]
	}
	return words
}

func ordinal(n int) string {
	switch {
	case n < len(ordinalEN):
		return ordinalEN[n]
	case n == 30:
		return "thirtieth"
	}
	return tensEN[n/10] + "-" + ordinalEN[n%10]
}

func numberFR(n int) string {
	switch {
	case n < len(numbersFR):
		return numbersFR[n]
	case n%10 == 0:
		return tensFR[n/10]
	case n%10 == 1:
		return tensFR[n/10] + " et un"
	}
	return tensFR[n/10] + "-" + numbersFR[n%10]
}
