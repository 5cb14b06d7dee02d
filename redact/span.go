package redact

// decide says of each group whether it may be shown, in the light of all that
// was said before. It writes what it learns into m.
func (u *utterance) decide(g grammar, m *memory) verdict {
	v := verdict{}
	strict := m.secret > 0
	talk := u.talk(g, m)
	rest := u.mayBeRest(m)
	start := 0 // the first group of the number that the chain holds
	for i := range u.groups {
		gr := &u.groups[i]
		if m.chain.resolved && (i == 0 && m.chain.card || gr.before > gapOpen || u.afterLong(m, i)) {
			m.end()
		}
		u.doubt(m, i)
		m.pass(gr.before)
		if m.chain.phone && m.chain.gap > 0 {
			m.partAside()
		}
		if u.fresh(m, i, talk) {
			m.part()
			m.topic = 0
			if !other(u.cues) { // what explained the number before explains no more
				m.other = 0
			}
		}
		if gr.spare && (!strict || u.house(i)) && (i > 0 || !rest) && u.isolated(m, i) {
			gr.show = true
			m.aside += gr.greedy
			if u.doubtful4(m, i) {
				u.count(m, i)
			}
			continue
		}
		if u.alone(g, m, i) || u.metered(g, m, i) || u.thousand(g, m, i) {
			gr.most = gr.greedy
		}
		if gr.placed = u.place(g, m, i, talk); gr.placed {
			gr.show = true
			if gr.greedy > budget { // what follows at once could still belong to it
				m.end()
				u.count(m, i)
				start = i
				if gr.long {
					if u.mayGrow(g, gr.atoms, missing(false)) { // and end with what is called something else
						m.past.add(&m.chain)
					}
					m.chain.n = 0 // no card, whatever else it could be read as
				}
				m.chain.resolved, m.chain.phone = true, true
			}
			continue
		}
		if talk && u.cues&cueMore == 0 && (m.chain.talk || m.chain.named) && u.apart(m, i) || u.named(i) || u.another(g, m, i) {
			m.partAside()
		}
		if u.afterMisheard(g, m, i) {
			m.end()
			m.heat = 0
		}
		if m.chain.n == 0 {
			u.opens(m, i, talk)
			start = i
		}
		if i == 0 && gr.before == 0 {
			m.chain.most += m.tail
			m.chain.shown += m.tail
		}
		m.tail = 0
		gr.show = u.allowed(g, m, i) && !u.scattered(m, i)
		u.count(m, i)
	}
	u.conclude(g, m, start, &v)
	u.sweep(g, m, &v)
	u.inCard = v.card || m.inCard()
	return v
}

// opens notes in what circumstances group i begins a number.
func (u *utterance) opens(m *memory, i int, talk bool) {
	gr := &u.groups[i]
	m.chain.answer = m.other == askedOther
	m.chain.talk, m.chain.named = talk, m.other > 0 && !u.namesNext(m, i) || m.topic > 0 || u.named(i)
	m.chain.late = m.begin > 0 && !m.chain.named
	m.chain.alone = m.loose == 0 && m.half == 0 && m.past.greedy == 0 && (m.tail == 0 || i > 0 || gr.before > 0) &&
		!m.country && m.account.lead.n == 0 && !u.afterCountry(gr.first) && !u.afterCountry(gr.first+1)
}

// afterLong reports whether group i is a small number with which something else begins to
// be said, after a long number that was named: "two boxes".
func (u *utterance) afterLong(m *memory, i int) bool {
	gr := &u.groups[i]
	return i == 0 && m.chain.n == 0 && m.chain.phone && len(u.groups) == 1 && gr.greedy <= 2 && u.single(grammar{true, true}, gr) &&
		u.class(gr.last+1) == plain && gr.last+1 < len(u.lex) && u.lex[gr.last+1].cue == 0
}

// mayBeRest reports whether the number with which the utterance begins at once, after a card that
// seems whole, may be more of it, though it is an amount or a house: "deux cent dix neuf rue" can
// be read as seven digits.
func (u *utterance) mayBeRest(m *memory) bool {
	return m.chain.card && m.chain.gap < apart && m.topic == 0 && len(u.groups) > 0 && u.groups[0].before == 0 && u.groups[0].most > houseMost
}

// house reports whether group i is the number of a house, said well after another number: no
// code is.
func (u *utterance) house(i int) bool {
	return i > 0 && u.groups[i].before >= apart && u.addressed(i)
}

// doubt lets words before group i that may be digits, or are "number" in its name, not
// count as words that part it from what was called something else.
func (u *utterance) doubt(m *memory, i int) {
	from := 0
	if i > 0 {
		from = u.groups[i-1].last + 1
	}
	for _, x := range u.lex[from:u.groups[i].first] {
		if x.numeric() || x.cue&cueNumber != 0 {
			m.past.gap--
			m.chain.doubt++
		}
	}
}

