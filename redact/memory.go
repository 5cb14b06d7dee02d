package redact

const (
	budget      = 6  // digits of a number that may be shown before anybody knows what it is
	longest     = 11 // digits of a number that may be shown when it is known what it is
	ofCard      = 10 // the same where it begins like a card: not five of the middle of one
	shortest    = 12 // digits from which a number may be a whole card
	nearly      = 10 // the same for the likeliest reading, when another gives a whole card
	heat        = 6  // utterances after a card word in which every number belongs to a card
	warm        = 3  // the same after digits that were withheld for it
	gapOpen     = 8  // words that may stand between two parts of one number
	gapInCard   = 25 // the same while a card is spoken of
	sweepOver   = 4  // words that may stand between two parts of a whole card
	apart       = 3  // words that part a small number in talk from any other
	closedAfter = 3  // words after which a partial shows a short number
	inThree     = 8  // digits of an answer in three parts that begins like a card
	askedOther  = 2  // utterances after a question for another number in which it may come
	openShown   = 4  // digits of a number that a partial shows while it may go on
	quietOpen   = 2  // utterances without digits after which a number has ended
	quietCard   = 4  // the same while a card is spoken of
	halfFor     = 12 // utterances in which a card that was begun may go on, though none is spoken of any more
	asideInCard = 3  // digits of amounts and dates that may be shown while a card is asked for
	cardEnough  = 15 // digits that make a card when the talk moves on
	usualCard   = 16 // digits that most cards have
	maxCard     = 19 // digits that a card has at most
)

// chain is the number that is being said, over all utterances and keys since
// it began. Everything counts that was said, shown or not.
type chain struct {
	atoms    [maxAtoms]atom
	n        int
	most     int   // digits, by the longest reading
	shown    int   // of these, what was shown
	greedy   int   // digits, by the likeliest reading
	gap      int   // other words since its last digit
	doubt    int   // of these, words that may be digits, or are of another number's name
	stale    bool  // the bot has asked for something since its last digit
	quiet    int   // utterances without digits since its last digit
	resolved bool  // known to be no card, or known to be one, complete
	card     bool  // complete, and passes Luhn
	phone    bool  // a whole phone number
	named    bool  // called an order, a phone number or the like
	parts    int   // utterances in which it was said, before this one
	answer   bool  // begun at once when the bot had asked for such a number
	talk     bool  // a small number said among other words
	told     bool  // the mask has shown its last four digits
	late     bool  // begun when another that may begin a card was not over for sure
	mixed    bool  // said and keyed at once: nobody knows in which order its digits are
	alone    bool  // no number was said before it that it could go on with
	said     spans // when its digits were said, shown or not
}

func (c *chain) add(a []atom) {
	for _, x := range a {
		if c.n == maxAtoms { // forget the older half
			copy(c.atoms[:], c.atoms[maxAtoms/2:])
			c.n = maxAtoms / 2
		}
		c.atoms[c.n] = x
		c.n++
	}
}

// length is how many digits the number has at most: by the longest reading, or by the
// likeliest if no reading of it begins like a card.
func (c *chain) length(g grammar) int {
	if c.n > 0 && c.alone && !g.mayBegin(c.atoms[:c.n]) {
		return c.greedy
	}
	return c.most
}

// small reports whether it is a digit or two with which no card begins: "my son is 8".
func (c *chain) small(g grammar) bool {
	return c.alone && c.greedy <= 2 && !g.mayBegin(c.atoms[:c.n])
}

// begins reports whether a card could begin like the number in the chain, by any reading.
func (c *chain) begins() bool { return begins(c.atoms[:c.n]) }

// begins reports whether a card could begin like atoms, by any reading.
func begins(a []atom) bool {
	for _, x := range a {
		switch x.class {
		case digit, plural:
			if !x.doubt || x.value >= 2 && x.value <= 6 {
				return x.value >= 2 && x.value <= 6
			}
		case tens:
			return x.value < 70
		case times:
		default:
			if !x.doubt {
				return false
			}
		}
	}
	return true
}

