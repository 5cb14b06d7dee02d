package console

import (
	"strings"
	"testing"

	"github.com/callward/callward/call"
)

// The process before had written five entries, and a reader had them all. This one has written
// nine: the reader must have all of them, and be told.
func TestWhoGoesOnAfterARestartMissesNothingOfTheNewProcess(t *testing.T) {
	b := newBench(t, 16)
	b.journal.From(1000)
	for range 9 {
		b.journal.Append(call.Entry{Kind: call.KindStarted, Tenant: "default"})
	}
	for _, one := range []struct{ after, first string }{{"5", MissedEvent}, {"0", "1001"}, {"1003", "1004"}, {"99999", MissedEvent}} {
		e := <-b.watch(t, "/api/v1/events?after="+one.after, "")
		if e.name == MissedEvent {
			e.id = MissedEvent
			if !strings.Contains(e.data, `"next":1001`) || !strings.Contains(e.data, "restarted") {
				t.Errorf("after %s: %s", one.after, e.data)
			}
		}
		if e.id != one.first {
			t.Errorf("after %s the first is %+v", one.after, e)
		}
	}
}