// uncover shows the word before the first number that is withheld, if it is one
// that is seldom a digit: "dit" in "la facture dit 544". It gives the digits that
// this may show, of a number of which shown are seen already. While an account is
// spoken of, no number is.
func (u *utterance) uncover(shown int, account bool) int {
	if account {
		return 0
	}
	for i := range u.groups {
		gr := &u.groups[i]
		switch x := &u.lex[gr.first]; {
		case shown > 0 || u.inCard || gr.show && !gr.spare && !gr.placed:
			return 0
		case gr.show:
		case gr.mask == "" && gr.first < gr.last && x.sure >= weak && u.class(gr.first-1) == plain && gr.first > 0:
			gr.bare = true
			return 2
		default:
			return 0
		}
	}
	return 0
}

// isolated reports whether an amount or a date stands apart from any card that
// is being said.
func (u *utterance) isolated(m *memory, i int) bool {
	settled := m.chain.most == 0 || m.chain.resolved || m.chain.greedy >= cardEnough && m.topic > 0
	switch {
	case u.inRow(i): // "$45.39 $14.88", as recognizers write it
		return false
	case m.inCard() && m.chain.most > 0 && m.chain.gap < apart && u.groups[i].greedy >= 4: // right after a card
		return false
	case m.chain.shown > 0 && m.chain.begins() && m.chain.gap < apart && m.chain.shown+u.groups[i].greedy > longest && !u.calendar(i) && !u.amountOf(m, i): // it could be the end of a card
		return false
	case m.topic == 0 && u.other-u.signs <= 1 && u.asMoney(i): // nor that it is one, alone
		return false
	case !settled && m.chain.shown > 0 && m.chain.gap <= apart && m.chain.shown+u.groups[i].greedy > budget &&
		(u.asMoney(i) || !m.chain.named && u.asPart(i)): // "€068" among groups
		return false
	case m.inCard() && !settled && u.groups[i].greedy >= 4 && u.priced(i): // "4488 $7744", as recognizers write it
		return false
	case m.expect.Kind == ExpectCard:
		at := u.groups[i].first // "un cent six rue"
		return settled && m.aside+u.groups[i].greedy <= asideInCard && (at == 0 || !u.lex[at-1].numeric())
	case settled || !m.inCard():
		return true
	}
	return u.groups[i].before >= 2 || i > 0 && u.groups[i-1].spare
}

// amountOf reports whether group i is the amount of an invoice or the like that was named: "invoice
// 296374084 for 312 pounds", with the currency as a word.
func (u *utterance) amountOf(m *memory, i int) bool {
	gr := &u.groups[i]
	return i > 0 && !u.groups[i-1].spare && m.chain.named && !m.inCard() && gr.greedy <= 4 && u.class(gr.last+1) == unit && !u.signAfter(i) && !u.priced(i) &&
		u.says(gr.first-1, "de", "à", "a", "for", "of", "at", "pour")
}

// count adds group i to the number that is being said.
func (u *utterance) count(m *memory, i int) {
	gr := &u.groups[i]
	gr.counted = true
	m.chain.add(gr.atoms)
	m.chain.most += gr.most
	if gr.show {
		m.chain.shown += gr.most
	}
	m.chain.greedy += gr.greedy
	m.chain.gap, m.chain.doubt, m.chain.stale, m.past.gap = 0, 0, false, 0
	m.chain.said.add(u.said(i))
	if c := &m.chain; !c.resolved && (!c.talk || u.cues&cueMore != 0) {
		m.loose = looseFor
		if c.begins() {
			if !c.named {
				m.opened = looseFor
			}
			if !c.named && !gr.placed && (c.greedy >= 4 || u.other < talkWords || u.dictates()) {
				m.begin = looseFor
			}
		}
	}
}

// allowed reports whether group i may be shown after what the chain holds.
func (u *utterance) allowed(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	if m.inCard() {
		ok := u.lone(m, i) || u.named4(g, m, i) || u.beside(g, m, i)
		if !ok && !m.chain.card { // what was explained was another number
			m.chain.resolved = false
		}
		return ok
	}
	if u.named4(g, m, i) {
		return true
	}
	if !m.past.allows(&m.chain, gr) || m.half > 0 && (gr.greedy > 2 || u.other < talkWords && !u.counted(g, i)) && !u.explained(g, m, i) {
		return false
	}
	if m.chain.late && !m.chain.talk && m.chain.most+gr.greedy > 2 && !u.ascends(g, gr) && !u.explained(g, m, i) {
		return false
	}
	if max(m.chain.shown, m.chain.most)+m.flashed+gr.most <= budget { // the first six, not six of the middle
		if m.expect.Length > 1 && m.chain.greedy+gr.greedy == m.expect.Length {
			m.chain.resolved = true
		}
		return true
	}
	if !u.explained(g, m, i) {
		m.chain.resolved = false
		return false
	}
	m.chain.resolved = true
	return true
}

// afterMisheard reports whether group i is what the bot has asked for after a card that was said as a whole,
// and heard wrong: with nothing else in its utterance, and as no card begins.
func (u *utterance) afterMisheard(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	return m.other > 0 && m.chain.greedy >= cardEnough && len(u.groups) == 1 && gr.greedy <= longest && m.secret == 0 && m.account.heat == 0 &&
		m.expect.Kind != ExpectCard && u.cues&(cueCard|cueMore|cueSecret) == 0 && !g.mayBegin(gr.atoms)
}
