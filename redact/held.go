package redact

import (
	"slices"
	"unicode/utf8"
)

// held is a number with which a final ended and of which it is not known yet whether it
// is one that may be shown: nobody has placed it, and it has more digits than are shown
// of such a number. It is masked as open, and decided about with the next utterance of the
// caller: if that explains it, or if the number is over and can be no card's, it is shown at the
// front of that; else its mask is.
type held struct {
	text   [maxHeld]byte // as it was said
	n      int
	digits [longMost]byte
	length int  // of the digits, by the likeliest reading
	most   int  // digits, by the longest reading
	free   bool // it begins as no card does, and nothing that counts was said before it
	nir    bool // it begins as a French social security number does
	long   bool // it was called by what it is, and is shown unless it goes on
}

const (
	maxHeld   = 160 // bytes of a number that is held
	looseFor  = 8   // utterances after a number that nobody placed in which no other is free
	fewNaming = 8   // words of an utterance that only says what the number before was
)

// outcome is what is decided about a number that is held.
type outcome uint8

const (
	undecided outcome = iota
	harmless
	withheld
	goesOn // and is withheld, under the mask of what follows
)

// Settle decides at once about the number with which the last final ended, if it is held: it gives
// the number or its mask, to be put where Text has the mask for what is open. It is for
// when nothing more is said. Without such a number it gives nothing.
func (r *Redactor) Settle() (out Safe) {
	defer r.recover(func() { out = Safe{} })
	r.front = Safe{}
	return r.settleHeld(r.memory.inCard())
}

// settleHeld is Settle. inCard is whether a card was spoken of when the number was said,
// or right after.
func (r *Redactor) settleHeld(inCard bool) Safe {
	h, how := &r.held, withheld
	switch {
	case h.n == 0:
		return Safe{}
	case h.long && !inCard, (h.free || h.nir) && !inCard && r.memory.chain.length(grammarOf(r.lang)) < shortest:
		how = harmless
	}
	return r.decided(how, &r.memory)
}

// turnsTo decides about the number that is held before the bot speaks of a card: that is
// no part of it.
func (r *Redactor) turnsTo(inCard func()) {
	was := r.memory.inCard()
	inCard()
	if !was && r.memory.inCard() && r.held.n > 0 {
		r.front = r.settleHeld(was)
	}
}

// Released is what is shown at the front of the text that Partial or Final gave last: a
// number with which the final before it ended, or its mask. It is given with each
// hypothesis from when it is decided, up to the final.
func (r *Redactor) Released() Safe { return r.released }

// release decides about the number that is held, in the light of what is said next. Of m,
// which may be a copy, it is known what the utterance speaks of.
func (r *Redactor) release(u *utterance, m *memory, final bool) {
	if r.held.n == 0 {
		return
	}
	how := u.outcome(grammarOf(r.lang), m, &r.held, final)
	if how == goesOn && r.held.nir {
		m.account.begin(NIR)
		m.account.heat = accountSoon
		m.account.add(r.held.digits[:r.held.length])
	}
	if how == undecided || how == goesOn && !final {
		return
	}
	r.front = r.decided(how, m)
}

// outcome looks at the utterance after a number that is held. Until it is final, what
// it says may change.
func (u *utterance) outcome(g grammar, m *memory, h *held, final bool) outcome {
	follows := len(u.groups) > 0 && u.groups[0].before < apart && !u.groups[0].spare && !u.named(0)
	naming := len(u.groups) == 0 && u.other <= fewNaming && other(u.cues)
	said := m.chain.length(g)
	secret := m.inCard() || said >= shortest || follows && said+u.groups[0].most >= shortest
	switch {
	case h.long && u.hesitates():
		return undecided
	case h.nir && follows && u.groups[0].greedy > 2, h.long && follows && !m.inCard():
		return goesOn
	case h.long && !m.inCard() && (final || u.other >= apart):
		return harmless
	case !secret && naming, !secret && (h.free || h.nir) && (final || !follows && u.other >= apart):
		return harmless
	case !final:
		return undecided
	case follows:
		return goesOn
	}
	return withheld
}

// hesitates reports whether nothing is said but "um" and the like: what was begun may go on.
func (u *utterance) hesitates() bool {
	return u.cues == 0 && !slices.ContainsFunc(u.lex, func(x lexeme) bool { return x.class != filler })
}

