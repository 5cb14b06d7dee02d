package webcall

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/callward/callward/call"
	"github.com/callward/callward/sip"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ call.Leg = (*Leg)(nil)

// here is where pages call from.
var here = netip.MustParseAddr("192.0.2.1") //nolint:gochecknoglobals // a constant

// lines answer each call with the number that was called, and live until its end.
func lines(p Policy) *Calls {
	var n atomic.Int64
	return New(Config{
		Policy: func() Policy { return p }, Now: time.Now,
		NewID: func() call.ID { return call.ID(strconv.FormatInt(n.Add(1), 10)) },
		Serve: func(l *Leg) {
			if l.Number() == "busy" {
				_ = l.Reject(context.Background(), sip.Busy)
				return
			}
			_ = l.Answer(context.Background(), []byte(l.Number()))
			<-l.Done()
		},
	})
}

func TestAPageIsAnsweredAndHangsUp(t *testing.T) {
	c := lines(Policy{Numbers: []string{"line", "other"}, Calls: 2, Minute: 10})
	taken, err := c.Take(t.Context(), Offer{From: here})
	if err != nil || string(taken.Answer) != "line" || len(taken.ID) < 20 {
		t.Fatalf("%+v, %v", taken, err)
	}
	if id, ok := c.Call(taken.ID); !ok || id != taken.Call {
		t.Errorf("the page's call is %q, %v", id, ok)
	}
	if c.End("guess") || !c.End(taken.ID) {
		t.Error("not the page, but who guesses hangs up")
	}
	if err := c.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Call(taken.ID); ok {
		t.Error("a call that has ended is known")
	}
}

func TestWhatMayNotBeCalledIsNot(t *testing.T) {
	c := lines(Policy{Numbers: []string{"line", "busy"}, Calls: 1, Minute: 10})
	if _, err := c.Take(t.Context(), Offer{From: here, Number: "+33899"}); !errors.Is(err, ErrNumber) {
		t.Error(err)
	}
	if _, err := lines(Policy{}).Take(t.Context(), Offer{From: here}); !errors.Is(err, ErrOff) {
		t.Error(err)
	}
	var refused *Refused
	if _, err := c.Take(t.Context(), Offer{From: here, Number: "busy"}); !errors.As(err, &refused) || refused.Cause != sip.Busy {
		t.Error(err)
	}
	_ = c.Wait(t.Context())
	taken, err := c.Take(t.Context(), Offer{From: here})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Take(t.Context(), Offer{From: here}); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
	c.End(taken.ID)
	_ = c.Wait(t.Context())
}

func TestOneAddressCallsNoMoreOftenThanItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := lines(Policy{Numbers: []string{"busy"}, Calls: 100, Minute: 3})
		refused := func(from string) bool {
			_, err := c.Take(t.Context(), Offer{From: netip.MustParseAddr(from)})
			return errors.Is(err, ErrRate)
		}
		for _, from := range []string{"192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"} {
			if refused(from) {
				t.Error("refused within the rate")
			}
		}
		if !refused("192.0.2.1") || refused("192.0.2.2") {
			t.Error("not who called too often is refused, but another")
		}
		for _, from := range []string{"2001:db8::1", "2001:db8::2", "2001:db8::3"} {
			refused(from)
		}
		if !refused("2001:db8::4") {
			t.Error("a house with many addresses counts as many")
		}
		time.Sleep(20 * time.Second)
		if refused("192.0.2.1") {
			t.Error("a third of a minute later none is free")
		}
		_ = c.Wait(t.Context())
	})
}

func TestAPageThatLeavesWhileItRingsEndsTheCall(t *testing.T) {
	ended := make(chan sip.Cause, 1)
	c := New(Config{
		Policy: func() Policy { return Policy{Numbers: []string{"line"}, Calls: 1, Minute: 1} },
		NewID:  func() call.ID { return "1" }, Now: time.Now,
		Serve: func(l *Leg) {
			<-l.Done()
			ended <- l.Cause()
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Take(ctx, Offer{From: here}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if cause := <-ended; cause != sip.Canceled {
		t.Error(cause)
	}
	_ = c.Wait(t.Context())
}

func TestFewReadTheCaptionsOfOneCall(t *testing.T) {
	c := lines(Policy{Numbers: []string{"line"}, Calls: 1, Minute: 10})
	taken, err := c.Take(t.Context(), Offer{From: here, Since: 7})
	if err != nil {
		t.Fatal(err)
	}
	of, since, leave, ok := c.Watch(taken.ID)
	if !ok || of != taken.Call || since != 7 {
		t.Fatalf("%q since %d, %v", of, since, ok)
	}
	if _, _, _, ok := c.Watch(taken.ID); !ok {
		t.Error("a page that begins anew reads nothing")
	}
	if _, _, _, ok := c.Watch(taken.ID); ok {
		t.Error("a third reads on")
	}
	leave()
	if _, _, _, ok := c.Watch(taken.ID); !ok {
		t.Error("the place of one who left is not free")
	}
	c.End(taken.ID)
	_ = c.Wait(t.Context())
}
