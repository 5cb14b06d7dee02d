package redact

import (
	"strings"
	"unicode"
)

// A Redactor turns what is said and keyed in one call into text that may be
// shown.
type Redactor struct {
	lang    string
	expect  Expect
	keys    []byte
	dropped int
}

// New makes the Redactor of one call. lang is "en" or "fr"; for any other it
// listens for both.
func New(lang string) *Redactor { return &Redactor{lang: lang} }

// SetLanguage changes the language of what is said from now on.
func (r *Redactor) SetLanguage(lang string) { r.lang = lang }

// Expect tells what the bot asked for, at each of its turns.
func (r *Redactor) Expect(e Expect) { r.expect = e }

// Dropped counts texts that were dropped because the Redactor failed.
func (r *Redactor) Dropped() int { return r.dropped }

// Partial redacts a hypothesis that may still change.
func (r *Redactor) Partial(_ string, raw Raw) Safe { return r.blunt(raw) }

// Final redacts the last hypothesis of an utterance.
func (r *Redactor) Final(_ string, raw Raw) Result { return Result{Text: r.blunt(raw)} }

// Speech redacts what the bot is about to say.
func (r *Redactor) Speech(text string) Safe { return r.blunt(RawText(text)) }

// Press takes a key. It reports true, with the result, when the entry is
// complete: at the expected length or at '#'.
func (r *Redactor) Press(key byte) (Result, bool) {
	if key == '#' {
		return r.EndKeys(), true
	}
	r.keys = append(r.keys, key)
	if len(r.keys) == r.expect.Length {
		return r.EndKeys(), true
	}
	return Result{}, false
}

// EndKeys ends the entry, as when no key came for a while.
func (r *Redactor) EndKeys() Result {
	n := Safe{string(r.keys)}
	r.keys = nil
	if len(n.text) > 6 || r.expect.Kind == ExpectCard {
		return Result{Text: Safe{"[number]"}}
	}
	return Result{Text: n, Numbers: []Safe{n}}
}

func (r *Redactor) blunt(raw Raw) Safe {
	var out []string
	for _, w := range raw.open() {
		if strings.ContainsFunc(w.Text, unicode.IsDigit) {
			w.Text = "[number]"
		}
		out = append(out, w.Text)
	}
	return Safe{strings.Join(out, " ")}
}
