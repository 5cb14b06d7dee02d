package call_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callward/callward/call"
)

// Whatever people ask for, what one of them has taken leaves their hands only when it is
// done by them or put back.
func TestAMessageThatSomebodyHasTakenIsTheirs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h call.Handling
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			next := call.Handling{
				State: rapid.SampledFrom([]call.MessageState{call.MessageNew, call.MessageTaken, call.MessageDone}).Draw(t, "state"),
				By:    rapid.SampledFrom([]string{"anna", "boris"}).Draw(t, "by"),
				At:    time.Unix(rapid.Int64Range(1, 100).Draw(t, "at"), 0),
			}
			got, err := h.Then(next)
			others := h.State == call.MessageTaken && h.By != next.By || h.State == call.MessageDone && next.State == call.MessageTaken
			if refused := errors.Is(err, call.ErrTaken); refused != (others && next.State != call.MessageNew) {
				t.Fatalf("%+v, then %+v: %v", h, next, err)
			}
			if err != nil && got != h {
				t.Fatalf("what is refused changes %+v to %+v", h, got)
			}
			if err == nil && next.State != call.MessageNew && got.State != next.State {
				t.Fatalf("%+v, then %+v, gives %+v", h, next, got)
			}
			if again, err := got.Then(call.Handling{State: got.State, By: got.By, At: next.At.Add(time.Hour)}); got.State != "" && (err != nil || again != got) {
				t.Fatalf("asked again: %+v, %v", again, err)
			}
			h = got
		}
	})
}
