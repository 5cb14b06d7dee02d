package call_test

import (
	"slices"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/callward/callward/call"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// A recognizer that takes the place of one that was lost is told what the caller is asked
// for at that moment.
func TestARecognizerThatIsRegainedKnowsTheQuestion(t *testing.T) {
	t.Parallel()
	b := newBench(t, "what are your opening hours")
	caller, done := b.dial("c1")
	b.await(call.KindBotPlayed) // the recognizer hears by then
	b.hears.Fail(codes.Unavailable)
	b.await(call.KindTrouble)
	b.await(call.KindRegained)
	var told *asrv1.Update
	eventually(t, "it is told of a choice", func() bool {
		for _, r := range b.hears.Requests() {
			if u := r.GetUpdate(); u.GetExpect() == asrv1.Expect_EXPECT_MENU {
				told = u
			}
		}
		return told != nil
	})
	if !told.GetReplaceHints() || !slices.ContainsFunc(told.GetHints(), func(h *asrv1.Hint) bool { return h.GetPhrase() != "" }) {
		t.Errorf("it was told %v", told)
	}
	caller.leave()
	b.ended(done)
}
