package lm

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A State of a grammar; the start is state 0.
type State int

// Start is where every path of a grammar begins.
const Start State = 0

// A Grammar is a finite state machine over words. Paths lead from Start to the
// state that Text is given. The weights of the ways out of a state are shared
// out so that they add up to 1.
type Grammar struct {
	states int
	arcs   map[State][]arc
	words  map[string]bool
}

type arc struct {
	to     State
	word   string // empty: no word is spoken
	weight float64
}

// NewGrammar makes a grammar of one state and no path.
func NewGrammar() *Grammar {
	return &Grammar{states: 1, arcs: make(map[State][]arc), words: make(map[string]bool)}
}

// State adds a state.
func (g *Grammar) State() State {
	g.states++
	return State(g.states - 1)
}

// Arc adds a way from one state to another that speaks a word.
func (g *Grammar) Arc(from, to State, word string, weight float64) {
	g.arcs[from] = append(g.arcs[from], arc{to: to, word: word, weight: weight})
	if word != "" {
		g.words[word] = true
	}
}

// Skip adds a way from one state to a later one that speaks nothing. The
// library does not forgive circles of such ways.
func (g *Grammar) Skip(from, to State, weight float64) { g.Arc(from, to, "", weight) }

// Phrase adds a way that speaks several words, or none. It shares its first
// words with the phrases added before it from the same state to the same one.
func (g *Grammar) Phrase(from, to State, words []string, weight float64) {
	if len(words) == 0 {
		g.Skip(from, to, weight)
		return
	}
	for _, word := range words[:len(words)-1] {
		next := g.State()
		g.Arc(from, next, word, weight)
		from, weight = next, 1
	}
	g.Arc(from, to, words[len(words)-1], weight)
}

// Phrases adds a tree of phrases between two states, with even weights that add
// up to share.
func (g *Grammar) Phrases(from, to State, phrases [][]string, share float64) {
	tree := make(map[string][][]string)
	for _, p := range phrases {
		if len(p) > 0 {
			tree[p[0]] = append(tree[p[0]], p[1:])
		}
	}
	each := share / float64(max(len(phrases), 1))
	for _, word := range slices.Sorted(maps.Keys(tree)) {
		g.branch(from, to, word, tree[word], each*float64(len(tree[word])))
	}
}

func (g *Grammar) branch(from, to State, word string, rest [][]string, share float64) {
	longer := slices.DeleteFunc(slices.Clone(rest), func(p []string) bool { return len(p) == 0 })
	ends := len(rest) - len(longer)
	if ends > 0 {
		g.Arc(from, to, word, share*float64(ends)/float64(len(rest)))
	}
	if len(longer) == 0 {
		return
	}
	next := g.State()
	left := share * float64(len(longer)) / float64(len(rest))
	g.Arc(from, next, word, left)
	g.Phrases(next, to, longer, 1)
}

// Words gives the vocabulary in order.
func (g *Grammar) Words() []string { return slices.Sorted(maps.Keys(g.words)) }

// Text writes the grammar as pocketsphinx reads it, with the state where its
// paths end.
func (g *Grammar) Text(final State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "FSG_BEGIN callward\nNUM_STATES %d\nSTART_STATE 0\nFINAL_STATE %d\n", g.states, final)
	for _, from := range slices.Sorted(maps.Keys(g.arcs)) {
		total := 0.0
		for _, a := range g.arcs[from] {
			total += a.weight
		}
		for _, a := range g.arcs[from] {
			fmt.Fprintf(&b, "TRANSITION %d %d %.6f", from, a.to, max(a.weight/total, 1e-6))
			if a.word != "" {
				b.WriteString(" " + a.word)
			}
			b.WriteByte('\n')
		}
	}
	b.WriteString("FSG_END\n")
	return b.String()
}

// Accepts reports whether the grammar allows exactly these words.
func (g *Grammar) Accepts(words []string, final State) bool {
	at := g.closure(map[State]bool{Start: true})
	for _, word := range words {
		next := make(map[State]bool)
		for s := range at {
			for _, a := range g.arcs[s] {
				if a.word == word {
					next[a.to] = true
				}
			}
		}
		at = g.closure(next)
	}
	return at[final]
}

func (g *Grammar) closure(at map[State]bool) map[State]bool {
	todo := slices.Collect(maps.Keys(at))
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, a := range g.arcs[s] {
			if a.word == "" && !at[a.to] {
				at[a.to] = true
				todo = append(todo, a.to)
			}
		}
	}
	return at
}

// Forget removes every way that speaks a word.
func (g *Grammar) Forget(word string) {
	delete(g.words, word)
	for from, arcs := range g.arcs {
		g.arcs[from] = slices.DeleteFunc(arcs, func(a arc) bool { return a.word == word })
	}
}
