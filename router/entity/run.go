package entity

import (
	"slices"
	"strings"
)

// A piece is what some tokens are in a number that is dictated: one digit or several.
type piece struct {
	digits string
	n      int // tokens
}

// pieces gives the ways to read what begins at token i, the longest first: "soixante
// dix huit" is 78, or 70 with 8 to come, or 60 with 10 and 8 to come.
func (h *Heard) pieces(i int) []piece {
	if t := h.at(i); t.figures() {
		return []piece{{t.text, 1}}
	}
	if times := h.manifold(i); times > 0 {
		return h.repeated(i, times)
	}
	if h.zero(i) {
		return []piece{{"0", 1}}
	}
	var out []piece
	const longest = 12 // tokens: "quatre vingt dix neuf mille neuf cent quatre vingt dix neuf" has eleven
	for n := min(longest, h.breath(i)-i); n > 0; n-- {
		if value, k := h.upTo(i + n).cardinal(i); k == n {
			out = append(out, piece{inFigures(value), n})
		}
	}
	return out
}

// inFigures writes a number in figures.
func inFigures(n int) string {
	out := []byte{byte('0' + n%10)}
	for n /= 10; n > 0; n /= 10 {
		out = append(out, byte('0'+n%10))
	}
	slices.Reverse(out)
	return string(out)
}

// zero reports whether token i is one of the other names of nought.
func (h *Heard) zero(i int) bool { return !h.french && h.at(i).is("oh", "o") }

// manifold gives how often what follows "double" or "triple" counts; 0 without such a word.
func (h *Heard) manifold(i int) int {
	switch h.at(i).text {
	case "double":
		return 2
	case "triple", "treble":
		return 3
	case "quadruple":
		return 4
	}
	return 0
}

func (h *Heard) repeated(i, times int) []piece {
	next := h.numeral(i + 1)
	digit := ""
	switch {
	case next.kind == unit || h.zero(i+1):
		digit = inFigures(next.value)
	case h.at(i+1).figures() && len(h.at(i+1).text) == 1:
		digit = h.at(i + 1).text
	default:
		return nil
	}
	return []piece{{strings.Repeat(digit, times), 2}}
}

// filler reports whether token i says nothing between two parts of a number.
func (h *Heard) filler(i int) bool {
	return h.at(i).is("um", "uh", "euh", "heu", "then", "puis", "ensuite", "tiret", "dash", "hyphen", "slash", "espace", "space", "-", ".", "/", ",", "et", "and")
}

// runs gives the numbers that are dictated, each from its first token to behind its
// last; what is covered by other values is none.
func (h *Heard) runs(covered []bool) []span {
	var out []span
	for i := 0; i < len(h.tokens); i++ {
		if covered[i] || len(h.pieces(i)) == 0 {
			continue
		}
		end := i
		for j := i; j < len(h.tokens) && !covered[j]; {
			switch p := h.pieces(j); {
			case len(p) > 0:
				j += p[0].n
				end = j
			case h.filler(j):
				j++
			default:
				j = len(h.tokens)
			}
		}
		out = append(out, span{i, end})
		i = end
	}
	return out
}

// patience bounds the readings of one number that are tried.
const patience = 2000

// reading gives the likeliest way to read a run, whole, that is wanted.
func (h *Heard) reading(s span, longest int, wanted func(digits string) bool) (string, bool) {
	left := patience
	v := h.upTo(s.to)
	var walk func(i int, digits string) (string, bool)
	walk = func(i int, digits string) (string, bool) {
		if left--; left < 0 || len(digits) > longest {
			return "", false
		}
		if i >= s.to {
			return digits, wanted(digits)
		}
		for _, p := range v.pieces(i) {
			if got, ok := walk(i+p.n, digits+p.digits); ok {
				return got, true
			}
		}
		if v.filler(i) {
			return walk(i+1, digits)
		}
		return "", false
	}
	return walk(s.from, "")
}

// Digits gives the numbers of so many digits that were dictated.
func (h *Heard) Digits(length int) []string {
	return h.found(h.covered(), func(s span) (string, bool) { return h.digitsOf(s, length) })
}

func (h *Heard) digitsOf(s span, length int) (string, bool) {
	return h.reading(s, length, func(d string) bool { return len(d) == length })
}

// found collects what a reader makes of the runs, each value once.
func (h *Heard) found(covered []bool, read func(span) (string, bool)) []string {
	var out []string
	for _, s := range h.runs(covered) {
		if v, ok := read(s); ok && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// covered tells of each token whether it is of a date, a time or an amount.
func (h *Heard) covered() []bool {
	out := make([]bool, len(h.tokens))
	for _, s := range slices.Concat(h.dateSpans(), h.timeSpans(), h.amountSpans()) {
		for i := s.from; i < s.to; i++ {
			out[i] = true
		}
	}
	return out
}

func (h *Heard) dateSpans() []span {
	_, spans := h.dates(Calendar{Now: someDay()})
	return spans
}

func (h *Heard) timeSpans() []span {
	_, spans := h.times(false)
	return spans
}

func (h *Heard) amountSpans() []span {
	_, spans := h.amounts("EUR", false)
	return spans
}

func (h *Heard) hasDate() bool   { return len(h.dateSpans()) > 0 }
func (h *Heard) hasTime() bool   { return len(h.timeSpans()) > 0 }
func (h *Heard) hasAmount() bool { return len(h.amountSpans()) > 0 }

// Postcodes gives the French postcodes that were said: five digits of which the first
// two are a department, or 97 and 98 for those overseas.
func (h *Heard) Postcodes() []string {
	return h.found(h.covered(), func(s span) (string, bool) {
		code, ok := h.digitsOf(s, 5)
		return code, ok && IsPostcode(code)
	})
}

// IsPostcode reports whether five digits can be a French postcode.
func IsPostcode(code string) bool {
	return len(code) == 5 && code >= "01000" && code <= "98999" && code[:2] != "96"
}

// Numbers gives the whole numbers that were said for themselves, not in a date, a time
// or an amount. With asked, a number is what was asked for, and "le trois" is one too.
func (h *Heard) Numbers(asked bool) []int {
	out := h.numbers(h.covered())
	if len(out) == 0 && asked {
		return h.numbers(make([]bool, len(h.tokens)))
	}
	return out
}

func (h *Heard) numbers(covered []bool) []int {
	var out []int
	for i := 0; i < len(h.tokens); i++ {
		if covered[i] || h.article(i) && !h.counts(i+1) {
			continue
		}
		v, n := h.cardinal(i)
		if n == 0 {
			continue
		}
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
		i += n - 1
	}
	return out
}
