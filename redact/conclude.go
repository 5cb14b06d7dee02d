package redact

// verdict is what was learnt from an utterance.
type verdict struct {
	card   bool   // a card was heard, or something as long
	luhn   bool   // and it passes
	last4  string // then
	first6 string
	policy Policy
}

// ends keeps what may be shown of a card.
func (v *verdict) ends(s *sheet, pan []byte) {
	v.first6, v.last4 = s.keep(pan[:budget]), s.keep(pan[len(pan)-4:])
}

// conclude looks at the whole number once more: what may be a card is masked in
// all of the utterance.
func (u *utterance) conclude(g grammar, m *memory, start int, v *verdict) {
	c := &m.chain
	if c.greedy < shortest && (c.most < shortest || !m.inCard() && (c.greedy < nearly || c.resolved)) || len(u.groups) == 0 {
		return
	}
	var pan []byte
	likely := false
	if pan, v.luhn, likely = g.cardIn(c.atoms[:c.n], u.digitBuf[:0]); likely && complete(pan) {
		v.ends(u.sheet, pan)
	}
	if c.mixed || m.turned > 0 && c.parts+len(u.groups) > 1 || m.four != [4]byte{} && v.luhn && v.last4 != string(m.four[:]) {
		v.first6, v.last4 = "", "" // with the four that were shown it would be eight
	}
	c.told = v.last4 != ""
	v.card = v.luhn || c.greedy >= nearly && m.inCard()
	if !v.luhn && (c.greedy < shortest || u.digits(start) <= budget) {
		return
	}
	for i := start; i < len(u.groups); i++ {
		if gr := &u.groups[i]; !gr.spare && !gr.placed || v.luhn && gr.greedy > 4 {
			gr.show = false
		}
	}
	if v.luhn {
		c.card = complete(pan)
		c.resolved = c.resolved || c.card
		m.heat = max(m.heat, warm+1)
	}
}

// sweep looks for a card among all numbers of the utterance, whatever they were taken for:
// recognizers make amounts, times and other things of its parts.
func (u *utterance) sweep(g grammar, m *memory, v *verdict) {
	var ends [maxAtoms]int
	d := u.digitBuf[:0]
	for i := range u.groups {
		if i == len(ends) || len(d) > len(u.digitBuf)/2 {
			return
		}
		d = g.greedy(u.groups[i].atoms, d)
		ends[i] = len(d)
	}
	from := 0
	for i := range u.groups {
		for j := i + 1; j < len(u.groups) && u.groups[j].before <= sweepOver && ends[j]-from <= usualCard; j++ {
			if c := d[from:ends[j]]; usual(len(c), c) && brandBegins(c) && luhn(c) {
				u.unmask(i, j, c, m, v)
			}
		}
		from = ends[i]
	}
}

// unmask withholds groups i to j, of which some may have been taken for something else, as
// the card that they are.
func (u *utterance) unmask(i, j int, pan []byte, m *memory, v *verdict) {
	shown := false
	for k := i; k <= j; k++ {
		gr := &u.groups[k]
		shown = shown || gr.show
		gr.show, gr.spare, gr.placed, gr.long = false, false, false, false
	}
	if shown && !v.luhn {
		v.card, v.luhn = true, true
		v.ends(u.sheet, pan)
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

// cardIn looks for a whole card number that begins where a group begins. It is a likely one if it is the way
// a listener would read what was said.
func (g grammar) cardIn(a []atom, buf []byte) (pan []byte, ok, likely bool) {
	for i := range a {
		if !a[i].first && (i == 0 || !a[i-1].first || !a[i-1].doubt) { // the "dit" of "ça dit" is no ten
			continue
		}
		if d := g.inGroups(a[i:], buf); isCard(d) {
			return d, true, true
		}
		d := g.greedy(a[i:], buf)
		if ok := cardAt(d); ok > 0 {
			return d[:ok], true, true
		}
		// Another way to read the same words is only believed for the usual lengths.
		d, ok := g.find(a[i:], buf, func(d []byte, _ bool) bool { return usual(len(d), d) && isCard(d) })
		if ok {
			return d, true, false
		}
	}
	return nil, false, false
}

// inGroups is greedy, with no number that goes on from one group into the next.
func (g grammar) inGroups(a []atom, dst []byte) []byte {
	for len(a) > 0 {
		n := 1
		for n < len(a) && !a[n].first {
			n++
		}
		dst = g.greedy(a[:n], dst)
		a = a[n:]
	}
	return dst
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

// numbers gives what was said in figures, of the groups that are shown. They lie
// in one string.
func (u *utterance) numbers(g grammar, length int) []Safe {
	var digits [maxDigits * 8]byte
	var ends [maxAtoms]int
	all, n, exact := digits[:0], 0, false
	for i := range u.groups {
		gr := &u.groups[i]
		if !gr.show || n == len(ends) {
			continue
		}
		from := len(all)
		d := u.ofLength(g, gr, length)
		exact = exact || d != nil
		if all = append(all, d...); d == nil && !gr.faintOnly {
			all = g.greedy(u.certain(gr), all)
		}
		if len(all) > from {
			ends[n] = len(all)
			n++
		}
	}
	if n == 0 {
		return nil
	}
	text := u.sheet.keep(all)
	if !exact && n > 1 && len(all) == length && length > 0 {
		n, ends[0] = 1, len(all)
	}
	out := cutOff(&u.sheet.numbers, n)
	from := 0
	for i := range out {
		out[i] = Safe{text[from:ends[i]]}
		from = ends[i]
	}
	return out
}

// finding tells what was withheld that has no kind of its own.
func (u *utterance) finding(m *memory, v *verdict, code bool, out []Finding) []Finding {
	withheld := 0
	for i := range u.groups {
		if !u.groups[i].show {
			withheld += u.groups[i].greedy
		}
	}
	switch {
	case withheld == 0:
		return out
	case v.card:
		return append(out, Finding{Kind: Card, Last4: v.last4, Digits: m.chain.greedy, Luhn: v.luhn})
	case code:
		return append(out, Finding{Kind: Code, Digits: withheld})
	}
	return append(out, Finding{Kind: Number, Digits: m.chain.greedy})
}
