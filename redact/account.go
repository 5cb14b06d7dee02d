package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxAccount   = 96 // letters and digits that are remembered of an account
	accountHeat  = 6  // utterances after an account was named in which every number belongs to it
	accountTold  = 4  // the same where the caller named it and nobody asked
	accountSoon  = 2  // the same after the beginning of an IBAN that nobody named
	accountSign  = 5  // digits after the letters of a country that look like an IBAN
	readBackSign = 3  // digits of an account that the bot may not say again
)

// account is the IBAN or the social security number that is being said, over all
// utterances and keys. While one is spoken of no number is shown, as with cards: what
// is heard right decides about the mask, and never opens it.
type account struct {
	kind  Kind // IBAN or NIR; empty: none
	heat  int  // utterances left in which it is spoken of
	asked bool // the bot asked for it last
	whole bool // what was heard is a whole one
	gap   int  // other words since the last of it
	lead  lead // with which the last utterance ended
	n     int
	chars [maxAccount]byte // capitals and digits
}

// lead is how an IBAN begins that may go on in the next utterance: the letters of a
// country, or the first of them, the two check digits, the letters of the bank or the
// first of its digits.
type lead struct {
	chars [8]byte
	n     int
}

func (l *lead) add(s string) { l.n += copy(l.chars[l.n:], s) }

// country reports whether it begins with a whole country.
func (l *lead) country() bool { return l.n >= 2 && ibanLength(string(l.chars[:2])) > 0 }

// bank reports whether it ends with the four letters of a bank: GB29NWBK.
func (l *lead) bank() bool {
	if l.n != len(l.chars) {
		return false
	}
	for i, c := range l.chars {
		if (c <= '9') != (i == 2 || i == 3) {
			return false
		}
	}
	return true
}

// names takes what an utterance of the caller speaks of.
func (a *account) names(t topic, c cue) {
	switch {
	case t&topicIBAN != 0:
		a.told(IBAN)
	case t&topicNIR != 0:
		a.told(NIR)
	case a.heat > 0 && (c&cueCard != 0 || other(c) && (a.whole || a.n == 0 && !a.asked)):
		a.heat = 0
	}
}

// says takes what the bot speaks of. A menu names accounts too, but asking for
// something else ends this one, unless it is half said.
func (a *account) says(t topic, c cue) {
	switch {
	case t&topicIBAN != 0:
		a.begin(IBAN)
		a.asked = true
	case t&topicNIR != 0:
		a.begin(NIR)
		a.asked = true
	case c&cueCard != 0 && c&cueNumber != 0, (other(c) || c&cueTopicElse != 0) && (a.n == 0 || a.whole):
		a.heat, a.asked = 0, false
	case c&(cueOther|cueTopic|cueTopicElse|cueNumber) != 0:
		a.asked = false
	}
}

// expects notes that the bot wants something to which a number answers. It was a menu
// that named accounts if a digit or two answer it.
func (a *account) expects(e Expect) {
	menu := e.Length > 0 && e.Length < 4 && e.Kind != ExpectYesNo && (a.n == 0 || a.whole)
	if e.Kind == ExpectCard || e.Kind == ExpectDigits && !a.asked || menu {
		a.heat, a.asked = 0, false
	}
}

// told begins an account that the caller names.
func (a *account) told(kind Kind) {
	left := a.heat
	if a.kind != kind {
		left = 0
	}
	a.begin(kind)
	if a.n == 0 && !a.asked {
		a.heat = max(left, accountTold)
	}
}

func (a *account) begin(kind Kind) {
	if a.kind != kind {
		*a = account{kind: kind, lead: a.lead}
	}
	a.heat = accountHeat
}

// tick ends an utterance in which digits were withheld, or none.
func (a *account) tick(withheld bool) {
	if withheld && a.heat > 0 {
		a.heat = max(a.heat, warm+1)
	}
	a.heat = max(a.heat-1, 0)
}

// pass counts other words; after many, what follows is another number.
func (a *account) pass(words int) {
	if a.gap += words; a.gap > gapInCard {
		a.n, a.whole = 0, false
	}
}

