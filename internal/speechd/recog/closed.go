package recog

import (
	"maps"
	"slices"

	"github.com/callward/callward/internal/speechd/lm"
)

// grammar makes the grammar of an expected answer, with the state where it
// ends; nil for an open answer.
func (l *language) grammar(spec Spec) (*lm.Grammar, lm.State) {
	switch spec.Expect {
	case Free:
		return nil, 0
	case Digits:
		return l.digits(max(spec.Length, 0), max(spec.Length, 0), nil)
	case Card:
		return l.digits(cardMin, cardMax, endOfCard)
	case Date:
		return l.date()
	case YesNo:
		return l.answers(append(append([]string{}, l.pack.Yes...), l.pack.No...))
	case Spelling:
		return l.spelling()
	case Menu:
		return l.menu(spec.Hints)
	}
	return nil, 0
}

// Lengths of payment card numbers, ISO/IEC 7812.
const (
	cardMin = 12
	cardMax = 19
)

// endOfCard gives how likely a card number of so many digits ends there, beside all ways
// on from it, which weigh 1: of the cards that people have nearly all have 16 digits,
// some 15 (American Express), a few 19, and hardly any another length.
func endOfCard(digits int) float64 {
	switch digits {
	case 15:
		return 0.05
	case 16:
		return 20
	case 19:
		return 1
	default:
		return 0.01
	}
}

// Shares of the ways out of a state, by how people talk.
const (
	sharePlain = 0.7 // an answer without words around it
	shareDigit = 0.9 // a digit rather than a pair

	shareLetter = 0.6 // a letter rather than a digit, of what is spelt
)

// frame puts the words that people say around an answer before and after it:
// it gives the states between which the answer lies, and the last one.
func (l *language) frame(g *lm.Grammar, leads []string) (from, to, final lm.State) {
	from, to, final = g.State(), g.State(), g.State()
	g.Skip(lm.Start, from, sharePlain)
	g.Phrases(lm.Start, from, l.phrases(leads), 1-sharePlain)
	g.Skip(to, final, sharePlain)
	g.Phrases(to, final, l.phrases(l.pack.After), 1-sharePlain)
	return from, to, final
}

func (l *language) phrases(texts []string) [][]string {
	var out [][]string
	for _, t := range texts {
		if words := l.words(t); len(words) > 0 {
			out = append(out, words)
		}
	}
	return out
}

func (l *language) answers(texts []string) (*lm.Grammar, lm.State) {
	g := lm.NewGrammar()
	from, to, final := l.frame(g, l.pack.Hesitations)
	g.Phrases(from, to, l.phrases(texts), 1)
	return g, final
}

func (l *language) menu(hints []Hint) (*lm.Grammar, lm.State) {
	var texts []string
	for _, h := range hints {
		if h.Class == "menu" {
			texts = append(texts, h.Phrase)
		}
	}
	choices := l.phrases(texts)
	if len(choices) == 0 {
		return nil, 0
	}
	g := lm.NewGrammar()
	from, to, final := l.frame(g, l.pack.Before)
	g.Phrases(from, to, choices, 1)
	return g, final
}

// digits accepts from least to most digits, dictated one by one, in pairs, or
// doubled. Both 0 means any number of them. The weight of ending after some of them, beside
// going on, is what ends says; nil: as likely as not.
func (l *language) digits(least, most int, ends func(digits int) float64) (*lm.Grammar, lm.State) {
	g := lm.NewGrammar()
	from, to, final := l.frame(g, l.pack.NumberLeads)
	if most == 0 {
		l.digitLoop(g, from, to)
		return g, final
	}
	at := make([]lm.State, most+1)
	for i := range at {
		at[i] = g.State()
	}
	g.Skip(from, at[0], 1)
	for i := range most {
		l.digitStep(g, at, i)
	}
	for i := least; i <= most; i++ {
		weight := 1.0
		if ends != nil {
			weight = ends(i)
		}
		g.Skip(at[i], to, weight)
	}
	if least == most && most <= 6 {
		l.cardinals(g, from, to, most)
	}
	return g, final
}

