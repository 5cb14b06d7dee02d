package recog

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/callward/callward/internal/speechd/lm"
)

// model counts what an open answer may be: the hints, as they stand and with
// the words that people put around an answer; what callers say to any company;
// and numbers, so that a number nobody asked for still shows as digits.
func (l *language) model(hints []Hint) *lm.Model {
	m := &lm.Model{}
	add := l.adder(m)
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

// numberExamples is how many numbers stand for one that is dictated in an example.
const numberExamples = 20

// leastDictated is how many digits in a row make a dictated number.
const leastDictated = 3

// adder gives the function that adds a sentence. One with a dictated number in it, as "my
// meter shows four eight two one three", stands for all numbers of so many digits: other
// callers read another meter. The choice is random but always the same.
func (l *language) adder(m *lm.Model) func(text string, weight float64) {
	rnd := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // a fixed choice, no secret.
	return func(text string, weight float64) {
		words := l.words(text)
		from, to := l.dictated(words)
		if from == to {
			m.Add(words, weight)
			return
		}
		for range numberExamples {
			other := slices.Clone(words)
			for i := from; i < to; i++ {
				forms := l.pack.Digits[rnd.IntN(10)]
				other[i] = forms[rnd.IntN(len(forms))]
			}
			m.Add(other, weight/numberExamples)
		}
	}
}

// dictated finds the first number in words that is dictated digit by digit.
func (l *language) dictated(words []string) (from, to int) {
	for from < len(words) {
		to = from
		for to < len(words) && l.isDigit(words[to]) {
			to++
		}
		if to-from >= leastDictated {
			return from, to
		}
		from = to + 1
	}
	return 0, 0
}

func (l *language) isDigit(word string) bool {
	return slices.ContainsFunc(l.pack.Digits[:], func(forms []string) bool { return slices.Contains(forms, word) })
}

// numberSentences is how many dictated numbers stand for all of them.
const numberSentences = 400

// addNumbers adds numbers as people dictate them. The choice is random but
// always the same.
func (l *language) addNumbers(m *lm.Model) {
	rnd := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a fixed choice, no secret.
	for range numberSentences {
		var out []string
		out = append(out, l.words(l.pack.NumberLeads[rnd.IntN(len(l.pack.NumberLeads))])...)
		way := rnd.IntN(ways)
		for range 1 + rnd.IntN(12) {
			out = append(out, l.piece(rnd, way)...)
		}
		m.Add(out, weightNumber)
	}
}

// ways is in how many ways numbers are dictated: six are digit by digit, three in pairs, and
// in one are numbers of two to four digits among digits. Who has begun in one way goes on in it.
const ways = 10

func (l *language) piece(rnd *rand.Rand, way int) []string {
	mixed := way == ways-1
	switch n := rnd.IntN(3); {
	case way < 6 || mixed && n == 0:
		forms := l.pack.Digits[rnd.IntN(10)]
		return []string{forms[rnd.IntN(len(forms))]}
	case way < 9 || mixed && n == 1:
		return l.words(strings.Join(l.pack.Number(10+rnd.IntN(90)), " "))
	default:
		return l.words(strings.Join(l.pack.Number(100+rnd.IntN(9900)), " "))
	}
}
