package intent

import "math/rand/v2"

// The chances of what is done to a word of a training copy. Dropping words
// teaches the classifier not to lean on one of them; replacing as many as a
// recognizer does was measured to teach it the wrong words instead.
const (
	chanceDropped  = 0.12
	chanceReplaced = 0.02
	chanceInserted = 0.04
)

// spoil gives tokens as a bad recognizer might have heard them. It leaves at
// least one word standing.
func spoil(r *rand.Rand, tokens, vocabulary []string) []string {
	out := make([]string, 0, len(tokens)+1)
	for _, t := range tokens {
		switch p := r.Float64(); {
		case p < chanceDropped:
			continue
		case p < chanceDropped+chanceReplaced:
			t = vocabulary[r.IntN(len(vocabulary))]
		case p < chanceDropped+chanceReplaced+chanceInserted:
			out = append(out, vocabulary[r.IntN(len(vocabulary))])
		}
		out = append(out, t)
	}
	if len(out) == 0 {
		return append(out, tokens[r.IntN(len(tokens))])
	}
	return out
}

// babble gives words of the vocabulary that make no request: what a recognizer
// writes when somebody talks about something else, or a radio plays.
func babble(r *rand.Rand, vocabulary []string) []string {
	out := make([]string, 2+r.IntN(7))
	for i := range out {
		out[i] = vocabulary[r.IntN(len(vocabulary))]
	}
	return out
}
