package engines_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/internal/engines"
)

func TestEnginesAreAskedByClassAndPriority(t *testing.T) {
	ranks := []engines.Rank{
		{Priority: 2},
		{Priority: 1, Languages: []string{"fr"}},
		{Priority: 1, Languages: []string{"en-GB"}},
		{Priority: 3, Class: "premium"},
	}
	for _, c := range []struct {
		language, class string
		want            []int
	}{
		{"fr-CA", "", []int{1, 0, 3}},
		{"en", "", []int{2, 0, 3}},
		{"en-US", "", []int{0, 3}},
		{"fr", "premium", []int{3, 1, 0}},
		{"FR", "none has it", []int{1, 0, 3}},
	} {
		if got := engines.Order(ranks, c.language, c.class, rand.New(rand.NewPCG(1, 2))); !slices.Equal(got, c.want) {
			t.Errorf("%s %q: %v, want %v", c.language, c.class, got, c.want)
		}
	}
}

func TestEqualsAreAskedAsOftenAsTheyWeigh(t *testing.T) {
	ranks, rnd, first := []engines.Rank{{Weight: 3}, {}}, rand.New(rand.NewPCG(1, 2)), 0
	for range 10000 {
		if engines.Order(ranks, "en", "", rnd)[0] == 0 {
			first++
		}
	}
	if first < 7300 || first > 7700 {
		t.Errorf("%d of 10000 began with the one that weighs three of four", first)
	}
}

// Whoever Order puts first by some lot is foremost, and nobody else.
func TestForemostAreThoseThatALotPutsFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ranks := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) engines.Rank {
			return engines.Rank{
				Languages: rapid.SampledFrom([][]string{nil, {"en"}, {"fr"}}).Draw(t, "languages"),
				Class:     rapid.SampledFrom([]string{"", "premium"}).Draw(t, "class"), Priority: rapid.IntRange(0, 2).Draw(t, "priority"),
			}
		}), 1, 6).Draw(t, "ranks")
		class := rapid.SampledFrom([]string{"", "premium", "other"}).Draw(t, "wanted")
		first := map[int]bool{}
		for seed := range uint64(300) {
			if order := engines.Order(ranks, "en", class, rand.New(rand.NewPCG(seed, seed))); len(order) > 0 {
				first[order[0]] = true
			}
		}
		for i := range ranks {
			if engines.Foremost(ranks, i, "en", class) != first[i] {
				t.Fatalf("%d of %+v: not %v", i, ranks, first[i])
			}
		}
	})
}
