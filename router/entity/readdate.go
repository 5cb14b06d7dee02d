package entity

import (
	"slices"
	"time"
)

// Dates gives the dates that were said. A weekday that is not that of its date is a
// contradiction: both days are given.
func (h *Heard) Dates(c Calendar) []Date {
	found, _ := h.dates(c)
	return found
}

// A span is some tokens, from one to before another.
type span struct{ from, to int }

func (h *Heard) dates(c Calendar) (found []Date, spans []span) {
	for i := 0; i < len(h.tokens); {
		dates, n := h.dateAt(i, c)
		if n == 0 {
			i++
			continue
		}
		spans = append(spans, span{i, i + n})
		if len(dates) > 0 {
			dates = append(h.orDay(i, dates[0]), dates...)
		}
		for _, d := range dates {
			if !slices.Contains(found, d) {
				found = append(found, d)
			}
		}
		i += n
	}
	if len(spans) == 0 && c.Asked && !h.hasTime() && !h.hasAmount() {
		if day, at := h.lone(); at >= 0 {
			if d, ok := c.dayAlone(day); ok {
				return []Date{d}, []span{{at, at + 1}}
			}
		}
	}
	return found, spans
}

// orDay gives the "third" of "third or fourth of March", which is d.
func (h *Heard) orDay(i int, d Date) []Date {
	if !h.at(i-1).is("or", "ou") {
		return nil
	}
	for k := max(i-3, 0); k < i-1; k++ {
		if day, n := h.dayNumber(k); n > 0 && k+n == i-1 {
			if other := (Date{d.Year, d.Month, day}); other.exists() {
				return []Date{other}
			}
		}
	}
	return nil
}

// lone gives the only number of an utterance, and where it stands; -1 if it is not alone.
func (h *Heard) lone() (value, at int) {
	at = -1
	for i := 0; i < len(h.tokens); i++ {
		v, n := h.ordinal(i)
		if n == 0 {
			v, n = h.cardinal(i)
		}
		if n == 0 || h.article(i) {
			continue
		}
		if at >= 0 || h.counts(i+n) {
			return 0, -1
		}
		value, at = v, i
		i += n - 1
	}
	return value, at
}

// article reports whether token i is the "un" of "un instant", or the "one" of "one
// moment" and "the right one".
func (h *Heard) article(i int) bool {
	_, n := h.cardinal(i)
	_, more := h.cardinal(i + 1)
	return n == 1 && more == 0 && h.at(i).is("one", "un", "une") && (h.at(i+1).text != "" || h.at(i-1).is("the", "that", "this", "right", "wrong", "l"))
}

// dateAt reads the date that begins at token i: mostly one, and of how many tokens it
// is made. One that is not in the calendar has tokens and no date.
func (h *Heard) dateAt(i int, c Calendar) ([]Date, int) {
	for _, read := range []func(int, Calendar) ([]Date, int){h.relativeDay, h.weeksFrom, h.afterSome, h.written, h.weekdayOfMonth, h.newYear, h.onWeekday, h.inNextWeek, h.dayAndMonth, h.dictated, h.dayOnly} {
		if found, n := read(i, c); n > 0 {
			return found, n
		}
	}
	return nil, 0
}

func one(d Date, n int) ([]Date, int) { return []Date{d}, n }

// relativeDay reads "today" and "the day after tomorrow".
func (h *Heard) relativeDay(i int, c Calendar) ([]Date, int) {
	phrases, days := []string{"day after tomorrow", "day before yesterday", "today", "tonight", "tomorrow", "yesterday"}, []int{2, -2, 0, 0, 1, -1}
	if h.french {
		phrases = []string{"apres demain", "surlendemain", "avant hier", "aujourd hui", "ce soir", "cet apres midi", "ce matin", "demain", "hier"}
		days = []int{2, 2, -2, 0, 0, 0, 0, 1, -1}
	}
	n, which := h.phrase(i, phrases...)
	if n == 0 {
		return nil, 0
	}
	later, k := h.weeksOn(i + n)
	return one(c.today().AddDays(days[which]+later), n+k)
}

// newYear reads the names of its first day.
func (h *Heard) newYear(i int, c Calendar) ([]Date, int) {
	n, _ := h.phrase(i, "new year s day", "le premier de l an", "premier de l an", "le jour de l an", "jour de l an")
	d, ok := c.dayOf(1, time.January)
	if n == 0 || !ok {
		return nil, 0
	}
	return one(d, n)
}

// What is said of days, and of weeks and months, to come is bounded.
const (
	mostDays = 1000
	mostAway = 120
)

