package facts_test

import (
	"testing"
	"time"

	"github.com/callward/callward/internal/facts"
	"github.com/callward/callward/router/queue"
)

func TestAClockThatIsSetBackChangesNoWaitNorTalk(t *testing.T) {
	f, at := facts.NewFold(), time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	tell := func(kind queue.EventKind, after time.Duration, fields map[string]string) []facts.Fact {
		at = at.Add(after)
		return f.Apply(queue.Event{At: at, Kind: kind, Fields: fields})
	}
	about := map[string]string{"call": "c1", "queue": "billing", "agent": "ana"}
	tell(queue.EventEntered, 0, about)
	tell(queue.EventOffered, 20*time.Second, about)
	tell(queue.EventClock, -time.Hour, map[string]string{"by": "3600000"})
	connected := tell(queue.EventAnswered, 5*time.Second, about)[0]
	tell(queue.EventClock, -time.Hour, map[string]string{"by": "3600000"})
	completed := tell(queue.EventCompleted, time.Minute, about)[0]
	if connected.Wait != 25*time.Second || connected.Ring != 5*time.Second || completed.Wait != 25*time.Second || completed.Talk != time.Minute {
		t.Errorf("waited %s, rang %s, talked %s, and had waited %s", connected.Wait, connected.Ring, completed.Talk, completed.Wait)
	}
}
