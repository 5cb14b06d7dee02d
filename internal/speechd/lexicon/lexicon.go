// Package lexicon finds pronunciations: in the dictionary of an acoustic model,
// and for other words by asking espeak-ng, a child process that reads the words
// on its standard input. The dictionary stays in memory as the text it was; a
// look-up reads through it once for all the words of a model.
package lexicon

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Lexicon is one language's dictionary. It may be used by many goroutines.
type Lexicon struct {
	text  []byte
	voice string
	words map[string]struct{}
	phone map[string][]string

	mu    sync.Mutex
	asked map[string]string // what espeak-ng said, "" where it knew nothing
}

// Open reads a dictionary of a language ("en" or "fr").
func Open(path, language string) (*Lexicon, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("read dictionary: %w", err)
	}
	return New(text, language), nil
}

// New takes the text of a dictionary.
func New(text []byte, language string) *Lexicon {
	l := &Lexicon{text: text, words: make(map[string]struct{}), asked: make(map[string]string)}
	l.voice, l.phone = tableFor(language)
	for line := range bytes.Lines(text) {
		if word, ok := headOf(line); ok {
			l.words[string(base(word))] = struct{}{}
		}
	}
	return l
}

// Known reports whether the dictionary has a word.
func (l *Lexicon) Known(word string) bool {
	_, ok := l.words[word]
	return ok
}

// Dict gives the lines of the dictionary for some words, and says which of them
// nothing could pronounce.
func (l *Lexicon) Dict(ctx context.Context, words []string) (dict []byte, silent []string) {
	wanted := make(map[string]bool, len(words))
	var strangers []string
	for _, w := range words {
		wanted[w] = true
		if !l.Known(w) {
			strangers = append(strangers, w)
		}
	}
	var out bytes.Buffer
	for line := range bytes.Lines(l.text) {
		if word, ok := headOf(line); ok && wanted[string(base(word))] {
			out.Write(bytes.TrimRight(line, "\r\n"))
			out.WriteByte('\n')
		}
	}
	for _, w := range strangers {
		phones := l.ask(ctx, w)
		if phones == "" {
			silent = append(silent, w)
			continue
		}
		fmt.Fprintf(&out, "%s %s\n", w, phones)
	}
	return out.Bytes(), silent
}

// headOf gives the word of a dictionary line, "(2)" included. A line without
// phones has none.
func headOf(line []byte) ([]byte, bool) {
	end := bytes.IndexAny(line, " \t")
	if end <= 0 || len(bytes.TrimSpace(line[end:])) == 0 {
		return nil, false
	}
	return line[:end], true
}

// base cuts the number of an alternative: "the(2)" to "the".
func base(word []byte) []byte {
	if open := bytes.LastIndexByte(word, '('); open > 0 && word[len(word)-1] == ')' {
		return word[:open]
	}
	return word
}

// ask pronounces a word that the dictionary lacks.
func (l *Lexicon) ask(ctx context.Context, word string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if phones, ok := l.asked[word]; ok {
		return phones
	}
	phones := Phones(l.ipa(ctx, word), l.phone)
	if len(l.asked) < maxAsked {
		l.asked[word] = phones
	}
	return phones
}

// What espeak-ng said is kept for so many words, and asked anew beyond.
const maxAsked = 10000

const askTimeout = 3 * time.Second

// ipa asks espeak-ng; no answer means that the word stays silent.
func (l *Lexicon) ipa(ctx context.Context, word string) string {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "espeak-ng", "-v", l.voice, "-q", "--ipa", "--stdin") //nolint:gosec // the voice is from our own table
	cmd.Stdin = strings.NewReader(strings.TrimSuffix(word, "'") + "\n")
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return string(out)
}

// Phones turns IPA into the phones of a dictionary by a table, longest match
// first. What the table does not have (stress, length, a note on the language)
// is left out.
func Phones(ipa string, table map[string][]string) string {
	var out []string
	rest := []rune(withoutNotes(ipa))
	for len(rest) > 0 {
		n, phones := longest(rest, table)
		out = append(out, phones...)
		rest = rest[n:]
	}
	return strings.Join(slices.DeleteFunc(out, func(p string) bool { return p == "" }), " ")
}

func longest(rest []rune, table map[string][]string) (int, []string) {
	for n := min(3, len(rest)); n > 0; n-- {
		if phones, ok := table[string(rest[:n])]; ok {
			return n, phones
		}
	}
	return 1, nil
}

// withoutNotes drops stress, and marks such as "(en)" for a foreign word.
func withoutNotes(ipa string) string {
	var b strings.Builder
	inNote := false
	for _, r := range ipa {
		switch {
		case r == '(':
			inNote = true
		case r == ')':
			inNote = false
		case inNote || strings.ContainsRune("ˈˌ \n‿-", r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
