package lexicon

import (
	"bytes"
	"strings"
	"testing"
)

// A dictionary gives each of its words, and for it only lines that a recognizer
// can read: a word, a space, its phones.
func FuzzDictionary(f *testing.F) {
	f.Add([]byte(small), "the")
	f.Add([]byte("bill\tB IH L\r\n\r\n;;; a remark\nbill(2) B IH L Z"), "bill")
	f.Add([]byte("silent \nsilent\n (2) X\n(2) X\na() X\n"), "silent")
	f.Setenv("PATH", f.TempDir()) // nothing but the dictionary pronounces
	f.Fuzz(func(t *testing.T, text []byte, word string) {
		l := New(text, "en")
		dict, silent := l.Dict(t.Context(), []string{word})
		if known := l.Known(word); known != (len(dict) > 0) || known == (len(silent) > 0) {
			t.Fatalf("known %v, lines %q, silent %q", known, dict, silent)
		}
		for line := range bytes.Lines(dict) {
			head, phones, _ := strings.Cut(strings.ReplaceAll(string(line), "\t", " "), " ")
			if string(base([]byte(head))) != word || strings.TrimSpace(phones) == "" {
				t.Fatalf("line %q for %q", line, word)
			}
		}
	})
}
