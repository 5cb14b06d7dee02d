package call_test

import (
	"context"
	"testing"
	"time"

	"github.com/callward/callward/call"
)

// keys picks up, listens to what the agent is told, and presses a key.
func keys(t *testing.T, digit string) func(context.Context, *peer) error {
	t.Helper()
	return func(_ context.Context, p *peer) error {
		go func() {
			for !p.ear.heardSince(0, 20) {
				select {
				case <-t.Context().Done():
					return
				case <-p.done:
					return
				case <-time.After(10 * time.Millisecond): //nolint:forbidigo // a test's
				}
			}
			_, _ = p.session.SendDigits(digit)
		}()
		return nil
	}
}

// A caller is offered to an agent who hears what it is about and declines, then to one who
// takes the call: the caller meets nobody before that.
func TestAnAgentHearsWhatTheCallerWantsAndTakesOrDeclines(t *testing.T) {
	t.Parallel()
	b := newBench(t, "my bill is wrong")
	b.briefs = map[string]call.Brief{"people": call.BriefAsk}
	b.agents.answer = append(b.agents.answer, keys(t, "2"), keys(t, "1"))
	b.agent("anna")
	b.agent("boris")
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	first, second := <-b.agents.rang, ""
	if failed := b.await(call.KindAgentFailed); failed.Reason != "declined" || failed.Agent != first {
		t.Errorf("the journal says %+v", failed)
	}
	b.agents.mu.Lock()
	refused := b.agents.peers[0]
	b.agents.mu.Unlock()
	<-refused.done
	if second = <-b.agents.rang; second == first {
		t.Errorf("%s is asked again at once", first)
	}
	if met := b.await(call.KindBridged); met.Agent != second || b.count(call.KindBridged) != 1 || b.count(call.KindBriefed) != 2 {
		t.Errorf("the caller met %s:\n%s", met.Agent, b.story())
	}
	if told := b.await(call.KindBriefed); told.Text.Empty() {
		t.Error("the agent is not told what the caller wants")
	}
	caller.leave()
	b.ended(done)
	b.clean()
}

// A queue whose agents are told of callers rings longer than others: its time counts, not
// that of the tenant.
func TestAPhoneRingsAsLongAsItsQueueHasIt(t *testing.T) {
	b := newBench(t, "my bill is wrong")
	b.more = func(s *call.Setup) {
		s.Times.Ring, s.Rings = time.Millisecond, map[string]time.Duration{"people": 10 * time.Second}
	}
	b.agents.answer = append(b.agents.answer, func(ctx context.Context, _ *peer) error {
		wait := time.NewTimer(300 * time.Millisecond)
		defer wait.Stop()
		select {
		case <-wait.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	b.agent("anna")
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	b.await(call.KindBridged)
	caller.leave()
	b.ended(done)
	b.clean()
}

func TestAnAgentWhoIsOnlyToldIsJoinedAfterIt(t *testing.T) {
	t.Parallel()
	b := newBench(t, "my bill is wrong")
	b.briefs = map[string]call.Brief{"people": call.BriefTell}
	b.agents.answer = append(b.agents.answer, picksUp)
	b.agent("anna")
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	b.await(call.KindBridged)
	if !b.agents.peers[0].ear.heardSince(0, 20) || b.count(call.KindBriefed) != 1 {
		t.Errorf("the agent heard nothing:\n%s", b.story())
	}
	caller.leave()
	b.ended(done)
	b.clean()
}
