package voice

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths of a sentence in bytes: a longer one is cut at a comma or a space, so
// that its beginning is not held up by its end.
const (
	longSentence = 160
	longestPiece = 400
)

// Sentences cuts a text where a voice would pause anyway. Joined, the pieces
// are the text, but for white space and pieces without a letter or digit.
func Sentences(text string) []string {
	var out []string
	for rest := strings.TrimSpace(text); rest != ""; {
		n := cut(rest)
		piece := strings.TrimSpace(rest[:n])
		rest = strings.TrimSpace(rest[n:])
		if strings.ContainsFunc(piece, speakable) {
			out = append(out, piece)
		}
	}
	return out
}

func speakable(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// cut gives the length of the first piece.
func cut(text string) int {
	comma, space := 0, 0
	for i, r := range text {
		_, width := utf8.DecodeRuneInString(text[i:]) // 1 for a byte that is no rune
		end := i + width
		last := end == len(text) || unicode.IsSpace(next(text[end:]))
		switch {
		case strings.ContainsRune(".!?…\n", r) && last:
			return end
		case strings.ContainsRune(",;:", r) && last:
			comma = end
		case unicode.IsSpace(r):
			space = end
		}
		if i >= longSentence && comma > 0 {
			return comma
		}
		if i >= longestPiece {
			return max(space, end*btoi(space == 0))
		}
	}
	return len(text)
}

func next(text string) rune {
	r, _ := utf8.DecodeRuneInString(text)
	return r
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
