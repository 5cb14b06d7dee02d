package entity

// numeralKind says what a word is in a number.
type numeralKind uint8

const (
	noNumeral numeralKind = iota
	unit                  // 0 to 9
	teen                  // 10 to 19
	tens                  // 20 to 90
	hundred
	thousand
)

type numeral struct {
	kind  numeralKind
	value int
}

// numeral gives what token i is in a number, in the language of the call.
func (h *Heard) numeral(i int) numeral {
	if h.french {
		return frenchNumeral(h.at(i).text)
	}
	return englishNumeral(h.at(i).text)
}

func englishNumeral(word string) numeral {
	if n, ok := place(word, englishUnits()); ok {
		return small(n)
	}
	if n, ok := place(word, englishTens()); ok {
		return numeral{tens, 10 * n}
	}
	switch word {
	case "hundred", "hundreds":
		return numeral{hundred, 100}
	case "thousand", "thousands":
		return numeral{thousand, 1000}
	case "fourty":
		return numeral{tens, 40}
	case "nought", "naught":
		return numeral{unit, 0}
	}
	return numeral{}
}

func frenchNumeral(word string) numeral {
	if n, ok := place(word, frenchUnits()); ok {
		return small(n)
	}
	if n, ok := place(word, frenchTens()); ok {
		return numeral{tens, 10 * n}
	}
	switch word {
	case "une":
		return numeral{unit, 1}
	case "zeros":
		return numeral{unit, 0}
	case "vingts":
		return numeral{tens, 20}
	case "octante":
		return numeral{tens, 80}
	case "cent", "cents":
		return numeral{hundred, 100}
	case "mille", "milles", "mil":
		return numeral{thousand, 1000}
	}
	return numeral{}
}

func small(n int) numeral {
	if n < 10 {
		return numeral{unit, n}
	}
	return numeral{teen, n}
}

// place gives the index of a word in a list. An empty word is in none.
func place(word string, list []string) (int, bool) {
	for i, w := range list {
		if w == word && w != "" {
			return i, true
		}
	}
	return 0, false
}

func englishUnits() []string {
	return []string{
		"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
		"fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
	}
}

func englishTens() []string {
	return []string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
}

func frenchUnits() []string {
	return []string{
		"zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize", "quatorze",
		"quinze", "seize",
	}
}

func frenchTens() []string {
	return []string{"", "", "vingt", "trente", "quarante", "cinquante", "soixante", "septante", "huitante", "nonante"}
}

// mostFigures is the longest number written in figures that counts as one.
const mostFigures = 9

// cardinal reads the longest number below a million that begins at token i and is
// said in one breath: its value, and of how many tokens it is made, 0 for none.
func (h *Heard) cardinal(i int) (value, n int) {
	if h.at(i).figures() {
		return h.figures(i)
	}
	v := h.upTo(h.breath(i))
	head, n := v.belowThousand(i)
	if v.numeral(i+n).kind != thousand || n > 0 && head == 0 {
		return head, n
	}
	switch {
	case n > 0:
	case v.french: // "mille"
		head = 1
	default:
		return 0, 0
	}
	value, n = head*1000, n+1
	rest := i + n + v.and(i+n)
	if more, k := v.belowThousand(rest); k > 0 && more > 0 {
		return value + more, rest + k - i
	}
	return value, n
}

// figures reads a token of figures.
func (h *Heard) figures(i int) (value, n int) {
	text := h.at(i).text
	if len(text) > mostFigures {
		return 0, 0
	}
	for _, c := range []byte(text) {
		value = value*10 + int(c-'0')
	}
	return value, 1
}

// and counts the English "and" at token i that may be in a number.
func (h *Heard) and(i int) int {
	if !h.french && h.at(i).is("and") {
		return 1
	}
	return 0
}

func (h *Heard) belowThousand(i int) (value, n int) {
	value, n = h.belowHundred(i)
	switch {
	case n > 0:
	case h.french: // "cent"
		value = 1
	case h.at(i).is("a") && (h.numeral(i+1).kind == hundred || h.numeral(i+1).kind == thousand):
		value, n = 1, 1
	}
	if h.numeral(i+n).kind != hundred || value == 0 {
		if n == 0 {
			value = 0
		}
		return value, n
	}
	value, n = value*100, n+1
	rest := i + n + h.and(i+n)
	if more, k := h.belowHundred(rest); k > 0 && more > 0 {
		return value + more, rest + k - i
	}
	return value, n
}

func (h *Heard) belowHundred(i int) (value, n int) {
	first := h.numeral(i)
	switch {
	case first.kind == unit && h.french && first.value == 4 && h.numeral(i+1) == (numeral{tens, 20}):
		return h.added(i, 2, 80, true)
	case first.kind == unit:
		return first.value, 1
	case first.kind == teen && h.french && first.value == 10:
		return h.dix(i)
	case first.kind == teen:
		return first.value, 1
	case first.kind == tens:
		return h.added(i, 1, first.value, h.french && first.value == 60)
	}
	return 0, 0
}

// added reads what is added to the n tokens at i, which are tens: "one" in "forty
// one", "et un", and on sixty and eighty "onze" and "dix sept".
func (h *Heard) added(i, n, value int, teens bool) (int, int) {
	next := i + n
	if h.french && h.at(next).is("et") && (h.numeral(next+1) == (numeral{unit, 1}) || h.numeral(next+1) == (numeral{teen, 11})) {
		next++
	}
	more := h.numeral(next)
	switch {
	case more.kind == unit && more.value > 0:
		return value + more.value, next + 1 - i
	case teens && more.kind == teen:
		v, k := more.value, 1
		if v == 10 {
			v, k = h.dix(next)
		}
		return value + v, next + k - i
	}
	return value, n
}

// dix reads the French "dix", "dix sept", "dix huit" and "dix neuf".
func (h *Heard) dix(i int) (value, n int) {
	if next := h.numeral(i + 1); next.kind == unit && next.value >= 7 {
		return 10 + next.value, 2
	}
	return 10, 1
}

// ordinal reads "third", "twenty first", "3rd", "premier" and "1er".
func (h *Heard) ordinal(i int) (value, n int) {
	t := h.at(i)
	if t.figures() && h.at(i+1).glued && h.at(i+1).is("st", "nd", "rd", "th", "er", "ere") {
		v, _ := h.figures(i)
		return v, 2
	}
	if h.french {
		if t.is("premier", "premiere") {
			return 1, 1
		}
		return 0, 0
	}
	if v, ok := place(t.text, englishOrdinals()); ok {
		return v, 1
	}
	if first := h.numeral(i); first.kind == tens {
		if v, ok := place(h.at(i+1).text, englishOrdinals()); ok && v < 10 {
			return first.value + v, 2
		}
	}
	return 0, 0
}

func englishOrdinals() []string {
	list := []string{
		"", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth",
		"fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth",
	}
	list = append(list, make([]string, 9)...)
	return append(list, "thirtieth")
}
