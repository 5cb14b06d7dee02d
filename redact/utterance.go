package redact

import (
	"strings"
	"unicode/utf8"
)

// group is a part of a number: number words and figures with nothing but
// fillers between them.
type group struct {
	first, last int // lexemes
	before      int // other words since the group before it, or since the start
	after       int // other words up to the next group, or to the end
	atoms       []atom
	most        int
	greedy      int
	placed      bool // no part of a card, whatever it is: it is shown and not counted
	long        bool // and has twelve digits or more, and was called by what it is
	grows       bool // and may be the beginning of a card all the same, if it goes on
	counted     bool // as a part of the number that is being said
	spare       bool // no part of a number: an amount, a date, a count
	faintOnly   bool // nothing in it is surely a number
	show        bool
	bare        bool   // its first word is shown
	mask        string // of its own; empty: that of the number
}

// utterance is one text on its way through a Redactor.
type utterance struct {
	text   string
	lex    []lexeme
	groups []group
	pool   []atom // what the groups' atoms lie in
	cues   cue
	inCard bool // a card is spoken of, or was heard
	signs  int  // of these, signs of currencies
	other  int  // lexemes that are neither numbers nor fillers
	cut    int  // where the text was cut off, or -1
	times  timing

	shouted bool // no small letter is in it

	sheet     *sheet             // what results are written on
	out       []byte             // the text with its masks, before it is
	finds     [8]Finding         // and what was found
	digitBuf  [maxAtoms * 6]byte // what cards are looked for in
	lengthBuf [maxDigits]byte    // and numbers of a certain length
	seen      map[sum]bool       // of a search through all readings
}

// hear finds the numbers of the utterance. Amounts and dates are set aside
// first, so that the "de" or "for" before them is not taken for a digit.
func (u *utterance) hear(g grammar, m *memory) {
	u.begin(m)
	u.repeats(m)
	u.labels()
	u.wakeRow(m)
	u.wake(medium, m)
	u.gather(g)
	u.spare(g)
	u.wake(faint, m)
	u.gather(g)
	u.spare(g)
}

// begin takes for digits what can be nothing else, and collects the cues.
func (u *utterance) begin(m *memory) {
	for i := range u.lex {
		x := &u.lex[i]
		x.live = x.numeric() && x.sure == strong && x.class != times
		if x.cue&cueCard != 0 && u.noBrand(i) {
			x.cue &^= cueCard
		}
		u.otherCard(i)
		if u.says(i, "eux") && u.says(i-1, "d") { // "d'eux" for "deux"
			x.word = isClass(filler)
		}
		x.cue &^= u.misleads(i)
		if u.hourAfter(i) {
			x.class = plain
		}
		if x.cue != cueMore || !u.ago(i) {
			u.cues |= x.cue
		}
		if u.says(i, "me") && u.says(i-1, "call", "ring", "text") || u.says(i, "you") && u.says(i-1, "call", "ring", "contact") && u.says(i+1, "on", "at", "back") {
			u.cues |= cueOther
		}
		u.cues |= u.codeNamed(i)
		if u.says(i, "number") && u.says(i-1, "good", "best", "contact", "callback", "daytime", "evening") {
			u.cues |= cueOther
		}
		if !x.numeric() && x.class != filler && x.class != and {
			u.other++
			if x.class == unit && u.sign(i) {
				u.signs++
			}
		}
	}
	if u.other == 0 || m.expect.Kind == ExpectCard && u.other < u.doubtful() {
		u.wakeAll(m)
	}
}

// noBrand reports whether lexeme i, the name of a card in other company, is none here: a
// direct debit, something express.
func (u *utterance) noBrand(i int) bool {
	return u.says(i, "debit", "debits") && u.says(i-1, "direct") ||
		u.says(i, "express") && !u.says(i-1, "american") || u.says(i, "american") && !u.says(i+1, "express")
}

// codeNamed reads the names of a card's code that are several words, of which lexeme i is
// the last: "signature strip", "security number", "c v v", "cv2".
func (u *utterance) codeNamed(i int) cue {
	switch {
	case u.says(i, "value") && u.says(i-1, "verification"),
		u.says(i, "strip") && u.says(i-1, "signature"),
		u.says(i, "number") && u.says(i-1, "security"),
		u.says(i, "sécurité", "securite") && u.says(i-1, "de") && u.says(i-2, "numéro", "numero"):
		return cueSecret
	case u.lex[i].cue&cueBack != 0 && u.threeBefore(i),
		u.says(i, "code") && u.says(i-1, "digit") && u.threeBefore(i),
		u.says(i, "chiffres") && u.says(i-2, "à", "a") && u.says(i-3, "code") && u.threeBefore(i):
		return cueSecret
	case u.says(i, "v", "c") && u.says(i-1, "v") && u.says(i-2, "c"),
		u.says(i, "2") && u.says(i-1, "cv") && u.lex[i-1].end == u.lex[i].start:
		return cueCard | cueSecret
	}
	return 0
}

