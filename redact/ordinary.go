package redact

import "strings"

// onDay reports whether group i, the last of an utterance, is the day of a month that is not named:
// "62 euros le 14", "passée le 3".
func (u *utterance) onDay(g grammar, i int) bool {
	gr := &u.groups[i]
	if i+1 < len(u.groups) || gr.greedy > 2 || !u.says(gr.first-1, "le") || !u.single(g, gr) {
		return false
	}
	var buf [maxDigits]byte
	d := g.greedy(gr.atoms, buf[:0])
	if len(d) == 2 && pairOf(d) > 31 {
		return false
	}
	return i > 0 && gr.before == 2 && u.class(gr.first-2) == unit && u.groups[i-1].spare ||
		u.says(gr.first-2, "passée", "passé", "reçue", "reçu", "livrée", "livré", "débitée", "débité", "prélevée", "prélevé", "facturée", "facturé", "commandé", "payé", "payée", "effectué", "effectuée")
}

// inCash reports whether group gr is an amount in coins or notes: "20 in cash".
func (u *utterance) inCash(gr *group) bool {
	return gr.greedy <= 3 && (u.says(gr.last+1, "in") && u.says(gr.last+2, "cash") || u.says(gr.last+1, "en") && u.says(gr.last+2, "espèces", "liquide", "cash"))
}

// ofThings reports whether group i is how many things something is for: "order 3618 for two lamps".
func (u *utterance) ofThings(g grammar, m *memory, i int) bool {
	return m.chain.named && u.says(u.groups[i].first-1, "for", "pour") && u.counted(g, i)
}

// thousand reports whether group i, alone with some words, is one number with "mille" in it:
// nobody reads "mille deux cents" as 1000 2 100.
func (u *utterance) thousand(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	if !g.french || m.inCard() || m.chain.most > 0 || m.loose > 0 || len(u.groups) > 1 || gr.greedy != 4 || u.lex[gr.first].figure || u.cues&(cueMore|cueNumber|cueDigits) != 0 {
		return false
	}
	return u.other > 0 && gr.atoms[0].class == thousand && u.single(g, gr)
}

// hourAfter reports whether lexeme i is the "après" of "après six heures", which goes on with no number.
func (u *utterance) hourAfter(i int) bool {
	if u.lex[i].class != filler || !u.says(i, "après", "apres") {
		return false
	}
	j := i + 1
	for j < len(u.lex) && j <= i+3 && u.lex[j].numeric() {
		j++
	}
	return j > i+1 && u.says(j, "h", "heure", "heures")
}

// largeSum reports whether group i is an amount of five figures and cents, 12 499,90 €, said among other
// words: it is more than is shown of a number that nobody places, and begins as no card does unless an
// amount was asked for.
func (u *utterance) largeSum(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	t := u.textOf(gr)
	if gr.greedy != budget+1 || len(t) < 8 || !u.lex[gr.first].figure || u.class(gr.last+1) != unit && !u.priced(i) || m.chain.most > 0 || m.past.greedy > 0 || m.loose > 0 || i > 0 {
		return false
	}
	cents := t[len(t)-3:]
	whole := strings.NewReplacer(" ", "", ",", "", ".", "").Replace(t[:len(t)-3])
	if cents[0] != '.' && cents[0] != ',' || strings.Trim(cents[1:], "0123456789") != "" || len(whole) != 5 || strings.Trim(whole, "0123456789") != "" {
		return false
	}
	return u.other-u.signs >= apart && u.cues&cueMore == 0 && (m.topic > 0 || !brandBegins(u.digitsOf(g, gr)))
}
