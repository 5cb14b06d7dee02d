package call_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

// A queue that does what it is told when a caller was reached, and does not say so the first
// times.
type muteQueue struct {
	*queue.Redis

	mute atomic.Int32
}

func (q *muteQueue) Reached(ctx context.Context, o queue.Offer) (bool, error) {
	ok, err := q.Redis.Reached(ctx, o)
	if q.mute.Add(-1) >= 0 {
		return false, errLostAnswer
	}
	return ok, err
}

// callsBack has ann call c1 back, who picks up. So often the queue does not say that it knows.
func (b *bench) callsBack(mute int32) (q *muteQueue, done <-chan error) {
	b.t.Helper()
	ctx := b.t.Context()
	q = &muteQueue{Redis: queuetest.Start(b.t, queue.Config{WrapUp: -1})}
	q.mute.Store(mute)
	b.deps.Queues = q
	b.agents.answer = []func(context.Context, *peer) error{picksUp, picksUp}
	for _, err := range []error{
		q.Enqueue(ctx, queue.Entry{Call: "c1", Queue: "people"}),
		q.CallBack(ctx, "c1", queue.Callback{Number: "+33612345678", Keep: time.Hour, Tries: 3, Retry: time.Minute}),
		q.SetAgent(ctx, queue.Agent{ID: "ann", State: queue.Available, Queues: []string{"people"}}),
	} {
		if err != nil {
			b.t.Fatal(err)
		}
	}
	o, err := q.Next(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	back := call.NewBack(call.BackSetup{Offer: o, Setup: call.Setup{
		ID: "b1", Tenant: "acme", Assistant: b.assistant(), Languages: []string{"en"}, Heard: []string{"en"},
	}}, b.deps)
	ended := make(chan error, 1)
	go func() { ended <- b.calls.RunBack(context.WithoutCancel(ctx), back) }()
	return q, ended
}

func TestACallerWhoIsCalledBackMeetsTheAgentThoughRedisFailsForAMoment(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, done := b.callsBack(3)
	b.await(call.KindBridged)
	b.agents.peers[1].leave()
	b.ended(done)
}

func TestACallerWhoIsCalledBackInVainHearsSoAndIsCalledAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	q, done := b.callsBack(1000)
	b.ended(done)
	ann, caller := b.agents.peers[0], b.agents.peers[1]
	<-ann.done
	<-caller.done
	if story := b.storyOf("b1"); !strings.Contains(story, "something has gone wrong here") || !strings.Contains(story, "bot.played") || !caller.ear.heardSince(0, 20) {
		t.Errorf("the caller was told nothing:\n%s", story)
	}
	snap, err := q.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(snap.Calls) != 1 || snap.Calls[0].State != "callback" || snap.Agents[0].State != queue.Available {
		t.Errorf("the place is not kept, or the agent not free: %+v", snap)
	}
}
