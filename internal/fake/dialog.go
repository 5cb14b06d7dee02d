package fake

import (
	"fmt"
	"strings"

	"github.com/callward/callward/dialog/dialogtest"
)

// Words are what a dialog service knows that has no other script: some of English and
// French, and the intents they stand for.
func Words() map[string]string {
	return map[string]string{
		"bill": "billing", "facture": "billing", "human": "people", "conseiller": "people", "yes": "yes", "oui": "yes", "no": "no", "non": "no",
	}
}

// NewDialog gives a service that knows words, or, if there are none, Words.
func NewDialog(words map[string]string, faults ...Fault) *Engine {
	if len(words) == 0 {
		words = Words()
	}
	return &Engine{Service: Dialog, Faults: faults, Dialog: &dialogtest.Server{Words: words}}
}

// ParseWords reads a word and its intent a line; empty lines and those that begin with
// # are left out.
func ParseWords(data []byte) (map[string]string, error) {
	words := map[string]string{}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || strings.HasPrefix(fields[0], "#"):
		case len(fields) == 2:
			words[strings.ToLower(fields[0])] = fields[1]
		default:
			return nil, fmt.Errorf("line %d: want a word and an intent", n)
		}
	}
	return words, nil
}
