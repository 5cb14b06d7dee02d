package redact

import "unicode/utf8"

// spare finds the groups that are no part of a longer number: amounts, counts,
// times and dates.
func (u *utterance) spare(g grammar) {
	for i := range u.groups {
		gr := &u.groups[i]
		switch {
		case u.dated(g, i), u.isDate(gr), u.timed(g, i), u.onDay(g, i):
			gr.spare = true
		case gr.greedy <= 2 && u.says(gr.last+1, "digit", "digits", "chiffres", "characters", "caractères"):
			gr.spare = u.single(g, gr)
		case u.addressed(i), u.ofHundred(gr), u.inCash(gr):
			gr.spare = u.single(g, gr)
		case i > 0 && u.groups[i-1].spare && gr.before == 1 && u.class(gr.first-1) == unit && (u.centsAnd(g, gr) || gr.greedy <= 2 && u.single(g, gr)):
			gr.spare = true
		case gr.greedy == 4 && u.says(gr.last+1, "th", "st", "nd", "rd", "er", "eme"): // "5100th", as recognizers write it
		case u.class(gr.last+1) == unit && !u.pricesNext(gr.last+1) || u.priced(i):
			gr.spare = u.single(g, gr) && (gr.greedy <= houseMost || !u.streetType(gr.last+1))
		}
		for j := gr.first; j <= gr.last && gr.spare; j++ {
			u.lex[j].aside = true
		}
	}
}

// centsAnd reads the "quatre-vingt-dix-neuf deux" of "dix euros
// quatre-vingt-dix-neuf deux fois".
func (u *utterance) centsAnd(g grammar, gr *group) bool {
	if gr.greedy > 4 || u.class(gr.last+1) != unit || gr.first == gr.last {
		return false
	}
	var buf [64]reading
	cents := g.readings(gr.atoms, buf[:0])[0]
	if cents.width > 2 || cents.atoms == len(gr.atoms) {
		return false
	}
	rest := gr.atoms[cents.atoms:]
	return g.readings(rest, buf[:0])[0].atoms == len(rest)
}

// sign reports whether lexeme i is the sign of a currency.
func (u *utterance) sign(i int) bool {
	t := u.text[u.lex[i].start:u.lex[i].end]
	return t[0] >= utf8.RuneSelf && t != string(degree) || t[0] == '$'
}

// priced reports whether a currency sign goes before group i. The one in "60 € 63" goes with what
// stands before it.
func (u *utterance) priced(i int) bool {
	first := u.groups[i].first
	at := first - 1
	return u.class(at) == unit && u.sign(at) && (u.lex[at].end == u.lex[first].start || at == 0 || !u.lex[at-1].numeric())
}

// pricesNext reports whether lexeme i is a currency sign that goes with what follows: "501848 €10".
func (u *utterance) pricesNext(i int) bool {
	return u.sign(i) && u.figureAt(i+1) && u.lex[i+1].start == u.lex[i].end && u.lex[i].start > u.lex[i-1].end
}

// dated reports whether group i is the day before a month, or the day or the
// year after it.
func (u *utterance) dated(g grammar, i int) bool {
	gr := &u.groups[i]
	day := gr.greedy <= 2 && u.single(g, gr)
	if u.class(gr.last+1) == month {
		return day && u.ofMonth(g, gr)
	}
	return u.class(gr.first-1) == month && (day || u.yearly(g, gr))
}

// ofMonth reports whether a group is the day of a month: 31 at most.
func (u *utterance) ofMonth(g grammar, gr *group) bool {
	d := u.digitsOf(g, gr)
	return len(d) == 1 || d[0] < '3' || d[0] == '3' && d[1] < '2'
}

// yearly reads "2025", "deux mille vingt-cinq", "twenty twenty-five", with or
// without the day before it.
func (u *utterance) yearly(g grammar, gr *group) bool {
	var buf [maxDigits]byte
	if gr.greedy > 6 {
		return false
	}
	d := g.greedy(gr.atoms, buf[:0])
	if len(d) < 4 {
		return false
	}
	y := string(d[len(d)-4 : len(d)-2])
	return y == "19" || y == "20"
}

// isDate reads 28/02/2024 and 2024-02-28.
func (u *utterance) isDate(gr *group) bool {
	t := u.text[u.lex[gr.first].start:u.lex[gr.last].end]
	if len(t) < 6 || len(t) > 10 {
		return false
	}
	parts := [3]int{}
	n, mark := 0, byte(0)
	for i := range len(t) {
		switch c := t[i]; {
		case c >= '0' && c <= '9':
			parts[n] = parts[n]*10 + int(c-'0')
		case (c == '/' || c == '-' || c == '.') && n < 2 && (mark == 0 || mark == c):
			mark = c
			n++
		default:
			return false
		}
	}
	year, mon, day := parts[2], parts[1], parts[0]
	if mark == '/' && mon > 12 && day <= 12 { // as in America
		mon, day = day, mon
	}
	if day > 31 {
		year, day = day, year
	}
	return n == 2 && day >= 1 && day <= 31 && mon >= 1 && mon <= 12 &&
		(year >= 1900 && year < 2100 || mark == '/' && year < 100)
}
