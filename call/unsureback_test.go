package call_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/router/queue"
)

// A mumbler is the real queue, of whose answers about callbacks the first are lost: what
// was asked for is done all the same.
type mumbler struct {
	*queue.Redis

	lost atomic.Int32 // answers that are yet to be lost
}

var errLostAnswer = errors.New("the answer was lost")

func (m *mumbler) CallBack(ctx context.Context, id string, b queue.Callback) error {
	err := m.Redis.CallBack(ctx, id, b)
	if m.lost.Add(-1) >= 0 {
		return errLostAnswer
	}
	return err
}

// awaitTold waits for an entry of a kind that says something.
func (b *bench) awaitTold(kind call.Kind, what string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	for seq := uint64(0); ; {
		entries, err := b.journal.Next(ctx, seq)
		if err != nil {
			b.t.Fatalf("waited in vain for %s %q; the journal holds:\n%s", kind, what, b.story())
		}
		for _, e := range entries {
			if e.Kind == kind && strings.Contains(e.Text.String()+e.Reason, what) {
				return
			}
			seq = e.Seq
		}
	}
}

// wantsBack is a caller who waits, and asks by keys to be called back; so many answers of
// the queue are lost.
func (b *bench) wantsBack(lost int32, retry time.Duration) (caller *peer, done <-chan error) {
	b.t.Helper()
	m := &mumbler{Redis: b.queues}
	m.lost.Store(lost)
	b.deps.Queues = m
	b.more = func(s *call.Setup) {
		s.Callable, s.Times.Retry = "+33612345678", retry
		s.Callbacks = map[string]call.CallbackOffer{"people": {
			After: 500 * time.Millisecond, Callback: queue.Callback{After: time.Minute, Keep: time.Hour, Tries: 3, Retry: time.Minute},
		}}
	}
	caller, done = b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	b.awaitTold(call.KindCallback, "offered")
	press := func() {
		if _, err := caller.session.SendDigits("1"); err != nil {
			b.t.Fatal(err)
		}
	}
	press()
	b.awaitTold(call.KindBotSaid, "ends in")
	press()
	b.awaitTold(call.KindCallback, "asked for by the caller")
	return caller, done
}

// kept reports whether the place waits for the caller to be called back.
func (b *bench) kept() bool {
	b.t.Helper()
	snap, err := b.queues.Snapshot(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return len(snap.Calls) == 1 && snap.Calls[0].Back
}

func TestACallbackWhoseAnswerIsLostIsAskedForUntilItIsKnown(t *testing.T) {
	b := newBench(t, "my bill is wrong")
	caller, done := b.wantsBack(5, 100*time.Millisecond)
	b.awaitTold(call.KindTrouble, "a callback is asked for again")
	b.awaitTold(call.KindCallback, "the place is kept")
	b.ended(done)
	if !b.kept() {
		t.Errorf("the place is not kept:\n%s", b.story())
	}
	caller.leave()
}

func TestWhoHangsUpBeforeTheQueueHasAnsweredIsCalledBack(t *testing.T) {
	b := newBench(t, "my bill is wrong")
	caller, done := b.wantsBack(3, time.Minute)
	b.awaitTold(call.KindTrouble, "a callback is asked for again")
	caller.leave()
	b.ended(done)
	if !b.kept() {
		t.Errorf("the place is lost:\n%s", b.story())
	}
}
