package redact

// readAcross is how many other words a listener passes over to the next digit.
const readAcross = 2

// brimful reports whether as many digits are shown as may be of a number that begins like a
// card, and nothing says that it is none.
func (m *memory) brimful() bool {
	c := &m.chain
	return c.shown >= budget && !c.resolved && !c.named && !c.talk && !m.inCard() && c.begins()
}

// seventh withholds what could be read as one more digit of such a number, right after it: the
// "un" of "c'est un peu effacé". before is whether the number was brimful when the utterance
// began, and gap how many words parted the two.
func (u *utterance) seventh(m *memory, before bool, gap int) {
	after := -1
	for i := len(u.groups) - 1; i >= 0 && m.brimful(); i-- {
		if u.groups[i].counted && u.groups[i].show {
			after = u.groups[i].last + 1
			break
		}
	}
	if before {
		u.coverDoubtful(0, gap)
	}
	if after >= 0 {
		u.coverDoubtful(after, 0)
	}
}

// coverDoubtful withholds words from lexeme i on that may be digits, up to those that are, and
// over no more than readAcross others, of which so many went before.
func (u *utterance) coverDoubtful(i, words int) {
	for ; i < len(u.lex) && words <= readAcross; i++ {
		switch x := &u.lex[i]; {
		case x.live:
			return
		case x.numeric() && !x.aside, x.label:
			u.cover(i, i, maskNumber)
		case x.class != filler && x.class != and:
			words++
		}
	}
}
