package tts

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sentences cuts a text where one sentence ends and the next begins, in English and
// French. What it is not sure of it leaves together: a cut in the wrong place is heard
// as a pause, one left out costs a little time. Nothing but white space is lost.
func sentences(text string) []string {
	var out []string
	begin := 0
	for at := 0; at < len(text); {
		r, n := utf8.DecodeRuneInString(text[at:])
		switch {
		case r == '\n' && strings.HasPrefix(strings.TrimLeft(text[at+n:], " \t\r"), "\n"):
			out, begin = appendTrimmed(out, text[begin:at]), at
		case isEnd(r):
			end := closing(text, at)
			if ends(text[begin:at+n], r, text[end:]) {
				out, begin = appendTrimmed(out, text[begin:end]), end
			}
			n = end - at
		}
		at += n
	}
	return appendTrimmed(out, text[begin:])
}

func appendTrimmed(out []string, s string) []string {
	if s = strings.TrimSpace(s); s != "" {
		out = append(out, s)
	}
	return out
}

func isEnd(r rune) bool { return strings.ContainsRune(".!?…", r) }

// closing gives where the marks that end at a place end themselves: "?!", "...", and
// quotes and brackets after them, which in French stand after a space.
func closing(text string, at int) int {
	end := at
	for end < len(text) {
		r, n := utf8.DecodeRuneInString(text[end:])
		if !isEnd(r) && !strings.ContainsRune(`"'”’»)]`, r) {
			break
		}
		end += n
	}
	rest := strings.TrimLeft(text[end:], "\u00a0\u202f ")
	if after, ok := strings.CutPrefix(rest, "»"); ok {
		return len(text) - len(after)
	}
	return end
}

// ends reports whether a sentence is over at a mark. before ends with the mark, and after
// is what follows it and the quotes behind it.
func ends(before string, mark rune, after string) bool {
	next := strings.TrimLeftFunc(after, unicode.IsSpace)
	if next == "" {
		return true
	}
	if len(next) == len(after) { // no space: 3.5, www.example.com
		return false
	}
	next = strings.TrimLeft(next, "\"'“‘«([-–—¿¡\u00a0\u202f ")
	r, _ := utf8.DecodeRuneInString(next)
	if !unicode.IsUpper(r) && !unicode.IsDigit(r) && unicode.IsLetter(r) {
		return false // "Well… perhaps", "« Allô ? » dit-il"
	}
	return mark != '.' || !abbreviated(strings.TrimSuffix(before, "."), r)
}

// longestWord is how many bytes are looked at for an abbreviation.
const longestWord = 24

// abbreviated reports whether the last word before a full stop is a short form of
// another, so that the stop may end nothing.
func abbreviated(before string, next rune) bool {
	before = before[max(len(before)-longestWord, 0):]
	words := strings.FieldsFunc(before, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`"'“‘’«([-`, r) })
	if len(words) == 0 {
		return false
	}
	word := strings.ToLower(words[len(words)-1])
	letters := utf8.RuneCountInString(word)
	r, _ := utf8.DecodeRuneInString(word)
	switch {
	case letters == 1 && unicode.IsLetter(r): // an initial: J. Dupont
		return true
	case strings.Contains(word, "."): // p.m., U.S.: it ends a sentence as often as not
		return letters <= 5
	case slices.Contains(titles(), word):
		return true
	}
	return unicode.IsDigit(next) && slices.Contains(beforeNumbers(), word)
}

// titles stand before a name, or another word that begins with a capital.
func titles() []string {
	return []string{
		"mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "mt", "vs", "capt", "col", "gen", "lt", "sgt", "rev", "hon", "messrs",
		"mm", "mlle", "mme", "me", "mgr", "pr", "ste", "bd", "av", "boul", "cie",
	}
}

// beforeNumbers stand before one.
func beforeNumbers() []string {
	return []string{"no", "nos", "nr", "num", "art", "p", "pp", "vol", "ch", "chap", "fig", "tel", "tél", "ext", "env", "approx", "ca", "réf", "ref", "apt", "bât"}
}
