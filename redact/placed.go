package redact

// talkWords is how many words make an utterance talk in which numbers occur,
// and not a number that is said.
const talkWords = 4

// talk reports whether the utterance is talk in which no more than two small
// numbers occur: an age, a room, a year.
func (u *utterance) talk(g grammar, m *memory) bool {
	if m.inCard() || u.other < talkWords || u.cues&(cueNumber|cueDigits) != 0 {
		return false
	}
	n := 0
	for i := range u.groups {
		gr := &u.groups[i]
		switch {
		case gr.spare:
			continue
		case gr.greedy > 3 && !(gr.greedy == 4 && u.yearly(g, gr)):
			return false
		}
		n++
	}
	return n <= 2
}

// place reports whether group i, outside of card context, is no part of a card
// by its form or by the words around it.
func (u *utterance) place(g grammar, m *memory, i int, talk bool) bool {
	gr := &u.groups[i]
	switch {
	case m.inCard():
		return false
	case u.phone(g, m, i):
		return true
	}
	return talk && m.chain.gap >= apart && gr.after >= apart
}

// phone reports whether group i is a phone number: it begins with a plus or, as
// no card does, with a zero, and nothing that could belong to it goes before; or
// it is the other of two of which the first was one.
func (u *utterance) phone(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	if gr.greedy < 9 || gr.greedy > 13 {
		return false
	}
	if at := u.lex[gr.first].start; at > 0 && u.text[at-1] == '+' {
		return true
	}
	if gr.greedy > longest || m.chain.most > 0 && m.chain.gap < apart {
		return false
	}
	if i > 0 && u.groups[i-1].placed && u.groups[i-1].greedy >= 9 && gr.before == 1 && gr.greedy >= 10 {
		return true
	}
	var buf [maxDigits]byte
	return gr.greedy >= 10 && g.greedy(gr.atoms, buf[:0])[0] == '0'
}

// named reports whether group i was just called an order, a contract or another
// number that is no card's.
func (u *utterance) named(i int) bool {
	at := u.groups[i].first
	for j := max(at-2, 0); j < at; j++ {
		if u.lex[j].cue&(cueTopic|cueOther) != 0 {
			return true
		}
	}
	return false
}