// threeBefore reports whether three digits are spoken of right before lexeme i: "the last three
// on the back", "les trois derrière". That "three" is none of a number.
func (u *utterance) threeBefore(i int) bool {
	for j := max(i-4, 0); j < i; j++ {
		if u.says(j, "three", "trois", "3") && (j == 0 || !u.lex[j-1].numeric()) && !u.lex[j+1].numeric() {
			u.lex[j].live, u.lex[j].word = false, word{}
			return true
		}
	}
	return false
}

// repeats takes the "quatre fois" of "quatre fois cinq" for the "quadruple" that it is, where
// digits are said: a card is spoken of, a number was begun, other digits stand beside it, it is
// said more than once, or last.
func (u *utterance) repeats(m *memory) {
	said := m.inCard() || m.chain.most > 0 || u.cues&cueCard != 0
	for pass := range 2 {
		n := 0
		for i := range u.lex {
			to := u.repeated(i)
			if to < 0 {
				continue
			}
			n++
			if pass == 0 && !said && !u.among(i, to) && u.neighbour(len(u.lex), -1, 0) != to {
				continue
			}
			u.lex[i-1].class, u.lex[i-1].live = times, false
			for j := i; j < to; j++ {
				u.lex[j].word = isClass(filler)
			}
		}
		said = said || n > 1
		if n == 0 || !said {
			return
		}
	}
}

// among reports whether other digits stand beside the "quatre fois cinq" from the lexeme before
// i to lexeme to.
func (u *utterance) among(i, to int) bool {
	before, after := u.neighbour(i-1, -1, 0), u.neighbour(to, 1, 0)
	if before >= 0 && u.lex[before].sure == strong && (u.lex[before].class == digit || before < i-2) {
		return true
	}
	return after >= 0 && u.lex[after].class == digit && (u.lex[after].sure == strong || u.class(after+1) == digit)
}

// repeated gives the digit that is said to come several times, if lexeme i is the "fois"
// between: "quatre fois cinq", "trois fois le deux". It is -1 if none is.
func (u *utterance) repeated(i int) int {
	if i < 1 || !u.says(i, "fois", "times") || u.lex[i-1].class != digit || u.lex[i-1].value < 2 {
		return -1
	}
	to := i + 1
	if u.says(to, "le", "un") && u.class(to+1) == digit {
		to++
	}
	if u.class(to) != digit || u.lex[to].sure > medium || u.class(to+1) == unit || u.lex[to].figure && u.figureAt(to+1) && u.lex[to+1].field == u.lex[to].field {
		return -1
	}
	return to
}

// ago reports whether lexeme i is the "last" of "last night", the "dernier" of "mois dernier" or the "after" of "after six".
func (u *utterance) ago(i int) bool {
	if u.says(i, "after") {
		j := i + 1
		for j < len(u.lex) && j <= i+2 && u.lex[j].numeric() && u.lex[j].class != times {
			j++
		}
		return j > i+1 && (j == len(u.lex) || u.says(j, "am", "pm", "in") || u.lex[j].class == unit)
	}
	if u.says(i, "dernier", "dernière") && u.says(i-1, "mois", "semaine", "année", "an", "été", "hiver", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche") {
		return true
	}
	return u.says(i, "last") && u.says(i+1, "night", "week", "month", "year", "time", "summer", "winter")
}

// doubtful counts the words that may be digits.
func (u *utterance) doubtful() int {
	n := 0
	for i := range u.lex {
		if u.lex[i].numeric() {
			n++
		}
	}
	return n
}

// wake takes words that may be digits, and are at least that sure, for digits
// where their neighbours say so.
func (u *utterance) wake(least sure, m *memory) {
	reach := 0
	if m.inCard() {
		reach = 1
		u.wakeEdges()
		u.wakeRun(m)
	}
	for changed := true; changed; {
		changed = false
		for i := range u.lex {
			if x := &u.lex[i]; !x.live && x.numeric() && x.sure <= least && u.woken(i, reach, m) {
				x.live, changed = true, true
			}
		}
	}
}

// wakeAll is for an utterance in which nothing but such words was said, or mostly
// such words when a card was asked for.
func (u *utterance) wakeAll(m *memory) {
	least := medium
	if u.doubtful() > 1 || m.chain.most > 0 || m.inCard() {
		least = weak
	}
	for i := range u.lex {
		u.lex[i].live = u.lex[i].live || u.lex[i].numeric() && u.lex[i].sure <= least
	}
}

