package redact

// decide says of each group whether it may be shown, in the light of all that
// was said before. It writes what it learns into m.
func (u *utterance) decide(g grammar, m *memory) verdict {
	v := verdict{}
	strict := m.secret > 0
	talk := u.talk(g, m)
	rest := u.mayBeRest(m)
	start := 0 // the first group of the number that the chain holds
	for i := range u.groups {
		gr := &u.groups[i]
		if m.chain.resolved && (i == 0 && m.chain.card || gr.before > gapOpen || u.afterLong(m, i)) {
			m.end()
		}
		u.doubt(m, i)
		m.pass(gr.before)
		if m.chain.phone && m.chain.gap > 0 {
			m.partAside()
		}
		if u.fresh(m, i, talk) {
			m.part()
			m.topic = 0
			if !other(u.cues) { // what explained the number before explains no more
				m.other = 0
			}
		}
		if gr.spare && (!strict || u.house(i)) && (i > 0 || !rest) && u.isolated(m, i) {
			gr.show = true
			m.aside += gr.greedy
			if u.doubtful4(m, i) {
				u.count(m, i)
			}
			continue
		}
		if u.alone(g, m, i) || u.metered(g, m, i) || u.thousand(g, m, i) {
			gr.most = gr.greedy
		}
		if gr.placed = u.place(g, m, i, talk); gr.placed {
			gr.show = true
			if gr.greedy > budget { // what follows at once could still belong to it
				m.end()
				u.count(m, i)
				start = i
				if gr.long {
					if u.mayGrow(g, gr.atoms, missing(false)) { // and end with what is called something else
						m.past.add(&m.chain)
					}
					m.chain.n = 0 // no card, whatever else it could be read as
				}
				m.chain.resolved, m.chain.phone = true, true
			}
			continue
		}
		if talk && u.cues&cueMore == 0 && (m.chain.talk || m.chain.named) && u.apart(m, i) || u.named(i) || u.another(g, m, i) {
			m.partAside()
		}
		if u.afterMisheard(g, m, i) {
			m.end()
			m.heat = 0
		}
		if m.chain.n == 0 {
			m.chain.answer = m.other == askedOther
			m.chain.talk, m.chain.named = talk, m.other > 0 && !u.namesNext(m, i) || m.topic > 0 || u.named(i)
			m.chain.late = m.begin > 0 && !m.chain.named
			m.chain.alone = m.loose == 0 && m.half == 0 && m.past.greedy == 0 && (m.tail == 0 || i > 0 || gr.before > 0) &&
				!m.country && m.account.lead.n == 0 && !u.afterCountry(gr.first) && !u.afterCountry(gr.first+1)
			start = i
		}
		if i == 0 && gr.before == 0 {
			m.chain.most += m.tail
			m.chain.shown += m.tail
		}
		m.tail = 0
		gr.show = u.allowed(g, m, i) && !u.scattered(m, i)
		u.count(m, i)
	}
	u.conclude(g, m, start, &v)
	u.sweep(g, m, &v)
	u.inCard = v.card || m.inCard()
	return v
}

// afterLong reports whether group i is a small number with which something else begins to
// be said, after a long number that was named: "two boxes".
func (u *utterance) afterLong(m *memory, i int) bool {
	gr := &u.groups[i]
	return i == 0 && m.chain.n == 0 && m.chain.phone && len(u.groups) == 1 && gr.greedy <= 2 && u.single(grammar{true, true}, gr) &&
		u.class(gr.last+1) == plain && gr.last+1 < len(u.lex) && u.lex[gr.last+1].cue == 0
}

// mayBeRest reports whether the number with which the utterance begins at once, after a card that
// seems whole, may be more of it, though it is an amount or a house: "deux cent dix neuf rue" can
// be read as seven digits.
func (u *utterance) mayBeRest(m *memory) bool {
	return m.chain.card && m.chain.gap < apart && m.topic == 0 && len(u.groups) > 0 && u.groups[0].before == 0 && u.groups[0].most > houseMost
}

