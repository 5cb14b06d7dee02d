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
		spans = append(spans, span{i, i + n})
		if !slices.ContainsFunc(found, func(f []Clock) bool { return slices.Equal(f, may) }) {
			found = append(found, may)
		}
		i += n
	}
	if len(found) == 0 && asked {
		if hour, at := h.lone(); at >= 0 && hour < 24 {
			return [][]Clock{may(Clock{hour, 0}, anyPart, h.french)}, []span{{at, at + 1}}
		}
	}
	return found, spans
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
	return isMonth || h.moreDigits(i) || h.at(i).is("of", "hours", "hour", "th", "st", "rd", "nd", "/", "-", ".", "hundred", "thousand")
}

// pastHour reads "half past nine", "a quarter to ten", "ten past three".
func (h *Heard) pastHour(i int, lead bool) (c Clock, n int, certain bool) {
	at := i + h.skip(i, "a")
	minutes, k := 0, 1
	switch {
	case h.at(at).is("half"):
		minutes = 30
	case h.at(at).is("quarter"):
		minutes = 15
	default:
		if minutes, k = h.cardinal(at); k == 0 || minutes < 1 || minutes > 29 {
			return c, 0, false
		}
		k += h.skip(at+k, "minutes", "minute")
	}
	to := h.at(at + k).is("to")
	if to && minutes == 30 || to && minutes != 15 && !lead || !to && !h.at(at+k).is("past") {
		return c, 0, false
	}
	hour, m := h.cardinal(at + k + 1)
	if m == 0 || hour < 1 || hour > 12 {
		return c, 0, false
	}
	if to {
		hour, minutes = (hour+10)%12+1, 60-minutes
	}
	return Clock{hour, minutes}, at + k + 1 + m - i, true
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
	if n, which := h.phrase(i, "et demie", "et demi", "et quart", "trois quarts", "moins le quart", "moins quart"); n > 0 {
		return []int{30, 30, 15, 45, -15, -15}[which], n
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
