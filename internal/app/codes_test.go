package app

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/media"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// An agent dials codes: the phone hears a tone and is free again, and the queue knows.
func TestAnAgentPausesAndComesBackByCodes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "wrap_up: 1h", `codes: {"*1": "paused:lunch", "*2": available, "*3": "wrap_up:solved", "*48": wrap_up}`)
	dial := func(code string, hz float64, state string) {
		t.Helper()
		p, err := h.calls(h.anna, sip.Invite{To: h.uri(code), User: "anna", Password: "a"})
		if err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		const span = media.Rate / 12 // a busy machine loses some of a short tone
		if !p.ear.Until(siptest.Patience, func(pcm []int16) bool {
			return len(pcm) >= span && mediatest.Share(pcm[len(pcm)-span:], hz) > 0.8
		}) {
			t.Errorf("%s is not acknowledged by %v Hz", code, hz)
		}
		siptest.Ended(t, p.leg)
		if got := h.stateOf("anna"); got != state {
			t.Errorf("after %s anna is %s", code, got)
		}
	}
	dial("*1", 1000, "paused")
	dial("*3", 300, "paused") // she has had no call that could be solved
	dial("*48", 300, "paused")
	dial("*2", 1000, "available")
	h.kept.by.Store(int64(300 * time.Millisecond)) // she says how the call ended before that
	caller, anna := h.atAnna()
	_ = caller.leg.Hangup(t.Context(), sip.Normal)
	siptest.Ended(t, anna.leg)
	h.eventually("anna wraps up", func() bool { return h.stateOf("anna") == "wrapup" })
	dial("*3", 1000, "available")
	dial("*48", 300, "available")
	var calls console.Calls
	h.get("/api/v1/calls", &calls)
	if len(calls.Recent) != 1 || calls.Recent[0].Disposition != "solved" {
		t.Errorf("the record says %+v", calls.Recent)
	}
	h.over()
}

// lately are records that come as much later as a test says.
type lately struct {
	call.Records

	by atomic.Int64
}

func (l *lately) Put(ctx context.Context, r call.Record) error {
	time.Sleep(time.Duration(l.by.Load()))
	return l.Records.Put(ctx, r)
}