// house reports whether group i is the number of a house, said well after another number: no
// code is.
func (u *utterance) house(i int) bool {
	return i > 0 && u.groups[i].before >= apart && u.addressed(i)
}

// doubt lets words before group i that may be digits, or are "number" in its name, not
// count as words that part it from what was called something else.
func (u *utterance) doubt(m *memory, i int) {
	from := 0
	if i > 0 {
		from = u.groups[i-1].last + 1
	}
	for _, x := range u.lex[from:u.groups[i].first] {
		if x.numeric() || x.cue&cueNumber != 0 {
			m.past.gap--
			m.chain.doubt++
		}
	}
}

// uncover shows the word before the first number that is withheld, if it is one
// that is seldom a digit: "dit" in "la facture dit 544". It gives the digits that
// this may show, of a number of which shown are seen already. While an account is
// spoken of, no number is.
func (u *utterance) uncover(shown int, account bool) int {
	if account {
		return 0
	}
	for i := range u.groups {
		gr := &u.groups[i]
		switch x := &u.lex[gr.first]; {
		case shown > 0 || u.inCard || gr.show && !gr.spare && !gr.placed:
			return 0
		case gr.show:
		case gr.mask == "" && gr.first < gr.last && x.sure >= weak && u.class(gr.first-1) == plain && gr.first > 0:
			gr.bare = true
			return 2
		default:
			return 0
		}
	}
	return 0
}

// isolated reports whether an amount or a date stands apart from any card that
// is being said.
func (u *utterance) isolated(m *memory, i int) bool {
	settled := m.chain.most == 0 || m.chain.resolved || m.chain.greedy >= cardEnough && m.topic > 0
	switch {
	case u.inRow(i): // "$45.39 $14.88", as recognizers write it
		return false
	case m.inCard() && m.chain.most > 0 && m.chain.gap < apart && u.groups[i].greedy >= 4: // right after a card
		return false
	case m.chain.shown > 0 && m.chain.begins() && m.chain.gap < apart && m.chain.shown+u.groups[i].greedy > longest && !u.calendar(i) && !u.amountOf(m, i): // it could be the end of a card
		return false
	case m.topic == 0 && u.other-u.signs <= 1 && u.asMoney(i): // nor that it is one, alone
		return false
	case !settled && m.chain.shown > 0 && m.chain.gap <= apart && m.chain.shown+u.groups[i].greedy > budget &&
		(u.asMoney(i) || !m.chain.named && u.asPart(i)): // "€068" among groups
		return false
	case m.inCard() && !settled && u.groups[i].greedy >= 4 && u.priced(i): // "4488 $7744", as recognizers write it
		return false
	case m.expect.Kind == ExpectCard:
		at := u.groups[i].first // "un cent six rue"
		return settled && m.aside+u.groups[i].greedy <= asideInCard && (at == 0 || !u.lex[at-1].numeric())
	case settled || !m.inCard():
		return true
	}
	return u.groups[i].before >= 2 || i > 0 && u.groups[i-1].spare
}

// amountOf reports whether group i is the amount of an invoice or the like that was named: "invoice
// 296374084 for 312 pounds", with the currency as a word.
func (u *utterance) amountOf(m *memory, i int) bool {
	gr := &u.groups[i]
	return i > 0 && !u.groups[i-1].spare && m.chain.named && !m.inCard() && gr.greedy <= 4 && u.class(gr.last+1) == unit && !u.signAfter(i) && !u.priced(i) &&
		u.says(gr.first-1, "de", "à", "a", "for", "of", "at", "pour")
}

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

// count adds group i to the number that is being said.
func (u *utterance) count(m *memory, i int) {
	gr := &u.groups[i]
	gr.counted = true
	m.chain.add(gr.atoms)
	m.chain.most += gr.most
	if gr.show {
		m.chain.shown += gr.most
	}
	m.chain.greedy += gr.greedy
	m.chain.gap, m.chain.doubt, m.chain.stale, m.past.gap = 0, 0, false, 0
	m.chain.said.add(u.said(i))
	if c := &m.chain; !c.resolved && (!c.talk || u.cues&cueMore != 0) {
		m.loose = looseFor
		if c.begins() {
			if !c.named {
				m.opened = looseFor
			}
			if !c.named && !gr.placed && (c.greedy >= 4 || u.other < talkWords || u.dictates()) {
				m.begin = looseFor
			}
		}
	}
}

