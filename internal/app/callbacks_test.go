package app

import (
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

const backAt = "+33611111111"

// told waits until the journal says something.
func (h *house) told(what string) {
	h.t.Helper()
	h.eventually("the journal to say "+what, func() bool { return strings.Contains(h.journal(), what) })
}

// keysIn presses a key, as a caller.
func (p *person) keysIn(key string) {
	p.h.t.Helper()
	if _, err := p.session.SendDigits(key); err != nil {
		p.h.t.Fatal(err)
	}
}

// wantsBack is a caller who waits, is offered to be called back, and agrees.
func (h *house) wantsBack() {
	h.t.Helper()
	c, err := h.calls(siptest.NewPhone(h.t, "c2", nil), sip.Invite{To: h.uri("+33100000000"), Caller: backAt})
	if err != nil {
		h.t.Fatal(err)
	}
	h.told("Would you rather be called back")
	c.keysIn("1")
	h.told("the number that ends in 1, 1, 1, 1")
	c.keysIn("1")
	select {
	case <-c.leg.Done():
	case <-time.NewTimer(siptest.Patience).C:
		h.t.Fatal("the caller is kept on the line")
	}
}

func TestACallerIsCalledBackAtTheOldPlaceAndAgainIfBusy(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "callback: {after: 1s, delay: 1s, retry: 2s, tries: 3}", "")
	first, anna := h.atAnna()
	h.wantsBack()
	third, err := h.calls(siptest.NewPhone(t, "c3", nil), sip.Invite{To: h.uri("+33100000000")})
	if err != nil {
		t.Fatal(err)
	}
	hangUp(t, first)
	<-anna.leg.Done()

	anna = h.picks(h.anna.Ring())
	leg := h.carrier.Ring()
	if !strings.HasSuffix(leg.Called(), strings.TrimPrefix(backAt, "+")) {
		t.Errorf("%s is called, want %s", leg.Called(), backAt)
	}
	if err := leg.Reject(t.Context(), sip.Busy); err != nil {
		t.Fatal(err)
	}
	<-anna.leg.Done()
	h.told("not reached: busy")

	anna = h.picks(h.anna.Ring()) // the third, while the second rests
	h.talk(third, anna)
	hangUp(t, third)
	<-anna.leg.Done()

	anna = h.picks(h.anna.Ring())
	caller := h.picks(h.carrier.Ring())
	h.talk(caller, anna)
	h.metric(`callward_queue_called_back_total{queue="billing",tenant="acme"} 1`)
	if err := <-anna.sends("sip:technical@127.0.0.1"); err != nil { // it is a call like any other
		t.Errorf("sent on: %v", err)
	}
	boris := h.picks(h.boris.Ring())
	h.talk(caller, boris)
	hangUp(t, caller)
	<-boris.leg.Done()
	h.over()
}

func hangUp(t *testing.T, p *person) {
	t.Helper()
	if err := p.leg.Hangup(t.Context(), sip.Normal); err != nil {
		t.Fatal(err)
	}
}
