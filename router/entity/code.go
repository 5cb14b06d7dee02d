package entity

import (
	"slices"
	"strings"
)

// A Pattern says what a code is made of, a character for each of the code's: 'A' is a
// letter, '9' a digit.
type Pattern string

// Valid reports whether the pattern is one, of 2 to 16 characters and at most eleven
// digits: longer numbers are withheld.
func (p Pattern) Valid() bool {
	return len(p) >= 2 && len(p) <= 16 && strings.Trim(string(p), "A9") == "" && p.Digits() <= 11
}

// Digits counts the digits of a code.
func (p Pattern) Digits() int { return strings.Count(string(p), "9") }

// Keyed reports whether the code can be keyed: it has no letters.
func (p Pattern) Keyed() bool { return p.Digits() == len(p) }

// fits reports whether code begins as the pattern does.
func (p Pattern) fits(code string) bool {
	if len(code) > len(p) {
		return false
	}
	for i := range len(code) {
		if digit := code[i] <= '9'; digit != (p[i] == '9') {
			return false
		}
	}
	return true
}

// Codes gives the codes of a pattern that were said, in capitals: "b for bravo twelve",
// "AB-12", "double a", "alpha bravo 12".
func (h *Heard) Codes(p Pattern) []string {
	var out []string
	for i := 0; i < len(h.tokens); {
		left := patience
		code, n := h.codeAt(i, "", p, &left)
		if n == 0 || h.goesOn(i+n) || i > 0 && h.goesOn(i) && h.goesOn(i-1) {
			i++
			continue
		}
		if !slices.Contains(out, code) {
			out = append(out, code)
		}
		i += n
	}
	return out
}

// goesOn reports whether a number does at token i, so that what was read is only a part.
func (h *Heard) goesOn(i int) bool { return !h.at(i).pause && len(h.pieces(i)) > 0 }

// codeAt reads the rest of a code, of which some is known, from token i on.
func (h *Heard) codeAt(i int, known string, p Pattern, left *int) (code string, n int) {
	if len(known) == len(p) {
		return known, 0
	}
	if *left--; *left < 0 {
		return "", 0
	}
	for _, part := range slices.Concat(h.pieces(i), h.letters(i)) {
		if !p.fits(known + part.digits) {
			continue
		}
		if code, more := h.codeAt(i+part.n, known+part.digits, p, left); len(code) == len(p) {
			return code, part.n + more
		}
	}
	if known != "" && h.filler(i) {
		if code, more := h.codeAt(i+1, known, p, left); len(code) == len(p) {
			return code, 1 + more
		}
	}
	return "", 0
}

// letters gives the ways to read letters at token i: spelt, "double a", "b for bravo",
// or written together.
func (h *Heard) letters(i int) []piece {
	var out []piece
	if letter, n := h.letter(i); n > 0 {
		out = append(out, h.explained(i, letter, n))
	} else if t := h.at(i); len(t.text) > 1 && len(t.text) <= 4 && (t.glued || h.at(i+1).glued) && plainLetters(t.text) {
		out = append(out, piece{strings.ToUpper(t.text), 1})
	}
	if times := h.manifold(i); times > 0 {
		if letter, n := h.letter(i + 1); n > 0 {
			p := h.explained(i+1, letter, n)
			out = append(out, piece{strings.Repeat(letter, times), p.n + 1})
		}
	}
	return out
}

// explained passes over the "for bravo" and "comme Bernard" after a letter of n tokens.
func (h *Heard) explained(i int, letter string, n int) piece {
	k, _ := h.phrase(i+n, "as in", "comme", "for", "like", "de")
	if k > 0 && len(h.at(i+n+k).text) > 1 && strings.HasPrefix(h.at(i+n+k).text, strings.ToLower(letter)) {
		n += k + 1
	}
	return piece{letter, n}
}

func plainLetters(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

// letter reads the name of one letter, in capitals.
func (h *Heard) letter(i int) (string, int) {
	t := h.at(i).text
	if h.french {
		if n, _ := h.phrase(i, "i grec"); n > 0 {
			return "Y", n
		}
		if n, _ := h.phrase(i, "double v", "double ve"); n > 0 {
			return "W", n
		}
		return named(t, "be B ce C de D effe F ef F ge G ache H hache H ji J ka K elle L el L emme M em M enne N en N pe P cu Q qu Q erre R er R esse S es S te T ve V ixe X ygrec Y zede Z zed Z")
	}
	if n, _ := h.phrase(i, "double u", "double you"); n > 0 {
		return "W", n
	}
	return named(t, "ay A bee B be B eye I oh O see C sea C dee D ee E ef F eff F gee G aitch H haitch H jay J kay K el L ell L em M en N pee P pea P queue Q cue Q are R ar R es S ess S tee T tea T you U vee V ex X why Y wye Y zed Z zee Z")
}

// called are the names that letters have by radio, in both languages.
const called = "alpha A alfa A bravo B charlie C delta D echo E foxtrot F golf G hotel H india I juliet J juliett J kilo K lima L mike M november N " +
	"novembre N oscar O papa P quebec Q romeo R sierra S tango T uniform U uniforme U victor V whiskey W whisky W xray X yankee Y zulu Z"

// named gives a letter that stands alone, or looks a word up in a list of words and their
// letters.
func named(word, list string) (string, int) {
	if len(word) == 1 && word[0] >= 'a' && word[0] <= 'z' {
		return strings.ToUpper(word), 1
	}
	fields := strings.Fields(list + " " + called)
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] == word {
			return fields[i+1], 1
		}
	}
	return "", 0
}