// digitStep adds the ways on from i digits.
func (l *language) digitStep(g *lm.Grammar, at []lm.State, i int) {
	l.oneDigit(g, at[i], at[i+1], shareDigit)
	if i+2 < len(at) {
		g.Phrases(at[i], at[i+2], l.phrases(l.pairs()), 1-shareDigit)
	}
	for _, word := range slices.Sorted(maps.Keys(l.pack.Repeats)) { // in order: equal specs make equal text
		if times := l.pack.Repeats[word]; i+times < len(at) {
			between := g.State()
			g.Arc(at[i], between, word, 0.02)
			l.oneDigit(g, between, at[i+times], 1)
		}
	}
}

func (l *language) oneDigit(g *lm.Grammar, from, to lm.State, share float64) {
	for _, forms := range l.pack.Digits {
		for _, form := range forms {
			g.Arc(from, to, form, share/float64(10*len(forms)))
		}
	}
}

func (l *language) pairs() []string {
	var out []string
	for n := 10; n < 100; n++ {
		out = append(out, l.pack.Join(l.pack.Number(n)))
	}
	return out
}

func (l *language) digitLoop(g *lm.Grammar, from, to lm.State) {
	loop, next := g.State(), g.State()
	g.Skip(from, loop, 1)
	l.oneDigit(g, loop, next, shareDigit)
	g.Phrases(loop, next, l.phrases(l.pairs()), 1-shareDigit)
	l.oneDigit(g, next, next, shareDigit)
	g.Phrases(next, next, l.phrases(l.pairs()), 1-shareDigit)
	g.Skip(next, to, 0.2)
}

// cardinals accepts a number of so many digits spoken as one: "forty two
// thousand three hundred and seventeen".
func (l *language) cardinals(g *lm.Grammar, from, to lm.State, length int) {
	if length < 3 {
		return
	}
	below := g.State() // what follows the thousands
	if length > 3 {
		thousands := g.State()
		g.Phrases(from, thousands, l.phrases(l.range10(length-3)), 0.2)
		g.Arc(thousands, below, l.pack.Thousand, 1)
		if one := l.pack.Number(1000); length == 4 && len(one) == 1 {
			g.Arc(from, below, one[0], 0.2/9) // "mille": nobody says "un mille"
		}
		g.Skip(below, to, 0.1)
	} else {
		g.Skip(from, below, 0.2)
	}
	rest := g.State()
	g.Phrases(below, rest, l.phrases(l.hundreds()), 0.7)
	g.Skip(rest, to, 0.2)
	if l.pack.And != "" {
		and := g.State()
		g.Arc(rest, and, l.pack.And, 0.3)
		g.Phrases(and, to, l.phrases(l.upTo(99)), 1)
	}
	g.Phrases(rest, to, l.phrases(l.upTo(99)), 0.5)
	if length > 3 {
		g.Phrases(below, to, l.phrases(l.upTo(99)), 0.2)
	}
}

// range10 speaks every number of so many digits, at most three.
func (l *language) range10(digits int) []string {
	low := 1
	for range digits - 1 {
		low *= 10
	}
	var out []string
	for n := low; n < low*10; n++ {
		out = append(out, l.pack.Join(l.pack.Number(n)))
	}
	return out
}

func (l *language) hundreds() []string {
	var out []string
	for n := 100; n < 1000; n += 100 {
		out = append(out, l.pack.Join(l.pack.Number(n)))
	}
	return out
}

func (l *language) upTo(most int) []string {
	var out []string
	for n := 1; n <= most; n++ {
		out = append(out, l.pack.Join(l.pack.Number(n)))
	}
	return out
}

// spelling accepts letters one by one, and digits among them: references have both.
func (l *language) spelling() (*lm.Grammar, lm.State) {
	g := lm.NewGrammar()
	from, to, final := l.frame(g, l.pack.Hesitations)
	next := g.State()
	for _, step := range []struct{ from, to lm.State }{{from, next}, {next, next}} {
		for _, letter := range slices.Sorted(maps.Keys(l.pack.Letters)) {
			g.Arc(step.from, step.to, l.pack.Letters[letter], shareLetter/26)
		}
		l.oneDigit(g, step.from, step.to, 1-shareLetter)
	}
	g.Skip(next, to, 0.2)
	return g, final
}
