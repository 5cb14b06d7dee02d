package redact

import "strings"

// The masks. None holds more than four digits, all of them end a run of digits.
const (
	maskOpen   = "[…]"
	maskNumber = "[number]"
	maskCode   = "[code]"
	maskCard   = "[card]"
	maskKey    = "[key]"
)

func maskLast4(last4 string) string { return "[card ••••" + last4 + "]" }

// decide says of each group whether it may be shown, in the light of all that
// was said before. It writes what it learns into m.
func (u *utterance) decide(g grammar, m *memory) verdict {
	v := verdict{}
	strict := m.secret > 0
	start := 0 // the first group of the number that the chain holds
	for i := range u.groups {
		gr := &u.groups[i]
		if m.chain.resolved && (i == 0 && m.chain.card || gr.before > gapOpen) {
			m.end()
		}
		m.pass(gr.before)
		if gr.spare && !strict && u.isolated(m, i) {
			gr.show = true
			continue
		}
		if m.chain.n == 0 {
			start = i
		}
		if i == 0 && gr.before == 0 {
			m.chain.most += m.tail
			m.chain.shown += m.tail
		}
		m.tail = 0
		gr.show = u.allowed(g, m, i)
		u.count(m, i)
	}
	u.conclude(g, m, start, &v)
	return v
}

// isolated reports whether an amount or a date stands apart from any card that
// is being said.
func (u *utterance) isolated(m *memory, i int) bool {
	settled := m.chain.most == 0 || m.chain.resolved
	switch {
	case m.expect.Kind == ExpectCard:
		return settled && u.groups[i].greedy <= 3
	case settled || !m.inCard():
		return true
	}
	return u.groups[i].before >= 2 || i > 0 && u.groups[i-1].spare
}

// verdict is what was learnt from an utterance.
type verdict struct {
	card  bool   // a card was heard, or something as long
	luhn  bool   // and it passes
	last4 string // then
}

// count adds group i to the number that is being said.
func (u *utterance) count(m *memory, i int) {
	gr := &u.groups[i]
	m.chain.add(gr.atoms)
	m.chain.most += gr.most
	if gr.show {
		m.chain.shown += gr.most
	}
	m.chain.greedy += gr.greedy
	m.chain.gap, m.chain.stale = 0, false
}

// allowed reports whether group i may be shown after what the chain holds.
func (u *utterance) allowed(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	if m.inCard() {
		return u.lone(m, i)
	}
	if m.chain.shown+gr.most <= budget {
		if m.expect.Length > 1 && m.chain.greedy+gr.greedy == m.expect.Length {
			m.chain.resolved = true
		}
		return true
	}
	if !u.explained(g, m, gr) {
		m.chain.resolved = false
		return false
	}
	m.chain.resolved = true
	return true
}

// lone is a single digit in passing: "by card, for two people".
func (u *utterance) lone(m *memory, i int) bool {
	gr := &u.groups[i]
	return m.expect.Kind != ExpectCard && m.secret == 0 && m.chain.most == 0 &&
		len(u.groups) == 1 && gr.most == 1 && gr.after > 0
}

// explained reports whether something says what a longer number is: its length
// was asked for, it was called a phone or an order number, or it looks like a
// phone number, which begins with a zero as no card does.
func (u *utterance) explained(g grammar, m *memory, gr *group) bool {
	total := m.chain.shown + gr.greedy
	if n := m.expect.Length; m.expect.Kind == ExpectDigits && n <= longest {
		if m.chain.greedy+gr.greedy == n || (m.chain.shown == 0 || m.chain.stale) && len(u.ofLength(g, gr, n)) > 0 {
			return true
		}
	}
	if total > longest {
		return false
	}
	if m.other > 0 {
		return true
	}
	var buf [maxDigits]byte
	return m.chain.most == 0 && gr.greedy >= 10 && g.greedy(gr.atoms, buf[:0])[0] == '0'
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
		if d, ok := g.find(a, make([]byte, 0, maxDigits), func(d []byte, whole bool) bool { return whole && len(d) == n }); ok {
			return d
		}
	}
	return nil
}

