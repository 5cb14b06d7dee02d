// Package lm builds what the search of a recognizer follows: trigram language
// models from weighted sentences, as ARPA text, and finite state grammars, as
// the text that pocketsphinx reads. It is pure: no goroutine, no I/O.
//
// The trigram model is smoothed after Witten and Bell: a word that follows many
// different contexts' words takes more from the shorter context. Weights are
// fractional counts, so a sentence may weigh 0.2 of another.
package lm

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
)

// Marks of the start and the end of a sentence.
const (
	Begin = "<s>"
	End   = "</s>"
)

const order = 3

// A gram is one to three words; those not used are empty, at the end.
type gram [order]string

// A Model counts sentences. The zero Model is empty and ready.
type Model struct {
	counts [order]map[gram]float64
}

// Add counts a sentence with a weight. An empty sentence or a weight that is
// not positive adds nothing.
func (m *Model) Add(words []string, weight float64) {
	if len(words) == 0 || weight <= 0 {
		return
	}
	all := make([]string, 0, len(words)+2)
	all = append(all, Begin)
	all = append(all, words...)
	all = append(all, End)
	for n := range order {
		m.count(all, n+1, weight)
	}
}

func (m *Model) count(words []string, n int, weight float64) {
	if m.counts[n-1] == nil {
		m.counts[n-1] = make(map[gram]float64)
	}
	for i := 0; i+n <= len(words); i++ {
		if n == 1 && i == 0 {
			continue // the start mark is never predicted
		}
		var g gram
		copy(g[:], words[i:i+n])
		m.counts[n-1][g] += weight
	}
}

// Words gives the vocabulary in order, without the marks.
func (m *Model) Words() []string {
	var out []string
	for g := range m.counts[0] {
		if g[0] != End {
			out = append(out, g[0])
		}
	}
	slices.Sort(out)
	return out
}

// Sentences with nothing in common still need a path from one to the other:
// this share of every context's mass goes to the shorter context at least.
const leastBackoff = 0.02

// WriteTo writes the model as ARPA text.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	out := &counter{w: bufio.NewWriter(w)}
	t := m.estimate()
	fmt.Fprintf(out, "\\data\\\n")
	for n := range order {
		fmt.Fprintf(out, "ngram %d=%d\n", n+1, len(t.prob[n]))
	}
	for n := range order {
		t.writeOrder(out, n)
	}
	fmt.Fprintf(out, "\n\\end\\\n")
	if out.err == nil {
		out.err = out.w.Flush()
	}
	return out.n, out.err
}

// table holds probabilities and backoff weights, neither yet in logarithms.
type table struct {
	prob    [order]map[gram]float64
	backoff [order]map[gram]float64
}

func (t *table) writeOrder(out io.Writer, n int) {
	fmt.Fprintf(out, "\n\\%d-grams:\n", n+1)
	for _, g := range slices.SortedFunc(maps.Keys(t.prob[n]), compareGrams) {
		fmt.Fprintf(out, "%.4f", log10(t.prob[n][g]))
		for _, word := range g[:n+1] {
			fmt.Fprintf(out, " %s", word)
		}
		if back, ok := t.backoff[n][g]; ok {
			fmt.Fprintf(out, " %.4f", log10(back))
		}
		fmt.Fprintln(out)
	}
}

func compareGrams(a, b gram) int { return slices.Compare(a[:], b[:]) }

// Words that have no probability, such as the start mark, are written so.
const never = -99

func log10(p float64) float64 {
	if p <= 0 {
		return never
	}
	return max(math.Log10(p), never)
}

// estimate works out the smoothed model, shortest context first.
func (m *Model) estimate() *table {
	t := &table{}
	t.prob[0] = m.unigrams()
	for n := 1; n < order; n++ {
		t.prob[n] = make(map[gram]float64, len(m.counts[n]))
		t.backoff[n-1] = make(map[gram]float64)
		m.extend(t, n)
	}
	return t
}

// unigrams shares a little evenly among all words, so that none is impossible.
func (m *Model) unigrams() map[gram]float64 {
	total, kinds := 0.0, float64(len(m.counts[0]))
	for _, c := range m.counts[0] {
		total += c
	}
	out := make(map[gram]float64, len(m.counts[0])+1)
	for g, c := range m.counts[0] {
		out[g] = (c + 1) / (total + kinds)
	}
	out[gram{Begin}] = 0
	return out
}

// context sums what follows one context.
type context struct{ total, kinds float64 }

// extend adds the probabilities of order n+1 and the backoff weights of n.
func (m *Model) extend(t *table, n int) {
	sums := m.contexts(n)
	for g, c := range m.counts[n] {
		s := sums[head(g, n)]
		t.prob[n][g] = (1-s.lambda())*c/s.total + s.lambda()*t.prob[n-1][tail(g, n)]
	}
	for h, s := range sums {
		t.backoff[n-1][h] = s.lambda()
	}
}

func (m *Model) contexts(n int) map[gram]context {
	out := make(map[gram]context)
	for g, c := range m.counts[n] {
		s := out[head(g, n)]
		s.total += c
		s.kinds++
		out[head(g, n)] = s
	}
	return out
}

// lambda is the mass that Witten and Bell give to the shorter context.
func (s context) lambda() float64 {
	return max(s.kinds/(s.total+s.kinds), leastBackoff)
}

// head is g without its last word, tail without its first; n is the index of
// the last word.
func head(g gram, n int) gram {
	g[n] = ""
	return g
}

func tail(g gram, n int) gram {
	var out gram
	copy(out[:], g[1:n+1])
	return out
}

type counter struct {
	w   *bufio.Writer
	n   int64
	err error
}

func (c *counter) Write(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.w.Write(p)
	c.n += int64(n)
	c.err = err
	return n, err
}

// Without gives the model of the sentences' parts that lack some words. It
// serves where a word cannot be pronounced.
func (m *Model) Without(words []string) *Model {
	out := &Model{}
	for n, grams := range m.counts {
		for g, c := range grams {
			if slices.ContainsFunc(g[:], func(w string) bool { return w != "" && slices.Contains(words, w) }) {
				continue
			}
			if out.counts[n] == nil {
				out.counts[n] = make(map[gram]float64)
			}
			out.counts[n][g] = c
		}
	}
	return out
}
