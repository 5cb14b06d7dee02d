package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callward/callward/internal/facts"
	"github.com/callward/callward/internal/notify"
)

// A receiver that stalls for longer than it is waited for, which is 15 seconds, costs none of the thousand messages that wait for it at most, has none twice, and delays nobody
// else; whoever brings more waits until there is room.
func TestAReceiverThatStallsLosesAndDoublesNothingAndDelaysNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const stall, patience, calls, each = 16 * time.Second, 15 * time.Second, 100, 10
		var tries atomic.Int32
		began := time.Now()
		slow, quick := &receiver{}, &receiver{}
		stalled := courier(t, slow, func(cfg *notify.Config) {
			cfg.Send = func(ctx context.Context, id string, body []byte) (time.Duration, error) {
				wait, cancel := context.WithTimeout(ctx, min(patience, max(stall-time.Since(began), 0)))
				defer cancel()
				<-wait.Done()
				if time.Since(began) < stall {
					tries.Add(1)
					return 0, errDown
				}
				return slow.send(ctx, id, body)
			}
		})
		well := courier(t, quick, nil)
		var want []string
		for n := range calls * each {
			event := fmt.Sprintf("%d-0", n+1)
			want = append(want, "acme_"+event)
			for _, c := range []*notify.Courier{stalled, well} {
				take(t, c, event, fmt.Sprint("call ", n%calls), facts.QueueEntered)
			}
		}
		synctest.Wait()
		if took := quick.took(); time.Since(began) != 0 || len(took) != len(want) || len(slow.took()) != 0 || !well.Idle() {
			t.Errorf("after %s: %d taken by who is well, %d by who stalls", time.Since(began), len(took), len(slow.took()))
		}
		ctx, cancel := context.WithTimeout(t.Context(), stall-time.Second)
		defer cancel()
		if err := stalled.Take(ctx, "1001-0", []facts.Fact{{ID: "1001-0", Name: facts.QueueEntered, Call: "more"}}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("one more than may wait: %v", err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		took := slow.took()
		inOrder := map[string]string{}
		for _, id := range took {
			var n int
			_, _ = fmt.Sscanf(id, "acme_%d-0", &n)
			call := fmt.Sprint((n - 1) % calls)
			if id, before := fmt.Sprintf("%04d", n), inOrder[call]; id <= before {
				t.Errorf("of call %s, %s came after %s", call, id, before)
			}
			inOrder[call] = fmt.Sprintf("%04d", n)
		}
		slices.Sort(took)
		slices.Sort(want)
		if !slices.Equal(took, want) || len(slow.dead) > 0 || stalled.Done() != "1000-0" || !stalled.Idle() {
			t.Errorf("%d taken, %d given up, done %q", len(took), len(slow.dead), stalled.Done())
		}
		if tries.Load() == 0 {
			t.Error("nothing was tried while it stalled")
		}
	})
}
