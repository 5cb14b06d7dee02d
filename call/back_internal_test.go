package call

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callward/callward/router/queue"
)

// away is a queue that cannot be told anything for the first times it is asked.
type away struct {
	Queues

	fails, asked int
}

func (q *away) Postpone(context.Context, queue.Offer, queue.Reason, time.Duration) (bool, error) {
	if q.asked++; q.asked <= q.fails {
		return false, errors.New("no redis")
	}
	return false, nil
}

// An agent who is held for a callback is let go once Redis is back, and a process that
// stops waits for no Redis.
func TestAQueueThatIsAwayIsToldAgainUntilTheProcessStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &away{fails: 3}
		b := NewBack(BackSetup{Quiet: time.Hour}, Deps{Queues: q, Journal: NewJournal(8, time.Now), Log: slog.New(slog.DiscardHandler)})
		if err := b.Run(t.Context(), nil); err != nil || q.asked != 4 {
			t.Errorf("asked %d times, %v", q.asked, err)
		}
		q.asked, q.fails = 0, 100 // nothing else frees the agent, however long Redis is away
		if err := b.Run(t.Context(), nil); err != nil || q.asked != 101 {
			t.Errorf("asked %d times, %v", q.asked, err)
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		began := time.Now()
		q.asked = 0
		if err := b.Run(ctx, nil); err != nil || q.asked != 1 || time.Since(began) > 0 {
			t.Errorf("at the end asked %d times in %s, %v", q.asked, time.Since(began), err)
		}
	})
}