func (a *account) add(s []byte) {
	if a.n+len(s) > maxAccount { // forget the older half
		keep := a.chars[min(a.n, maxAccount/2):a.n]
		a.n = copy(a.chars[:], keep)
	}
	a.n += copy(a.chars[a.n:], s)
	a.gap = 0
}

func (a *account) digits() int {
	n := 0
	for _, c := range a.chars[:a.n] {
		if c <= '9' {
			n++
		}
	}
	return n
}

// mask is what stands for the account: with its country and its last four digits if
// it is a whole IBAN that was heard right.
func (a *account) mask(s *sheet) (mask, last4 string) {
	if a.kind == NIR {
		a.whole = nirIn(a.chars[:a.n])
		return maskNIR, ""
	}
	var buf [frenchIBAN]byte
	iban := ibanIn(a.chars[:a.n], buf[:0])
	if a.whole = iban != nil; !a.whole {
		return maskIBAN, ""
	}
	var out [2*len(maskIBAN) + 16]byte
	b := append(append(out[:0], "[IBAN "...), iban[:2]...)
	b = append(append(b, " ••••"...), iban[len(iban)-4:]...)
	mask = s.keep(append(b, ']'))
	return mask, mask[len(mask)-5 : len(mask)-1]
}

// announced finds an IBAN that nobody named by its beginning: the letters of a
// country with an IBAN, and digits at once after them that nothing else explains.
func (u *utterance) announced(g grammar, m *memory) {
	if m.account.heat > 0 || m.other > 0 || m.expect.Kind == ExpectCard {
		return
	}
	for i := range u.groups {
		gr := &u.groups[i]
		begun := 0
		first, code := u.country(gr.first)
		if code == "" && i == 0 {
			if l := m.account.lead; u.afterLead(g, &l, gr.first) {
				first, code, begun = 0, string(l.chars[:2]), l.n
			}
		}
		named := u.named(i) || u.namedBefore(first)
		if code == "" || named && !u.accountBefore(first) || begun > 4 && (gr.spare || gr.greedy < 3 && !m.account.lead.bank()) {
			continue
		}
		n, last := 0, i
		for ; last < len(u.groups) && (last == i || u.onlyLetters(u.groups[last-1].last+1, u.groups[last].first)); last++ {
			n += u.groups[last].greedy
		}
		if named && n <= budget {
			continue
		}
		if n < accountSign && begun < 4 && (n != 2 || !u.bankFollows(g, gr.last+1)) {
			continue
		}
		m.account.begin(IBAN)
		if l := &m.account.lead; begun > 0 {
			m.account.n = 0
			m.account.add(l.chars[:l.n])
		}
		if n < shortest {
			m.account.heat = accountSoon
		}
		return
	}
}

// afterLead reports whether the last utterance, with nothing but letters before lexeme
// at of this one, began an IBAN that goes on there. It adds those letters.
func (u *utterance) afterLead(g grammar, l *lead, at int) bool {
	before := *l
	if l.n == 0 || !u.extend(g, &before, 0, at) || !before.country() {
		return false
	}
	*l = before
	return true
}

// extend adds the letters of the lexemes in [from, to), and the two check digits, as far as
// there is room. It reports false if there is anything else.
func (u *utterance) extend(g grammar, l *lead, from, to int) bool {
	for i := from; i < to; i++ {
		if x := &u.lex[i]; x.class == filler || x.class == and || x.class == times && !x.live { // "double", before a pause
			continue
		}
		if gr := u.groupAt(i); gr != nil && l.n >= 2 && (l.n+gr.greedy <= len(l.chars) || l.n == len(l.chars)) {
			l.add(string(u.digitsOf(g, gr)))
			i = gr.last
			continue
		}
		if s := u.letters(i); s != "" {
			l.add(s)
		} else if l.n == 4 && u.fourLetters(i) { // the bank's, whatever word they make
			l.add(upperCase(u.text[u.lex[i].start:u.lex[i].end]))
		} else if c := u.letterOf(i); c != 0 && !u.lex[i].live {
			l.add(string([]byte{c}))
		} else if x := u.lex[i]; l.n >= 2 && x.class == digit && !x.aside { // "six" heard as something else
			l.add(string([]byte{'0' + x.value}))
		} else {
			return false
		}
	}
	return true
}

