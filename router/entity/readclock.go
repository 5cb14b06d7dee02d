package entity

import "slices"

// Times gives the times of day that were said, each with all that it may be: "at three"
// is 03:00 or 15:00. With asked, a time is what was asked for, and a number alone is one.
func (h *Heard) Times(asked bool) [][]Clock {
	found, _ := h.times(asked)
	return found
}

func (h *Heard) times(asked bool) (found [][]Clock, spans []span) {
	asked = asked && !h.hasDate() && !h.hasAmount() // of which the number would be
	for i := 0; i < len(h.tokens); {
		may, n := h.timeAt(i, asked)
		if n == 0 {
			i++
			continue
		}
		for _, said := range append(h.orHour(i, may, spans), may) {
			if !slices.ContainsFunc(found, func(f []Clock) bool { return slices.Equal(f, said) }) {
				found = append(found, said)
			}
		}
		spans = append(spans, span{i, i + n})
		i += n
	}
	if len(found) == 0 && asked {
		if hour, at := h.lone(); at >= 0 && hour < 24 && !h.notAnHour(at) {
			return [][]Clock{may(Clock{hour, 0}, anyPart, h.french)}, []span{{at, at + 1}}
		}
	}
	return found, spans
}

// orHour gives the "nine" of "nine or ten o'clock" and "entre neuf et dix heures", where what
// begins at i is the ten, and the nine is not read yet.
func (h *Heard) orHour(i int, then []Clock, read []span) [][]Clock {
	from := max(i-5, 0)
	if len(read) > 0 {
		from = max(from, read[len(read)-1].to)
	}
	for k := from; k < i-1; k++ {
		hour, n := h.cardinal(k)
		if n == 0 || k+n != i-1 || hour > 23 || !h.alternatives(k, i-1) {
			continue
		}
		p := anyPart
		if len(then) == 1 && then[0].Hour < 12 {
			p = morning
		}
		return [][]Clock{may(Clock{hour, 0}, p, h.french)}
	}
	return nil
}

// alternatives reports whether the word at token by, between two values of which the first
// begins at i, makes one or the other of them, or all that lies between: "or" and "to", and
// "and" after "between".
func (h *Heard) alternatives(i, by int) bool {
	if h.french {
		return h.at(by).is("ou", "a") || h.at(by).is("et") && h.at(i-1).is("entre")
	}
	return h.at(by).is("or", "to") || h.at(by).is("and") && h.at(i-1).is("between")
}

// notAnHour reports whether the number at token i is no hour by itself: "first thing", and
// what is left of "ten to" whose hour was not heard.
func (h *Heard) notAnHour(i int) bool {
	_, ordinal := h.ordinal(i)
	return ordinal > 0 || h.at(i+1).is("past", "to", "moins")
}

func (h *Heard) timeAt(i int, asked bool) ([]Clock, int) {
	if h.french {
		return h.frenchTime(i)
	}
	return h.englishTime(i, asked)
}

// A part is the part of the day that a caller named.
type part uint8

const (
	anyPart part = iota
	morning
	afternoon // or evening
	night
)

// may gives what a time on a dial of twelve hours may be. In French twelve is noon, for
// midnight has a name.
func may(c Clock, p part, french bool) []Clock {
	dial := c.Hour >= 1 && c.Hour <= 12
	switch {
	case !dial || french && c.Hour == 12 && p == anyPart:
		return []Clock{c}
	case p == anyPart:
		other := Clock{(c.Hour + 12) % 24, c.Minute}
		if c.Hour == 12 {
			return []Clock{c, {0, c.Minute}}
		}
		return []Clock{c, other}
	case p == morning && c.Hour == 12, p == night && c.Hour == 12:
		c.Hour = 0
	case p == afternoon && c.Hour < 12, p == night && c.Hour > 5:
		c.Hour += 12
	}
	return []Clock{c}
}

// englishTime reads "ten o'clock", "half past nine", "3:30 pm", "at ten thirty", "six in
// the evening".
func (h *Heard) englishTime(i int, asked bool) ([]Clock, int) {
	at := i + h.skip(i, "at", "around", "about", "by", "after", "before", "until")
	lead := at > i || asked
	if n, which := h.phrase(at, "twelve noon", "noon", "midday", "twelve midnight", "midnight"); n > 0 {
		return []Clock{{12 * (1 - which/3), 0}}, at + n - i
	}
	c, n, certain := h.pastHour(at, lead)
	if n == 0 {
		c, n, certain = h.hourFirst(at)
	}
	if n == 0 || !c.valid() {
		return nil, 0
	}
	p, k := h.englishPart(at + n)
	if !certain && k == 0 && (!lead || h.counts(at+n) || h.nounAfter(at+n)) {
		return nil, 0
	}
	return may(c, p, false), at + n + k - i
}

// nounAfter reports whether token i is what a number alone may count, or the rest of a
// longer number.
func (h *Heard) nounAfter(i int) bool {
	_, isMonth := h.month(i)
	return isMonth || h.moreDigits(i) || h.at(i).is("past", "to", "of", "hours", "hour", "th", "st", "rd", "nd", "/", "-", ".", "hundred", "thousand")
}

