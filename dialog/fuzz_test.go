package dialog

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protodelim"

	dialogv1 "github.com/callward/callward/proto/callward/dialog/v1"
)

// FuzzWhatComesDown gives an order messages as they come from a service: a byte before
// each begins a turn if it is odd. Whatever they are, an answer is for the newest turn,
// within the limits, and nothing follows the one that ends a turn.
func FuzzWhatComesDown(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		o, r, ended := order{}, bytes.NewReader(data), false
		o.begin(1)
		said := map[string]int{}
		for {
			b, err := r.ReadByte()
			if err != nil {
				return
			}
			if b%2 == 1 {
				o.begin(o.turn + 1)
				ended = false
				clear(said)
			}
			m := &dialogv1.ConverseResponse{}
			if protodelim.UnmarshalFrom(r, m) != nil {
				return
			}
			a, err := o.take(m)
			if err != nil {
				var broke *BreachError
				var service *ServiceError
				if a != nil || !errors.As(err, &broke) && !errors.As(err, &service) {
					t.Fatalf("%v, %v", a, err)
				}
				return
			}
			if _, ready := a.(Ready); a == nil || ready {
				continue
			}
			if ended {
				t.Fatalf("%T follows the end of a turn", a)
			}
			turn := int64(0)
			turn, ended = within(t, a, said)
			if turn != o.turn {
				t.Fatalf("%T is for turn %d of %d", a, turn, o.turn)
			}
		}
	})
}

// within holds an answer to the limits.
func within(t *testing.T, a Answer, said map[string]int) (turn int64, ends bool) {
	t.Helper()
	ok := true
	switch a := a.(type) {
	case Say:
		said[a.ID] += len(a.Text)
		ok = said[a.ID] <= maxText && a.After >= 0 && a.After <= maxWait && (a.After > 0) == (a.BargeIn == After)
		turn = a.Turn
	case Listen:
		ok = a.Expect >= Free && a.Expect <= Menu && a.Length >= 0 && a.NoInput >= 0 && a.NoInput <= 2*time.Minute && len(a.Hints) <= maxHints
		for _, h := range a.Hints {
			ok = ok && h.Boost >= 0 && h.Boost <= maxBoost && len(h.Phrase) <= maxText
		}
		turn, ends = a.Turn, true
	case Transfer:
		ok = a.Queue != "" && a.Priority >= 0 && a.Priority <= maxPriority && len(a.Skills) <= maxFacts
		turn, ends = a.Turn, true
	case Hangup:
		ok = len(a.Reason) <= maxText
		turn, ends = a.Turn, true
	case Understood:
		ok = a.Intent != "" && a.Confidence >= 0 && a.Confidence <= 1
		turn = a.Turn
	}
	if !ok {
		t.Fatalf("%+v", a)
	}
	return turn, ends
}
