package entity

import "time"

// month reads the name of a month.
func (h *Heard) month(i int) (time.Month, bool) {
	list := englishMonths()
	if h.french {
		list = frenchMonths(true)
	}
	m, ok := place(h.at(i).text, list)
	return time.Month(m), ok
}

func (h *Heard) weekdayName(i int) (time.Weekday, bool) {
	list := englishWeekdays()
	if h.french {
		list = frenchWeekdays()
	}
	w, ok := place(h.at(i).text, list)
	return time.Weekday(w), ok
}

// skip counts the one of some words that stands at i.
func (h *Heard) skip(i int, words ...string) int {
	if h.at(i).text != "" && h.at(i).is(words...) {
		return 1
	}
	return 0
}

// onWeekday reads "Tuesday", "next Tuesday", "Tuesday the third of March", "mardi en
// huit".
func (h *Heard) onWeekday(i int, c Calendar) ([]Date, int) {
	at := i + h.skip(i, "this", "next", "coming", "last", "ce")
	w, ok := h.weekdayName(at)
	if !ok {
		return nil, 0
	}
	at++
	if dates, n := h.ofMonth(at, w, c); n > 0 {
		return dates, at + n - i
	}
	phrases := []string{"of next week", "next week", "next", "week", "after next"}
	if h.french {
		phrases = []string{"de la semaine prochaine", "la semaine prochaine", "prochain", "en huit", "en quinze", "dernier"}
	}
	n, which := h.phrase(at, phrases...)
	if h.at(i).is("last") || which == 5 {
		c.Past = true
	}
	d := c.weekday(w)
	switch {
	case n > 0 && which < 2:
		d = c.nextWeek(w)
	case n > 0 && which == 3, n > 0 && which == 4 && !h.french:
		d = d.AddDays(7)
	case n > 0 && which == 4:
		d = d.AddDays(14)
	}
	return one(d, at+n-i)
}

// ofMonth reads what may follow a weekday: "the third", "the third of March", "quinze".
func (h *Heard) ofMonth(i int, w time.Weekday, c Calendar) ([]Date, int) {
	at := i + h.skip(i, "the", "le")
	dates, n := h.dayAndMonth(at, c)
	if n == 0 {
		day, k := h.ordinal(at)
		if k == 0 && h.french {
			day, k = h.cardinal(at)
		}
		if k == 0 || h.counts(at+k) || h.clockAfter(at+k) {
			return nil, 0
		}
		d, ok := c.dayAlone(day)
		if !ok {
			return nil, 0
		}
		dates, n = one(d, k)
	}
	if len(dates) == 0 {
		return nil, at + n - i
	}
	if d := dates[0]; d.weekday() != w { // a contradiction
		dates = []Date{c.weekday(w), d}
	}
	return dates, at + n - i
}

// inNextWeek reads "next week on Tuesday".
func (h *Heard) inNextWeek(i int, c Calendar) ([]Date, int) {
	n, _ := h.phrase(i, "next week", "semaine prochaine")
	if n == 0 {
		return nil, 0
	}
	n += h.skip(i+n, "on", "le")
	w, ok := h.weekdayName(i + n)
	if !ok {
		return nil, 0
	}
	return one(c.nextWeek(w), n+1)
}

// dayAndMonth reads "the third of March", "March the third", "3 mars 2027".
func (h *Heard) dayAndMonth(i int, c Calendar) ([]Date, int) {
	if m, ok := h.month(i); ok && !h.french {
		at := i + 1 + h.skip(i+1, "the")
		if day, n := h.dayNumber(at); n > 0 && !h.counts(at+n) && !h.clockAfter(at+n) {
			return h.inYear(day, m, i, at+n, c)
		}
		return nil, 0
	}
	day, n := h.dayNumber(i)
	if n == 0 || !h.french && h.numeral(i-1).kind == tens { // the "second" of "thirty-second"
		return nil, 0
	}
	of := h.skip(i+n, "of", "de")
	m, ok := h.month(i + n + of)
	if !ok || m == time.May && !h.french && of == 0 && !h.at(i).figures() { // "the third may be better"
		return nil, 0
	}
	return h.inYear(day, m, i, i+n+of+1, c)
}