// afterSome reads "in two days", "a week from now", "dans trois semaines".
func (h *Heard) afterSome(i int, c Calendar) ([]Date, int) {
	lead, _ := h.phrase(i, "in", "dans", "d ici")
	count, k := h.cardinal(i + lead)
	if k == 0 && h.at(i+lead).is("a", "an") {
		count, k = 1, 1
	}
	if k == 0 || count > mostDays {
		return nil, 0
	}
	unit, n := h.at(i+lead+k).text, lead+k+1
	tail, _ := h.phrase(i+n, "from now", "from today", "s time", "time")
	if lead == 0 && tail == 0 {
		return nil, 0
	}
	n += tail
	switch unit {
	case "day", "days", "jour", "jours":
		return one(c.today().AddDays(h.idiom(count)), n)
	}
	if count > mostAway {
		return nil, 0
	}
	switch unit {
	case "week", "weeks", "semaine", "semaines":
		return one(c.today().AddDays(7*count), n)
	case "fortnight", "fortnights", "quinzaine":
		return one(c.today().AddDays(14*count), n)
	case "huitaine":
		return one(c.today().AddDays(7*count), n)
	case "month", "months", "mois":
		return one(c.today().addMonths(count), n)
	}
	return nil, 0
}

// idiom knows that in French eight days are a week, and fifteen two.
func (h *Heard) idiom(days int) int {
	if h.french && (days == 8 || days == 15) {
		return days - 1
	}
	return days
}

// written reads "15/03", "15/03/2027", "15.03.27" and "2027-03-15". Days go before
// months where both can be.
func (h *Heard) written(i int, c Calendar) ([]Date, int) {
	sep := h.at(i + 1)
	if !h.at(i).figures() || !sep.is("/", "-", ".") || !sep.glued || !h.at(i+2).figures() || h.at(i).glued && h.at(i-1).text == sep.text {
		return nil, 0
	}
	day, _ := h.figures(i)
	month, _ := h.figures(i + 2)
	if h.at(i+3).text == sep.text && h.at(i+3).glued && h.at(i+4).figures() {
		year, _ := h.figures(i + 4)
		if len(h.at(i).text) == 4 {
			day, year = year, day
		} else if len(h.at(i+4).text) == 2 {
			year += 2000
		}
		if d := (Date{year, time.Month(month), day}); d.exists() {
			return one(d, 5)
		}
		if d := (Date{year, time.Month(day), month}); d.exists() && !h.french {
			return one(d, 5)
		}
		return nil, 0
	}
	if !sep.is("/") || len(h.at(i).text) > 2 || len(h.at(i+2).text) > 2 {
		return nil, 0
	}
	if d, ok := c.dayOf(day, time.Month(month)); ok {
		return one(d, 3)
	}
	if d, ok := c.dayOf(month, time.Month(day)); ok && !h.french {
		return one(d, 3)
	}
	return nil, 0
}

// dictated reads a day, a month and perhaps a year that are said as numbers, where a date
// was asked for: "fifteen oh three twenty twenty seven", "le trois du douze".
func (h *Heard) dictated(i int, c Calendar) ([]Date, int) {
	if !c.Asked {
		return nil, 0
	}
	the := h.skip(i, "the", "le")
	day, n := h.dayNumber(i + the)
	if n == 0 {
		return nil, 0
	}
	of, _ := h.phrase(i+the+n, "of the", "du")
	n += the + of
	month, k := h.ordinalMonth(i+n, of > 0)
	if k == 0 || h.at(i+n).pause {
		return nil, 0
	}
	if year, m := h.year(i + n + k); m > 0 {
		d := Date{year, time.Month(month), day}
		if !d.exists() {
			return nil, 0
		}
		return one(d, n+k+m)
	}
	end := i + n + k
	_, named := h.month(end)
	if named || h.counts(end) || h.clockAfter(end) || h.moreDigits(end) || h.at(i-1).figures() || h.numeral(i-1).kind != noNumeral {
		return nil, 0
	}
	d, ok := c.dayOf(day, time.Month(month))
	if !ok {
		return nil, 0
	}
	return one(d, n+k)
}

// ordinalMonth reads the number of a month, which may be one in a row after "of the".
func (h *Heard) ordinalMonth(i int, of bool) (month, n int) {
	if of && !h.french {
		month, n = h.ordinal(i)
	}
	if n == 0 {
		month, n = h.padded(i)
	}
	if month < 1 || month > 12 {
		return 0, 0
	}
	return month, n
}

// padded reads a number below ten with or without a zero before it, or another.
func (h *Heard) padded(i int) (value, n int) {
	value, n = h.cardinal(i)
	if n > 0 && value > 0 {
		return value, n
	}
	if n == 0 && !h.at(i).is("oh", "o") {
		return 0, 0
	}
	if next := h.numeral(i + 1); next.kind == unit && next.value > 0 {
		return next.value, 2
	}
	return 0, 0
}

// year reads "2027", "two thousand twenty seven", "twenty twenty seven", "dix neuf cent
// quatre vingt".
func (h *Heard) year(i int) (value, n int) {
	value, n = h.cardinal(i)
	if value >= 1900 && value < 2100 {
		return value, n
	}
	if (value == 19 || value == 20) && !h.at(i).figures() {
		if rest, k := h.cardinal(i + n); rest >= 10 && rest <= 99 && !h.at(i+n).figures() {
			return value*100 + rest, n + k
		}
	}
	return 0, 0
}
