package app

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
)

const backFirst = "callback: {after: 1s, delay: 1s, retry: 1s, tries: 10, first: customer}"

// Where the customer's phone rings first, no agent's rings before somebody is there; a
// customer whom the agent does not take waits on the line, and is called by nobody again.
func TestACustomerIsCalledBackBeforeTheAgentIsRung(t *testing.T) {
	h := newHouse(t, backFirst, "")
	first, anna := h.atAnna()
	h.wantsBack()
	free := h.takesAllLines()
	hangUp(t, first)
	<-anna.leg.Done()
	h.told("not reached: barred") // as many calls go out as may
	free()

	caller := h.picks(h.carrier.Ring())
	if err := h.anna.Ring().Reject(t.Context(), sip.Busy); err != nil {
		t.Fatal(err)
	}
	h.told("busy")
	h.anotherTry()
	anna = h.picks(h.anna.Ring())
	h.talk(caller, anna)
	h.metric(`callward_queue_called_back_total{queue="billing",tenant="acme"} 1`)
	hangUp(t, caller)
	<-anna.leg.Done()
	h.over()
}

// takesAllLines has as many calls to numbers outside as the tenant may have, until free.
func (h *house) takesAllLines() (free func()) {
	h.t.Helper()
	var leave []func()
	for range 2 {
		l, err := phones{h.App}.passes(h.t.Context(), h.plan.Load().outwards("acme", "+33123456789"), "test")
		if err != nil {
			h.t.Fatal(err)
		}
		leave = append(leave, l)
	}
	return func() {
		for _, l := range leave {
			l()
		}
	}
}

// deafTo is a Redis that cannot be reached the first times that a script is told a word.
type deafTo struct {
	word  string
	times int32
	n     atomic.Int32
}

func (d *deafTo) DialHook(next redis.DialHook) redis.DialHook { return next }

func (d *deafTo) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (d *deafTo) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if slices.Contains(cmd.Args(), any(d.word)) && d.n.Add(1) <= d.times {
			return redis.ErrClosed
		}
		return next(ctx, cmd)
	}
}

// A server that stops begins no callback: the place stays for another one, or for later.
func TestAServerThatStopsCallsNobodyBack(t *testing.T) {
	h := newHouse(t, backFirst, "")
	first, anna := h.atAnna()
	h.wantsBack()
	h.pools.client.AddHook(&deafTo{word: string(queue.Failure), times: 2})
	h.draining.Store(true)
	hangUp(t, first)
	<-anna.leg.Done()
	var kinds []queue.EventKind
	var why string
	h.eventually("the offer to be put off", func() bool {
		events, err := h.pools.of("acme").Events(t.Context(), "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		kinds = nil
		for _, e := range events {
			kinds = append(kinds, e.Kind)
			if e.Kind == queue.EventReturned {
				why = e.Fields["reason"]
			}
		}
		i := slices.Index(kinds, queue.EventCallback)
		return i >= 0 && slices.Contains(kinds[i:], queue.EventReturned)
	})
	if slices.Contains(kinds, queue.EventDialled) || why != string(queue.Failure) {
		t.Errorf("somebody was called, or it was put off for %s: %v", why, kinds)
	}
	snap, err := h.pools.of("acme").Snapshot(t.Context())
	if err != nil || len(snap.Calls) != 1 || !snap.Calls[0].Back {
		t.Errorf("the place is not kept: %+v, %v", snap.Calls, err)
	}
	h.draining.Store(false)
	h.eventually("anna to be free", func() bool { return h.stateOf("anna") == string(queue.Available) })
}

func TestNobodyIsCalledBackAtQuietHours(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	b := Callbacks{Hours: []string{"mon-fri 08:00-20:00"}}
	for _, c := range []struct{ now, until time.Time }{
		{time.Date(2026, 11, 27, 12, 0, 0, 0, paris), time.Date(2026, 11, 27, 12, 0, 0, 0, paris)},
		{time.Date(2026, 11, 27, 20, 0, 1, 0, paris), time.Date(2026, 11, 30, 8, 0, 0, 0, paris)},
		{time.Date(2026, 3, 28, 12, 0, 0, 0, paris), time.Date(2026, 3, 30, 8, 0, 0, 0, paris)}, // an hour is left out that night
		{time.Date(2026, 11, 27, 7, 59, 59, 0, paris), time.Date(2026, 11, 27, 8, 0, 0, 0, paris)},
	} {
		if got := b.quiet(c.now, "Europe/Paris"); got != c.until.Sub(c.now) {
			t.Errorf("at %s: for %s, want %s", c.now, got, c.until.Sub(c.now))
		}
	}
	if got := (Callbacks{}).quiet(time.Now(), "Europe/Paris"); got != 0 {
		t.Errorf("without hours: %s", got)
	}
}

// What nobody may call is not offered to be called back, and hours and counts are for when
// it is called.
func TestOnlyNumbersThatMayBeCalledAreCalledBack(t *testing.T) {
	h := newHouse(t, "", "")
	free := h.takesAllLines()
	defer free()
	for number, want := range map[string]string{
		"0611111111": backAt, backAt: backAt, "+33899123456": "", "+447911123456": "", "+33100000000": "", "112": "", "anonymous": "",
	} {
		if got, err := h.callable("acme", number); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", number, got, err)
		}
	}
	if got := h.callableCaller("acme", backAt, true); got != "" {
		t.Errorf("one who wants not to be named is called back at %s", got)
	}
}