// conclude looks at the whole number once more: what may be a card is masked in
// all of the utterance.
func (u *utterance) conclude(g grammar, m *memory, start int, v *verdict) {
	c := &m.chain
	if c.greedy < shortest && c.most < shortest || len(u.groups) == 0 {
		return
	}
	v.last4, v.luhn = g.cardIn(c.atoms[:c.n])
	v.card = v.luhn || c.greedy >= nearly && m.inCard()
	if !v.luhn && (c.greedy < shortest || u.digits(start) <= budget) {
		return
	}
	for i := start; i < len(u.groups); i++ {
		if gr := &u.groups[i]; !gr.spare || v.luhn && gr.greedy > 4 {
			gr.show = false
		}
	}
	if v.luhn {
		c.resolved, c.card = true, true
		m.heat = max(m.heat, warm+1)
	}
}

// digits counts what the groups from start on add to the number.
func (u *utterance) digits(start int) int {
	n := 0
	for i := start; i < len(u.groups); i++ {
		if !u.groups[i].spare {
			n += u.groups[i].greedy
		}
	}
	return n
}

// cardIn looks for a whole card number that begins where a group begins.
func (g grammar) cardIn(a []atom) (last4 string, ok bool) {
	var buf [maxAtoms * 6]byte
	for i := range a {
		if !a[i].first {
			continue
		}
		d := g.greedy(a[i:], buf[:0])
		if ok := cardAt(d); ok > 0 {
			return string(d[ok-4 : ok]), true
		}
		// Another way to read the same words is only believed for the usual lengths.
		d, ok := g.find(a[i:], buf[:0], func(d []byte, _ bool) bool { return usual(len(d), d) && isCard(d) })
		if ok {
			return string(d[len(d)-4:]), true
		}
	}
	return "", false
}

// cardAt gives the length of the card that digits are, or begin with; 0 if
// they are none.
func cardAt(d []byte) int {
	if isCard(d) {
		return len(d)
	}
	for _, n := range []int{16, 15} {
		if len(d) > n && usual(n, d) && isCard(d[:n]) {
			return n
		}
	}
	return 0
}

func usual(n int, d []byte) bool { return n == 16 || n == 15 && d[0] == '3' }

// numbers gives what was said in figures, of the groups that are shown.
func (u *utterance) numbers(g grammar, length int) []Safe {
	var out []Safe
	var all []byte
	exact := false
	for i := range u.groups {
		gr := &u.groups[i]
		if !gr.show {
			continue
		}
		d := u.ofLength(g, gr, length)
		exact = exact || d != nil
		if d == nil && !gr.faintOnly {
			d = g.greedy(u.certain(gr), nil)
		}
		if len(d) > 0 {
			out = append(out, Safe{string(d)})
			all = append(all, d...)
		}
	}
	if !exact && len(out) > 1 && len(all) == length && length > 0 {
		return []Safe{{string(all)}}
	}
	return out
}

// findings tells what was withheld.
func (u *utterance) findings(m *memory, v verdict, code bool) []Finding {
	withheld := 0
	for i := range u.groups {
		if !u.groups[i].show {
			withheld += u.groups[i].greedy
		}
	}
	switch {
	case withheld == 0:
		return nil
	case v.card:
		return []Finding{{Kind: Card, Last4: v.last4, Digits: m.chain.greedy, Luhn: v.luhn}}
	case code:
		return []Finding{{Kind: Code, Digits: withheld}}
	}
	return []Finding{{Kind: Number, Digits: m.chain.greedy}}
}

// render writes the text with its masks. Masks that only fillers or a single
// word part become one, so that a misheard digit goes with its neighbours.
func (u *utterance) render(mask func(last bool) string) string {
	var b strings.Builder
	at := 0
	for i := 0; i < len(u.groups); i++ {
		if u.groups[i].show {
			continue
		}
		first := u.groups[i].first
		for i+1 < len(u.groups) && !u.groups[i+1].show && u.groups[i+1].before <= 1 {
			i++
		}
		b.WriteString(u.text[at:u.lex[first].start])
		b.WriteString(mask(!u.hiddenAfter(i)))
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
		case v.luhn && last:
			return maskLast4(v.last4)
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
		if gr.spare || gr.faintOnly && !m.inCard() && m.chain.most <= budget {
			continue
		}
		gr.show = gr.show && gr.after >= closedAfter
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
		if gr.show || gr.greedy > longest {
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
		digits = digits || !u.groups[i].spare
		withheld = withheld || !u.groups[i].show
	}
	after := u.other
	if n := len(u.groups); n > 0 {
		after = u.groups[n-1].after
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
	m.tick(digits || u.other == 0, withheld)
}

// wipe forgets what was said.
func (u *utterance) wipe() {
	clear(u.lex)
	clear(u.groups)
	u.lex, u.groups, u.text = u.lex[:0], u.groups[:0], ""
}
