package redact

import "strings"

// The masks. None holds more than four digits, all of them end a run of digits.
const (
	maskOpen   = "[…]"
	maskNumber = "[number]"
	maskCode   = "[code]"
	maskCard   = "[card]"
	maskKey    = "[key]"
	maskIBAN   = "[IBAN]"
	maskNIR    = "[NIR]"
)

func maskLast4(last4 string) string { return "[card ••••" + last4 + "]" }

// render writes the text with its masks. Masks that only fillers part become one,
// and while a card is spoken of those that a single word parts, so that a misheard
// digit goes with its neighbours.
func (u *utterance) render(mask func(last bool) string) string {
	if !u.hiddenAfter(-1) && u.cut < 0 {
		return u.text
	}
	var b strings.Builder
	b.Grow(len(u.text) + len(maskOpen) + 2*len(maskNumber))
	at := 0
	for i := 0; i < len(u.groups); i++ {
		if u.groups[i].show {
			continue
		}
		first := u.groups[i].first
		if u.groups[i].bare {
			first++
		}
		for i+1 < len(u.groups) && !u.groups[i+1].show && u.joined(i) {
			i++
		}
		b.WriteString(u.text[at:u.lex[first].start])
		if own := u.groups[i].mask; own != "" {
			b.WriteString(own)
		} else {
			b.WriteString(mask(!u.hiddenAfter(i)))
		}
		at = u.lex[u.groups[i].last].end
	}
	if u.cut >= 0 {
		b.WriteString(u.text[at:max(at, u.cut)])
		b.WriteString(maskOpen)
		return b.String()
	}
	b.WriteString(u.text[at:])
	return b.String()
}

// joined reports whether group i and the next one are withheld as one: of a card, and of
// another secret, over a word between them.
func (u *utterance) joined(i int) bool {
	if a, b := u.groups[i].mask, u.groups[i+1].mask; a != "" || b != "" {
		return u.groups[i+1].before <= 1 && !u.otherKind(i)
	}
	if u.inCard {
		return u.groups[i+1].before <= 1
	}
	for _, x := range u.lex[u.groups[i].last+1 : u.groups[i+1].first] {
		if !x.numeric() && x.class != filler && x.class != and {
			return false
		}
	}
	return true
}

func (u *utterance) hiddenAfter(i int) bool {
	for _, gr := range u.groups[i+1:] {
		if !gr.show {
			return true
		}
	}
	return false
}

// masks chooses the mask of each withheld part. A card's stands last, where it
// was complete.
func (v verdict) masks(code bool) func(last bool) string {
	return func(last bool) string {
		switch {
		case v.luhn && last && v.last4 != "":
			return v.policy.cardMask(v)
		case v.card && last:
			return maskCard
		case code:
			return maskCode
		}
		return maskNumber
	}
}

// isCode reports whether what is withheld is a card's code or expiry: short,
// and asked for, or said after the card.
func (u *utterance) isCode(asked, afterCard bool) bool {
	n := 0
	for i := range u.groups {
		if !u.groups[i].show {
			n += u.groups[i].greedy
		}
	}
	return n > 0 && n <= budget && (asked || afterCard)
}

// withholdOpen hides the numbers of a partial that may go on, and counts the
// digits that stay.
func (u *utterance) withholdOpen(m *memory) int {
	shown := 0
	for i := range u.groups {
		gr := &u.groups[i]
		if gr.long { // it may go on, and become a card
			gr.show = gr.show && gr.after >= closedAfter
			continue
		}
		if gr.spare || gr.placed || gr.faintOnly && !m.inCard() && m.chain.most <= budget {
			continue
		}
		short := !m.inCard() && m.chain.most <= openShown
		gr.show = gr.show && (gr.after >= closedAfter || short)
		if gr.show {
			shown += gr.most
		}
	}
	return shown
}

// release shows again what was shown before.
func (u *utterance) release(g grammar, known []string) {
	for i := range u.groups {
		gr := &u.groups[i]
		if gr.show || gr.greedy > longMost {
			continue
		}
		d := string(g.greedy(gr.atoms, nil))
		for _, k := range known {
			gr.show = gr.show || k == d
		}
	}
}

// finish tells the memory how the utterance ended.
func (u *utterance) finish(m *memory) {
	digits, withheld := false, false
	for i := range u.groups {
		digits = digits || !u.groups[i].spare || u.groups[i].counted
		withheld = withheld || !u.groups[i].show
	}
	after := u.other
	if n := len(u.groups); n > 0 {
		after = u.groups[n-1].after
		for _, x := range u.lex[u.groups[n-1].last+1:] {
			if (x.numeric() || x.cue&cueNumber != 0) && after > 0 {
				after-- // it may be a digit, or is of a name
			}
		}
	}
	m.pass(after)
	last := u.neighbour(len(u.lex), -1, 0)
	switch {
	case last < 0 && u.other == 0: // "um"
	case last < 0 || u.lex[last].live:
		m.tail = 0
	case u.other == 0:
		m.tail++
	case u.lex[last].class == times:
		m.tail = int(u.lex[last].value)
	default:
		m.tail = 1
	}
	if n := len(u.groups); n > 0 && u.groups[n-1].placed && u.groups[n-1].last == len(u.lex)-1 && u.coded(n-1) {
		m.tail = u.groups[n-1].greedy // "A00": what follows at once could go on with it
	}
	if len(u.groups) > 0 && m.chain.n == 0 { // it was answered, or something else was
		m.other = 0
	}
	m.tick(digits || u.other == 0, withheld)
	u.names(m)
}

// wipe forgets what was said.
func (u *utterance) wipe() {
	clear(u.lex)
	clear(u.groups)
	clear(u.digitBuf[:])
	clear(u.pool[:cap(u.pool)])
	u.lex, u.groups, u.pool, u.text = u.lex[:0], u.groups[:0], u.pool[:0], ""
	u.times = timing{}
}
