package assistant

import (
	"slices"
	"strings"

	"github.com/callward/callward/redact"
)

// question says the lines before and puts the question of the current state.
func (d *Dialogue) question(reason string, before []Line) Step {
	switch d.state {
	case capturing:
		return d.capturing(reason, before)
	case consulting:
		return Step{Say: before, Hook: d.hook, Reason: reason}
	default:
	}
	l := &Listen{Timeout: d.a.listening.silence, KeypadOnly: d.byKeypad()}
	if d.language != "" && !l.KeypadOnly {
		l.Languages = []string{d.language}
	}
	lines := before
	switch d.state {
	case choosing:
		lines = append(lines, d.askLanguage(l)...)
	case filling:
		lines = append(lines, d.askSlot(l)...)
	case confirming:
		lines = append(lines, d.filled(d.task.slots[d.slot].confirm)...)
		lines = append(lines, d.askYesNo(l)...)
	case offering:
		lines = append(lines, d.askMore(l)...)
	default:
		lines = append(lines, d.askOpen(l)...)
	}
	return Step{Say: lines, Listen: l, Reason: reason}
}

// askLanguage listens in every language that can be understood.
func (d *Dialogue) askLanguage(l *Listen) []Line {
	l.Keys = 1
	for _, lang := range d.a.languages {
		if !d.deaf[lang] {
			l.Languages = append(l.Languages, lang)
		}
		l.Phrases = append(l.Phrases, d.a.opening.choice.words[lang]...)
	}
	if l.KeypadOnly {
		l.Expect = ExpectMenu
	}
	lines := d.lines(d.a.opening.choice.ask)
	for i, line := range lines {
		if d.deaf[line.Language] && d.a.opening.choice.keypad != nil {
			lines[i] = d.a.line(d.a.opening.choice.keypad, line.Language)
		}
	}
	return lines
}

// askOpen listens for any request. By voice, what was said before is question
// enough; by keypad the menu is read.
func (d *Dialogue) askOpen(l *Listen) []Line {
	l.Keys = 1
	if !l.KeypadOnly && !d.menu {
		return nil
	}
	if l.KeypadOnly {
		l.Expect = ExpectMenu
	}
	var lines []Line
	for _, k := range d.a.keypad.keys {
		lines = append(lines, d.lines(k.say)...)
	}
	return lines
}

func (d *Dialogue) askSlot(l *Listen) []Line {
	s := &d.task.slots[d.slot]
	keys := d.askFor(s, l)
	if l.KeypadOnly && s.keypad != nil {
		return append(d.filled(s.keypad), keys...)
	}
	return append(d.filled(s.ask), keys...)
}

// askYesNo tells the keys to those who need them: callers without a voice, and
// those whom the recognizer did not understand.
func (d *Dialogue) askYesNo(l *Listen) []Line {
	l.Expect, l.Keys = ExpectYesNo, 1
	l.Phrases = d.yesNoWords()
	if l.KeypadOnly || d.misses > 0 {
		return d.lines(d.a.answers.keys)
	}
	return nil
}

// askMore expects yes or no, but a new request is as good.
func (d *Dialogue) askMore(l *Listen) []Line {
	ask := d.a.more.ask
	if d.pending != nil {
		ask = d.before
	}
	lines := append(d.lines(ask), d.askYesNo(l)...)
	if !l.KeypadOnly {
		l.Expect = ExpectFree
	}
	return lines
}

func (d *Dialogue) yesNoWords() []string {
	return slices.Concat(d.a.answers.yes[d.language], d.a.answers.no[d.language])
}

// lines says a text in the language of the call, or in all of them while it is
// being chosen.
func (d *Dialogue) lines(t Text) []Line {
	if t == nil {
		return nil
	}
	if d.language != "" {
		return []Line{d.a.line(t, d.language)}
	}
	var lines []Line
	for _, l := range d.a.languages {
		lines = append(lines, d.a.line(t, l))
	}
	return lines
}

// filled is lines with the task's values put in.
func (d *Dialogue) filled(t Text) []Line {
	lines := d.lines(t)
	for i := range lines {
		lines[i].Phrase = d.told(fill(lines[i].Text, d.spokenValues(lines[i].Language), plain), lines[i].Language)
	}
	return lines
}

type verdict uint8

const (
	unclear verdict = iota
	yes
	no
)

// yesNo understands a key, the words of the file or, where those say nothing,
// the classifier.
func (d *Dialogue) yesNo(in Input) verdict {
	if in.Kind == InputKeyed {
		return d.keyVerdict(in.key())
	}
	if v, said := verdictOf(in.Text, d.a.answers.yes[d.language], d.a.answers.no[d.language]); said {
		return v
	}
	if v := d.saidKey(in); v != unclear || numbersAlone(in.Text) {
		return v
	}
	if in.Intent.Confidence >= d.a.listening.minimum {
		switch in.Intent.Name {
		case IntentYes:
			return yes
		case IntentNo:
			return no
		}
	}
	return unclear
}

// value takes what the slot is for out of an input.
func (s *slot) value(in Input) (string, bool) {
	if s.kind == ExpectCard {
		f := card(in.Findings)
		if f == nil {
			return "", false
		}
		return f.Last4, true
	}
	var digits strings.Builder // of a number said in several breaths
	for _, n := range in.Numbers {
		if len(n.String()) == s.length {
			return n.String(), true
		}
		digits.WriteString(n.String())
	}
	return digits.String(), digits.Len() == s.length
}

// card gives the card number that was heard whole, if any.
func card(findings []redact.Finding) *redact.Finding {
	for i, f := range findings {
		if f.Kind == redact.Card && f.Luhn && f.Last4 != "" {
			return &findings[i]
		}
	}
	return nil
}
