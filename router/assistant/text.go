package assistant

import (
	"slices"
	"strings"
)

// A Text is one thing to say, in each language of the assistant.
type Text map[string]string

// fill puts values into a text: "{reading}" becomes the value named reading, in
// the form that as gives it.
func fill(text string, values map[string]string, as func(string) string) Phrase {
	p := Phrase{Text: text}
	for name, v := range values {
		if with := strings.ReplaceAll(p.Text, "{"+name+"}", as(v)); with != p.Text {
			p = Phrase{Text: with, Filled: true}
		}
	}
	return p
}

// variables lists the names in braces in text, in order.
func variables(text string) []string {
	var names []string
	for {
		_, after, found := strings.Cut(text, "{")
		if !found {
			return names
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed {
			return append(names, after)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		text = rest
	}
}

// spell parts digits so that every voice reads them one by one.
func spell(digits string) string {
	return strings.Join(strings.Split(digits, ""), ", ")
}

// plain leaves digits as they are, for those who read.
func plain(digits string) string { return digits }
