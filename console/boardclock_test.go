package console

import (
	"testing"
	"time"
)

// A node measures anew each second how far its clock is from that of Redis, never twice the same:
// with each measure all two hundred agents were new to every reader.
func TestAClockThatIsMeasuredAnewChangesNothingOnTheBoard(t *testing.T) {
	at := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	board := func(off time.Duration) Board {
		return Board{
			Queues: []BoardQueue{{Tenant: "acme", Name: "billing", Waiting: 1, Since: at.Add(off)}},
			Agents: []Agent{{Tenant: "acme", Name: "jean", State: "wrapup", Since: at.Add(off), Until: at.Add(time.Minute + off)}},
		}
	}
	if c, changed := changes(board(0), board(37*time.Microsecond)); changed {
		t.Errorf("a clock that moved by 37 µs changes %+v", c)
	}
	if c, _ := changes(board(0), board(time.Second)); len(c.Agents) != 1 || len(c.Queues) != 1 {
		t.Errorf("who has been in a state since a second later is the same: %+v", c)
	}
	ends := board(0)
	ends.Agents[0].Until = time.Time{}
	if c, _ := changes(board(0), ends); len(c.Agents) != 1 {
		t.Error("a state that no longer ends by itself is the same")
	}
}
