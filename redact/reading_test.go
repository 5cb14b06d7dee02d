package redact_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// reader is the tests' own reader of spoken digits. It shares nothing with the
// detector: it knows the words of every number below ten thousand by heart, and
// finds the longest stretch of a secret that any way of reading a text gives.
type reader struct {
	phrases map[string][]string // words, joined by a blank, to digits
	longest int                 // words of a phrase
	fillers map[string]bool
}

// readerSkips is how many words it passes over in a row. It never passes over one that is part
// of a number: within "mille trois cent onze" there is neither a thousand nor a hundred.
const readerSkips = 2

func newReader(lang string) *reader {
	r := &reader{phrases: map[string][]string{}, fillers: map[string]bool{}}
	for f := range strings.FieldsSeq("uh um er erm hmm euh heu hum then next so puis alors ensuite donc voilà okay ok and et dash tiret comma virgule space espace followed by suivi") {
		r.fillers[f] = true
	}
	if lang != "fr" {
		r.learnLanguage(englishWords, englishLikes, "")
	}
	if lang != "en" {
		r.learnLanguage(frenchWords, frenchLikes, "fois ")
	}
	return r
}

func (r *reader) learnLanguage(words func(int) []string, likes map[string]string, times string) {
	for n := range 10000 {
		for _, p := range words(n) {
			r.learn(p, strconv.Itoa(n))
			if n < 100 {
				r.learn(strings.NewReplacer(" ", "", "-", "").Replace(p), strconv.Itoa(n))
			}
		}
	}
	for w, d := range likes {
		r.learn(w, d)
	}
	for d := range 10 {
		for _, p := range append(words(d), zeros(d)...) {
			for n, name := range map[int]string{2: "double", 3: "triple", 4: "quadruple"} {
				r.learn(name+" "+p, strings.Repeat(strconv.Itoa(d), n))
				if times != "" {
					r.learn(words(n)[0]+" "+times+p, strings.Repeat(strconv.Itoa(d), n))
					r.learn(words(n)[0]+" "+times+"le "+p, strings.Repeat(strconv.Itoa(d), n))
				} else {
					r.learn(words(n)[0]+" "+p+"s", strings.Repeat(strconv.Itoa(d), n))
					r.learn(words(n)[0]+" "+p+"es", strings.Repeat(strconv.Itoa(d), n))
				}
			}
			r.learn("treble "+p, strings.Repeat(strconv.Itoa(d), 3))
		}
	}
}

func zeros(d int) []string {
	if d == 0 {
		return []string{"oh", "o", "zero"}
	}
	return nil
}

func (r *reader) learn(phrase, digits string) {
	phrase = strings.ReplaceAll(phrase, "-", " ")
	r.phrases[phrase] = append(r.phrases[phrase], digits)
	r.longest = max(r.longest, strings.Count(phrase, " ")+1)
}

var englishUnits = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")

var englishTens = strings.Fields("- - twenty thirty forty fifty sixty seventy eighty ninety")

var englishLikes = map[string]string{
	"oh": "0", "o": "0", "owe": "0", "nought": "0", "naught": "0", "won": "1", "to": "2", "too": "2", "tree": "3", "free": "3",
	"for": "4", "fore": "4", "fife": "5", "sex": "6", "sicks": "6", "ate": "8", "nein": "9",
}

// englishWords gives the ways to say n, below ten thousand.
func englishWords(n int) []string {
	switch {
	case n < 20:
		return []string{englishUnits[n]}
	case n < 100 && n%10 == 0:
		return []string{englishTens[n/10]}
	case n < 100:
		return []string{englishTens[n/10] + "-" + englishUnits[n%10]}
	}
	var out []string
	say := func(head, base int, word string) {
		h := englishWords(head)[0] + " " + word
		rest := n - head*base
		if rest == 0 {
			out = append(out, h)
			return
		}
		for _, w := range englishWords(rest) {
			out = append(out, h+" "+w, h+" and "+w)
		}
	}
	if n >= 1000 {
		say(n/1000, 1000, "thousand")
	}
	if n < 1000 || n/100%10 != 0 {
		say(n/100, 100, "hundred")
	}
	return out
}

var frenchUnits = strings.Fields("zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf")

var frenchTens = strings.Fields("- - vingt trente quarante cinquante soixante")

var frenchLikes = map[string]string{
	"zero": "0", "hein": "1", "une": "1", "de": "2", "troie": "3", "catre": "4", "quart": "4", "saint": "5", "sain": "5", "sein": "5",
	"sis": "6", "si": "6", "scie": "6", "cette": "7", "cet": "7", "set": "7", "oui": "8", "œuf": "9", "cent": "100",
}

// frenchWords gives the ways to say n, below ten thousand.
func frenchWords(n int) []string {
	switch {
	case n < 20:
		return []string{frenchUnits[n]}
	case n < 100:
		return frenchTen(n)
	}
	head, rest, word := n/100, n%100, "cent"
	if n >= 1000 {
		head, rest, word = n/1000, n%1000, "mille"
	}
	h := word
	if head > 1 {
		h = frenchWords(head)[0] + " " + word
	}
	if rest == 0 {
		return []string{h}
	}
	var out []string
	for _, w := range frenchWords(rest) {
		out = append(out, h+" "+w)
	}
	return out
}

