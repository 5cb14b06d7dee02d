package redact

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

// render writes the text with its masks. Masks that only fillers part become one,
// and while a card is spoken of those that a single word parts, so that a misheard
// digit goes with its neighbours. Without a verdict nothing is decided yet.
func (u *utterance) render(v *verdict, code bool) string {
	if !u.hiddenAfter(-1) && u.cut < 0 {
		return u.text
	}
	b := u.out[:0]
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
		b = append(b, u.text[at:u.lex[first].start]...)
		if own := u.groups[i].mask; own != "" {
			b = append(b, own...)
		} else {
			b = v.mask(b, !u.hiddenAfter(i), code)
		}
		at = u.lex[u.groups[i].last].end
	}
	if u.cut >= 0 {
		b = append(append(b, u.text[at:max(at, u.cut)]...), maskOpen...)
	} else {
		b = append(b, u.text[at:]...)
	}
	u.out = b
	return u.sheet.keep(b)
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

// mask appends the mask of a withheld part. A card's stands last, where it was
// complete.
func (v *verdict) mask(dst []byte, last, code bool) []byte {
	switch {
	case v == nil:
		return append(dst, maskOpen...)
	case v.luhn && last && v.last4 != "":
		return v.policy.cardMask(dst, v)
	case v.card && last:
		return append(dst, maskCard...)
	case code:
		return append(dst, maskCode...)
	}
	return append(dst, maskNumber...)
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
func (u *utterance) withholdOpen(g grammar, m *memory) int {
	shown := 0
	part := u.other == 0 && m.chain.most > u.most() // of a number that was begun before
	short := !m.inCard() && !part && (m.chain.most+m.flashed <= openShown || m.flashed == 0 && u.noCard(g, m))
	for i := range u.groups {
		gr := &u.groups[i]
		if gr.long { // it may go on, and become a card
			gr.show = gr.show && gr.after >= closedAfter
			continue
		}
		if gr.placed && gr.after < closedAfter && u.saidPlus(g, gr) {
			gr.show = false
			continue
		}
		if gr.spare || gr.placed || gr.faintOnly && !m.inCard() && !part && m.chain.most <= budget {
			continue
		}
		gr.show = gr.show && (gr.after >= closedAfter || short)
		if gr.show {
			shown += gr.most
		}
	}
	return shown
}

// most counts the digits of the utterance, by the longest readings.
func (u *utterance) most() int {
	n := 0
	for i := range u.groups {
		n += u.groups[i].most
	}
	return n
}

// noCard reports whether the number that is being said begins as no card does.
func (u *utterance) noCard(g grammar, m *memory) bool {
	c := &m.chain
	if !c.alone && !c.resolved || c.length(g) > longest || g.mayBegin(c.atoms[:c.n]) {
		return false
	}
	for i := range u.groups {
		gr := &u.groups[i]
		if gr.spare && gr.greedy > 2 && u.signed(i) { // "$4887", as recognizers write it
			return false
		}
		if gr.counted {
			return !g.mayBegin(u.certain(gr))
		}
	}
	return true
}

// release shows again what was shown before.
func (u *utterance) release(g grammar, known []string) {
	for i := range u.groups {
		gr := &u.groups[i]
		if gr.show || gr.greedy > longMost {
			continue
		}
		d := u.digitsOf(g, gr)
		for _, k := range known {
			gr.show = gr.show || k == string(d)
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
		m.tail = u.trailing(last)
	}
	if n := len(u.groups); n > 0 && u.groups[n-1].placed && u.groups[n-1].last == len(u.lex)-1 && u.coded(n-1) {
		m.tail = u.groups[n-1].greedy // "A00": what follows at once could go on with it
	}
	if len(u.groups) > 0 && m.chain.n == 0 { // it was answered, or something else was
		m.other = 0
	}
	u.crumble(m)
	m.country = u.afterCountry(len(u.lex))
	m.tick(digits || u.other == 0, withheld)
	u.names(m)
}

// trailing counts the words that may be digits and are not taken for some, back from lexeme last.
func (u *utterance) trailing(last int) (n int) {
	for i := last; i >= 0 && u.lex[i].numeric() && !u.lex[i].live; i = u.neighbour(i, -1, 0) {
		n++
	}
	return n
}

// wipe forgets what was said.
func (u *utterance) wipe() {
	clear(u.lex)
	clear(u.groups)
	clear(u.digitBuf[:])
	clear(u.pool[:cap(u.pool)])
	clear(u.lengthBuf[:])
	clear(u.seen)
	u.lex, u.groups, u.pool, u.text = u.lex[:0], u.groups[:0], u.pool[:0], ""
	u.times = timing{}
	if cap(u.out) > mostKept {
		u.out = nil
	}
}

// mostKept bounds the bytes that are kept between utterances for what is written.
const mostKept = 16 << 10