// inYear looks for a year at token next, and gives the date that began at i. A thirtieth of
// February is no date, and nothing in it is one.
func (h *Heard) inYear(day int, m time.Month, i, next int, c Calendar) ([]Date, int) {
	if y, n := h.year(next); n > 0 {
		if d := (Date{y, m, day}); d.exists() {
			return one(d, next+n-i)
		}
		return nil, next + n - i
	}
	if d, ok := c.dayOf(day, m); ok {
		return one(d, next-i)
	}
	return nil, next - i
}

// dayNumber reads the day of a month, as a number or in a row.
func (h *Heard) dayNumber(i int) (day, n int) {
	if day, n = h.ordinal(i); n == 0 {
		day, n = h.cardinal(i)
	}
	if day < 1 || day > 31 {
		return 0, 0
	}
	return day, n
}

// dayOnly reads "the fifteenth", "le quinze", "le quinze du mois prochain".
func (h *Heard) dayOnly(i int, c Calendar) ([]Date, int) {
	if h.skip(i, "the", "le") == 0 {
		return nil, 0
	}
	day, n := h.ordinal(i + 1)
	if n == 0 && h.french {
		day, n = h.cardinal(i + 1)
	}
	next := i + 1 + n
	if _, named := h.month(next); n == 0 || named || h.counts(next) || h.clockAfter(next) || h.moreDigits(next) {
		return nil, 0
	}
	if k, which := h.phrase(next, "of next month", "du mois prochain", "of this month", "de ce mois", "of the month", "du mois"); k > 0 {
		first := Date{c.today().Year, c.today().Month, 1}
		if which < 2 {
			first = first.addMonths(1)
		}
		if which < 4 {
			d := Date{first.Year, first.Month, day}
			if !d.exists() {
				return nil, next + k - i
			}
			return one(d, next+k-i)
		}
		next += k
	} else if h.plainWord(next) && !h.french { // "the first thing", "the second time"
		return nil, 0
	}
	if d, ok := c.dayAlone(day); ok {
		return one(d, next-i)
	}
	return nil, 0
}

// plainWord reports whether token i is a word that makes an ordinal say which of some
// things is meant, rather than a day.
func (h *Heard) plainWord(i int) bool {
	return h.at(i).is("thing", "time", "one", "day", "week", "month", "floor", "bill", "invoice", "person", "of", "to", "call", "reminder", "choice")
}

// moreDigits reports whether figures or digits go on at token i, as in a phone number or
// in "15/03".
func (h *Heard) moreDigits(i int) bool {
	_, n := h.cardinal(i)
	return n > 0 || h.at(i).glued && h.at(i).is("/", "-", ".", ",")
}

// counts reports whether token i says what the number before it counts.
func (h *Heard) counts(i int) bool {
	t := h.at(i)
	if h.french {
		return t.is("euro", "euros", "centime", "centimes", "dollars", "francs", "jour", "jours", "semaine", "semaines", "mois", "an", "ans", "fois",
			"minutes", "minute", "pour", "personnes", "virgule", "chiffres", "premiers", "derniers", "€", "%", "$")
	}
	return t.is("euro", "euros", "cent", "cents", "pence", "pound", "pounds", "dollar", "dollars", "francs", "day", "days", "week", "weeks", "month", "months",
		"year", "years", "times", "minutes", "minute", "percent", "people", "point", "digits", "€", "%", "$", "£")
}

// clockAfter reports whether token i makes a time of the number before it.
func (h *Heard) clockAfter(i int) bool {
	if h.french {
		return h.at(i).is("heure", "heures", "h", ":")
	}
	return h.at(i).is("o", "am", "pm", ":") || h.are(i, "p", "m") || h.are(i, "a", "m")
}
