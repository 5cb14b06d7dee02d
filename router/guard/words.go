package guard

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// read is a text as the rules see it.
type read struct {
	words  []string // folded, with spelt words joined and figures in words read as letters
	markup string   // what looks like code or like a role of a chat; empty: nothing
}

// roles are how chats of models tell who speaks.
var roles = regexp.MustCompile(`(?i)(?:^|[\s\[#<|])(?:system|assistant|developer|système|systeme)\s*(?::|\]|>)`) //nolint:gochecknoglobals // a compiled pattern

// markups are beginnings of tags and templates.
var markups = regexp.MustCompile(`</?[a-zA-Z!]|\{\{|\$\{|<\||\|>|\[/?INST\]|` + "```") //nolint:gochecknoglobals // a compiled pattern

// reading reads a text in one pass. Of its words, those of letters that stand alone, three
// and more in a row, become one: "i b a n".
func reading(text string) read {
	var out read
	text = norm.NFKC.String(text)
	switch {
	case markups.MatchString(text):
		out.markup = "markup"
	case roles.MatchString(text):
		out.markup = "a role"
	}
	var word strings.Builder
	alone := 0             // words of one letter at the end of out.words, with no apostrophe beside them
	before := rune(' ')    // what parted the word from the last
	end := func(by rune) { // of a word, parted from the next by a rune
		if word.Len() == 0 {
			before = by
			return
		}
		w := straight(word.String())
		word.Reset()
		spelt := len(w) == 1 && unicode.IsLetter(rune(w[0])) && !apostrophe(before) && !apostrophe(by)
		out.words = append(out.words, w)
		switch {
		case spelt:
			alone++
		default:
			out.words = join(out.words, alone, 1)
			alone = 0
		}
		before = by
	}
	for _, r := range norm.NFD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r): // accents, and what has no width
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '@' && word.Len() > 0, r == '$' && word.Len() > 0:
			word.WriteString(fold(r))
		default:
			end(r)
		}
	}
	end(' ')
	out.words = join(out.words, alone, 0)
	return out
}

func apostrophe(r rune) bool { return r == '\'' || r == '’' || r == '`' }

// mostSpelt is the longest word that is joined of letters.
const mostSpelt = 40

// join makes one word of n letters that stand before the last words, if there are enough.
func join(words []string, n, last int) []string {
	if n < 3 || n > mostSpelt {
		return words
	}
	at := len(words) - last - n
	spelt := strings.Join(words[at:at+n], "")
	return append(append(words[:at], spelt), words[at+n:]...)
}

// fold gives the small Latin letter that r is, or looks like.
func fold(r rune) string {
	r = unicode.ToLower(r)
	if latin, ok := alike[r]; ok {
		return latin
	}
	return string(r)
}

// alike are letters that look like others, and ligatures.
//
//nolint:gochecknoglobals // a read-only table
var alike = map[rune]string{
	'а': "a", 'е': "e", 'о': "o", 'р': "p", 'с': "c", 'у': "y", 'х': "x", 'і': "i", 'ѕ': "s", 'ԁ': "d", 'ո': "n", 'ɡ': "g",
	'ı': "i", 'α': "a", 'ο': "o", 'ν': "v", 'ι': "i", 'œ': "oe", 'æ': "ae", 'ß': "ss",
}

// straight reads figures among letters as the letters that they stand for: "1gn0re".
func straight(w string) string {
	if !strings.ContainsAny(w, "013457@$") || !strings.ContainsFunc(w, unicode.IsLetter) {
		return w
	}
	return strings.Map(func(r rune) rune {
		if i := strings.IndexRune("013457@$", r); i >= 0 {
			return rune("oieastas"[i])
		}
		return r
	}, w)
}

// stuck looks for what is said to models, with no spaces between its words or odd ones.
func (r *Rails) stuck(t read) (Kind, string) {
	all := strings.Join(t.words, "")
	for text, kind := range r.glued {
		if strings.Contains(all, text) {
			return kind, "words run together"
		}
	}
	return "", ""
}
