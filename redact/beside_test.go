package redact_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/callward/callward/redact/corpus"
)

// A method takes the numbers out of texts, each for itself: that is how tools for text
// are used on transcripts.
type method struct {
	name string
	all  func(texts []string) ([]string, error)
}

func each(f func(string) string) func([]string) ([]string, error) {
	return func(texts []string) ([]string, error) {
		out := make([]string, len(texts))
		for i, t := range texts {
			out[i] = f(t)
		}
		return out, nil
	}
}

var (
	// written is the pattern that Presidio's CreditCardRecognizer looks for, without its
	// exception for timestamps.
	written = regexp.MustCompile(`\b(4\d{3}|5[0-5]\d{2}|6\d{3}|1\d{3}|3\d{3})[- ]?\d{3,4}[- ]?\d{3,4}[- ]?\d{3,5}\b`)
	figures = regexp.MustCompile(`\d(?:[ .-]?\d){2,}`)
)

// passesLuhn is written anew: a yardstick shares nothing with what it measures.
func passesLuhn(s string) bool {
	sum, n := 0, 0
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		d := int(s[i] - '0')
		if n%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		n++
	}
	return sum%10 == 0
}

func methods() []method {
	all := []method{
		{"nothing", each(func(s string) string { return s })},
		{"a pattern of figures, and Luhn", each(func(s string) string {
			return written.ReplaceAllStringFunc(s, func(n string) string {
				if passesLuhn(n) {
					return "<CREDIT_CARD>"
				}
				return n
			})
		})},
		{"three figures or more", each(func(s string) string { return figures.ReplaceAllString(s, "<NUMBER>") })},
	}
	if command := os.Getenv("BESIDE"); command != "" {
		all = append(all, method{command, func(texts []string) ([]string, error) { return filtered(command, texts) }})
	}
	return all
}

// filtered has a command redact a text a line.
func filtered(command string, texts []string) (out []string, err error) {
	c := exec.Command("sh", "-c", command) //nolint:gosec // who runs the test names it
	c.Stdin, c.Stderr = strings.NewReader(strings.Join(texts, "\n")+"\n"), os.Stderr
	pipe, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	for s := bufio.NewScanner(strings.NewReader(string(pipe))); s.Scan(); {
		out = append(out, s.Text())
	}
	if len(out) != len(texts) {
		return nil, fmt.Errorf("%s: %d lines came back of %d", command, len(out), len(texts))
	}
	return out, nil
}

// TestOthersBesideUs scores what does not know how numbers are said, and, with
// BESIDE=COMMAND, a filter that takes a text a line, on the same corpus by the same
// reader. A reader that finds no leak there finds none anywhere.
func TestOthersBesideUs(t *testing.T) {
	var dialogues []corpus.Dialogue
	var texts []string
	for _, lang := range []string{"en", "fr"} {
		for seed := range seeds(t) {
			d := corpus.Make(lang, seed)
			dialogues = append(dialogues, d)
			for _, turn := range d.Turns {
				texts = append(texts, turn.Text)
			}
		}
	}
	for _, m := range methods() {
		shown, err := m.all(texts)
		if err != nil {
			t.Fatal(err)
		}
		sc := newScore()
		for _, d := range dialogues {
			events := make([]event, len(d.Turns))
			for i, turn := range d.Turns {
				events[i], shown = event{turn: turn, shown: shown[0]}, shown[1:]
			}
			sc.score(d, events)
		}
		t.Logf("%-32s leaks %v, in finals alone %v; ordinary numbers masked %v", m.name, &sc.leaks, &sc.leaksInFinals, &sc.masked)
		if sc.leaks.percent() < 50 && m.name != os.Getenv("BESIDE") {
			t.Errorf("%s leaks little: does the reader read?", m.name)
		}
	}
	sc := newScore()
	for _, d := range dialogues {
		sc.run(d)
	}
	t.Logf("%-32s leaks %v, in finals alone %v; ordinary numbers masked %v", "Callward", &sc.leaks, &sc.leaksInFinals, &sc.masked)
}