// fourLetters reports whether lexeme i has four letters without accents, and is no number.
func (u *utterance) fourLetters(i int) bool {
	x := u.lex[i]
	t := u.text[x.start:x.end]
	if x.figure || x.numeric() || len(t) != 4 {
		return false
	}
	for _, r := range t {
		if r >= utf8.RuneSelf || !unicode.IsLetter(r) {
			return false
		}
	}
	return true
}

// groupAt gives the group that begins at lexeme i, or nil.
func (u *utterance) groupAt(i int) *group {
	for j := range u.groups {
		if u.groups[j].first == i {
			return &u.groups[j]
		}
	}
	return nil
}

// trail keeps how an IBAN begins with which the utterance ends.
func (u *utterance) trail(g grammar, a *account) {
	whole := a.lead
	if whole.n > 0 && len(u.lex) > 0 && u.extend(g, &whole, 0, len(u.lex)) {
		a.lead = whole
		return
	}
	a.lead = lead{}
	for i := max(len(u.lex)-len(a.lead.chars)*2, 0); i < len(u.lex); i++ {
		if u.letterOf(i) == 0 && u.letters(i) == "" {
			continue
		}
		var l lead
		if u.extend(g, &l, i, len(u.lex)) && (l.n == 1 || l.country()) {
			a.lead = l
			return
		}
	}
}

// wakeAfterCountry takes for digits all that can be some, where an utterance holds
// nothing but the letters of an account and them.
func (u *utterance) wakeAfterCountry(g grammar, a *account) {
	doubtful := 0
	for i := range u.lex {
		switch x := &u.lex[i]; {
		case x.numeric() && x.live, x.class == filler, x.class == and:
		case x.numeric() && !x.aside:
			doubtful++
		case u.letterOf(i) == 0 && u.letters(i) == "" && !u.bankAt(g, i, &a.lead) && (i > 0 || a.kind != IBAN || a.heat == 0 || !u.countryWord()):
			return
		}
	}
	if doubtful == 0 || doubtful == 1 && len(u.groups) == 0 {
		return
	}
	for i := range u.lex {
		spelt := i+1 < len(u.lex) && u.letterOf(i) != 0 && u.letterOf(i+1) != 0 // the "D" of "D E"
		if x := &u.lex[i]; x.numeric() && !x.aside && !spelt {
			x.live = true
		}
	}
	u.gather(g)
	u.spare(g)
}

// countryWord reports whether the utterance begins with a country that has IBANs, though it
// may be a word: "de for won oh".
func (u *utterance) countryWord() bool {
	t := u.text[u.lex[0].start:u.lex[0].end]
	if len(t) != 2 || t[0] >= utf8.RuneSelf || t[1] >= utf8.RuneSelf {
		return false
	}
	two := [2]byte{t[0] &^ 0x20, t[1] &^ 0x20}
	return ibanLength(string(two[:])) > 0
}

// bankAt reports whether lexeme i can be the four letters of a bank, whatever word they make: a
// country and two digits go before, and nothing else, in this utterance or from the last one on.
func (u *utterance) bankAt(g grammar, i int, l *lead) bool {
	if !u.fourLetters(i) {
		return false
	}
	for _, before := range [...]lead{{}, *l} {
		if u.extend(g, &before, 0, i) && before.n == 4 && before.country() {
			return true
		}
	}
	return false
}

// bankFollows reports whether two letters and more of a bank stand at lexeme i, or four, whatever
// word they make, and digits at once.
func (u *utterance) bankFollows(g grammar, i int) bool {
	if i < len(u.lex) && u.fourLetters(i) && u.groupAt(i+1) != nil {
		return true
	}
	var l lead
	for i < len(u.lex) && l.n < 2 && u.extend(g, &l, i, i+1) {
		i++
	}
	return l.n >= 2
}

// namedBefore reports whether one of two lexemes before i names another number.
func (u *utterance) namedBefore(i int) bool {
	for j := max(i-2, 0); j < i; j++ {
		if u.lex[j].cue&(cueTopic|cueOther) != 0 {
			return true
		}
	}
	return false
}

