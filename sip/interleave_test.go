package sip_test

import (
	"context"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// TestNoInterleavingLeavesACallBehind sends INVITE, CANCEL, ACK and BYE in random
// order, lost, doubled and late, to a handler that answers, refuses, hangs up and
// forgets at random. When the timers have run out nothing may be left. Over the
// three networks these are 5,000 calls, and with CALLWARD_SLOW twenty times as many.
func TestNoInterleavingLeavesACallBehind(t *testing.T) {
	const callers = 32
	longer := 1
	if os.Getenv("CALLWARD_SLOW") != "" {
		longer = 20
	}
	for network, each := range map[string]int{"udp": 80, "tcp": 60, "tls": 17} {
		t.Run(network, func(t *testing.T) {
			bob := siptest.NewPhone(t, "bob", func(c *sip.Config) {
				short(c)
				c.Timers.Invite = 300 * time.Millisecond
				c.Handler = sip.HandlerFunc(fickle)
			})
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					for range each * longer {
						seed := mathrand.Uint64()
						if !scramble(t, bob.Server, network, mathrand.New(mathrand.NewPCG(seed, 0))) {
							return
						}
					}
				})
			}
			wg.Wait()
			siptest.Eventually(t, "nothing is left", func() bool {
				st := bob.Stats()
				return st.Dialogs == 0 && st.ServerTransactions == 0 && st.ClientTransactions == 0
			})
			alive(t, bob.Server)
		})
	}
}

// fickle treats a leg as no sane handler would.
func fickle(ctx context.Context, l *sip.Leg) {
	for range 1 + mathrand.IntN(4) {
		switch mathrand.IntN(6) {
		case 0:
			_ = l.Progress(ctx, 180, nil)
		case 1, 2:
			_ = l.Answer(ctx, siptest.SDP(1))
		case 3:
			_ = l.Reject(ctx, sip.Busy)
		case 4:
			_ = l.Hangup(ctx, sip.Normal)
		case 5:
			time.Sleep(time.Duration(mathrand.IntN(3)) * time.Millisecond)
		}
	}
	select { // a call that both sides keep is no leak; all others have to end by themselves
	case <-l.Confirmed():
		_ = l.Hangup(ctx, sip.Normal)
	case <-l.Done():
	case <-ctx.Done():
	}
}

// scramble plays one caller.
func scramble(t *testing.T, at *sip.Server, network string, r *mathrand.Rand) bool {
	t.Helper()
	c := newCaller(t, at, network)
	defer c.Close()
	tag, seq := "", 1
	for range 3 + r.IntN(8) {
		switch r.IntN(6) {
		case 0, 1:
			c.Try(c.Message(siptest.WithSDP(c.request("INVITE", "", 1, ""))))
		case 2:
			c.Try(c.Message(c.request("CANCEL", "", 1, "")))
		case 3:
			c.Try(c.Message(siptest.Request("ACK", c.uri, "z9hG4bK"+newID(), c.id, tag, 1, "")))
		case 4:
			seq++
			c.Try(c.Message(siptest.Request("BYE", c.uri, "z9hG4bK"+newID(), c.id, tag, seq, "")))
		case 5:
			if m, ok := c.Next(time.Duration(r.IntN(4)) * time.Millisecond); ok {
				if got := m.Tag("To"); got != "" {
					tag = got
				}
				c.replyToBye(m)
			}
		}
	}
	return !t.Failed()
}

// replyToBye answers a BYE, and nothing else.
func (c *caller) replyToBye(m siptest.Message) {
	if strings.HasPrefix(string(m), "BYE") {
		c.Try(c.Message(fmt.Sprintf("SIP/2.0 200 OK\nVia: %s\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\n",
			m.Header("Via"), m.Header("From"), m.Header("To"), m.Header("Call-ID"), m.Header("CSeq"))))
	}
}