// wakeEdges is for a "one" that begins or ends what is said about a card.
func (u *utterance) wakeEdges() {
	for _, step := range []int{1, -1} {
		i := u.neighbour(-1, step, 0)
		if step < 0 {
			i = u.neighbour(len(u.lex), step, 0)
		}
		if i >= 0 && u.lex[i].numeric() && u.lex[i].sure == medium && u.lex[i].value != 1 {
			u.lex[i].live = true
		}
	}
}

// wakeRun is for three and more such words with which an utterance goes on with a card: "won to
// won ate".
func (u *utterance) wakeRun(m *memory) {
	if m.chain.most == 0 || m.chain.card {
		return
	}
	n := 0
	for i := u.neighbour(-1, 1, 0); i >= 0 && u.lex[i].sure <= weak; i = u.neighbour(i, 1, 0) {
		n++
	}
	for i := u.neighbour(-1, 1, 0); n >= 3 && i >= 0 && u.lex[i].sure <= weak; i = u.neighbour(i, 1, 0) {
		u.lex[i].live = true
	}
}

// woken reports whether a number stands close enough to lexeme i.
func (u *utterance) woken(i, reach int, m *memory) bool {
	x := u.lex[i]
	if x.class == times {
		before, after := u.neighbour(i, -1, 0), u.neighbour(i, 1, 0)
		return after >= 0 && u.lex[after].numeric() || before >= 0 && u.lex[before].live
	}
	if x.sure == medium {
		reach = max(reach, 1)
	}
	if u.pronoun(i, m) {
		return false
	}
	left, right := u.neighbour(i, -1, reach), u.neighbour(i, 1, reach)
	near := func(j int) bool {
		return j >= 0 && !u.lex[j].aside && (u.lex[j].live || x.sure == medium && u.lex[j].sure == medium && u.lex[j].numeric())
	}
	if x.sure == faint {
		return near(u.pastFaint(i, -1)) && near(u.pastFaint(i, 1))
	}
	if x.sure == weak && reach == 0 && right < 0 && u.wordAfter(i) {
		return false // "175 de la rue"
	}
	if x.sure == weak && reach == 0 && (i+1 < len(u.lex) && u.lex[i+1].aside || u.things(i-1) || u.class(i+1) == digit && u.things(i+2)) {
		return false // "room 324 for 8 nights", "37 cartons de 34"
	}
	return near(left) || near(right)
}

// pronoun reports whether lexeme i is the "one" of "my work one is": other words stand on both
// sides of it. While a card is spoken of, that before must be one that no number follows.
func (u *utterance) pronoun(i int, m *memory) bool {
	if u.lex[i].sure != medium || u.lex[i].value != 1 || i == 0 || i+1 == len(u.lex) || u.class(i-1) != plain || u.class(i+1) != plain {
		return false
	}
	return !m.inCard() && u.lex[i-1].cue == 0 || u.says(i+1, "ending", "ends", "that", "which") || u.says(i-1, "new", "other", "another", "this", "that", "which", "old")
}

// things reports whether lexeme i looks like a noun in the plural.
func (u *utterance) things(i int) bool {
	if i < 0 || i >= len(u.lex) || u.lex[i].word != (word{}) {
		return false
	}
	t := u.text[u.lex[i].start:u.lex[i].end]
	return len(t) > 4 && t[len(t)-1] == 's'
}

// pastFaint finds the next lexeme from i that may be a digit and is more than faintly one.
func (u *utterance) pastFaint(i, step int) int {
	for {
		i = u.neighbour(i, step, 0)
		if i < 0 || u.lex[i].live || u.lex[i].sure != faint {
			return i
		}
	}
}

// wordAfter reports whether a word that can be no part of a number follows at
// once.
func (u *utterance) wordAfter(i int) bool {
	return i+1 < len(u.lex) && u.lex[i+1].class == plain
}

// neighbour finds the next lexeme from i that is numeric or no filler, passing
// over up to reach other words. It is -1 if there is none.
func (u *utterance) neighbour(i, step, reach int) int {
	for j := i + step; j >= 0 && j < len(u.lex); j += step {
		switch x := &u.lex[j]; {
		case x.numeric():
			return j
		case x.class == filler || x.class == and:
		case reach > 0:
			reach--
		default:
			return -1
		}
	}
	return -1
}

