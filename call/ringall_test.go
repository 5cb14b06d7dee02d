package call_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/router/queue"
)

func TestTheFirstOfSeveralPhonesHasTheCallerAndTheOthersStop(t *testing.T) {
	t.Parallel()
	b := newBench(t, "my bill is wrong")
	if err := b.queues.Configure(t.Context(), map[string]queue.Settings{"people": {Strategy: queue.RingAll}}); err != nil {
		t.Fatal(err)
	}
	stopped, allRing := make(chan struct{}), make(chan struct{})
	b.agents.answer = append(b.agents.answer, isBusy,
		func(ctx context.Context, _ *peer) error { defer close(stopped); return staysSilent(ctx, nil) },
		func(context.Context, *peer) error { <-allRing; return nil })
	for _, id := range []string{"anna", "bert", "cleo"} {
		b.agent(id)
	}
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	for range 3 {
		<-b.agents.rang
	}
	close(allRing)
	answered := b.await(call.KindAgentAnswer)
	b.await(call.KindBridged)
	select {
	case <-stopped:
	case <-time.NewTimer(patience).C:
		t.Error("a phone rings on though another was picked up")
	}
	b.agents.mu.Lock()
	winner, phone := b.agents.asked[2].Agent, b.agents.peers[2]
	b.agents.mu.Unlock()
	if answered.Agent != winner {
		t.Errorf("the journal says that %s answered, but %s did", answered.Agent, winner)
	}
	phone.leave()
	b.ended(done)
	b.clean()
}

func TestACallerWhoMayWaitNoLongerIsToldAndLetGo(t *testing.T) {
	t.Parallel()
	b := newBench(t, "my bill is wrong")
	if err := b.queues.Configure(t.Context(), map[string]queue.Settings{"people": {MaxWait: time.Second}}); err != nil {
		t.Fatal(err)
	}
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	if e := b.await(call.KindTrouble); !strings.Contains(e.Reason, "nobody came") {
		t.Errorf("trouble: %s", e.Reason)
	}
	b.ended(done)
	b.clean()
}

func TestACallerWhomAFullQueueDoesNotTakeIsToldAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, "my bill is wrong")
	if err := b.queues.Configure(t.Context(), map[string]queue.Settings{"people": {JoinEmpty: queue.JoinNobody}}); err != nil {
		t.Fatal(err)
	}
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	if e := b.await(call.KindTrouble); e.Reason != queue.ErrEmpty.Error() {
		t.Errorf("trouble: %s", e.Reason)
	}
	b.ended(done)
	b.clean()
}