// allowed reports whether group i may be shown after what the chain holds.
func (u *utterance) allowed(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	if m.inCard() {
		ok := u.lone(m, i) || u.named4(g, m, i) || u.beside(g, m, i)
		if !ok && !m.chain.card { // what was explained was another number
			m.chain.resolved = false
		}
		return ok
	}
	if u.named4(g, m, i) {
		return true
	}
	if !m.past.allows(&m.chain, gr) || m.half > 0 && (gr.greedy > 2 || u.other < talkWords && !u.counted(g, i)) && !u.explained(g, m, i) {
		return false
	}
	if m.chain.late && !m.chain.talk && m.chain.most+gr.greedy > 2 && !u.ascends(g, gr) && !u.explained(g, m, i) {
		return false
	}
	if max(m.chain.shown, m.chain.most)+m.flashed+gr.most <= budget { // the first six, not six of the middle
		if m.expect.Length > 1 && m.chain.greedy+gr.greedy == m.expect.Length {
			m.chain.resolved = true
		}
		return true
	}
	if !u.explained(g, m, i) {
		m.chain.resolved = false
		return false
	}
	m.chain.resolved = true
	return true
}

// afterMisheard reports whether group i is what the bot has asked for after a card that was said as a whole,
// and heard wrong: with nothing else in its utterance, and as no card begins.
func (u *utterance) afterMisheard(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	return m.other > 0 && m.chain.greedy >= cardEnough && len(u.groups) == 1 && gr.greedy <= longest && m.secret == 0 && m.account.heat == 0 &&
		m.expect.Kind != ExpectCard && u.cues&(cueCard|cueMore|cueSecret) == 0 && !g.mayBegin(gr.atoms)
}

// lone is a single digit in passing: "by card, for two people".
func (u *utterance) lone(m *memory, i int) bool {
	gr := &u.groups[i]
	return m.expect.Kind != ExpectCard && m.secret == 0 && m.chain.most == 0 &&
		len(u.groups) == 1 && gr.most == 1 && gr.after > 0
}

// beside reports whether group i is another number of a caller who has only mentioned a card
// ("I paid by card, the order number is"): called by its name at once, and the beginning of
// no card, or no more of one than is shown of it anyway. All such numbers count together.
func (u *utterance) beside(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	if !m.mentioned() || m.chain.most > 0 || m.past.greedy > 0 || u.cues&(cueMore|cueSecret) != 0 || gr.greedy > longest || !u.named(i) && !u.calledUp(i) {
		return false
	}
	most := budget
	if !g.mayBegin(gr.atoms) {
		most = longest
	}
	if m.bits+gr.most > most {
		return false
	}
	m.bits += gr.most
	m.chain.resolved = true
	return true
}

// calledUp reports whether the words right before group i ask to be called: "call me on".
func (u *utterance) calledUp(i int) bool {
	at := u.groups[i].first
	for j := at - 1; j >= max(at-4, 0) && !u.lex[j].live; j-- {
		if u.lex[j].cue&cueOther != 0 || u.says(j, "me") && u.says(j-1, "call", "ring", "text") {
			return true
		}
	}
	return false
}

// lastFour is how callers name a card: by the four digits that may be shown of
// it, with nothing said of the others. Where the bot asks for a card they stay
// withheld.
func (u *utterance) lastFour(m *memory, i int) bool {
	gr := &u.groups[i]
	if m.expect.Kind == ExpectCard || m.secret > 0 || m.chain.most > 0 || gr.greedy != 4 {
		return false
	}
	for j := range u.groups {
		if j != i && !u.groups[j].spare { // "ending 4417 was charged 45 euros"
			return false
		}
	}
	if m.fourDue > 0 && u.other < talkWords && u.cues&cueMore == 0 {
		return true
	}
	for j := max(gr.first-8, 0); j < gr.first; j++ {
		if u.says(j, "ending", "ends", "last", "finissant", "finit", "termine", "derniers") {
			return true
		}
	}
	return false
}

