package redact

import (
	"bytes"
	"slices"
	"strings"
)

const (
	echoed    = 4 // digits that the bot reads out, and does not name
	echoedFor = 2 // utterances after that in which a number may go on with it
)

// hears takes what the caller speaks of into the memory.
func (u *utterance) hears(g grammar, m *memory) {
	t := u.topics()
	if u.turns() {
		m.turned = looseFor
	}
	u.wakeAfterCountry(g, &m.account)
	m.account.names(t, u.cues)
	m.asides.hears(t)
	m.hears(u.cues)
	u.announced(g, m)
}

// spoken takes what the bot speaks of into the memory, and into that of the bot's
// words themselves what must not be shown in them.
func (u *utterance) spoken(g grammar, m, own *memory) {
	t := u.topics()
	m.account.says(t, u.cues)
	m.asides.asks(t)
	own.asides.hears(t)
	if u.tells() {
		u.cues &^= cueTopicElse
	}
	if u.asksElse() && m.chain.named && m.chain.shown >= m.chain.most {
		m.endAside()
		m.past = past{}
	}
	m.says(u.cues, u.question() || u.asksCard())
	if m.fourDue = 0; u.asksFour() && !slices.ContainsFunc(u.groups, func(gr group) bool { return gr.greedy > 1 }) {
		m.fourDue = fourFor
	}
	if u.asksCode(m) {
		m.secret = 3
	}
	u.asks(m)
	longest := 0
	for i := range u.groups {
		if gr := &u.groups[i]; !gr.spare {
			longest = max(longest, gr.greedy)
			if gr.greedy >= echoed && !u.named(i) { // what the caller says next may go on with it
				m.loose = max(m.loose, echoedFor)
			}
		}
	}
	switch {
	case longest < accountSign:
	case t&topicIBAN != 0:
		own.account.begin(IBAN)
	case t&topicNIR != 0:
		own.account.begin(NIR)
	default:
		u.announced(g, own)
	}
}

// question reports whether the utterance is hardly more than what it asks for, as "And the
// card?" is.
func (u *utterance) question() bool {
	return u.other <= 4 && len(u.groups) == 0 && strings.HasSuffix(strings.TrimSpace(u.text), "?")
}

// secrets withholds what is no card's: accounts always, other things if the policy
// says so. open is for a partial, which has one mask for everything.
func (u *utterance) secrets(g grammar, m *memory, p Policy, v *verdict, open bool) []Finding {
	out := u.finds[:0]
	v.policy = p
	if p.Card == CardNothing {
		v.first6, v.last4 = "", ""
		out = u.hideLastFour(m, out)
	}
	defer u.trail(g, &m.account) // until then it is of the utterance before
	if f, ok := u.accounts(g, m, *v); ok {
		out = append(out, f)
	}
	if p.optional() {
		out = u.optional(g, m, p, open, out)
	}
	if open {
		for i := range u.groups {
			u.groups[i].mask = ""
		}
	}
	return out
}

// hideLastFour withholds the digits that a caller names a card by.
func (u *utterance) hideLastFour(m *memory, out []Finding) []Finding {
	for i := range u.groups {
		if gr := &u.groups[i]; gr.show && !gr.spare && m.inCard() && gr.greedy == 4 {
			gr.show, gr.mask = false, maskCard
			return append(out, Finding{Kind: Card, Digits: gr.greedy})
		}
	}
	return out
}

// found gives what was withheld: what has a kind of its own first, and then the rest.
func (u *utterance) found(m *memory, v *verdict, code bool, own []Finding) []Finding {
	rest := len(own) == 0
	for i := range u.groups {
		gr := &u.groups[i]
		rest = rest || !gr.show && gr.mask == ""
	}
	if rest {
		own = u.finding(m, v, code, own)
	}
	return u.sheet.keepFindings(own)
}

// readBack withholds in the bot's words what is part of an account that the caller
// has said.
func (u *utterance) readBack(g grammar, a *account) {
	if a.n == 0 {
		return
	}
	least := readBackSign
	if a.heat == 0 {
		least = accountSign
	}
	mask := maskIBAN
	if a.kind == NIR {
		mask = maskNIR
	}
	for i := range u.groups {
		gr := &u.groups[i]
		if !gr.spare && gr.greedy >= least && bytes.Contains(a.chars[:a.n], u.digitsOf(g, gr)) {
			gr.show, gr.mask = false, mask
		}
	}
}

// echoes withholds in the bot's words what may be part of the card that the caller is
// saying, or has said: what the caller said, where some of that was withheld, and while a card
// is spoken of all numbers but those that are called something else.
func (u *utterance) echoes(g grammar, m *memory, p Policy) {
	c := &m.chain
	if c.n == 0 || !m.inCard() && c.shown >= c.most {
		return
	}
	said := g.greedy(c.atoms[:c.n], u.digitBuf[:0])
	for i := range u.groups {
		gr := &u.groups[i]
		digits := u.digitsOf(g, gr)
		if gr.greedy <= 2 && c.shown < c.most && bytes.HasSuffix(said, digits) && !gr.spare && (u.other <= 3 || gr.greedy == 2) { // "63? Go on."
			gr.show = false
			continue
		}
		if gr.spare || gr.greedy <= 2 {
			continue
		}
		if p.Card != CardNothing && c.card && c.told && len(digits) <= 4 && bytes.HasSuffix(said, digits) && (m.four == [4]byte{} || string(m.four[:]) == string(digits)) {
			continue // what its mask shows
		}
		if m.inCard() && !u.named(i) || bytes.Contains(said, digits) {
			gr.show = false
		}
	}
}

// otherKind reports whether the groups i and i+1, both withheld, have masks that
// cannot be one.
func (u *utterance) otherKind(i int) bool {
	a, b := u.groups[i].mask, u.groups[i+1].mask
	return a != b && a != maskIBAN
}

// cover withholds the lexemes from first to last as one thing, whatever numbers are
// in it.
func (u *utterance) cover(first, last int, mask string) {
	for i := range u.groups { // a group is withheld whole
		if gr := &u.groups[i]; gr.last >= first && gr.first <= last {
			first, last = min(first, gr.first), max(last, gr.last)
		}
	}
	at := 0
	kept := u.groups[:0]
	for _, gr := range u.groups {
		if gr.first >= first && gr.last <= last {
			continue
		}
		if gr.last < first {
			at++
		}
		kept = append(kept, gr)
	}
	u.groups = slices.Insert(kept, at, group{first: first, last: last, spare: true, mask: mask})
	u.groups[at].before = first
	if at > 0 {
		u.groups[at].before = first - u.groups[at-1].last - 1
	}
	if at+1 < len(u.groups) {
		u.groups[at+1].before = u.groups[at+1].first - last - 1
	}
}