// memory is what a Redactor remembers from one utterance to the next. It is a
// plain value of fixed size: a partial works on a copy that is thrown away.
type memory struct {
	chain   chain
	past    past
	expect  Expect
	heat    int     // utterances left of card context
	secret  int     // utterances left in which a code or an expiry is due
	other   int     // utterances left in which a number is known to be no card's
	coded   int     // utterances left in which the bot has asked for digits, or a code, and did not say of what
	topic   int     // utterances left in which the bot has asked for a date, an amount or an address
	aside   int     // digits shown as amounts or dates since the bot began to ask for what it asks for
	fourDue int     // utterances left in which the last four digits of a card may come, for which the bot has asked
	four    [4]byte // the last digits of a card that was named by them
	bits    int     // digits shown of short numbers that were called something, one after the other
	crumbs  int     // words that may be digits, and digits that were called nothing, among those
	tail    int     // words that may be digits, said last, and not yet counted
	loose   int     // utterances left in which a number may go on with one that nobody placed
	opened  int     // the same, if it begins as a card may
	turned  int     // utterances left since the end of a number was said before the rest of it
	begin   int     // the same, if nothing called it anything and it was no talk
	half    int     // utterances left in which a card that was said in part may go on
	whole   int     // utterances left in which what comes is not the rest of a card, for one was said

	country  bool  // the last utterance ended with the country of an IBAN
	spoken   bool  // a card was spoken of in this call
	cards    bool  // the same, or only mentioned by the bot
	passing  bool  // only by the caller, and nothing was withheld for it yet
	flashed  int   // digits that partials of this utterance showed and do not show any more
	asked    thing // that was asked for last, or named
	askedFor int   // utterances left in which its number may come

	account account
	asides  asides
}

func (m *memory) inCard() bool {
	return m.expect.Kind == ExpectCard || m.heat > 0 || m.secret > 0 || m.account.heat > 0
}

// mentioned reports whether the caller has mentioned a card, and that is all: nobody asked for
// one, and no number was said since that could be one, but some that are shown.
func (m *memory) mentioned() bool {
	c := &m.chain
	return m.passing && m.expect.Kind != ExpectCard && m.secret == 0 && m.account.heat == 0 && m.half == 0 && (c.most == 0 || c.resolved && c.shown >= c.most)
}

func (m *memory) end() { m.chain, m.past = chain{}, past{} }

// part ends the number that was being said, because another begins, by what is said. If
// it may be the beginning of a card, its digits still count as long as no other words
// part the two.
func (m *memory) part() {
	c, p := m.chain, m.past
	m.end()
	if c.most == 0 || c.n == 0 { // of a long number that was named: it is in the past if it counts
		m.past = p
		return
	}
	switch {
	case p.greedy > 0 && p.least(c.atoms[:c.n]) < maxCard:
		m.past = p
		m.past.add(&c)
	case !c.phone && c.gap-c.doubt < apart && least(c.atoms[:c.n]) < maxCard && c.begins():
		m.past.add(&c)
	}
}

// partAside is part if no card is spoken of.
func (m *memory) partAside() {
	if !m.inCard() {
		m.part()
	}
}

// endAside ends the number that was being said, if no card is spoken of:
// another one was named.
func (m *memory) endAside() {
	if !m.inCard() {
		m.end()
	}
}

// pass counts words that part what follows from the number before them.
func (m *memory) pass(words int) {
	m.chain.gap += words
	if m.past.gap += words; m.past.gap >= apart {
		m.past = past{}
	}
	limit := gapOpen
	if m.inCard() {
		limit = gapInCard
	}
	if m.chain.gap > limit {
		m.end()
	}
}

