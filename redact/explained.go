package redact

// lone is a single digit in passing: "by card, for two people".
func (u *utterance) lone(m *memory, i int) bool {
	gr := &u.groups[i]
	return m.expect.Kind != ExpectCard && m.secret == 0 && m.chain.most == 0 &&
		len(u.groups) == 1 && gr.most == 1 && gr.after > 0
}

// beside reports whether group i is another number of a caller who has only mentioned a card
// ("I paid by card, the order number is"): called by its name at once, and the beginning of
// no card, or no more of one than is shown of it anyway. All such numbers count together.
func (u *utterance) beside(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	if !m.mentioned() || m.chain.most > 0 || m.past.greedy > 0 || u.cues&(cueMore|cueSecret) != 0 || gr.greedy > longest || !u.named(i) && !u.calledUp(i) {
		return false
	}
	most := budget
	if !g.mayBegin(gr.atoms) {
		most = longest
	}
	if m.bits+gr.most > most {
		return false
	}
	m.bits += gr.most
	m.chain.resolved = true
	return true
}

// calledUp reports whether the words right before group i ask to be called: "call me on".
func (u *utterance) calledUp(i int) bool {
	at := u.groups[i].first
	for j := at - 1; j >= max(at-4, 0) && !u.lex[j].live; j-- {
		if u.lex[j].cue&cueOther != 0 || u.says(j, "me") && u.says(j-1, "call", "ring", "text") {
			return true
		}
	}
	return false
}

// lastFour is how callers name a card: by the four digits that may be shown of
// it, with nothing said of the others. Where the bot asks for a card they stay
// withheld.
func (u *utterance) lastFour(m *memory, i int) bool {
	gr := &u.groups[i]
	if m.expect.Kind == ExpectCard || m.secret > 0 || m.chain.most > 0 || gr.greedy != 4 {
		return false
	}
	for j := range u.groups {
		if j != i && !u.groups[j].spare { // "ending 4417 was charged 45 euros"
			return false
		}
	}
	if m.fourDue > 0 && u.other < talkWords && u.cues&cueMore == 0 {
		return true
	}
	for j := max(gr.first-8, 0); j < gr.first; j++ {
		if u.says(j, "ending", "ends", "last", "finissant", "finit", "termine", "derniers") {
			return true
		}
	}
	return false
}

// named4 is lastFour, and remembers the four: a mask must show no others.
func (u *utterance) named4(g grammar, m *memory, i int) bool {
	if !u.lastFour(m, i) {
		return false
	}
	var buf [maxDigits]byte
	copy(m.four[:], g.greedy(u.groups[i].atoms, buf[:0]))
	return true
}

// explained reports whether something says what a longer number is: its length
// was asked for, it was called a phone or an order number, or it looks like a
// phone number, which begins with a zero as no card does.
func (u *utterance) explained(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	total := m.chain.shown + m.flashed + gr.greedy
	if n := m.expect.Length; m.expect.Kind == ExpectDigits && n <= longest {
		if m.chain.greedy+gr.greedy == n || (m.chain.shown == 0 || m.chain.stale) && len(u.ofLength(g, gr, n)) > 0 {
			return true
		}
	}
	if total > longest || total > ofCard && u.beginsCard(m, gr) || m.chain.parts > 1 && m.chain.begins() && total > inThree && !u.named(i) && !u.american(g, m, gr) {
		return false
	}
	if m.other > 0 && !u.namesNext(m, i) || u.named(i) || u.ofAddress(i) || u.passed(g, m, i) {
		return true
	}
	return m.chain.most == 0 && gr.greedy >= 10 && !u.mayGoOn(m) && u.national(g, gr)
}

// namesNext reports whether all that calls something a number in the utterance stands between two groups after
// group i, and close to the second: "trente-cinq trente deux trois neuf sept code postal 31000".
func (u *utterance) namesNext(m *memory, i int) bool {
	k := i + 1
	for k < len(u.groups) && !u.named(k) {
		k++
	}
	if m.other != 1 || k == len(u.groups) || u.cues&(cueCard|cueMore) == cueCard {
		return false
	}
	from, to := u.groups[k-1].last+1, u.groups[k].first
	for j := range u.lex {
		if u.lex[j].cue&(cueOther|cueTopic) != 0 && (j < max(from, to-5) || j > to) {
			return false
		}
	}
	if u.says(from, "c") && u.says(from+1, "est") && u.says(from+2, "pour") {
		return true
	}
	return !u.says(from, "is", "c", "c'est", "est", "that's", "for", "pour", "my", "mon", "ma")
}

// american reports whether gr ends a phone number of North America that is said in three parts, 646
// and 555 and 0198, to who asked for a number.
func (u *utterance) american(g grammar, m *memory, gr *group) bool {
	return !g.french && m.other > 0 && m.chain.parts == 2 && m.chain.greedy == 6 && m.chain.shown == 6 && gr.greedy == 4
}

// beginsCard reports whether a card could begin like the number in the chain, or like gr where
// that is the first of it, and no country stands before it: VAT numbers have eleven digits.
func (u *utterance) beginsCard(m *memory, gr *group) bool {
	if m.chain.n > 0 {
		return m.chain.begins()
	}
	_, country := u.country(gr.first)
	return country == "" && !u.lettered(gr) && begins(gr.atoms)
}

// lettered reports whether letters touch the figures of a group, as in the number of a parcel:
// RR65238951955. No recognizer writes a card so.
func (u *utterance) lettered(gr *group) bool {
	first := gr.first
	return first > 0 && u.lex[first].figure && u.lex[first-1].end == u.lex[first].start && !u.lex[first-1].figure &&
		u.lex[first].field == u.lex[gr.last].field && len(u.letters(first-1)) == 2
}

// ofLength reads a group as a number of n digits, if it can be one.
func (u *utterance) ofLength(g grammar, gr *group, n int) []byte {
	if n == 0 || n > longest {
		return nil
	}
	for _, a := range [][]atom{u.certain(gr), gr.atoms} {
		if len(a) > maxAtoms {
			return nil
		}
		if d, ok := g.find(a, u.lengthBuf[:0], func(d []byte, whole bool) bool { return whole && len(d) == n }); ok {
			return d
		}
	}
	return nil
}