// decided gives what stands for the number that was held, and forgets it.
func (r *Redactor) decided(how outcome, m *memory) (out Safe) {
	h := &r.held
	switch how {
	case harmless:
		out = Safe{r.sheet.keep(h.text[:h.n])}
		r.memory.counts(h)
		if m != &r.memory {
			m.counts(h)
		}
		if h.length > budget {
			r.known[r.knownAt%len(r.known)] = r.sheet.keep(h.digits[:h.length])
			r.knownAt++
		}
	case withheld:
		out = Safe{maskNumber}
	case goesOn, undecided:
	}
	*h = held{}
	return out
}

// counts notes that what was held is shown, and is a number of its own.
func (m *memory) counts(h *held) {
	switch {
	case m.chain.most > 0:
		m.chain.shown += h.most
		m.chain.resolved, m.chain.named = true, true
	case m.past.greedy > 0:
		m.past.shown += h.most
	}
	switch {
	case h.long:
	case h.free: // it was the beginning of no card
		m.loose = 0
	default: // what it was called, it may not be
		m.half = halfFor
	}
}

// hold keeps a number of the utterance from being decided about now, if the next may tell
// more of it.
func (r *Redactor) hold(u *utterance, g grammar, m *memory) {
	first, last := u.holds(g, m)
	long, nir := false, false
	if first < 0 {
		first, last = u.holdsLong()
		long = first >= 0
	}
	if first < 0 {
		first, last = u.holdsNIR(g, m)
		nir = first >= 0
	}
	if first < 0 {
		return
	}
	from := u.groups[first].first
	if u.groups[first].bare {
		from++
	}
	text := u.text[u.lex[from].start:u.lex[u.groups[last].last].end]
	whole := m.chain.greedy == u.digits(first)-u.digits(last+1)
	h := held{n: len(text), nir: nir, long: long, free: !long && u.free(g, m, first, whole)}
	switch {
	case long && len(text) > maxHeld:
		u.groups[first].show = false
		return
	case len(text) > maxHeld, !h.free && !long && (!whole || m.past.greedy > 0): // nothing that is said next explains more than its end
		return
	}
	copy(h.text[:], text)
	for i := first; i <= last; i++ {
		gr := &u.groups[i]
		h.most += gr.most
		h.length += copy(h.digits[h.length:], u.digitsOf(g, gr))
		if nir || long {
			m.chain.shown -= gr.most
		}
		gr.show, gr.mask = false, maskOpen
	}
	r.held = h
}

// holds gives the groups that are one number which is withheld only because nobody has
// placed it. first is -1 if there is none.
func (u *utterance) holds(g grammar, m *memory) (first, last int) {
	first = -1
	e := m.expect
	if m.inCard() || u.inCard || u.cut >= 0 || m.chain.length(g) > longest || e.Kind == ExpectCard || e.Kind == ExpectDigits && e.Length > 0 {
		return first, last
	}
	for i := range u.groups {
		gr := &u.groups[i]
		switch {
		case gr.show && first >= 0 && gr.before < apart && u.coded(i): // 71829405A010: what is released would go on with that
			return -1, 0
		case gr.show:
		case gr.mask != "", gr.spare, gr.placed, first >= 0 && (last != i-1 || gr.before > 0 || !u.joined(last)):
			return -1, 0
		case first < 0:
			first = i
		}
		if !gr.show {
			last = i
		}
	}
	return first, last
}

// holdsLong gives the last group if it is a long number that has a name, with which a card may
// have begun. first is -1 if it is not.
func (u *utterance) holdsLong() (first, last int) {
	i := len(u.groups) - 1
	if i < 0 || !u.groups[i].grows || !u.groups[i].show || u.groups[i].after >= closedAfter {
		return -1, 0
	}
	return i, i
}

// free reports whether group i belongs to a number that begins as no card does, and
// nothing that could be the beginning of one was said before. whole is whether the number
// begins with it.
func (u *utterance) free(g grammar, m *memory, i int, whole bool) bool {
	c := &m.chain
	return c.alone && c.greedy <= longest && !g.mayBegin(c.atoms[:c.n]) && (!whole || !g.mayBegin(u.groups[i].atoms))
}

// passed reports whether group i, with which a number begins, is free and was left behind:
// enough is said after it.
func (u *utterance) passed(g grammar, m *memory, i int) bool {
	gr, c := &u.groups[i], &m.chain
	return gr.after >= closedAfter && u.cues&(cueMore|cueCard|cueSecret) == 0 && c.alone && c.most == 0 && gr.greedy <= longest &&
		!g.mayBegin(gr.atoms)
}

