package redact

import "strings"

// dateSaid reads "14 07 1962", and "douze zéro trois soixante-quatre" where a date is
// spoken of. No card begins like a date, but for some Mastercards that no date is taken for
// if nobody speaks of one.
func (u *utterance) dateSaid(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	if gr.greedy < 5 || gr.greedy > 8 || m.chain.most > 0 && m.chain.gap < apart || m.past.greedy > 0 || m.tail > 0 && i == 0 && gr.before == 0 {
		return false
	}
	spoken := m.topic > 0 || u.datesBefore(gr.first)
	if spoken && gr.greedy <= budget { // budget says enough, but for words that can be read as more
		return u.digitsOf(g, gr)[0] <= '3'
	}
	if !spoken {
		d := u.digitsOf(g, gr)
		return len(d) == 8 && isDay(d) && !brandBegins(d) && u.inFields(gr, 2, 2, 4)
	}
	_, ok := g.find(gr.atoms, u.lengthBuf[:0], func(d []byte, whole bool) bool { return whole && isDay(d) })
	return ok
}

// isDay reads 14071962, 07141962 as in America, and 4071962.
func isDay(d []byte) bool {
	switch len(d) {
	case 7:
		return isDay(append([]byte{'0'}, d...))
	case 8:
	default:
		return false
	}
	day, month, century := pairOf(d), pairOf(d[2:]), pairOf(d[4:])
	return day >= 1 && month >= 1 && day <= 31 && month <= 31 && (day <= 12 || month <= 12) && (century == 19 || century == 20)
}

func pairOf(d []byte) int { return int(d[0]-'0')*10 + int(d[1]-'0') }

// datesBefore reports whether the words before lexeme at speak of a date.
func (u *utterance) datesBefore(at int) bool {
	for i := max(at-longReach, 0); i < at; i++ {
		if u.lex[i].cue&cueTopicElse != 0 && !u.says(i, "amount", "much", "many", "montant", "combien", "adresse", "address") ||
			u.says(i, "born", "birthday", "dob", "né", "née", "nee", "nait", "naît") {
			return true
		}
	}
	return false
}

// inFields reports whether a group is written in figures, in so many words of so many.
func (u *utterance) inFields(gr *group, sizes ...int) bool {
	at := gr.first
	for _, n := range sizes {
		for k := range n {
			if at+k > gr.last || !u.lex[at+k].figure || u.lex[at+k].field != u.lex[at].field {
				return false
			}
		}
		at += n
		if at <= gr.last && u.lex[at].field == u.lex[at-1].field {
			return false
		}
	}
	return at == gr.last+1
}

// calendar reports whether group i is a date that no recognizer makes of a card's digits: with
// the name of a month, or in figures with the whole year after a word such as "du".
func (u *utterance) calendar(i int) bool {
	gr := &u.groups[i]
	if u.class(gr.first-1) == month {
		return true
	}
	for at := gr.last + 1; at <= gr.last+3; at++ {
		if c := u.class(at); c != unit {
			return c == month || u.isDate(gr) && len(u.textOf(gr)) == 10 && u.says(gr.first-1, "du", "le", "the", "on", "of", "dated")
		}
	}
	return false
}

// isClock reads 12:45.
func (u *utterance) isClock(gr *group) bool {
	hour, minute, found := strings.Cut(u.text[u.lex[gr.first].start:u.lex[gr.last].end], ":")
	return found && len(hour) <= 2 && len(minute) == 2 && minute < "60" && (len(hour) < 2 || hour < "24") && gr.greedy == len(hour)+2
}

// timed reports whether group i is a time of day, by the words around it: "at
// 12:45", "between 9:10 and 10:15", "ten past six", "2 30 pm".
func (u *utterance) timed(g grammar, i int) bool {
	gr := &u.groups[i]
	switch {
	case gr.greedy > 4:
		return false
	case u.isClock(gr):
		return u.at(gr.first-1) || i > 0 && u.groups[i-1].spare && u.class(gr.first-1) == and
	case u.says(gr.last+1, "past"):
		return gr.greedy <= 2 && i+1 < len(u.groups) && u.groups[i+1].before == 1
	case u.says(gr.first-1, "past"):
		return gr.greedy <= 2
	case u.says(gr.first-1, "quarter") && u.says(gr.first, "to") || u.says(gr.first-2, "quarter") && u.says(gr.first-1, "to", "past"):
		return gr.greedy <= 3
	case u.says(gr.last+1, "am", "pm"):
		return u.hours(g, gr)
	}
	return false
}

// at reports whether lexeme i is a word that goes before a time.
func (u *utterance) at(i int) bool {
	return u.says(i, "at", "between", "from", "until", "till", "by", "before", "after", "since", "around",
		"à", "a", "entre", "de", "dès", "vers", "avant", "après", "depuis", "jusqu'à", "jusqu'a")
}

// untilHour reads "until five thirty": at the end of what is said, a time of day.
func (u *utterance) untilHour(g grammar, i int) bool {
	gr := &u.groups[i]
	return i+1 == len(u.groups) && gr.greedy <= 4 && gr.greedy >= 3 && u.says(gr.first-1, "until", "till", "before", "around", "about", "jusqu'à", "avant", "vers") && u.hours(g, gr)
}

// hours reads "six thirty" and "11 05".
func (u *utterance) hours(g grammar, gr *group) bool {
	var buf [maxDigits]byte
	d := g.greedy(gr.atoms, buf[:0])
	n := len(d) - 2
	return (n == 1 || n == 2 && d[0] == '1' && d[1] <= '2') && d[n] < '6'
}

// sinceYear reads "we moved here in 1977".
func (u *utterance) sinceYear(g grammar, i int) bool {
	gr := &u.groups[i]
	return gr.greedy == 4 && u.other >= 2 && u.cues&cueMore == 0 && u.yearly(g, gr) &&
		(u.says(gr.first-1, "in", "since", "until", "from", "to", "en", "depuis", "de", "à", "jusqu'en", "année", "year") || u.says(gr.last+1, "model"))
}

// bareHour reports whether group i is a half of "27h20", written as one word, and no word
// before it goes before a time.
func (u *utterance) bareHour(i int) bool {
	gr := &u.groups[i]
	first, mark := gr.first, gr.last+1
	if i > 0 && u.says(gr.first-1, "h") {
		first, mark = u.groups[i-1].first, gr.first-1
	}
	if mark == 0 || mark+1 >= len(u.lex) || !u.says(mark, "h") || !u.lex[mark-1].figure || !u.lex[mark+1].figure ||
		u.lex[mark-1].end != u.lex[mark].start || u.lex[mark].end != u.lex[mark+1].start {
		return false
	}
	for _, before := range u.groups[:i] { // "à 10h15 ou 11h45"
		if u.at(before.first-1) && u.class(before.last+1) == unit {
			return false
		}
	}
	return !u.at(first-1) && u.class(first-1) != and
}

// year reports whether a year of four figures begins at lexeme i, by itself.
func (u *utterance) year(i int) bool {
	if i < 0 || i+4 > len(u.lex) || i+4 < len(u.lex) && u.lex[i+4].figure || i > 0 && u.lex[i-1].figure {
		return false
	}
	t := u.text[u.lex[i].start:u.lex[i+3].end]
	return len(t) == 4 && (t[:2] == "19" || t[:2] == "20") && u.lex[i+2].figure && u.lex[i+3].figure
}
