package redact

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
