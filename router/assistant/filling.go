package assistant

import (
	"fmt"

	"github.com/callward/callward/router/entity"
)

// This file helps to fill the slots of a task: from the request, from answers, and from
// what is said beside them. The way from slot to slot is in dialogue.go.

// excuse is what is said before the question is put again.
func (s *slot) excuse(why trouble, otherwise Text) Text {
	switch {
	case why == invalid && s.invalid != nil:
		return s.invalid
	case why == several && s.several != nil:
		return s.several
	}
	return otherwise
}

// along says in a reason how many values came with a request.
func along(reason string, n int) string {
	switch n {
	case 0:
		return reason
	case 1:
		return reason + ", with a value"
	}
	return fmt.Sprintf("%s, with %d values", reason, n)
}

// corrected gives another value that is said in answer to a read-back: "no, Wednesday", and
// where there is no yes in it, "no, a hundred and thirty". Digits and cards are denied
// first, and given again when they are asked for.
func (d *Dialogue) corrected(s *slot, in Input) (string, bool) {
	if in.Kind != InputSaid || s.kind == ExpectDigits || s.kind == ExpectCard || s.kind == ExpectYesNo {
		return "", false
	}
	v, why := d.read(s, in, false)
	if why == missing && s.bare() && d.yesNo(in) != yes {
		v, why = d.read(s, in, true)
	}
	return v, why == fine && v != d.values[s.name]
}

// instead gives the task that is asked for in place of a value, or of yes or no. It has to be
// understood better than where nothing else is asked: a caller who says "what do you need
// that for" does not want to begin something new. To repeat the question costs nothing.
func (d *Dialogue) instead(in Input) *task {
	t := d.sure(in)
	if t == nil || t == d.task || t.does != doesRepeat && in.Intent.Confidence < (1+d.a.listening.minimum)/2 {
		return nil
	}
	return t
}

// bare reports whether a number alone is a value.
func (s *slot) bare() bool {
	switch s.kind {
	case ExpectDate, ExpectTime, ExpectAmount, ExpectNumber:
		return true
	default:
		return false
	}
}

// askFor tells what kind of answer is waited for, and how it is keyed.
func (d *Dialogue) askFor(s *slot, l *Listen) []Line {
	l.Expect, l.Length, l.Keys = s.kind, s.length, s.length
	switch s.kind {
	case ExpectMenu:
		l.Keys = 1
		for _, o := range s.limits.options {
			l.Phrases = append(l.Phrases, o.words[d.language]...)
		}
	case ExpectYesNo:
		return d.askYesNo(l)
	case ExpectCode:
		if l.Keys = 0; s.limits.pattern.Keyed() {
			l.Expect, l.Keys = ExpectDigits, s.length
		}
	case ExpectDate:
		l.Phrases = entity.DatePhrases(d.language)
	case ExpectTime:
		l.Phrases = entity.TimePhrases(d.language)
	case ExpectAmount:
		l.Phrases = entity.AmountPhrases(d.language, s.limits.currency)
	case ExpectNumber:
		l.Phrases = entity.NumberPhrases(d.language, s.limits.least, s.limits.most)
	case ExpectFree, ExpectDigits, ExpectCard, ExpectPostcode, ExpectPhone:
	}
	return nil
}
