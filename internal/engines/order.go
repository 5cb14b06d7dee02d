package engines

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// A Rank says for whom an engine is, and before which others it is asked.
type Rank struct {
	Languages []string // as BCP 47; empty: all
	Class     string   // a word of the operator's, such as "premium"
	Priority  int      // lower ones are asked first
	Weight    int      // its share among those of the same priority; 0 means 1
}

// Speaks reports whether the engine is one for a language. A language without a region
// stands for all regions, on either side: "fr" is met by "fr-CA", and "fr-CA" by "fr".
func (r Rank) Speaks(language string) bool {
	return len(r.Languages) == 0 || slices.ContainsFunc(r.Languages, func(l string) bool { return sameLanguage(l, language) })
}

func sameLanguage(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	return a == b || strings.HasPrefix(a, b+"-") || strings.HasPrefix(b, a+"-")
}

// Foremost reports whether the engine at index i is one of those that Order puts first,
// whatever the lot.
func Foremost(ranks []Rank, i int, language, class string) bool {
	if !ranks[i].Speaks(language) {
		return false
	}
	return !slices.ContainsFunc(ranks, func(r Rank) bool {
		near, i := r.Class == class, ranks[i]
		if near != (i.Class == class) {
			return near && r.Speaks(language)
		}
		return r.Priority < i.Priority && r.Speaks(language)
	})
}

// Order gives the indexes of the engines for a language, in the order in which they are
// to be asked: those of the class that is wanted before others, then by priority, and
// among equals by lot, each as often as its weight says. rnd is used for that alone.
func Order(ranks []Rank, language, class string, rnd *rand.Rand) []int {
	type lot struct {
		index, away, priority int
		drawn                 float64
	}
	var lots []lot
	for i, r := range ranks {
		if !r.Speaks(language) {
			continue
		}
		l := lot{index: i, priority: r.Priority, drawn: rnd.ExpFloat64() / float64(max(r.Weight, 1))}
		if r.Class != class {
			l.away = 1
		}
		lots = append(lots, l)
	}
	slices.SortFunc(lots, func(a, b lot) int {
		switch {
		case a.away != b.away:
			return a.away - b.away
		case a.priority != b.priority:
			return a.priority - b.priority
		case a.drawn < b.drawn:
			return -1
		}
		return 1
	})
	out := make([]int, len(lots))
	for i, l := range lots {
		out[i] = l.index
	}
	return out
}
