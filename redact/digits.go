package redact

import "slices"

// atom is one number word or figure, without its place in the text.
type atom struct {
	class class // and, or one that is numeric
	value uint8
	first bool // it begins a group: words or a pause went before
	doubt bool // the word may be no digit at all

	figure bool // it is written as one: no word goes with it, "soixante 11" is 60 and 11
}

// A reading of some atoms as digits: "quarante deux" is 42, or 40 and 2.
type reading struct {
	atoms int // how many it takes
	value int
	width int // digits, with leading zeros
}

// grammar tells how a language makes numbers below a hundred. Without a
// language all of them hold.
type grammar struct{ french, english bool }

func grammarOf(lang string) grammar { return grammar{french: lang != "en", english: lang != "fr"} }

// maxAtoms bounds what is remembered of one number, over all utterances.
const maxAtoms = 64

// maxDigits bounds what is read at once: a card has 19.
const maxDigits = 24

// readings gives every way to read the number that begins at a[0], longest
// first. There is at least one.
func (g grammar) readings(a []atom, out []reading) []reading {
	var buf [32]reading
	switch a[0].class {
	case and:
		return append(out, reading{atoms: 1})
	case times:
		return append(out, g.repeated(a))
	case plural:
		return append(out, reading{1, int(a[0].value), 1})
	default:
	}
	base := len(out)
	out = g.thousands(a, out)
	out = append(out, g.underThousand(a, buf[:0])...)
	if r, ok := counted(a); ok {
		out = append(out, r)
	}
	longestFirst(out[base:])
	return out[:base+len(g.unbroken(a, out[base:]))]
}

// repeated reads "double four", "triple zero", "double onze".
func (g grammar) repeated(a []atom) reading {
	if len(a) < 2 || a[1].class < digit || a[1].class > tens && a[1].class != plural {
		return reading{atoms: 1}
	}
	v, width, scale := int(a[1].value), 1, 10
	if a[1].class != digit && a[1].class != plural {
		width, scale = 2, 100
	}
	r := reading{atoms: 2}
	for range a[0].value {
		r.value = r.value*scale + v
		r.width += width
	}
	return r
}

// counted reads "two fours", "five eights".
func counted(a []atom) (reading, bool) {
	if len(a) < 2 || a[1].class != plural || a[0].class != digit || a[0].value < 2 {
		return reading{}, false
	}
	r := reading{atoms: 2}
	for range a[0].value {
		r.value = r.value*10 + int(a[1].value)
		r.width++
	}
	return r, true
}

func (g grammar) thousands(a []atom, out []reading) []reading {
	var heads, rests [16]reading
	h := heads[:0]
	if a[0].class == thousand {
		h = append(h, reading{0, 1, 1})
	} else {
		h = g.underThousand(a, h)
	}
	for _, head := range h {
		if head.atoms >= len(a) || a[head.atoms].class != thousand || head.value == 0 || g.noOne(head) {
			continue
		}
		n := head.atoms + 1
		out = append(out, number(n, head.value*1000))
		rest := afterAnd(a, n)
		if rest == len(a) {
			continue
		}
		for _, r := range g.underThousand(a[rest:], rests[:0]) {
			if r.value > 0 && r.value < 1000 { // nobody says "a thousand eleven hundred"
				out = append(out, number(rest+r.atoms, head.value*1000+r.value))
			}
		}
	}
	return out
}

// underThousand also gives the numbers below a hundred.
func (g grammar) underThousand(a []atom, out []reading) []reading {
	var heads, rests [8]reading
	h := g.underHundred(a, heads[:0])
	out = append(out, h...)
	if a[0].class == hundred {
		h = append(h[:0], reading{0, 1, 1})
	}
	for _, head := range h {
		if head.atoms >= len(a) || a[head.atoms].class != hundred || head.value == 0 || g.noOne(head) {
			continue
		}
		n := head.atoms + 1
		out = append(out, number(n, head.value*100))
		rest := afterAnd(a, n)
		if rest == len(a) {
			continue
		}
		for _, r := range g.underHundred(a[rest:], rests[:0]) {
			if r.value > 0 {
				out = append(out, number(rest+r.atoms, head.value*100+r.value))
			}
		}
	}
	return out
}

// noOne reports whether head is the "un" of "un cent", which is 1 and 100 in French.
func (g grammar) noOne(head reading) bool {
	return g.french && !g.english && head.value == 1 && head.atoms > 0
}

func (g grammar) underHundred(a []atom, out []reading) []reading {
	v := int(a[0].value)
	switch a[0].class {
	case digit:
		out = append(out, reading{1, v, 1})
		if g.french && v == 4 && !a[0].figure && len(a) > 1 && a[1].class == tens && a[1].value == 20 {
			out = append(out, reading{2, 80, 2})
			out = g.added(a, 2, 80, true, out)
		}
	case teen:
		out = append(out, reading{1, v, 2})
		if g.french && v == 10 {
			out = g.dix(a, 1, 10, out)
		}
	case tens:
		out = append(out, reading{1, v, 2})
		out = g.added(a, 1, v, g.french && v == 60, out)
	default:
	}
	return out
}

