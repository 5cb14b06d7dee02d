package redact

import "strings"

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