// accountBefore reports whether what is called a number before lexeme i is an account, as people
// call their bank's too.
func (u *utterance) accountBefore(i int) bool {
	for j := max(i-3, 0); j < i; j++ {
		if u.says(j, "account", "compte") {
			return true
		}
	}
	return false
}

// country gives the letters right before lexeme at, if they are a country's that has
// IBANs, and where they begin.
func (u *utterance) country(at int) (first int, code string) {
	if at < 1 {
		return at, ""
	}
	if s := u.letters(at - 1); len(s) == 2 && ibanLength(s) > 0 {
		return at - 1, s
	}
	var two [2]byte
	n, j := 2, at-1
	for ; j >= 0 && n > 0; j-- {
		if u.lex[j].class == filler {
			continue
		}
		l := u.letterOf(j)
		if l == 0 {
			if k := u.spelling(j); k < j { // "F comme François"
				j = k + 1
				continue
			}
			return at, ""
		}
		n--
		two[n] = l
	}
	if n == 0 && ibanLength(string(two[:])) > 0 {
		return j + 1, string(two[:])
	}
	return at, ""
}

// spelling gives the letter that lexeme i, a word, explains: the F of "F comme
// François" and "F for Freddy". It is i if i explains none.
func (u *utterance) spelling(i int) int {
	if i < 2 || !u.says(i-1, "comme", "for", "as", "like", "in") {
		return i
	}
	at := i - 2
	if at > 0 && u.says(i-1, "in") && u.says(at, "as") {
		at--
	}
	if u.letterOf(at) == 0 {
		return i
	}
	return at
}

// onlyLetters reports whether nothing but letters and fillers stands in [from, to).
func (u *utterance) onlyLetters(from, to int) bool {
	for i := from; i < to; i++ {
		if x := &u.lex[i]; x.class != filler && x.class != and && u.letterOf(i) == 0 && u.letters(i) == "" {
			return false
		}
	}
	return true
}

// accounts reads what is withheld as an account, letters and all, and puts one mask
// on it. It reports what was found, if something was withheld.
func (u *utterance) accounts(g grammar, m *memory, v verdict) (Finding, bool) {
	a := &m.account
	if a.heat == 0 {
		return u.unnamed(g, m, v)
	}
	letters := -1 // where letters begin that nothing parts from what comes next
	words := 0
	hidden := -1 // the last group that was read
	at := 0
	for i := 0; i < len(u.lex); i++ {
		switch {
		case at < len(u.groups) && i == u.groups[at].first:
			gr := &u.groups[at]
			i = gr.last
			at++
			if gr.show {
				letters, words = -1, words+1
				continue
			}
			a.pass(words)
			if words == 0 && hidden >= 0 {
				gr.before = 0
			}
			if letters >= 0 {
				n := a.n
				u.spell(a, letters, gr.first)
				if a.leads(n) {
					gr.first = letters
				} else {
					a.n = n
				}
			}
			a.add(u.digitsOf(g, gr))
			hidden, letters, words = at-1, -1, 0
		case u.lex[i].class == filler || u.lex[i].class == and:
		case u.isLetter(i), a.n == 4 && hidden >= 0 && u.bankCode(i):
			if letters < 0 {
				letters = i
			}
		case letters >= 0 && i+1 < len(u.lex) && u.says(i, "comme", "for", "as", "like", "in"):
			if !u.says(i, "as") || !u.says(i+1, "in") {
				i++
			}
		default:
			letters = -1
			words++
		}
	}
	if letters >= 0 {
		if a.kind == IBAN && letters == 0 { // the bank's, and nothing else was said
			a.heat = max(a.heat, accountTold)
		}
		u.spell(a, letters, len(u.lex))
	}
	a.pass(words)
	if hidden < 0 {
		return Finding{}, false
	}
	return u.label(a, &m.chain)
}

// digitsOf gives the digits of a group.
func (u *utterance) digitsOf(g grammar, gr *group) []byte {
	return g.greedy(gr.atoms, make([]byte, 0, maxDigits))
}

