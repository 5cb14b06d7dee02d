package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWord bounds the letters of a word that count; longer ones are cut off.
const maxWord = 48

// maxLexemes bounds the memory of an utterance. What is beyond is cut off.
const maxLexemes = 512

// lexeme is a word of an utterance, a part of one ("forty" in "forty-one"), a
// single figure or a currency sign.
type lexeme struct {
	word
	start, end int  // bytes of the text
	field      int  // which of the recognizer's words it stands in
	figure     bool // written as a figure
	live       bool // taken as part of a number
	aside      bool // part of an amount or a date
	label      bool // the "four" of "the next four are": a digit to who wants to hear one
}

// lexer cuts a text into lexemes.
type lexer struct {
	lang  string
	text  string
	field int
	glued bool // the last lexeme touches what comes next
	out   []lexeme
	cut   int // where the text was cut off, if it was too long; else -1
}

// lex cuts text, reusing buf. It also says where it cut the text off, or -1.
func lex(lang, text string, buf []lexeme) ([]lexeme, int) {
	l := lexer{lang: lang, text: text, out: buf[:0], cut: -1}
	for i := 0; i < len(text); {
		if len(l.out) >= maxLexemes {
			l.cut = i
			break
		}
		i = l.next(i)
	}
	return l.out, l.cut
}

// next cuts one lexeme, or passes over one separator, and says where it ended.
func (l *lexer) next(i int) int {
	r, size := utf8.DecodeRuneInString(l.text[i:])
	switch {
	case joiner(r):
		return i + size
	case unicode.IsNumber(r):
		l.add(lexeme{word: num(digit, figureValue(r)), start: i, end: i + size, figure: true})
		return i + size
	case ordinal(r):
	case unicode.IsLetter(r):
		return l.letters(i)
	case r == '%' && l.inFigures(i+size):
	case unicode.Is(unicode.Sc, r) || r == '%' || r == degree:
		if r == degree && (l.inFigures(i+size) || l.glued && !l.out[len(l.out)-1].figure) { // n°
			break
		}
		l.add(lexeme{word: isClass(unit), start: i, end: i + size})
		return i + size
	case unicode.IsSpace(r):
		l.field++
	}
	l.glued = false
	return i + size
}

// degree is also the sign in "n°".
const degree = '°'

// ordinal reports whether r is the letter in "nº", which looks like a degree.
func ordinal(r rune) bool { return r == 'º' || r == 'ª' }

// inFigures reports whether a sign that ends at byte end has figures at both sides, as no unit has:
// a recognizer has made it of a pause.
func (l *lexer) inFigures(end int) bool {
	next, _ := utf8.DecodeRuneInString(l.text[end:])
	return l.glued && l.out[len(l.out)-1].figure && unicode.IsNumber(next)
}

func (l *lexer) add(x lexeme) {
	x.field = l.field
	l.out = append(l.out, x)
	l.glued = true
}

// letters cuts a word. Letters that touch a figure are no number: the DE of an
// IBAN is not "de".
func (l *lexer) letters(i int) int {
	var buf [maxWord]byte
	var ends [maxWord + 1]int // of the text, by how much is folded
	folded, j := buf[:0], i
	touched := l.glued
	for j < len(l.text) {
		r, size := utf8.DecodeRuneInString(l.text[j:])
		if !unicode.IsLetter(r) && !joiner(r) || ordinal(r) {
			break
		}
		folded = fold(folded, r)
		j += size
		ends[len(folded)] = j
	}
	if l.alike(i, j) {
		return j
	}
	w := lookup(l.lang, folded)
	if w == (word{}) && (!touched || len(folded) > 6) && l.pieces(folded, i, ends[:]) {
		return j
	}
	if next, _ := utf8.DecodeRuneInString(l.text[j:]); unicode.IsNumber(next) {
		touched = true
	}
	if touched && w.numeric() && !l.amid(j) && (w.sure != strong || len(folded) < 4 && string(folded) != "six") { // "four970three8" is one
		w = word{}
	}
	if string(folded) == "cent" && len(l.out) > 0 && l.text[l.out[len(l.out)-1].start:l.out[len(l.out)-1].end] == "pour" {
		w = isClass(unit)
	}
	if l.lang == "en" {
		l.cent(folded, &w)
	}
	if string(folded) == "clock" {
		l.oClock()
	}
	l.add(lexeme{word: w, start: i, end: j})
	return j
}

// alike takes the letters of the text from i to j for the figures they look like, O and I, where they stand
// between figures, or in a word of four and more that is made of both: 4O12, 4III.
func (l *lexer) alike(i, j int) bool {
	if strings.Trim(l.text[i:j], "OoIil") != "" {
		return false
	}
	from, to := i, j
	for from > 0 && likeFigure(l.text[from-1]) {
		from--
	}
	for to < len(l.text) && likeFigure(l.text[to]) {
		to++
	}
	between := from < i && to > j && l.text[i-1] <= '9' && l.text[j] <= '9'
	if !strings.ContainsAny(l.text[from:to], "0123456789") || !between && to-from < 4 || !l.ends(from, to) && !between {
		return false
	}
	for k := i; k < j; k++ {
		v := uint8(1)
		if l.text[k]|0x20 == 'o' {
			v = 0
		}
		l.add(lexeme{word: num(digit, v), start: k, end: k + 1, figure: true})
	}
	return true
}

