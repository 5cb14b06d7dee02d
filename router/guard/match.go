package guard

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A pattern is a rule as it is written: classes of words, one after the other, with the
// most words that may lie between two of them as a number, and after "!" classes that void
// it.
type pattern struct {
	kind Kind
	text string
}

// A rule is a pattern to be matched.
type rule struct {
	kind   Kind
	name   string
	parts  []int // classes
	gaps   []int // before each part but the first
	unless []int // classes
}

// A lexicon knows the phrases of all classes.
type lexicon struct {
	numbers map[string]int      // of classes, from 1
	first   map[string][]phrase // by their first word
}

type phrase struct {
	words []string
	class int
}

// A hit is a phrase of a class in a text.
type hit struct{ class, start, end int }

func newLexicon(classes map[string][]string) lexicon {
	l := lexicon{map[string]int{}, map[string][]phrase{}}
	for name, phrases := range classes {
		l.numbers[name] = len(l.numbers) + 1
		l.add(name, phrases)
	}
	return l
}

func (l *lexicon) add(class string, phrases []string) {
	for _, p := range phrases {
		if words := reading(p).words; len(words) > 0 {
			l.first[words[0]] = append(slices.Clip(l.first[words[0]]), phrase{words, l.numbers[class]})
		}
	}
}

// with gives a lexicon that has more phrases of a class; l keeps its own.
func (l *lexicon) with(class string, phrases []string) lexicon {
	more := *l
	if len(phrases) > 0 {
		more.first = maps.Clone(l.first)
		more.add(class, phrases)
	}
	return more
}

// rule reads a pattern. A class that does not exist matches nothing; a test sees to it
// that there is none.
func (l *lexicon) rule(p pattern) rule {
	r := rule{kind: p.kind, name: p.text}
	gap := 0
	for field := range strings.FieldsSeq(p.text) {
		if n, err := strconv.Atoi(field); err == nil {
			gap = n
			continue
		}
		if class, not := strings.CutPrefix(field, "!"); not {
			r.unless = append(r.unless, l.numbers[class])
			continue
		}
		if len(r.parts) > 0 {
			r.gaps = append(r.gaps, gap)
		}
		r.parts, gap = append(r.parts, l.numbers[field]), 0
	}
	return r
}

// hits finds all phrases, in the order in which they begin.
func (l *lexicon) hits(words []string) []hit {
	var out []hit
	for i, w := range words {
		for _, p := range l.first[w] {
			if end := i + len(p.words); end <= len(words) && slices.Equal(words[i:end], p.words) {
				out = append(out, hit{p.class, i, end})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b hit) int { return cmp.Compare(a.start, b.start) })
	return out
}

// seen tells of each class whether it is among hits.
func (l *lexicon) seen(hits []hit) []bool {
	out := make([]bool, len(l.numbers)+1)
	for _, h := range hits {
		out[h.class] = true
	}
	return out
}

// may reports whether all parts are there, in whatever order: most rules end here.
func (r *rule) may(seen []bool) bool {
	return !slices.ContainsFunc(r.parts, func(class int) bool { return !seen[class] })
}

// kept is how many beginnings of a rule are remembered: phrases overlap.
const kept = 4

// fires reports whether the parts stand one after the other somewhere.
func (r *rule) fires(hits []hit) bool {
	begun := make([][]hit, len(r.parts)) // by parts found: from the first to the last of them
	for _, h := range hits {
		for k, class := range slices.Backward(r.parts) {
			if class != h.class {
				continue
			}
			from, ok := h, k == 0
			if k > 0 {
				from, ok = r.follows(begun[k-1], h, r.gaps[k-1])
			}
			switch {
			case !ok:
			case k == len(r.parts)-1:
				if !r.void(hits, from) {
					return true
				}
			default:
				begun[k] = append(begun[k], from)
				begun[k] = begun[k][max(len(begun[k])-kept, 0):]
			}
		}
	}
	return false
}

// follows gives the newest beginning that h goes on with, with h.
func (r *rule) follows(begun []hit, h hit, gap int) (hit, bool) {
	for _, b := range slices.Backward(begun) {
		if d := h.start - b.end; d >= 0 && d <= gap {
			return hit{h.class, b.start, h.end}, true
		}
	}
	return hit{}, false
}

// Words just before a match, and one after it, may void it: "shall I read my card number",
// "the number of the customer service".
const (
	voidBefore = 3
	voidAfter  = 1
)

// void reports whether something in a span or beside it says that the rule does not count.
func (r *rule) void(hits []hit, span hit) bool {
	return len(r.unless) > 0 && slices.ContainsFunc(hits, func(h hit) bool {
		return slices.Contains(r.unless, h.class) && h.start >= span.start-voidBefore && h.end <= span.end+voidAfter
	})
}
