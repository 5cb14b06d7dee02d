package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/callward/callward/internal/facts"
	"github.com/callward/callward/internal/notify"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A receiver notes what it takes, and when.
type receiver struct {
	mu    sync.Mutex
	began time.Time
	taken []string
	tries map[string][]time.Duration
	fails func(id string, try int) error
	after time.Duration
	dead  []string
}

func (r *receiver) send(_ context.Context, id string, _ []byte) (time.Duration, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tries[id] = append(r.tries[id], time.Since(r.began))
	if r.fails != nil {
		if err := r.fails(id, len(r.tries[id])); err != nil {
			return r.after, err
		}
	}
	r.taken = append(r.taken, id)
	return 0, nil
}

// took lists what was taken so far.
func (r *receiver) took() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.taken)
}

func courier(t *testing.T, r *receiver, edit func(*notify.Config)) *notify.Courier {
	t.Helper()
	r.began, r.tries = time.Now(), map[string][]time.Duration{}
	cfg := notify.Config{Tenant: "acme", Send: r.send, Bury: func(_ context.Context, id string, _ []byte, _ error) { r.dead = append(r.dead, id) }}
	if edit != nil {
		edit(&cfg)
	}
	c := notify.New(cfg)
	t.Cleanup(c.Close)
	return c
}

func take(t *testing.T, c *notify.Courier, event, call string, name facts.Name) {
	t.Helper()
	if err := c.Take(t.Context(), event, []facts.Fact{{ID: event, Name: name, Call: call}}); err != nil {
		t.Fatal(err)
	}
}

var errDown = errors.New("down")

func TestACallsMessagesKeepTheirOrderAndOthersDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{fails: func(id string, try int) error {
			if id == "acme_1-0" && try < 3 {
				return errDown
			}
			return nil
		}}
		c := courier(t, r, nil)
		take(t, c, "1-0", "a", facts.QueueEntered)
		take(t, c, "2-0", "a", facts.QueueConnected)
		take(t, c, "3-0", "b", facts.QueueEntered)
		synctest.Wait()
		if !slices.Equal(r.took(), []string{"acme_3-0"}) || c.Done() != "" {
			t.Errorf("at once: %v, done %q", r.taken, c.Done())
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if !slices.Equal(r.took(), []string{"acme_3-0", "acme_1-0", "acme_2-0"}) || c.Done() != "3-0" || !c.Idle() {
			t.Errorf("at last: %v, done %q", r.taken, c.Done())
		}
	})
}

func TestPausesGrowAndTheLastTryLeadsToTheDeadLetters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{fails: func(string, int) error { return errDown }}
		c := courier(t, r, func(cfg *notify.Config) { cfg.Attempts = 8 })
		take(t, c, "1-0", "a", facts.QueueEntered)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		at := r.tries["acme_1-0"]
		want := []time.Duration{1, 4, 16, 64, 256, 600, 600}
		if len(at) != 8 || !slices.Equal(r.dead, []string{"acme_1-0"}) || c.Done() != "1-0" {
			t.Fatalf("%d tries, dead %v, done %q", len(at), r.dead, c.Done())
		}
		for i, w := range want {
			if gap := at[i+1] - at[i]; gap < w*time.Second/2 || gap > w*time.Second {
				t.Errorf("pause %d is %s, not %d s or up to half of it less", i+1, gap, w)
			}
		}
	})
}

func TestAReceiverMayAskForALongerPauseAndForNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("gone")
		r := &receiver{after: time.Hour, fails: func(_ string, try int) error {
			if try == 1 {
				return errDown
			}
			return gone
		}}
		c := courier(t, r, func(cfg *notify.Config) { cfg.Final = func(err error) bool { return errors.Is(err, gone) } })
		take(t, c, "1-0", "a", facts.QueueEntered)
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if at := r.tries["acme_1-0"]; len(at) != 2 || at[1] < time.Hour || len(r.dead) != 1 {
			t.Errorf("tries %v, dead %v", at, r.dead)
		}
	})
}

func TestWhatIsUnderWayAtTheEndIsNotDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{fails: func(id string, _ int) error {
			if id == "acme_2-0" {
				return errDown
			}
			return nil
		}}
		c := courier(t, r, nil)
		for _, id := range []string{"1-0", "2-0", "3-0"} {
			take(t, c, id, "call "+id, facts.QueueEntered)
		}
		synctest.Wait()
		c.Close()
		if c.Done() != "1-0" || len(r.dead) > 0 {
			t.Errorf("done %q, dead %v", c.Done(), r.dead)
		}
	})
}

func TestOnlyWhatWasAskedForIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{}
		c := courier(t, r, func(cfg *notify.Config) { cfg.Events = []string{"queue.*", "call.ended"} })
		take(t, c, "1-0", "a", facts.CallStarted)
		take(t, c, "2-0", "a", facts.QueueEntered)
		take(t, c, "3-0", "a", facts.CallEnded)
		synctest.Wait()
		if !slices.Equal(r.took(), []string{"acme_2-0", "acme_3-0"}) || c.Done() != "3-0" {
			t.Errorf("taken %v, done %q", r.taken, c.Done())
		}
	})
}

func TestAMessageSaysWhatHappenedAndToWhom(t *testing.T) {
	var got notify.Message
	sent := make(chan []byte, 1)
	c := notify.New(notify.Config{Tenant: "acme", Send: func(_ context.Context, _ string, b []byte) (time.Duration, error) {
		sent <- b
		return 0, nil
	}})
	defer c.Close()
	f := facts.Fact{ID: "1-0", Name: facts.QueueAbandoned, Call: "c", Queue: "billing", Position: 2, Wait: 3 * time.Second, At: time.Unix(1, 0)}
	if err := c.Take(t.Context(), "1-0", []facts.Fact{f}); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(<-sent, &got); err != nil {
		t.Fatal(err)
	}
	data, _ := got.Data.(map[string]any)
	if got.Type != "queue.abandoned" || !got.Timestamp.Equal(f.At) || data["queue"] != "billing" || data["wait_ms"] != 3000.0 || data["position"] != 2.0 || data["tenant"] != "acme" {
		t.Errorf("got %+v", got)
	}
}