// pastHour reads "half past nine", "a quarter to ten", "ten past three"; where a time is
// expected, "half nine", which is half past, and the "quarter of ten" of Americans.
func (h *Heard) pastHour(i int, lead bool) (c Clock, n int, certain bool) {
	at := i + h.skip(i, "a")
	minutes, k := h.partOfHour(at)
	if k == 0 || h.at(i-1).is("from", "between") {
		return c, 0, false
	}
	to := h.at(at+k).is("to") || lead && minutes == 15 && h.at(at+k).is("of")
	switch {
	case minutes == 30 && to, minutes != 15 && to && !lead:
		return c, 0, false
	case to, h.at(at + k).is("past"):
		k++
	case !lead || !h.at(at).is("half"):
		return c, 0, false
	}
	hour, m := h.cardinal(at + k)
	if m == 0 || hour < 1 || hour > 23 || hour > 12 && to {
		return c, 0, false
	}
	if to {
		hour, minutes = (hour+10)%12+1, 60-minutes
	}
	return Clock{hour, minutes}, at + k + m - i, true
}

// partOfHour reads "half", "quarter", "twenty" and "twelve minutes". Minutes that are not
// called so are a multiple of five: "nine to eleven" is a stretch.
func (h *Heard) partOfHour(i int) (minutes, n int) {
	switch {
	case h.at(i).is("half"):
		return 30, 1
	case h.at(i).is("quarter"):
		return 15, 1
	}
	minutes, n = h.cardinal(i)
	named := h.skip(i+n, "minutes", "minute")
	if n == 0 || minutes < 1 || minutes > 29 || named == 0 && minutes%5 != 0 {
		return 0, 0
	}
	return minutes, n + named
}

// hourFirst reads "ten", "ten thirty", "10:30", "ten o'clock".
func (h *Heard) hourFirst(i int) (c Clock, n int, certain bool) {
	hour, n := h.cardinal(i)
	if n == 0 || hour > 23 {
		return c, 0, false
	}
	if h.at(i+n).is(":", ".") && h.at(i+n).glued && h.at(i+n+1).figures() && len(h.at(i+n+1).text) == 2 {
		minute, _ := h.figures(i + n + 1)
		return Clock{hour, minute}, n + 2, h.at(i + n).is(":")
	}
	if h.are(i+n, "o", "clock") {
		return Clock{hour, 0}, n + 2, true
	}
	if minute, k := h.minute(i + n); k > 0 {
		return Clock{hour, minute}, n + k, false
	}
	return Clock{hour, 0}, n, false
}

// minute reads what follows an hour: "oh five", "thirty".
func (h *Heard) minute(i int) (value, n int) {
	if h.at(i).is("oh", "o", "zero") {
		if next := h.numeral(i + 1); next.kind == unit && next.value > 0 {
			return next.value, 2
		}
		return 0, 0
	}
	value, n = h.cardinal(i)
	if value < 10 || value > 59 || h.counts(i+n) {
		return 0, 0
	}
	return value, n
}

func (h *Heard) englishPart(i int) (part, int) {
	n, which := h.phrase(i, "am", "a m", "in the morning", "this morning", "pm", "p m", "in the afternoon", "this afternoon", "in the evening", "this evening", "at night")
	switch {
	case n == 0:
		return anyPart, 0
	case which < 4:
		return morning, n
	case which < 10:
		return afternoon, n
	}
	return night, n
}

// frenchTime reads "dix heures et demie", "15h30", "midi et quart", "trois heures de
// l'après-midi".
func (h *Heard) frenchTime(i int) ([]Clock, int) {
	c, n := h.frenchHour(i)
	if n == 0 {
		return nil, 0
	}
	minutes, k := h.frenchMinutes(i + n)
	n += k
	if minutes < 0 {
		c.Hour, minutes = (c.Hour+23)%24, minutes+60
	}
	if c.Minute += minutes; !c.valid() {
		return nil, 0
	}
	p, k := h.frenchPart(i + n)
	if named := h.at(i).is("midi", "minuit"); named {
		return []Clock{c}, n
	}
	return may(c, p, true), n + k
}

func (h *Heard) frenchHour(i int) (c Clock, n int) {
	switch {
	case h.at(i).is("midi") && !h.at(i-1).is("apres"):
		return Clock{12, 0}, 1
	case h.at(i).is("minuit"):
		return Clock{0, 0}, 1
	case h.at(i-1).is("dans", "pendant", "toutes"): // so long, not then
		return c, 0
	}
	hour, n := h.cardinal(i)
	if n == 0 || hour > 23 {
		return c, 0
	}
	if h.at(i+n).is(":") && h.at(i+n+1).figures() && len(h.at(i+n+1).text) == 2 {
		minute, _ := h.figures(i + n + 1)
		return Clock{hour, minute}, n + 2
	}
	if !h.at(i+n).is("heure", "heures", "h") {
		return c, 0
	}
	return Clock{hour, 0}, n + 1
}

// frenchMinutes reads what follows an hour; below 0 for "moins le quart".
func (h *Heard) frenchMinutes(i int) (minutes, n int) {
	if n, which := h.phrase(i, "et demie", "et demi", "et quart", "un quart", "trois quarts", "moins le quart", "moins quart"); n > 0 {
		return []int{30, 30, 15, 15, 45, -15, -15}[which], n
	}
	if h.at(i).is("zero") {
		if next := h.numeral(i + 1); next.kind == unit && next.value > 0 {
			return next.value, 2
		}
	}
	less := h.skip(i, "moins")
	m, n := h.cardinal(i + less)
	if n == 0 || m > 59 || h.counts(i+less+n) || h.clockAfter(i+less+n) {
		return 0, 0
	}
	if less > 0 {
		return -m, n + 1
	}
	return m, n
}

func (h *Heard) frenchPart(i int) (part, int) {
	n, which := h.phrase(i, "du matin", "le matin", "ce matin", "de l apres midi", "l apres midi", "cet apres midi", "du soir", "le soir", "ce soir", "de la nuit")
	switch {
	case n == 0:
		return anyPart, 0
	case which < 3:
		return morning, n
	case which < 9:
		return afternoon, n
	}
	return night, n
}
