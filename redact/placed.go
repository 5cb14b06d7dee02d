package redact

import (
	"slices"
	"strconv"
	"strings"
)

// talkWords is how many words make an utterance talk in which numbers occur,
// and not a number that is said.
const talkWords = 4

// houseMost is how many digits the number of a house has at most.
const houseMost = 4

// talk reports whether the utterance is talk in which no more than two small
// numbers occur: an age, a room, a year.
func (u *utterance) talk(g grammar, m *memory) bool {
	if m.inCard() || u.other < talkWords || u.cues&(cueNumber|cueDigits) != 0 || m.coded > 0 || u.dictates() {
		return false
	}
	n := 0
	for i := range u.groups {
		gr := &u.groups[i]
		switch {
		case gr.spare:
			continue
		case gr.greedy > 4 || gr.greedy == 4 && !u.yearly(g, gr):
			return false
		}
		n++
	}
	return n <= 2
}

// place reports whether group i, outside of card context, is no part of a card
// by its form or by the words around it. Where a card was only mentioned, fewer of them say so.
func (u *utterance) place(g grammar, m *memory, i int, talk bool) bool {
	gr := &u.groups[i]
	switch {
	case m.inCard():
		ok := m.mentioned() && m.bits+gr.greedy <= longest && (u.counted(g, i) || m.chain.most == 0 && (u.labelled(i) || u.sinceYear(g, i) || u.isDate(gr) || u.isClock(gr)))
		if ok {
			m.bits += gr.greedy
		}
		return ok
	case u.labelled(i), u.sinceYear(g, i), u.counting(g, m, i), u.scored(i), u.coded(i) && (m.chain.most == 0 || m.chain.gap > 0), (talk || m.topic > 0) && u.counted(g, i), u.ofThings(g, m, i), u.network(m, i):
		return true
	case u.largeSum(g, m, i):
		return true
	case u.long(g, m, i):
		gr.long = true
		return true
	case u.untilHour(g, i), u.dateSaid(g, m, i), u.answers(m, i), u.phone(g, m, i),
		(u.isDate(gr) || u.isClock(gr) && (u.other >= talkWords || m.topic > 0)) && m.chain.gap > 1:
		return true
	}
	return talk && u.apart(m, i) && gr.after >= apart
}

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

