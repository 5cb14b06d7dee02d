package entity

import "time"

// weeksFrom reads "a week on Tuesday", "a fortnight tomorrow", "two weeks today".
func (h *Heard) weeksFrom(i int, c Calendar) ([]Date, int) {
	if h.french {
		return nil, 0
	}
	weeks, n := h.cardinal(i)
	if n == 0 {
		weeks, n = 1, h.skip(i, "a")
	}
	switch {
	case weeks < 1 || weeks > mostAway:
		return nil, 0
	case h.at(i+n).is("week", "weeks"):
	case h.at(i+n).is("fortnight", "fortnights"):
		weeks *= 2
	default:
		return nil, 0
	}
	n++
	n += h.skip(i+n, "on", "from")
	d, k := h.dayByName(i+n, c)
	if k == 0 {
		return nil, 0
	}
	return one(d.AddDays(7*weeks), n+k)
}

// dayByName reads "today", "tomorrow" and the name of a weekday.
func (h *Heard) dayByName(i int, c Calendar) (Date, int) {
	switch {
	case h.at(i).is("today"):
		return c.today(), 1
	case h.at(i).is("tomorrow"):
		return c.today().AddDays(1), 1
	}
	if w, ok := h.weekdayName(i); ok {
		return c.weekday(w), 1
	}
	return Date{}, 0
}

// weeksOn reads what puts a day off by weeks, after its name: "tomorrow week", "demain en
// huit".
func (h *Heard) weeksOn(i int) (days, n int) {
	phrases, later := []string{"week"}, []int{7}
	if h.french {
		phrases, later = []string{"en huit", "en quinze"}, []int{7, 14}
	}
	n, which := h.phrase(i, phrases...)
	if n == 0 {
		return 0, 0
	}
	return later[which], n
}

// weekdayOfMonth reads "the second Tuesday of December", "le dernier lundi du mois prochain".
func (h *Heard) weekdayOfMonth(i int, c Calendar) ([]Date, int) {
	the := h.skip(i, "the", "le")
	nth, n := h.nth(i + the)
	w, ok := h.weekdayName(i + the + n)
	if n == 0 || !ok {
		return nil, 0
	}
	n += the + 1
	n += h.skip(i+n, "of", "in", "de", "d")
	first, k := h.firstOfMonth(i+n, nth, w, c)
	if k == 0 {
		return nil, 0
	}
	d := first.nthWeekday(nth, w)
	if d.Month != first.Month { // a fifth Tuesday that is not there
		return nil, n + k
	}
	return one(d, n+k)
}

// nth reads which weekday of a month is meant; 0 is the last.
func (h *Heard) nth(i int) (nth, n int) {
	if nth, ok := place(h.at(i).text, []string{"last", "first", "second", "third", "fourth", "fifth"}); ok && !h.french {
		return nth, 1
	}
	if nth, ok := place(h.at(i).text, []string{"dernier", "premier", "deuxieme", "troisieme", "quatrieme", "cinquieme"}); ok && h.french {
		return nth, 1
	}
	if h.french && h.at(i).is("second") {
		return 2, 1
	}
	return 0, 0
}

// firstOfMonth gives the first day of the month that is named at token i: by its name, the
// nearest in which the weekday is wanted, or as this one or the next.
func (h *Heard) firstOfMonth(i, nth int, w time.Weekday, c Calendar) (Date, int) {
	first := Date{c.today().Year, c.today().Month, 1}
	if n, which := h.phrase(i, "next month", "the next month", "mois prochain", "du mois prochain", "this month", "the month", "ce mois", "mois", "du mois"); n > 0 {
		if which < 4 {
			first = first.addMonths(1)
		}
		return first, n
	}
	m, ok := h.month(i)
	if !ok {
		return Date{}, 0
	}
	first.Month = m
	if !c.wants(first.nthWeekday(nth, w)) {
		first.Year += c.step()
	}
	return first, 1
}

// nthWeekday gives such a weekday of the month that begins with d, the last for 0.
func (d Date) nthWeekday(nth int, w time.Weekday) Date {
	if nth == 0 {
		end := d.addMonths(1).AddDays(-1)
		return end.AddDays(-(int(end.weekday()-w) + 7) % 7)
	}
	return d.AddDays((int(w-d.weekday())+7)%7 + 7*(nth-1))
}
