package redact

import (
	"slices"
	"strings"
)

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
		case gr.greedy > 4 || gr.greedy == 4 && !u.yearly(g, gr):
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
	case u.phone(g, m, i), (u.isDate(gr) || u.isClock(gr)) && m.chain.gap > 1:
		return true
	}
	return talk && u.apart(m, i) && gr.after >= apart
}

// isClock reads 12:45.
func (u *utterance) isClock(gr *group) bool {
	hour, minute, found := strings.Cut(u.text[u.lex[gr.first].start:u.lex[gr.last].end], ":")
	return found && len(hour) <= 2 && len(minute) == 2 && minute < "60" && (len(hour) < 2 || hour < "24") && gr.greedy == len(hour)+2
}

// alone reports whether group i is the only number among other words, and a
// small one: nobody reads "the bus two hundred seventy-five" as 2 100 70 5.
func (u *utterance) alone(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	return !m.inCard() && len(u.groups) == 1 && u.other >= talkWords && gr.greedy <= 3 && u.single(g, gr)
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
	if dashedPhone(u.text[u.lex[gr.first].start:u.lex[gr.last].end]) {
		return true
	}
	var buf [maxDigits]byte
	return gr.greedy >= 10 && g.greedy(gr.atoms, buf[:0])[0] == '0'
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
// explained: where one phone number is asked for, some give two.
func (u *utterance) another(m *memory, i int) bool {
	n := u.groups[i].greedy
	return m.other > 0 && m.chain.resolved && m.chain.gap > 1 && n > budget && n <= longest
}

// labels takes the number in "the last four are" for what it is.
func (u *utterance) labels() {
	for i := range u.lex {
		x := &u.lex[i]
		if x.class != digit || x.figure || u.class(i+1) != plain || i+1 == len(u.lex) {
			continue
		}
		if i > 0 && u.says(i-1, "last", "first", "next") || u.says(i+1, "derniers", "premiers", "suivants", "dernières", "premières") {
			x.live = false
			x.word = word{}
		}
	}
}

// says reports whether lexeme i is one of some words.
func (u *utterance) says(i int, words ...string) bool {
	t := u.text[u.lex[i].start:u.lex[i].end]
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, t) })
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
