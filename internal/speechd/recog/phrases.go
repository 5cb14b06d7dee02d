package recog

import (
	"math/rand/v2"
	"strings"

	"github.com/callward/callward/internal/speechd/lm"
)

// model counts what an open answer may be: the hints, as they stand and with
// the words that people put around an answer; what callers say to any company;
// and numbers, so that a number nobody asked for still shows as digits.
func (l *language) model(hints []Hint) *lm.Model {
	m := &lm.Model{}
	add := func(text string, weight float64) { m.Add(l.words(text), weight) }
	p := l.pack
	for _, h := range hints {
		boost := h.Boost
		if boost <= 0 {
			boost = 1
		}
		add(h.Phrase, boost)
		for _, b := range append(p.Before, p.Hesitations...) {
			add(b+" "+h.Phrase, boost*weightAround/float64(len(p.Before)))
		}
		for _, a := range p.After {
			add(h.Phrase+" "+a, boost*weightAround/float64(len(p.After)))
		}
	}
	for _, group := range [][]string{p.Common, p.Yes, p.No, p.Days, p.WeekDays, p.Before} {
		for _, text := range group {
			add(text, weightCommon)
		}
	}
	l.addNumbers(m)
	return m
}

func (l *language) words(text string) []string { return l.pack.Words(text, l.lex.Known) }

// numberSentences is how many dictated numbers stand for all of them.
const numberSentences = 400

// addNumbers adds numbers as people dictate them. The choice is random but
// always the same.
func (l *language) addNumbers(m *lm.Model) {
	rnd := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a fixed choice, no secret.
	for range numberSentences {
		var out []string
		out = append(out, l.words(l.pack.NumberLeads[rnd.IntN(len(l.pack.NumberLeads))])...)
		for range 1 + rnd.IntN(12) {
			out = append(out, l.piece(rnd)...)
		}
		m.Add(out, weightNumber)
	}
}

// piece is a digit or, less often, a number of two or three digits.
func (l *language) piece(rnd *rand.Rand) []string {
	switch n := rnd.IntN(10); {
	case n < 6:
		forms := l.pack.Digits[rnd.IntN(10)]
		return []string{forms[rnd.IntN(len(forms))]}
	case n < 9:
		return l.words(strings.Join(l.pack.Number(10+rnd.IntN(90)), " "))
	default:
		return l.words(strings.Join(l.pack.Number(100+rnd.IntN(9900)), " "))
	}
}