// gather makes the groups, and measures them.
func (u *utterance) gather(g grammar) {
	u.groups, u.pool = u.groups[:0], u.pool[:0]
	between, joined := 0, false
	for i := range u.lex {
		x := &u.lex[i]
		switch {
		case x.live && joined && x.aside == u.lex[i-1].aside:
			u.groups[len(u.groups)-1].last = i
		case x.live:
			u.groups = append(u.groups, group{first: i, last: i, before: between})
			joined = true
		case x.class == and:
			joined = joined && u.adds(i)
			continue
		case x.class == filler:
			continue
		default:
			joined = false
			between++
			continue
		}
		between = 0
	}
	for i := range u.groups {
		gr := &u.groups[i]
		gr.atoms = u.atoms(gr.first, gr.last)
		gr.most = g.most(gr.atoms)
		var buf [maxAtoms * 2]byte
		gr.greedy = len(g.greedy(gr.atoms, buf[:0]))
		gr.faintOnly = u.faint(gr)
		gr.after = between
		if i+1 < len(u.groups) {
			gr.after = u.groups[i+1].before
		}
	}
}

// adds reports whether the "and" at lexeme i can be a part of a number: "a hundred
// and six", "vingt et un". Any other says where a number ends.
func (u *utterance) adds(i int) bool {
	if i == 0 || i+1 == len(u.lex) || u.lex[i-1].figure || u.lex[i+1].figure {
		return false
	}
	before, after := u.lex[i-1].word, u.lex[i+1].word
	switch before.class {
	case hundred, thousand:
		return true
	case tens:
		return after.class == digit && after.value == 1 || after.class == teen && after.value == 11
	default:
		return false
	}
}

// faint reports whether nothing in a group is a number for sure: no "two", and no
// three "one" in a row.
func (u *utterance) faint(gr *group) bool {
	ones := 0
	for _, x := range u.lex[gr.first : gr.last+1] {
		switch {
		case x.live && x.sure == strong:
			return false
		case x.live && x.sure == medium:
			ones++
		}
	}
	return ones < 3
}

func (u *utterance) atoms(first, last int) []atom {
	from := len(u.pool)
	for i := first; i <= last; i++ {
		if x := &u.lex[i]; x.live || x.class == and {
			u.pool = append(u.pool, atom{class: x.class, value: x.value, first: i == first, doubt: u.doubted(i), figure: x.figure})
		}
	}
	return u.pool[from:len(u.pool):len(u.pool)]
}

// doubted reports whether lexeme i, which is taken for a digit, may be none: "for", "oui", and
// the "oh" before figures.
func (u *utterance) doubted(i int) bool {
	x := &u.lex[i]
	return x.numeric() && (x.sure >= weak || x.sure == medium && x.class == digit && x.value == 0 && i+1 < len(u.lex) && u.lex[i+1].figure)
}

// certain are the group's atoms without the doubtful words at its ends.
func (u *utterance) certain(gr *group) []atom {
	first, last := gr.first, gr.last
	for first < last && (!u.lex[first].live || u.lex[first].sure >= weak) {
		first++
	}
	for last > first && (!u.lex[last].live || u.lex[last].sure >= weak) {
		last--
	}
	return u.atoms(first, last)
}

// spare finds the groups that are no part of a longer number: amounts, counts,
// times and dates.
func (u *utterance) spare(g grammar) {
	for i := range u.groups {
		gr := &u.groups[i]
		switch {
		case u.dated(g, i), u.isDate(gr), u.timed(g, i), u.onDay(g, i):
			gr.spare = true
		case gr.greedy <= 2 && u.says(gr.last+1, "digit", "digits", "chiffres", "characters", "caractères"):
			gr.spare = u.single(g, gr)
		case u.addressed(i), u.ofHundred(gr), u.inCash(gr):
			gr.spare = u.single(g, gr)
		case i > 0 && u.groups[i-1].spare && gr.before == 1 && u.class(gr.first-1) == unit && (u.centsAnd(g, gr) || gr.greedy <= 2 && u.single(g, gr)):
			gr.spare = true
		case gr.greedy == 4 && u.says(gr.last+1, "th", "st", "nd", "rd", "er", "eme"): // "5100th", as recognizers write it
		case u.class(gr.last+1) == unit && !u.pricesNext(gr.last+1) || u.priced(i):
			gr.spare = u.single(g, gr) && (gr.greedy <= houseMost || !u.streetType(gr.last+1))
		}
		for j := gr.first; j <= gr.last && gr.spare; j++ {
			u.lex[j].aside = true
		}
	}
}

