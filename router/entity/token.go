package entity

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/callward/callward/redact"
)

// mostTokens is as much of an utterance as is looked at.
const mostTokens = 256

// A token is a word, some figures in a row, or a mark that counts.
type token struct {
	text  string // in lower case, without accents
	glued bool   // nothing parts it from the token before
	pause bool   // a comma or the like does
}

func (t token) figures() bool { return t.text != "" && t.text[0] >= '0' && t.text[0] <= '9' }

func (t token) is(words ...string) bool {
	return slices.Contains(words, t.text)
}

// Heard is an utterance that values are looked for in.
type Heard struct {
	french bool
	tokens []token
}

// Hear cuts a text in one of the languages "en" and "fr" into words.
func Hear(language string, text redact.Safe) *Heard {
	return &Heard{french: language == "fr", tokens: cut(text.String())}
}

// Language is that of the utterance.
func (h *Heard) Language() string {
	if h.french {
		return "fr"
	}
	return "en"
}

// at gives a token; beyond the ends, one that is nothing.
func (h *Heard) at(i int) token {
	if i < 0 || i >= len(h.tokens) {
		return token{}
	}
	return h.tokens[i]
}

// are reports whether the words stand at i, one after the other.
func (h *Heard) are(i int, words ...string) bool {
	for k, w := range words {
		if h.at(i+k).text != w {
			return false
		}
	}
	return true
}

// phrase gives the number of words of the first phrase that stands at i, and its
// place in the list; 0 and -1 if none does.
func (h *Heard) phrase(i int, phrases ...string) (n, which int) {
	for k, p := range phrases {
		words := strings.Fields(p)
		if h.are(i, words...) {
			return len(words), k
		}
	}
	return 0, -1
}

// upTo is the utterance as it was before token end.
func (h *Heard) upTo(end int) *Heard {
	return &Heard{french: h.french, tokens: h.tokens[:min(max(end, 0), len(h.tokens))]}
}

// breath gives where the words end that are said in one breath with token i.
func (h *Heard) breath(i int) int {
	for j := i + 1; j < len(h.tokens); j++ {
		if h.tokens[j].pause {
			return j
		}
	}
	return len(h.tokens)
}

// A cutter makes tokens of a text.
type cutter struct {
	text  []rune
	out   []token
	apart bool // something parted what comes from what went before
	pause bool
}

func cut(text string) []token {
	c := cutter{text: []rune(fold(text)), apart: true}
	for i := 0; i < len(c.text) && len(c.out) < mostTokens; {
		i = c.next(i)
	}
	return c.out
}

// fold takes case and accents away.
func fold(text string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(text)) {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
		case r == 'œ':
			b.WriteString("oe")
		case r == 'æ':
			b.WriteString("ae")
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

func figure(r rune) bool { return r >= '0' && r <= '9' }

// next takes one token, or passes over one mark, and says where it ended.
func (c *cutter) next(i int) int {
	r := c.text[i]
	switch {
	case figure(r):
		return c.run(i, figure)
	case unicode.IsLetter(r):
		return c.run(i, unicode.IsLetter)
	case r == '[':
		return c.mask(i)
	case strings.ContainsRune("€$£+%", r), strings.ContainsRune("/:.,-", r) && c.within(i):
		c.add(string(r))
		return i + 1
	}
	c.apart = c.apart || !c.hyphened(i)
	c.pause = c.pause || strings.ContainsRune(",;.?!", r)
	return i + 1
}

// hyphened reports whether a hyphen at i joins letters to figures, as in "AB-123".
func (c *cutter) hyphened(i int) bool {
	return c.text[i] == '-' && i > 0 && i+1 < len(c.text) && unicode.IsLetter(c.text[i-1]) && figure(c.text[i+1])
}

// within reports whether figures touch the mark at i on both sides.
func (c *cutter) within(i int) bool {
	return i > 0 && i+1 < len(c.text) && figure(c.text[i-1]) && figure(c.text[i+1])
}

func (c *cutter) run(i int, of func(rune) bool) int {
	j := i
	for j < len(c.text) && of(c.text[j]) {
		j++
	}
	c.add(string(c.text[i:j]))
	return j
}

// mask takes what the redactor put in place of what it hides.
func (c *cutter) mask(i int) int {
	for j := i; j < len(c.text); j++ {
		if c.text[j] == ']' {
			c.add("[]")
			return j + 1
		}
	}
	c.apart = true
	return i + 1
}

func (c *cutter) add(text string) {
	c.out = append(c.out, token{text: text, glued: !c.apart, pause: c.pause})
	c.apart, c.pause = false, false
}