// named4 is lastFour, and remembers the four: a mask must show no others.
func (u *utterance) named4(g grammar, m *memory, i int) bool {
	if !u.lastFour(m, i) {
		return false
	}
	var buf [maxDigits]byte
	copy(m.four[:], g.greedy(u.groups[i].atoms, buf[:0]))
	return true
}

// explained reports whether something says what a longer number is: its length
// was asked for, it was called a phone or an order number, or it looks like a
// phone number, which begins with a zero as no card does.
func (u *utterance) explained(g grammar, m *memory, i int) bool {
	gr := &u.groups[i]
	total := m.chain.shown + m.flashed + gr.greedy
	if n := m.expect.Length; m.expect.Kind == ExpectDigits && n <= longest {
		if m.chain.greedy+gr.greedy == n || (m.chain.shown == 0 || m.chain.stale) && len(u.ofLength(g, gr, n)) > 0 {
			return true
		}
	}
	if total > longest || total > ofCard && u.beginsCard(m, gr) || m.chain.parts > 1 && m.chain.begins() && total > inThree && !u.named(i) && !u.american(g, m, gr) {
		return false
	}
	if m.other > 0 && !u.namesNext(m, i) || u.named(i) || u.ofAddress(i) || u.passed(g, m, i) {
		return true
	}
	return m.chain.most == 0 && gr.greedy >= 10 && !u.mayGoOn(m) && u.national(g, gr)
}

// namesNext reports whether all that calls something a number in the utterance stands between two groups after
// group i, and close to the second: "trente-cinq trente deux trois neuf sept code postal 31000".
func (u *utterance) namesNext(m *memory, i int) bool {
	k := i + 1
	for k < len(u.groups) && !u.named(k) {
		k++
	}
	if m.other != 1 || k == len(u.groups) || u.cues&(cueCard|cueMore) == cueCard {
		return false
	}
	from, to := u.groups[k-1].last+1, u.groups[k].first
	for j := range u.lex {
		if u.lex[j].cue&(cueOther|cueTopic) != 0 && (j < max(from, to-5) || j > to) {
			return false
		}
	}
	if u.says(from, "c") && u.says(from+1, "est") && u.says(from+2, "pour") {
		return true
	}
	return !u.says(from, "is", "c", "c'est", "est", "that's", "for", "pour", "my", "mon", "ma")
}

// american reports whether gr ends a phone number of North America that is said in three parts, 646
// and 555 and 0198, to who asked for a number.
func (u *utterance) american(g grammar, m *memory, gr *group) bool {
	return !g.french && m.other > 0 && m.chain.parts == 2 && m.chain.greedy == 6 && m.chain.shown == 6 && gr.greedy == 4
}

// beginsCard reports whether a card could begin like the number in the chain, or like gr where
// that is the first of it, and no country stands before it: VAT numbers have eleven digits.
func (u *utterance) beginsCard(m *memory, gr *group) bool {
	if m.chain.n > 0 {
		return m.chain.begins()
	}
	_, country := u.country(gr.first)
	return country == "" && !u.lettered(gr) && begins(gr.atoms)
}

// lettered reports whether letters touch the figures of a group, as in the number of a parcel:
// RR65238951955. No recognizer writes a card so.
func (u *utterance) lettered(gr *group) bool {
	first := gr.first
	return first > 0 && u.lex[first].figure && u.lex[first-1].end == u.lex[first].start && !u.lex[first-1].figure &&
		u.lex[first].field == u.lex[gr.last].field && len(u.letters(first-1)) == 2
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
		if d, ok := g.find(a, u.lengthBuf[:0], func(d []byte, whole bool) bool { return whole && len(d) == n }); ok {
			return d
		}
	}
	return nil
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
