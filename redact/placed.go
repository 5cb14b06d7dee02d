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

// answers reports whether group i is all that answers a question for an amount or a date.
func (u *utterance) answers(m *memory, i int) bool {
	return m.topic > 0 && len(u.groups) == 1 && u.groups[i].greedy <= budget && u.other < talkWords && u.cues&cueMore == 0 &&
		m.chain.most == 0 && m.past.greedy == 0 && m.tail == 0 && m.loose == 0
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

func (u *utterance) textOf(gr *group) string { return u.text[u.lex[gr.first].start:u.lex[gr.last].end] }

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
