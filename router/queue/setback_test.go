package queue_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

// slow is a Redis whose clock is behind.
type slow struct{ by atomic.Int64 }

func (s *slow) DialHook(next redis.DialHook) redis.DialHook { return next }

func (s *slow) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (s *slow) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if shown, ok := cmd.(*redis.TimeCmd); ok {
			shown.SetVal(shown.Val().Add(-time.Duration(s.by.Load())))
		}
		return err
	}
}

// As a node runs, with nothing but the time that Redis shows.
func TestARunningNodeGoesByAClockOfRedisThatIsSetBack(t *testing.T) {
	t.Parallel()
	behind, client := new(slow), queuetest.Embedded(t)()
	client.AddHook(behind)
	r := queuetest.Start(t, queue.Config{Client: client, Lease: 300 * time.Millisecond})
	ctx := t.Context()
	if err := r.Enqueue(ctx, queue.Entry{Call: "c1", Queue: "billing"}); err != nil {
		t.Fatal(err)
	}
	behind.by.Store(int64(time.Hour))
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		snap, err := r.Snapshot(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if wait := snap.Queues[0].LongestWait; time.Since(began) > 500*time.Millisecond && wait > 0 {
			if wait > time.Since(began)+time.Second {
				t.Errorf("waited %s", wait)
			}
			break
		}
		if time.Since(began) > time.Minute {
			t.Fatal("the caller waits for the hour that is gone")
		}
	}
	if n := r.Stats().Rejoins; n != 0 {
		t.Errorf("the node was taken for dead %d times", n)
	}
}