// leads reports whether the letters from a.chars[n] on belong to what comes next: a
// country's, a bank's within an IBAN, the A of 2A; and not the "y a" of "il y a".
func (a *account) leads(n int) bool {
	s := string(a.chars[min(n, a.n):a.n])
	if a.kind == NIR {
		return n > 0 && a.chars[n-1] == '2' && (s == "A" || s == "B")
	}
	return n >= 4 || n+len(s) == 2 && ibanLength(string(a.chars[:2])) > 0 || len(s) == 2 && ibanLength(s) > 0
}

// isLetter reports whether lexeme i is a letter, or letters, of an account.
func (u *utterance) isLetter(i int) bool {
	return u.letterOf(i) != 0 || u.letters(i) != ""
}

// bankCode reports whether lexeme i can be the four letters that stand for the bank
// after the country and its check digits, whatever word they make.
func (u *utterance) bankCode(i int) bool {
	return len(u.text[u.lex[i].start:u.lex[i].end]) == 4 && at4(u.groups, i)
}

// at4 reports whether a group that is withheld follows lexeme i.
func at4(groups []group, i int) bool {
	for j := range groups {
		if groups[j].first == i+1 {
			return !groups[j].show
		}
	}
	return false
}

// spell adds the letters from lexeme from to lexeme to.
func (u *utterance) spell(a *account, from, to int) {
	for i := from; i < to; i++ {
		if s := u.letters(i); s != "" {
			a.add([]byte(s))
		} else if l := u.letterOf(i); l != 0 && u.lex[i].class != filler {
			a.add([]byte{l})
		} else if to-from == 1 && len(u.text[u.lex[i].start:u.lex[i].end]) == 4 {
			a.add([]byte(strings.ToUpper(u.text[u.lex[i].start:u.lex[i].end])))
		} else if u.says(i, "comme", "for", "as", "like") {
			i++
			if i < to && u.says(i, "in") {
				i++
			}
		}
	}
}

// label puts the mask of the account on what is withheld, even where some of its digits
// happen to pass for a card's: the last four of those are in the middle of it.
func (u *utterance) label(a *account, c *chain) (Finding, bool) {
	mask, last4 := a.mask(u.sheet)
	if a.whole { // what comes next is another number
		c.resolved, c.card = true, true
	}
	part := maskIBAN
	if a.kind == NIR {
		part = maskNIR
	}
	last := true
	for i := len(u.groups) - 1; i >= 0; i-- {
		if gr := &u.groups[i]; !gr.show {
			gr.mask = part
			if last {
				gr.mask, last = mask, false
			}
		}
	}
	return Finding{Kind: a.kind, Last4: last4, Digits: a.digits()}, true
}

// unnamed knows a social security number of which nobody spoke, said in one breath
// and right: only its mask changes. Where a card is spoken of, it is none if it can be read as
// one in any way: "sept cent soixante-quatre mille neuf cent neuf" may be 764 and 1909.
func (u *utterance) unnamed(g grammar, m *memory, v verdict) (Finding, bool) {
	if m.inCard() && v.luhn {
		return Finding{}, false
	}
	var buf [maxAccount]byte
	var atoms [maxAtoms]atom
	d, a := buf[:0], atoms[:0]
	first, last := -1, -1
	for i := range u.groups {
		gr := &u.groups[i]
		if gr.show || len(d)+gr.greedy > nirDigits {
			continue
		}
		if first >= 0 && i-last == 1 && gr.before == 1 { // the A of 2A
			d = append(d, u.letters(gr.first-1)...)
			if l := u.letterOf(gr.first - 1); l != 0 {
				d = append(d, l)
			}
		}
		if first < 0 {
			first = i
		}
		d = g.greedy(gr.atoms, d)
		a = append(a, gr.atoms...)
		last = i
	}
	if first < 0 || !nirIn(d) || len(d) != nirDigits || m.inCard() && u.sums(g, a, usualCard, true) {
		return Finding{}, false
	}
	for i := first; i <= last; i++ {
		u.groups[i].mask = maskNIR
	}
	return Finding{Kind: NIR, Digits: nirDigits}, true
}