// centsAnd reads the "quatre-vingt-dix-neuf deux" of "dix euros
// quatre-vingt-dix-neuf deux fois".
func (u *utterance) centsAnd(g grammar, gr *group) bool {
	if gr.greedy > 4 || u.class(gr.last+1) != unit || gr.first == gr.last {
		return false
	}
	var buf [64]reading
	cents := g.readings(gr.atoms, buf[:0])[0]
	if cents.width > 2 || cents.atoms == len(gr.atoms) {
		return false
	}
	rest := gr.atoms[cents.atoms:]
	return g.readings(rest, buf[:0])[0].atoms == len(rest)
}

func (u *utterance) class(i int) class {
	if i < 0 || i >= len(u.lex) {
		return plain
	}
	return u.lex[i].class
}

// sign reports whether lexeme i is the sign of a currency.
func (u *utterance) sign(i int) bool {
	t := u.text[u.lex[i].start:u.lex[i].end]
	return t[0] >= utf8.RuneSelf && t != string(degree) || t[0] == '$'
}

// priced reports whether a currency sign goes before group i. The one in "60 € 63" goes with what
// stands before it.
func (u *utterance) priced(i int) bool {
	first := u.groups[i].first
	at := first - 1
	return u.class(at) == unit && u.sign(at) && (u.lex[at].end == u.lex[first].start || at == 0 || !u.lex[at-1].numeric())
}

// pricesNext reports whether lexeme i is a currency sign that goes with what follows: "501848 €10".
func (u *utterance) pricesNext(i int) bool {
	return u.sign(i) && u.figureAt(i+1) && u.lex[i+1].start == u.lex[i].end && u.lex[i].start > u.lex[i-1].end
}

// single reports whether a group is one number, not several in a row.
func (u *utterance) single(g grammar, gr *group) bool {
	if gr.greedy > budget {
		return false
	}
	if u.lex[gr.first].figure && (u.lex[gr.first].field == u.lex[gr.last].field || u.thousands(gr)) {
		return true
	}
	var buf [64]reading
	return g.readings(gr.atoms, buf[:0])[0].atoms == len(gr.atoms)
}

// thousands reads 1 220,00 and 12 500.
func (u *utterance) thousands(gr *group) bool {
	t := u.text[u.lex[gr.first].start:u.lex[gr.last].end]
	head, rest, found := strings.Cut(t, " ")
	if !found || len(head) > 3 || strings.ContainsAny(head, ".,") {
		return false
	}
	rest, cents, _ := strings.Cut(rest, ",")
	return len(rest) == 3 && (cents == "" || len(cents) == 2) && strings.Trim(head+rest+cents, "0123456789") == ""
}

// dated reports whether group i is the day before a month, or the day or the
// year after it.
func (u *utterance) dated(g grammar, i int) bool {
	gr := &u.groups[i]
	day := gr.greedy <= 2 && u.single(g, gr)
	if u.class(gr.last+1) == month {
		return day && u.ofMonth(g, gr)
	}
	return u.class(gr.first-1) == month && (day || u.yearly(g, gr))
}

// ofMonth reports whether a group is the day of a month: 31 at most.
func (u *utterance) ofMonth(g grammar, gr *group) bool {
	d := u.digitsOf(g, gr)
	return len(d) == 1 || d[0] < '3' || d[0] == '3' && d[1] < '2'
}

// yearly reads "2025", "deux mille vingt-cinq", "twenty twenty-five", with or
// without the day before it.
func (u *utterance) yearly(g grammar, gr *group) bool {
	var buf [maxDigits]byte
	if gr.greedy > 6 {
		return false
	}
	d := g.greedy(gr.atoms, buf[:0])
	if len(d) < 4 {
		return false
	}
	y := string(d[len(d)-4 : len(d)-2])
	return y == "19" || y == "20"
}

// isDate reads 28/02/2024 and 2024-02-28.
func (u *utterance) isDate(gr *group) bool {
	t := u.text[u.lex[gr.first].start:u.lex[gr.last].end]
	if len(t) < 6 || len(t) > 10 {
		return false
	}
	parts := [3]int{}
	n, mark := 0, byte(0)
	for i := range len(t) {
		switch c := t[i]; {
		case c >= '0' && c <= '9':
			parts[n] = parts[n]*10 + int(c-'0')
		case (c == '/' || c == '-' || c == '.') && n < 2 && (mark == 0 || mark == c):
			mark = c
			n++
		default:
			return false
		}
	}
	year, mon, day := parts[2], parts[1], parts[0]
	if mark == '/' && mon > 12 && day <= 12 { // as in America
		mon, day = day, mon
	}
	if day > 31 {
		year, day = day, year
	}
	return n == 2 && day >= 1 && day <= 31 && mon >= 1 && mon <= 12 &&
		(year >= 1900 && year < 2100 || mark == '/' && year < 100)
}
