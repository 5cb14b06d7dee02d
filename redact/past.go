package redact

// past is what was said right before the number in the chain and called something else
// than it, with hardly a word between. Together they may be a card.
type past struct {
	shown  int // digits that were shown
	greedy int // and all of them
	gap    int // other words since
	atoms  [maxAtoms]atom
	n      int
}

// add takes the number that was in the chain.
func (p *past) add(c *chain) {
	p.shown += c.shown
	p.greedy += c.greedy
	p.gap = c.gap - c.doubt
	p.n += copy(p.atoms[p.n:], c.atoms[:c.n])
}

// allows reports whether gr may be shown after what was said, of which the chain holds c:
// if it is little, or more than a card has. What is cut up may be fewer digits than it
// seems: "hundred" and "twenty" are three, not five.
func (p *past) allows(c *chain, gr *group) bool {
	return p.greedy == 0 || p.shown+c.shown+gr.most <= longest || p.least(c.atoms[:c.n], gr.atoms) > maxCard
}

// least is the smallest number of digits that any reading of it gives, together with what
// followed.
func (p *past) least(follows ...[]atom) int {
	var all [2 * maxAtoms]atom
	n := copy(all[:], p.atoms[:p.n])
	for _, a := range follows {
		n += copy(all[n:], a)
	}
	return least(all[:n])
}

// least is the smallest number of digits that any reading gives, in any language.
func least(a []atom) int {
	var buf [64]reading
	var best [2*maxAtoms + 1]int
	for i := len(a) - 1; i >= 0; i-- {
		best[i] = len(a) * maxDigits
		for _, r := range (grammar{french: true, english: true}).readings(a[i:], buf[:0]) {
			best[i] = min(best[i], r.width+best[i+r.atoms])
		}
	}
	return best[0]
}

// scattered reports whether group i is one more of many short numbers of which each was called
// something: together they may be a card. So many in a row nobody has without being asked.
// One that is written as a whole, 277648, is none of them.
func (u *utterance) scattered(m *memory, i int) bool {
	gr := &u.groups[i]
	whole := gr.greedy > 4 && u.lex[gr.first].figure && u.lex[gr.first].field == u.lex[gr.last].field
	if whole || m.inCard() || m.chain.greedy+gr.greedy > budget {
		return false
	}
	if m.other == 0 && !u.named(i) && (m.bits == 0 || u.other >= talkWords) {
		if u.other < talkWords && gr.greedy <= 2 {
			m.crumbs += gr.greedy
		}
		return false
	}
	m.bits += gr.greedy
	if m.bits+m.crumbs <= longest {
		return false
	}
	m.loose = looseFor
	return true
}

// crumble counts, at the end of an utterance of little else, words that may be digits and were
// taken for none.
func (u *utterance) crumble(m *memory) {
	if u.other >= talkWords || m.inCard() {
		return
	}
	for i := range u.lex {
		if x := &u.lex[i]; x.numeric() && !x.live && x.class == digit && x.sure <= medium {
			m.crumbs++
		}
	}
}
