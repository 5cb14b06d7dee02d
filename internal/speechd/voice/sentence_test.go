package voice

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestTextIsCutWhereAVoiceWouldPause(t *testing.T) {
	words := strings.TrimSpace(strings.Repeat("word ", 100)) // 499 bytes without a comma
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"white space", " \n\t ", nil},
		{"no letter", "... ?! - …", nil},
		{"one sentence", "Hello.", []string{"Hello."}},
		{"no full stop", "hello", []string{"hello"}},
		{"each mark", "One. Two! Three? Four… Five", []string{"One.", "Two!", "Three?", "Four…", "Five"}},
		{"a mark with space before it", "Que puis-je faire ? Dites-le !", []string{"Que puis-je faire ?", "Dites-le !"}},
		{"a number with a point", "It is 3.14 euros.", []string{"It is 3.14 euros."}},
		{"marks in a row", "Really?! Yes...", []string{"Really?!", "Yes..."}},
		{"a mark alone between sentences", "Yes. - ! No.", []string{"Yes.", "No."}},
		{"a paragraph", "Title\n\nText", []string{"Title", "Text"}},
		{"space around", "  Hello.  Bye.  ", []string{"Hello.", "Bye."}},
		{"a short one with commas", "One, two, three.", []string{"One, two, three."}},
		{
			"a long one at its last comma",
			strings.Repeat("a", 100) + ", " + strings.Repeat("b", 100) + ".",
			[]string{strings.Repeat("a", 100) + ",", strings.Repeat("b", 100) + "."},
		},
		{"a very long one at a space", words, []string{words[:399], words[400:]}},
		{"one without a space", strings.Repeat("a", 500), []string{strings.Repeat("a", 401), strings.Repeat("a", 99)}},
		{"broken UTF-8", "\xff Yes.\xe2", []string{"\xff Yes.\xe2"}},
	} {
		if got := Sentences(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestThePiecesJoinedAreTheText(t *testing.T) {
	word := rapid.StringMatching(`["($€-]?[a-zé0-9ß漢]{1,90}[.,;:!?…)"]{0,3}`)
	space := rapid.SampledFrom([]string{" ", "  ", "\n", "\n\n", "\t", "\u00a0"})
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		for _, w := range rapid.SliceOfN(word, 0, 40).Draw(t, "words") {
			text.WriteString(w + space.Draw(t, "space"))
		}
		got, want := solid(strings.Join(Sentences(text.String()), "")), solid(text.String())
		if got != want {
			t.Fatalf("the pieces hold\n%q\nof\n%q", got, want)
		}
	})
}

func solid(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

func TestOnlyWhatCannotBeSpokenIsLeftOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letter := rapid.OneOf(rapid.Rune(), rapid.RuneFrom([]rune(" \n.,;:!?…abcé19-$")))
		checkSentences(t, rapid.StringOfN(letter, 0, 900, -1).Draw(t, "text"))
	})
}

func FuzzSentences(f *testing.F) {
	f.Add("Hello. How are you?")
	f.Add("\xff")
	f.Fuzz(func(t *testing.T, text string) { checkSentences(t, text) })
}

// checkSentences holds for every text: the pieces lie in it one after the
// other, each can be spoken and is short enough, and nothing that could be
// spoken lies between them.
func checkSentences(t interface{ Fatalf(string, ...any) }, text string) {
	rest := text
	for _, piece := range Sentences(text) {
		before, after, found := strings.Cut(rest, piece)
		switch {
		case !found:
			t.Fatalf("piece %q is not in the rest of the text, %q", piece, rest)
		case strings.ContainsFunc(before, speakable):
			t.Fatalf("%q is left out", before)
		case !strings.ContainsFunc(piece, speakable) || piece != strings.TrimSpace(piece):
			t.Fatalf("piece %q holds nothing to speak, or space around it", piece)
		case len(piece) > longestPiece+utf8.UTFMax:
			t.Fatalf("a piece of %d bytes", len(piece))
		}
		rest = after
	}
	if strings.ContainsFunc(rest, speakable) {
		t.Fatalf("%q is left out at the end", rest)
	}
}