// mayBegin reports whether a card or a social security number can begin like atoms, in any
// way to read them and with any of the words left out that may be no digits.
func (g grammar) mayBegin(a []atom) bool { return g.begins(a, 0, 0) }

// begins goes on with the first digits of a number, of which there are n.
func (g grammar) begins(a []atom, first, n int) bool {
	if n >= 5 || len(a) == 0 {
		return issued(first, n)
	}
	if a[0].doubt && g.begins(a[1:], first, n) {
		return true
	}
	var buf [64]reading
	var digits [maxDigits]byte
	readings := g.readings(a, buf[:0])
	for _, r := range readings {
		if parts(a, r, readings) {
			continue
		}
		f, k := first, n
		for _, c := range r.put(digits[:0]) {
			if k < 5 {
				f, k = f*10+int(c-'0'), k+1
			}
		}
		if g.begins(a[r.atoms:], f, k) {
			return true
		}
	}
	return false
}

// parts reports whether r ends before an "et" that one of the other readings takes in: nobody
// says "soixante et onze" for 60 and 11.
func parts(a []atom, r reading, others []reading) bool {
	if r.atoms >= len(a) || a[r.atoms].class != and {
		return false
	}
	return slices.ContainsFunc(others, func(o reading) bool { return o.atoms > r.atoms+1 })
}

// issued reports whether there are payment cards that begin with n digits, five at most
// (ISO/IEC 7812: 3 is travel, 4 and 5 banks, 6 merchants and banks; of 2, Mastercard's 2221
// to 2720), or French social security numbers, with a sex, a year and a month.
func issued(first, n int) bool {
	if n < 5 {
		for first >= 10 {
			first /= 10
		}
		return first >= 1 && first <= 6
	}
	four, month := first/10, first%100
	born := month >= 1 && month <= 12
	switch four / 1000 {
	case 4, 5, 6:
		return true
	case 3:
		return four < 3100 || four >= 3400
	case 2:
		return born || four >= 2221 && four <= 2720
	case 1:
		return born
	}
	return false
}

// afterCountry reports whether what stands before lexeme at may be the country of an IBAN.
func (u *utterance) afterCountry(at int) bool {
	i := at - 1
	for i >= 0 && u.lex[i].class == filler {
		i--
	}
	if i < 0 || u.lex[i].figure {
		return false
	}
	t := u.text[u.lex[i].start:u.lex[i].end]
	if len(t) != 2 || t[0] >= utf8.RuneSelf || t[1] >= utf8.RuneSelf || t == "is" || t == "it" || t == "no" {
		return false
	}
	two := [2]byte{t[0] &^ 0x20, t[1] &^ 0x20}
	return ibanLength(string(two[:])) > 0
}

// holdsNIR gives the last group if it is what a French social security number begins
// with, said as such are: the sex, the year, the month. first is -1 if it is not.
func (u *utterance) holdsNIR(g grammar, m *memory) (first, last int) {
	i := len(u.groups) - 1
	if !g.french || m.inCard() || m.expect.Kind != ExpectFree || i < 0 {
		return -1, 0
	}
	gr, c := &u.groups[i], &m.chain
	if !gr.show || gr.spare || gr.placed || gr.after > 0 || c.greedy != gr.greedy || c.resolved || !c.alone || gr.greedy < 5 || gr.greedy > budget {
		return -1, 0
	}
	d := u.digitsOf(g, gr)
	if month := pairOf(d[3:]); d[0] > '2' || d[0] < '1' || month < 1 || month > 12 || !u.sexApart(g, gr) {
		return -1, 0
	}
	return i, i
}

// sexApart reports whether the first digit of a group is said or written by itself, and
// the year after it as one number.
func (u *utterance) sexApart(g grammar, gr *group) bool {
	if u.lex[gr.first].figure {
		at := func(i int) int { return u.lex[gr.first+i].field }
		return gr.last-gr.first >= 4 && at(0) != at(1) && at(1) == at(2) && at(2) != at(3)
	}
	var buf [64]reading
	if len(gr.atoms) < 3 || g.readings(gr.atoms, buf[:0])[0].width != 1 {
		return false
	}
	year := gr.atoms[1]
	return year.class == tens || year.class == teen || year.class == digit && year.value == 4 && gr.atoms[2].class == tens
}
