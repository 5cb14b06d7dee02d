package appraise

import (
	"math/rand/v2"

	"github.com/callward/callward/router/intent"
)

// HoldBack puts one in part examples aside, at random, to be asked for in place of a test
// that is not there. The same seed gives the same split. The last example of an intent is
// never put aside: nothing could be learnt of it.
func HoldBack(examples []intent.Example, part int, seed uint64) (train, held []intent.Example) {
	left := make(map[string]int)
	for _, e := range examples {
		left[e.Intent]++
	}
	aside := make([]bool, len(examples))
	for at, i := range rand.New(rand.NewPCG(seed, uint64(part))).Perm(len(examples)) {
		if at%part == 0 && left[examples[i].Intent] > 1 {
			left[examples[i].Intent]--
			aside[i] = true
		}
	}
	for i, e := range examples {
		if aside[i] {
			held = append(held, e)
		} else {
			train = append(train, e)
		}
	}
	return train, held
}