// answers reports whether group i is all that answers a question for an amount or a date.
func (u *utterance) answers(m *memory, i int) bool {
	return m.topic > 0 && len(u.groups) == 1 && u.groups[i].greedy <= budget && u.other < talkWords && u.cues&cueMore == 0 &&
		m.chain.most == 0 && m.past.greedy == 0 && m.tail == 0 && m.loose == 0
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

// addressed reports whether group i is the number of a house: "12 mill road".
func (u *utterance) addressed(i int) bool {
	gr := &u.groups[i]
	if gr.greedy > houseMost || u.class(gr.last+1) != plain {
		return false
	}
	for j := gr.last + 2; j <= gr.last+3 && j < len(u.lex); j++ {
		if u.lex[j].cue&cueStreet != 0 {
			return true
		}
		if u.lex[j].class != plain {
			return false
		}
	}
	return false
}

// ofAddress reports whether group i is the postcode after a street.
func (u *utterance) ofAddress(i int) bool {
	if i == 0 || u.groups[i].greedy != 5 {
		return false
	}
	before := &u.groups[i-1]
	return before.spare && before.last+1 < u.groups[i].first && (u.addressed(i-1) || u.says(before.last+1, "rue", "avenue", "place", "boulevard", "impasse", "chemin", "route", "allée", "quai"))
}

// ofHundred reports whether "per cent" or "pour cent" follows a group.
func (u *utterance) ofHundred(gr *group) bool {
	return u.says(gr.last+1, "pour", "per") && u.class(gr.last+2) == unit
}

// labelled reports whether group i was just called a room, a page, a bus or
// another thing that small numbers name.
func (u *utterance) labelled(i int) bool {
	gr := &u.groups[i]
	if gr.greedy > 4 || gr.before == 0 || u.cues&cueMore != 0 {
		return false
	}
	for j := gr.first - 1; j >= max(gr.first-4, 0) && !u.lex[j].live; j-- {
		if u.lex[j].cue&cueLabel != 0 {
			return gr.greedy < 4 || u.says(j, "flight", "vol", "train", "tgv", "version", "habite") // four could be a group of a card
		}
	}
	return false
}

// scored reports whether group i is how a match ended: "they won three two".
func (u *utterance) scored(i int) bool {
	gr := &u.groups[i]
	if gr.greedy > 3 || gr.before == 0 || u.other < apart {
		return false
	}
	if i+1 < len(u.groups) && u.groups[i+1].before == 1 && u.says(gr.last+1, "over") || i > 0 && gr.before == 1 && u.says(gr.first-1, "over") {
		return true // "120 over 80"
	}
	for j := max(gr.first-1, 0); j <= gr.first; j++ {
		if u.says(j, "won", "lost", "drew", "score", "gagné", "perdu") {
			return true
		}
	}
	return false
}

// sinceYear reads "we moved here in 1977".
func (u *utterance) sinceYear(g grammar, i int) bool {
	gr := &u.groups[i]
	return gr.greedy == 4 && u.other >= 2 && u.cues&cueMore == 0 && u.yearly(g, gr) &&
		(u.says(gr.first-1, "in", "since", "until", "from", "to", "en", "depuis", "de", "à", "jusqu'en", "année", "year") || u.says(gr.last+1, "model"))
}

// asMoney reports whether group i is a number that a recognizer may have written
// as an amount: nothing else is said, or that it goes on, or it has no cents.
func (u *utterance) asMoney(i int) bool {
	if !u.signed(i) {
		return false
	}
	return u.other-u.signs <= 1 || u.cues&cueMore != 0 || u.other < apart && !strings.ContainsAny(u.textOf(&u.groups[i]), ".,")
}

// inRow reports whether groups i and the one before or after are amounts by their signs
// alone, with no word between them.
func (u *utterance) inRow(i int) bool {
	row := func(a, b int) bool {
		return a >= 0 && b < len(u.groups) && u.sign(u.groups[a].last+1) && (u.groups[b].before == 2 && u.signAfter(a) && u.priced(b) ||
			u.groups[b].before == 1 && (u.priced(a) && u.priced(b) || u.signAfter(a) && u.signAfter(b)))
	}
	return row(i-1, i) || row(i, i+1)
}

// signed reports whether a currency sign goes before group i or follows it.
func (u *utterance) signed(i int) bool {
	return u.priced(i) || u.signAfter(i)
}

func (u *utterance) signAfter(i int) bool {
	at := u.groups[i].last + 1
	return u.class(at) == unit && u.sign(at) && !u.pricesNext(at)
}

// doubtful4 reports whether group i, an amount by its sign or a time by its mark alone, may
// be a part of a card all the same: little else is said, and nobody asked for an amount.
func (u *utterance) doubtful4(m *memory, i int) bool {
	gr := &u.groups[i]
	if u.class(gr.last+1) == month || u.says(gr.first-1, "cost", "costs", "paid", "coûte", "coûtait", "coûté", "payé") || u.says(gr.first-2, "cost", "costs", "paid", "coûte", "coûtait", "coûté", "payé") {
		return false
	}
	if gr.greedy > 4 && gr.greedy <= budget { // "£45333": few sums are so large, and written so
		return m.topic == 0 && u.signed(i) && u.lex[gr.first].figure && len(u.textOf(gr)) == gr.greedy
	}
	return gr.greedy >= 2 && gr.greedy <= 4 && m.topic == 0 && u.lex[gr.first].figure &&
		(u.signed(i) && (u.other-u.signs < talkWords || u.dictates()) || u.cues&cueMore != 0 || u.asPart(i))
}

// asPart reports whether group i, an amount by its sign or a time by its mark, may be what a
// recognizer made of a part of a card: four figures beside another number ("$5510 beside it
// 0344"), or "27h20" where no word says that it is a time.
func (u *utterance) asPart(i int) bool {
	return u.groups[i].greedy == 4 && u.signed(i) && (u.joins(i) || u.other-u.signs < talkWords) || u.bareHour(i)
}

// joins reports whether another number stands beside group i, hardly a word between, and is
// not called anything.
func (u *utterance) joins(i int) bool {
	for _, j := range [...]int{i - 1, i + 1} {
		if j < 0 || j == len(u.groups) || u.groups[max(i, j)].before > apart {
			continue
		}
		if gr := &u.groups[j]; gr.greedy > 2 && !gr.spare && !u.named(j) && !u.labelled(j) {
			return true
		}
	}
	return false
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

// coded reports whether group i is the figures of a word with letters in it, as a
// British or Canadian postcode has.
func (u *utterance) coded(i int) bool {
	gr := &u.groups[i]
	first, last := u.lex[gr.first], u.lex[gr.last]
	glued := func(a, b int) bool {
		return a >= 0 && b < len(u.lex) && u.lex[a].end == u.lex[b].start
	}
	if gr.greedy > 3 || !first.figure || !last.figure {
		return false
	}
	if first.field != last.field { // G12 8TN
		return first.field+1 == last.field && u.lex[gr.last-1].field == first.field && glued(gr.first-1, gr.first) && glued(gr.last, gr.last+1) &&
			len(u.letters(gr.last+1)) == 2
	}
	return glued(gr.first-1, gr.first) && u.class(gr.first-1) == plain || glued(gr.last, gr.last+1) && u.class(gr.last+1) == plain
}

// network reports whether group i is an address of a computer, 192.168.1.24, and was called so.
func (u *utterance) network(m *memory, i int) bool {
	gr := &u.groups[i]
	t := u.textOf(gr)
	if m.inCard() || strings.Count(t, ".") != 3 || u.lex[gr.first].field != u.lex[gr.last].field {
		return false
	}
	for part := range strings.SplitSeq(t, ".") {
		if n, err := strconv.Atoi(part); err != nil || n > 255 {
			return false
		}
	}
	for j := max(gr.first-4, 0); j < gr.first; j++ {
		if u.says(j, "ip", "ipv4") {
			return true
		}
	}
	return false
}

// counted reports whether group i is how many there are of something: "54 chairs".
func (u *utterance) counted(g grammar, i int) bool {
	gr := &u.groups[i]
	if gr.greedy > 2 || gr.before == 0 || u.cues&cueMore != 0 || gr.last+1 >= len(u.lex) || !u.single(g, gr) {
		return false
	}
	t := u.text[u.lex[gr.last+1].start:u.lex[gr.last+1].end]
	return len(t) > 4 && t[len(t)-1] == 's' && u.lex[gr.last+1].word == (word{}) && !u.says(gr.last+1, "looks", "reads", "seems", "means")
}

// counting reports whether group i is somebody who tests the line: "one two
// three", "three two one". No card begins so.
func (u *utterance) counting(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	if i > 0 || m.chain.most > 0 || other(u.cues) || gr.after == 0 || gr.greedy < 3 || gr.greedy > budget || len(gr.atoms) != gr.greedy {
		return false
	}
	var buf [maxDigits]byte
	d := g.greedy(gr.atoms, buf[:0])
	up, down := d[0] == '1', d[0] == '3' && len(d) == 3
	for k := 1; k < len(d); k++ {
		up, down = up && d[k] == d[k-1]+1, down && d[k] == d[k-1]-1
	}
	return up || down
}

// ascends reports whether a group is 12345 or the like: nobody's card goes on so.
func (u *utterance) ascends(g grammar, gr *group) bool {
	d := u.digitsOf(g, gr)
	for i := 1; i < len(d); i++ {
		if d[i] != d[i-1]+1 {
			return false
		}
	}
	return len(d) > 3 && d[0] == '1'
}

// fresh reports whether group i, after a number that was explained or that is
// whole, begins another: enough is said around it, and nothing of that says that
// it goes on.
func (u *utterance) fresh(m *memory, i int, talk bool) bool {
	c, gr := &m.chain, &u.groups[i]
	if m.inCard() || u.cues&cueMore != 0 || c.n == 0 {
		return false
	}
	if c.greedy >= cardEnough { // whole, and withheld: a correction of it is not shown
		return i == 0 && talk && gr.greedy <= 2 && gr.after > 0
	}
	if !talk && (c.shown < c.most || c.parts > 1 && c.greedy > budget) { // a card may have begun after it
		return false
	}
	small := len(u.groups) == 1 && gr.greedy <= 2 && gr.before >= 2
	return (c.named || c.phone) && (c.gap >= apart || i == 0 && (u.other-u.letterings() >= apart || small))
}

// letterings counts the letters that stand right before or behind figures, as in 0A0A0A: they are
// no words.
func (u *utterance) letterings() (n int) {
	for i := range u.lex {
		if u.lex[i].class == plain && u.lex[i].end-u.lex[i].start == 1 && u.touches(i) {
			n++
		}
	}
	return n
}

// alone reports whether group i is the only number among other words, and a
// small one: nobody reads "the bus two hundred seventy-five" as 2 100 70 5.
func (u *utterance) alone(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	return !m.inCard() && len(u.groups) == 1 && u.other >= talkWords && gr.greedy <= 3 && u.single(g, gr) && !u.dictates()
}

// metered reports whether group i is one number in the ten thousands of something that was named,
// as meters have and no part of a card is: nobody reads "forty-five thousand eight hundred twenty"
// as 40 5000 8 120.
func (u *utterance) metered(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	return !m.inCard() && gr.greedy >= 5 && !u.lex[gr.first].figure && (m.other > 0 || u.named(i)) && u.single(g, gr)
}

// apart reports whether other words part group i from what was said before.
func (u *utterance) apart(m *memory, i int) bool {
	return m.chain.gap >= apart || i == 0 && m.chain.gap == apart-1
}

// phone reports whether group i is a phone number: it begins with a plus or, as
// no card does, with a zero, and nothing that could belong to it goes before; or
// it is the other of two of which the first was one.
func (u *utterance) phone(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	if u.frenchPhone(g, m, i) {
		return true
	}
	if gr.greedy < 9 || gr.greedy > 15 {
		return false
	}
	if at := u.lex[gr.first].start; at > 0 && u.text[at-1] == '+' && u.lex[gr.first].figure {
		return gr.greedy <= 13
	}
	if m.chain.most == 0 && m.past.greedy == 0 && (m.tail == 0 || i > 0 || gr.before > 0) && u.abroad(g, m, gr) {
		return true
	}
	if m.tail > 0 && i == 0 && gr.before == 0 { // the word before may have been its first digit
		return false
	}
	if c := &m.chain; !c.resolved && !c.talk && (!c.named || i > 0 || gr.before == 0 || !dashedPhone(u.textOf(gr))) && c.greedy+gr.greedy >= cardEnough && c.open(gr.greedy) { // the other half of a card
		return false
	}
	if gr.greedy > longest || m.past.greedy > 0 && m.past.least(gr.atoms) <= usualCard || m.chain.most > 0 && m.chain.gap < apart && !u.beyond(m, i) && !m.chain.small(g) {
		return false
	}
	if i > 0 && u.groups[i-1].placed && u.groups[i-1].greedy >= 9 && gr.before == 1 && gr.greedy >= 10 {
		return true
	}
	if t := u.textOf(gr); dashedPhone(strings.TrimPrefix(t, "1-")) || u.bracketed(gr, t) {
		return true
	}
	return !u.mayGoOn(m) && gr.greedy >= 10 && u.national(g, gr)
}

// mayGoOn reports whether what may be a card was begun in an utterance shortly before, and nothing calls
// the number of this one a number.
func (u *utterance) mayGoOn(m *memory) bool {
	if m.opened == 0 {
		return false
	}
	for i := range u.lex {
		if u.lex[i].cue&cueNumber != 0 && u.cues&cueMore == 0 && u.says(i, "number", "numéro", "numero") {
			return false
		}
	}
	return true
}

// national reports whether a group begins as phone numbers do within a country: with a zero,
// of which two would be the beginning of one from abroad.
func (u *utterance) national(g grammar, gr *group) bool {
	d := u.digitsOf(g, gr)
	return d[0] == '0' && d[1] != '0' && !u.doubted(gr.first) && !u.says(gr.first+1, "donc", "alors", "ensuite", "voilà", "so", "then", "okay", "ok") // "the last is zero, so"
}

// frenchPhone reads "zéro quatre vingt-et-un", as phone numbers begin, which may be 04 21 or 081,
// and "zéro huit cent douze", which is 0800 12.
func (u *utterance) frenchPhone(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	if !g.french || gr.greedy < 7 || gr.greedy > shortest || m.chain.most > 0 || u.mayGoOn(m) || m.past.greedy > 0 || m.tail > 0 && i == 0 {
		return false
	}
	return u.national(g, gr) && len(u.ofLength(g, gr, 10)) > 0
}

// abroad reports whether a group is a phone number with its country: after "plus" if it
// does not begin like a card, or after two zeros.
func (u *utterance) abroad(g grammar, m *memory, gr *group) bool {
	d := u.digitsOf(g, gr)
	if u.says(gr.first-1, "plus") && u.class(gr.first-1) == plain && !u.mayGoOn(m) {
		return len(d) >= 10 && len(d) <= 13 && d[0] != '0' && (!brandBegins(d) || !g.french && british(d))
	}
	return m.loose == 0 && m.opened == 0 && len(d) >= 11 && d[0] == '0' && d[1] == '0' && d[2] != '0'
}

// saidPlus reports whether a phone number with its country, said and not written with a plus, begins as
// Maestro cards and some others do: it may go on, and become one.
func (u *utterance) saidPlus(g grammar, gr *group) bool {
	if gr.greedy <= budget || !u.says(gr.first-1, "plus") {
		return false
	}
	first := u.digitsOf(g, gr)[0]
	return first == '3' || first == '5' || first == '6'
}

// british reports whether digits are a phone number of Great Britain, with its country, which
// begins like a card: after "plus", in English, it is taken for the former.
func british(d []byte) bool {
	return len(d) >= 11 && len(d) <= 12 && d[0] == '4' && d[1] == '4' && d[2] != '0' && d[2] != '4' && d[2] != '5' && d[2] != '6'
}

// beyond reports whether group i is too long to be the rest of what the chain
// holds, a number that was explained, or begins an utterance after talk.
func (u *utterance) beyond(m *memory, i int) bool {
	c, n := &m.chain, u.groups[i].greedy
	return i == 0 && u.groups[i].before > 0 && ((c.named || c.phone) && c.greedy+n > cardEnough+1 || c.named && dashedPhone(u.textOf(&u.groups[i])) || c.talk && u.other > 0 && (dashedPhone(u.textOf(&u.groups[i])) || u.bracketed(&u.groups[i], u.textOf(&u.groups[i]))))
}

func (u *utterance) textOf(gr *group) string { return u.text[u.lex[gr.first].start:u.lex[gr.last].end] }

// bracketed reports whether group gr, of text t, is "(604) 555-0143".
func (u *utterance) bracketed(gr *group, t string) bool {
	at := u.lex[gr.first].start
	return at > 0 && u.text[at-1] == '(' && len(t) == 13 && t[3:5] == ") " && t[8] == '-' && gr.greedy == 10
}

// dashedPhone reads 617-555-0135.
func dashedPhone(t string) bool {
	if len(t) != 12 {
		return false
	}
	for i := range len(t) {
		if dash := i == 3 || i == 7; dash != (t[i] == '-') || !dash && (t[i] < '0' || t[i] > '9') {
			return false
		}
	}
	return true
}

// another reports whether group i is a number of its own, after one that was
// explained: where one phone number is asked for, some give two. In another utterance it
// must begin as no card does.
func (u *utterance) another(g grammar, m *memory, i int) bool {
	n := u.groups[i].greedy
	if i == 0 && g.mayBegin(u.groups[i].atoms) {
		return false
	}
	return m.other > 0 && m.chain.resolved && m.chain.gap > 1 && n > budget && n <= longest
}

// labels takes the number in "the last four are" for what it is, and the "de" of
// "numéro de suivi", which is no number there.
func (u *utterance) labels() {
	for i := range u.lex {
		x := &u.lex[i]
		if x.sure == weak && x.class == digit && u.class(i+1) == month { // "de mai dernier"
			x.live, x.word = false, word{}
			continue
		}
		if x.sure == weak && u.year(i-4) && (u.year(i+1) || u.class(i+1) == plain && i+1 < len(u.lex)) || x.sure == weak && u.other >= talkWords-1 && u.year(i+1) && i > 0 && !u.lex[i-1].numeric() {
			x.live, x.word = false, word{} // "from 1994 to 2003", "de 1994"
			continue
		}
		if t := u.called(i); t != 0 && x.cue&(cueOther|cueTopic) == 0 {
			x.class, x.cue = plain, x.cue|cueOther
			u.cues |= cueOther
			if i > 0 && u.lex[i-1].sure == weak {
				u.lex[i-1].live, u.lex[i-1].word = false, word{}
			}
		}
		if x.class != digit || x.figure || u.class(i+1) != plain || i+1 == len(u.lex) {
			continue
		}
		if i > 0 && u.says(i-1, "last", "first", "next") || u.says(i+1, "derniers", "premiers", "suivants", "dernières", "premières") {
			x.live, x.label = false, true
			x.word = word{}
		}
	}
}

// year reports whether a year of four figures begins at lexeme i, by itself.
func (u *utterance) year(i int) bool {
	if i < 0 || i+4 > len(u.lex) || i+4 < len(u.lex) && u.lex[i+4].figure || i > 0 && u.lex[i-1].figure {
		return false
	}
	t := u.text[u.lex[i].start:u.lex[i+3].end]
	return len(t) == 4 && (t[:2] == "19" || t[:2] == "20") && u.lex[i+2].figure && u.lex[i+3].figure
}

// says reports whether lexeme i is one of some words.
func (u *utterance) says(i int, words ...string) bool {
	if i < 0 || i >= len(u.lex) {
		return false
	}
	t := u.text[u.lex[i].start:u.lex[i].end]
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, t) })
}

// named reports whether group i was just called an order, a contract or another
// number that is no card's.
func (u *utterance) named(i int) bool {
	at := u.groups[i].first
	for j, words := at-1, 0; j >= max(at-5, 0) && words < 2; j-- {
		if u.lex[j].cue&(cueTopic|cueOther) != 0 {
			return true
		}
		if !u.says(j, "c", "est", "is", "it", "s", "le", "la", "the") { // "mon matricule c'est le"
			words++
		}
	}
	return false
}