func likeFigure(c byte) bool { return c >= '0' && c <= '9' || strings.IndexByte("OoIil", c) >= 0 }

// ends reports whether no letter touches the text from byte from to byte to.
func (l *lexer) ends(from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(l.text[:from])
	after, _ := utf8.DecodeRuneInString(l.text[to:])
	return !unicode.IsLetter(before) && !unicode.IsLetter(after)
}

// amid reports whether a word that ends at byte end has figures at both sides, as in "5un0028".
func (l *lexer) amid(end int) bool {
	next, _ := utf8.DecodeRuneInString(l.text[end:])
	return l.glued && unicode.IsNumber(next) && len(l.out) > 1 && l.out[len(l.out)-1].figure
}

// pieces cuts a word that is made of number words alone, as recognizers write
// "fortyone" and "quatrevingtdix".
func (l *lexer) pieces(folded []byte, start int, ends []int) bool {
	var cuts [maxWord]int
	n := cutNumbers(l.lang, folded, cuts[:0])
	if len(n) < 2 {
		return false
	}
	from := 0
	for _, to := range n {
		w := lookup(l.lang, folded[from:to])
		if w.numeric() {
			w.sure = strong
		}
		l.add(lexeme{word: w, start: start, end: ends[to]})
		from, start = to, ends[to]
	}
	return true
}

// cutNumbers says where the number words end of which s is made, if it is.
func cutNumbers(lang string, s []byte, cuts []int) []int {
	at := 0
	if len(cuts) > 0 {
		at = cuts[len(cuts)-1]
	}
	if at == len(s) {
		return cuts
	}
	for to := len(s); to > at; to-- {
		if !inNumber(lang, s[at:to], at > 0 && to < len(s)) {
			continue
		}
		if out := cutNumbers(lang, s, append(cuts, to)); out != nil {
			return out
		}
	}
	return nil
}

// inNumber reports whether s can be a part of glued number words.
func inNumber(lang string, s []byte, inside bool) bool {
	w := lookup(lang, s)
	if w.numeric() && w.sure >= weak { // "four" and "one" are French words, but not in "fortyfour"
		w = lookup("", s)
	}
	if w.class == and {
		return inside
	}
	return w.numeric() && w.class != times && (w.sure == strong && len(s) > 2 || w.sure == medium || string(s) == "oh")
}

// cent takes the "cent" beside a French number, in a call in English, for a hundred and not for a
// coin. The word is w, folded; or it is the number after it.
func (l *lexer) cent(folded []byte, w *word) {
	if len(l.out) == 0 || !l.out[len(l.out)-1].numeric() && l.out[len(l.out)-1].class != unit {
		return
	}
	last := &l.out[len(l.out)-1]
	var buf [maxWord]byte
	before := buf[:0]
	for _, r := range l.text[last.start:last.end] {
		before = fold(before, r)
	}
	switch {
	case isCent(folded) && onlyFrench(before):
		*w = isClass(hundred)
	case isCent(before) && last.class == unit && onlyFrench(folded):
		last.word = isClass(hundred)
	}
}

func isCent(s []byte) bool { return string(s) == "cent" || string(s) == "cents" }

// onlyFrench reports whether s is a number in French and none in English.
func onlyFrench(s []byte) bool {
	return frenchNumber(string(s)).numeric() && !englishNumber(string(s)).numeric() && !isCent(s)
}

// oClock takes the O that went before for a part of "o'clock", not for a zero.
func (l *lexer) oClock() {
	if len(l.out) == 0 {
		return
	}
	if last := &l.out[len(l.out)-1]; last.class == digit && last.value == 0 && last.sure != strong {
		last.word = isClass(unit)
	}
}

// joiner reports whether r is a mark that no reader sees: an accent of its own,
// a soft hyphen, a zero-width space.
func joiner(r rune) bool { return unicode.In(r, unicode.Mn, unicode.Cf) }

// figureValue is the value of a figure in any script, 0 if it has none.
func figureValue(r rune) uint8 {
	if r >= '0' && r <= '9' {
		return uint8(r - '0')
	}
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return uint8((r - rune(t.Lo)) % 10)
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return uint8((r - rune(t.Lo)) % 10)
		}
	}
	return 0
}

// fold appends r in lower case, without its accent.
func fold(dst []byte, r rune) []byte {
	if len(dst) == cap(dst) {
		return dst // longer than any word we know
	}
	r = unicode.ToLower(r)
	switch r {
	case 'à', 'â', 'ä':
		r = 'a'
	case 'é', 'è', 'ê', 'ë':
		r = 'e'
	case 'î', 'ï':
		r = 'i'
	case 'ô', 'ö':
		r = 'o'
	case 'û', 'ù', 'ü':
		r = 'u'
	case 'ç':
		r = 'c'
	case 'œ':
		return fold(fold(dst, 'o'), 'e')
	}
	switch {
	case joiner(r):
		return dst
	case r >= 0x80:
		return append(dst, '?')
	}
	return append(dst, byte(r))
}
