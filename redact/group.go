package redact

import "strings"

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

func (u *utterance) class(i int) class {
	if i < 0 || i >= len(u.lex) {
		return plain
	}
	return u.lex[i].class
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
