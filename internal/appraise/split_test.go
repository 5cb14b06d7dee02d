package appraise_test

import (
	"slices"
	"testing"

	"github.com/callward/callward/internal/appraise"
	"github.com/callward/callward/router/intent"
)

func TestOneInFiveIsHeldBackAndNoIntentLosesAllItsExamples(t *testing.T) {
	all := append(lines("bill", "meter", "heating", "moving", "price"), intent.Example{Intent: "rare", Text: "once only"})
	for seed := range uint64(20) {
		train, held := appraise.HoldBack(all, 5, seed)
		if n := len(held); n < 12 || n > 13 || len(train)+n != len(all) {
			t.Fatalf("%d learnt and %d held back of %d", len(train), n, len(all))
		}
		if !slices.ContainsFunc(train, func(e intent.Example) bool { return e.Intent == "rare" }) {
			t.Error("nothing is left to learn of an intent")
		}
		for _, e := range held {
			if slices.Contains(train, e) != (count(all, e) > 1 && count(held, e) < count(all, e)) {
				t.Errorf("%v is both learnt and held back", e)
			}
		}
		if _, again := appraise.HoldBack(all, 5, seed); !slices.Equal(held, again) {
			t.Error("the same seed gives another split")
		}
	}
	_, one := appraise.HoldBack(all, 5, 1)
	if _, two := appraise.HoldBack(all, 5, 2); slices.Equal(one, two) {
		t.Error("another seed gives the same split")
	}
}

func count(all []intent.Example, e intent.Example) (n int) {
	for _, x := range all {
		if x == e {
			n++
		}
	}
	return n
}
