package redact

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
