package call_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
)

// sleepers are phones that hold the caller as soon as they have answered, and then are asleep.
type sleepers struct{ *phones }

func (s sleepers) Dial(ctx context.Context, r call.DialRequest) (call.Leg, []byte, error) {
	leg, answer, err := s.phones.Dial(ctx, r)
	if p, ok := leg.(*peer); ok {
		p.asks = make(chan error, 1)
		p.asks <- errors.New("no answer")
	}
	return leg, bytes.Replace(answer, []byte("a=sendrecv"), []byte("a=sendonly"), 1), err
}

func TestACallerWhomAPhoneHoldsThatIsLostIsBackInTheQueue(t *testing.T) {
	t.Parallel()
	b := newBench(t, "my bill is wrong")
	b.agents.answer = append(b.agents.answer, picksUp)
	b.deps.Phones = sleepers{b.agents}
	b.more = func(s *call.Setup) { s.Times.Held = 50 * time.Millisecond }
	b.agent("anna")
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	eventually(t, "the caller is back in the queue", func() bool { return b.count(call.KindQueued) == 2 })
	if n := b.count(call.KindEnded); n != 0 {
		t.Error("the caller goes with the phone")
	}
	caller.leave()
	b.ended(done)
	b.clean()
}

// Who holds us sends nothing: a caller whose phone is lost meanwhile is asked for all the same.
func TestACallerWhoHoldsUsAndIsLostDoesNotStay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.more = func(s *call.Setup) { s.Times.Held = 50 * time.Millisecond }
	caller := newPeerWith(t, b.engine, media.Options{})
	offer, err := caller.session.Offer()
	if err != nil {
		t.Fatal(err)
	}
	caller.offer = bytes.Replace(offer, []byte("a=sendrecv"), []byte("a=sendonly"), 1)
	caller.asks = make(chan error, 1)
	caller.asks <- errors.New("no answer")
	done := b.live("c1", caller)
	b.ended(done)
	if s := b.storyOf("c1"); !strings.Contains(s, "neither sound nor an answer from the caller") {
		t.Errorf("the story:\n%s", s)
	}
	b.clean()
}