// added reads what is added to tens: "one" in "forty-one", "et un", and, on
// sixty and eighty, "onze" and "dix-sept".
func (g grammar) added(a []atom, n, v int, teens bool, out []reading) []reading {
	at := n
	if g.french {
		at = afterAnd(a, n)
	}
	if at >= len(a) || a[at].figure {
		return out
	}
	next := a[at]
	switch {
	case next.class == digit && next.value > 0:
		out = append(out, reading{at + 1, v + int(next.value), 2})
	case teens && next.class == teen && next.value <= 16:
		out = append(out, reading{at + 1, v + int(next.value), 2})
		if next.value == 10 {
			out = g.dix(a, at+1, v+10, out)
		}
	}
	return out
}

// dix reads the "sept", "huit" or "neuf" after "dix".
func (g grammar) dix(a []atom, n, v int, out []reading) []reading {
	if n < len(a) && a[n].class == digit && a[n].value >= 7 && !a[n].figure {
		out = append(out, reading{n + 1, v + int(a[n].value), 2})
	}
	return out
}

func afterAnd(a []atom, n int) int {
	if n < len(a) && a[n].class == and {
		return n + 1
	}
	return n
}

func number(atoms, value int) reading {
	r := reading{atoms: atoms, value: value, width: 1}
	for v := value; v >= 10; v /= 10 {
		r.width++
	}
	return r
}

func longestFirst(r []reading) {
	for i := 1; i < len(r); i++ {
		for j := i; j > 0 && r[j].atoms > r[j-1].atoms; j-- {
			r[j], r[j-1] = r[j-1], r[j]
		}
	}
}

// unbroken puts last the readings that tear a number from the "hundred" or
// "thousand" that follows it. In English nobody means them, unless nothing else
// remains; in French "quatre cent" may be 4 and 100, and the second "mille" of
// "mille onze mille onze" begins a number of its own.
func (g grammar) unbroken(a []atom, r []reading) []reading {
	torn := func(x reading) bool {
		if x.atoms == len(a) {
			return false
		}
		next := a[x.atoms].class
		return next == hundred || next == thousand && (!g.french || !slices.ContainsFunc(a[:x.atoms], isThousand))
	}
	whole := 0
	for i := range r {
		if !torn(r[i]) {
			x := r[i]
			copy(r[whole+1:i+1], r[whole:i])
			r[whole] = x
			whole++
		}
	}
	if whole > 0 && !g.french {
		return r[:whole]
	}
	return r
}

func isThousand(x atom) bool { return x.class == thousand }

// put appends the digits of a reading.
func (x reading) put(dst []byte) []byte {
	n := len(dst)
	for range x.width {
		dst = append(dst, '0')
	}
	for i, v := len(dst)-1, x.value; i >= n; i, v = i-1, v/10 {
		dst[i] = byte('0' + v%10)
	}
	return dst
}

// greedy reads atoms the way a listener does: the longest number each time.
func (g grammar) greedy(a []atom, dst []byte) []byte {
	var buf [64]reading
	for len(a) > 0 {
		r := g.readings(a, buf[:0])[0]
		dst = r.put(dst)
		a = a[r.atoms:]
	}
	return dst
}

// most is the greatest number of digits that any reading gives.
func (g grammar) most(a []atom) int {
	var buf [64]reading
	var best [maxAtoms + 1]int
	if len(a) > maxAtoms {
		return len(a)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for _, r := range g.readings(a[i:], buf[:0]) {
			if a[i].class == times && r.atoms == 1 {
				r.width = int(a[i].value) // what it doubles is still to come
			}
			best[i] = max(best[i], r.width+best[i+r.atoms])
		}
	}
	return best[0]
}

// search looks through the readings of atoms, likely ones first, until one is
// wanted or patience ends.
type search struct {
	grammar
	patience int
	want     func(digits []byte, whole bool) bool
	digits   []byte
}

// find reports whether a reading was wanted; it is in s.digits then.
func (g grammar) find(a []atom, buf []byte, want func([]byte, bool) bool) ([]byte, bool) {
	s := search{grammar: g, patience: 600, want: want, digits: buf[:0]}
	ok := s.walk(a)
	return s.digits, ok
}

func (s *search) walk(a []atom) bool {
	if s.want(s.digits, len(a) == 0) {
		return true
	}
	if len(a) == 0 || s.patience == 0 {
		return false
	}
	s.patience--
	var buf [64]reading
	n := len(s.digits)
	for _, r := range s.readings(a, buf[:0]) {
		if n+r.width > maxDigits {
			continue
		}
		s.digits = r.put(s.digits[:n])
		if s.walk(a[r.atoms:]) {
			return true
		}
	}
	s.digits = s.digits[:n]
	return false
}