// tick ends an utterance.
func (m *memory) tick(digits, withheld bool) {
	if c := &m.chain; m.other == 1 && digits && !withheld && c.named && c.n > 0 && (!c.begins() || c.answer && c.parts == 1 && c.greedy <= budget) {
		m.other++ // the answer goes on, two figures at a time, or three and three and two
	}
	m.heat, m.secret, m.other, m.topic = max(m.heat-1, 0), max(m.secret-1, 0), max(m.other-1, 0), max(m.topic-1, 0)
	if m.askedFor--; m.askedFor <= 0 {
		m.asked, m.askedFor = 0, 0
	}
	m.coded, m.fourDue, m.turned = max(m.coded-1, 0), max(m.fourDue-1, 0), max(m.turned-1, 0)
	m.loose, m.opened, m.begin, m.half, m.whole = max(m.loose-1, 0), max(m.opened-1, 0), max(m.begin-1, 0), max(m.half-1, 0), max(m.whole-1, 0)
	m.passing = m.passing && !withheld
	m.begun(digits && withheld)
	m.account.tick(digits && withheld)
	m.asides.tick()
	if digits {
		m.chain.quiet = 0
		m.chain.parts++
		if m.chain.phone { // it was answered
			m.other = 0
		}
		if withheld && m.heat > 0 {
			m.heat = max(m.heat, warm)
		}
		return
	}
	m.chain.quiet++
	limit := quietOpen
	if m.inCard() {
		limit = quietCard
	}
	if m.chain.quiet >= limit {
		m.end()
		m.bits, m.crumbs = 0, 0
	}
}

// begun notes, at the end of an utterance, that a card was said in part, or as a whole.
func (m *memory) begun(withheld bool) {
	c := &m.chain
	switch {
	case c.card || withheld && c.greedy-c.shown >= shortest:
		m.half, m.whole = 0, halfFor
	case withheld && m.half > 0:
		m.half = halfFor
	case withheld && m.whole == 0 && c.greedy > 3 && m.account.heat == 0 && m.secret == 0 && m.inCard():
		m.half = halfFor
	}
}

// expects notes what the bot asks for. A question that was answered is closed.
func (m *memory) expects(e Expect) {
	m.account.expects(e)
	settled := m.chain.shown == 0 || m.chain.resolved || m.chain.greedy >= cardEnough
	m.chain.stale = true
	if e.Kind == ExpectDigits {
		m.past = past{}
	}
	m.passing = m.passing && e.Kind != ExpectCard
	if e.Kind != m.expect.Kind { // a card that is asked for again may be the same one
		m.aside = 0
	}
	switch {
	case e.Kind == ExpectDigits && settled:
		m.heat, m.secret, m.half = 0, 0, 0
		m.end()
	case m.expect.Kind == ExpectCard && e.Kind != ExpectCard:
		m.heat = max(m.heat, warm)
	case m.chain.resolved:
		m.end()
	}
	m.expect = e
}

// hears takes the cues of what the caller said.
func (m *memory) hears(c cue) {
	m.cards = m.cards || c&cueCard != 0
	if c&cueCard != 0 {
		m.passing = m.passing && m.heat > 0 || !m.inCard()
		m.heat, m.spoken = heat, true
	}
	if secret(c) || c&cueBack != 0 && m.coded > 0 || c&cueEnds != 0 && (m.inCard() || m.chain.most >= shortest) {
		m.secret = 2
	}
	if other(c) && c&cueCard == 0 && !secret(c) {
		m.other = 1
		if m.chain.resolved {
			m.part()
		}
		m.partAside()
	}
}

// says takes the cues of what the bot says. A menu names cards too: only a question for a
// number, or a short one, counts.
func (m *memory) says(c cue, question bool) {
	m.cards = m.cards || c&cueCard != 0
	switch {
	case c&cueCard != 0 && (c&cueNumber != 0 || question):
		m.heat, m.spoken, m.passing = heat, true, false
		if c := &m.chain; c.resolved && !c.card && c.shown >= c.most { // the number before is no part of the card
			m.end()
		}
	case other(c):
		m.other, m.past, m.tail, m.bits, m.crumbs = askedOther, past{}, 0, 0, 0
		if m.chain.resolved || m.chain.most == 0 {
			m.heat, m.secret = 0, 0
			m.end()
		}
		m.endAside()
	case c&cueTopicElse != 0:
		m.topic, m.tail, m.bits, m.crumbs = 1, 0, 0, 0
		m.endAside()
	}
	if secret(c) || c&cueEnds != 0 && m.inCard() {
		m.secret = 3
	}
	if c&cueDigits != 0 && !other(c) {
		m.coded = askedOther
	}
}

func secret(c cue) bool { return c&cueSecret != 0 || c&(cueDigits|cueBack) == cueDigits|cueBack }

func other(c cue) bool { return c&cueOther != 0 || c&(cueTopic|cueNumber) == cueTopic|cueNumber }
