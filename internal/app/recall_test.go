package app

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// Another node held the caller, and dies. Whoever calls from the number has the place back if
// a trunk that is believed says so, and nobody else.
func TestACallerWhoWasCutOffHasThePlaceBackIfTheNumberIsProven(t *testing.T) {
	t.Parallel()
	for _, asserted := range []bool{true, false} {
		s := serveApp(t, fmt.Sprintf("trunks: {local: {from: [127.0.0.1], asserted: %t}}\n", asserted))
		entered := s.cutOff(t, "+33155500778")
		session, _ := farSession(t)
		offer, err := session.Offer()
		if err != nil {
			t.Fatal(err)
		}
		leg, err := siptest.NewPhone(t, "caller", nil).Dial(t.Context(), sip.Invite{
			To: s.uri("line-en"), From: "sip:+33155500778@carrier.example", SDP: offer,
			Headers: map[string]string{"P-Asserted-Identity": "<sip:+33155500778@carrier.example>"},
		}, nil)
		if err == nil {
			err = session.SetAnswer(leg.Remote())
		}
		if err != nil {
			t.Fatal(err)
		}
		var waiting []queue.CallStatus
		s.eventually("the caller to wait", func() bool {
			snap, err := s.pools.of(DefaultTenant).Snapshot(t.Context())
			waiting = snap.Calls
			return err == nil && len(waiting) == 1
		})
		if back := waiting[0].Entered.Sub(entered).Abs() < time.Second; back != asserted {
			t.Errorf("asserted %t: entered %s, and %s before", asserted, waiting[0].Entered, entered)
		}
		records := s.live()
		ruled := slices.ContainsFunc(records, func(r call.Record) bool { return r.Intent != nil && r.Intent.Name == "complaint" })
		if ruled != asserted {
			t.Errorf("asserted %t: the intent of before is known: %t", asserted, ruled)
		}
		_ = leg.Hangup(t.Context(), sip.Normal)
	}
}

// cutOff has a number wait on a node that dies, and gives when it entered.
func (s *server) cutOff(t *testing.T, number string) time.Time {
	t.Helper()
	node, err := queue.Open(t.Context(), queue.Config{Client: s.pools.client, Tenant: DefaultTenant, Pool: poolName, Node: "other"})
	if err != nil {
		t.Fatal(err)
	}
	err = node.Enqueue(t.Context(), queue.Entry{
		Call: "before", Queue: "billing", Caller: queue.CallerKey(DefaultTenant, number), Note: `{"intent":"complaint","language":"en"}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	entered := time.Now()
	for time.Since(entered) < 1500*time.Millisecond { // the place is to be older than the call
		_, _ = node.Reap(t.Context())
		time.Sleep(50 * time.Millisecond)
	}
	ctx, die := context.WithCancel(t.Context())
	die()
	_ = node.Run(ctx)
	return entered
}