func frenchTen(n int) []string {
	t, u := n/10, n%10
	var out []string
	switch t {
	case 7:
		out = append(out, frenchSum("soixante", 10+u), frenchSum("septante", u))
	case 8:
		out = append(out, frenchSum("quatre-vingt", u), frenchSum("huitante", u))
	case 9:
		out = append(out, frenchSum("quatre-vingt", 10+u), frenchSum("nonante", u))
	default:
		out = append(out, frenchSum(frenchTens[t], u))
	}
	return out
}

func frenchSum(head string, u int) string {
	switch {
	case u == 0:
		return head
	case u%10 == 1 && head != "quatre-vingt":
		return head + " et " + frenchUnits[u]
	}
	return head + "-" + frenchUnits[u]
}

const broken = "\x00"

// tokens cuts a text into folded words, single figures and masks.
func tokens(text string) []string {
	var out []string
	word := ""
	flush := func() {
		if word != "" {
			out = append(out, word)
		}
		word = ""
	}
	masked := false
	for _, c := range strings.ToLower(text) {
		switch {
		case c == '[':
			flush()
			masked = true
			out = append(out, broken)
		case c == ']':
			masked = false
		case masked:
		case unicode.IsDigit(c):
			flush()
			out = append(out, string('0'+digitValue(c)))
		case unicode.IsLetter(c):
			word += string(c)
		default:
			flush()
		}
	}
	flush()
	return out
}

// digitValue reads a figure of a script that our recognizers write.
func digitValue(c rune) rune {
	if c >= '０' && c <= '９' {
		return c - '０'
	}
	return c - '0'
}

// readable is the greatest number of digits of secret that can be read in a
// row in text.
func (r *reader) readable(text, secret string) int {
	ts := tokens(text)
	// reach[p] is how many digits were read when secret[p] comes next, and
	// skipped[p] over how many words since.
	type state struct{ read, skipped int }
	at := make([]map[int]state, len(ts)+1)
	for i := range at {
		at[i] = map[int]state{}
	}
	put := func(i, p int, s state) {
		if old, ok := at[i][p]; !ok || s.read > old.read || s.read == old.read && s.skipped < old.skipped {
			at[i][p] = s
		}
	}
	best := 0
	part := r.parts(ts)
	for i := range ts {
		if ts[i] == broken {
			continue
		}
		for p, s := range at[i] {
			switch {
			case r.fillers[ts[i]]:
				put(i+1, p, s)
			case s.skipped < readerSkips && !part[i]:
				put(i+1, p, state{s.read, s.skipped + 1})
			}
		}
		for n := 1; n <= r.longest && i+n <= len(ts); n++ {
			for _, d := range r.edge(ts[i : i+n]) {
				for p, s := range at[i] {
					k := common(secret[p:], d)
					best = max(best, s.read+k)
					if k == len(d) {
						put(i+n, p+k, state{read: s.read + k})
					}
				}
				for from := range d {
					for p := range secret {
						k := common(secret[p:], d[from:])
						best = max(best, k)
						if k == len(d)-from {
							put(i+n, p+k, state{read: k})
						}
					}
				}
			}
		}
	}
	return best
}

// parts tells which words are one number with those beside them.
func (r *reader) parts(ts []string) []bool {
	part := make([]bool, len(ts))
	for i := range ts {
		for n := min(r.longest, len(ts)-i); n > 1; n-- {
			if len(r.edge(ts[i:i+n])) == 0 {
				continue
			}
			for k := range n {
				part[i+k] = true
			}
			break
		}
	}
	return part
}

func (r *reader) edge(ts []string) []string {
	if len(ts) == 1 && ts[0][0] >= '0' && ts[0][0] <= '9' {
		return ts
	}
	return r.phrases[strings.Join(ts, " ")]
}

func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// What the reader reads is what a listener would: all that is left of a number that was cut up,
// with words in between, and no digits that stand in it by chance.
func TestTheReaderReadsNoNumberWithinAnother(t *testing.T) {
	for _, c := range []struct {
		lang, text, secret string
		want               int
	}{
		{"fr", "ES mille trois cent onze", "13110001001112345678", 5}, // the 100 and the 11 at its end may be two numbers
		{"fr", "mille et cent onze", "00010001001112345678", 9},
		{"fr", "mille attendez cent voilà onze", "00010001001112345678", 9},
		{"fr", "mille non trois non cent onze", "00010001001112345678", 5},
		{"fr", "quatre cinq non six trois", "94632718", 3},
		{"fr", "quatre-vingt-trois euh pardon zéro un", "76830186", 4},
		{"en", "one thousand three hundred and eleven", "10001001134567", 4},
		{"en", "one thousand wait three for you eleven", "00100031134567", 7},
		{"en", "four three [card] seven", "437", 2},
	} {
		if got := newReader(c.lang).readable(c.text, c.secret); got != c.want {
			t.Errorf("%d digits of %s are read in %q, want %d", got, c.secret, c.text, c.want)
		}
	}
}
