package queue_test

import (
	"testing"
	"time"

	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

func TestAPhoneIsFoundFromAnyNodeUntilItHasGone(t *testing.T) {
	dial := queuetest.Embedded(t)
	a := queuetest.Start(t, queue.Config{Client: dial(), Node: "a"})
	b := queuetest.Start(t, queue.Config{Client: dial(), Node: "b"})
	found := func(want string) {
		t.Helper()
		for _, r := range []*queue.Redis{a, b} {
			contact, ok, err := r.Where(t.Context(), "ann")
			if err != nil || contact != want && ok || ok != (want != "") {
				t.Fatalf("%s finds %q, %t, %v; want %q", r.Node(), contact, ok, err, want)
			}
		}
	}
	gone := func(r *queue.Redis, want bool) {
		t.Helper()
		if elsewhere, err := r.Gone(t.Context(), "ann"); elsewhere != want || err != nil {
			t.Fatalf("gone from %s: elsewhere %t, %v", r.Node(), elsewhere, err)
		}
	}
	here := func(r *queue.Redis, contact string, life time.Duration) {
		t.Helper()
		if err := r.Here(t.Context(), "ann", contact, time.Now().Add(life)); err != nil {
			t.Fatal(err)
		}
	}
	found("")
	here(a, "sip:ann@192.0.2.1:5060", time.Minute)
	found("sip:ann@192.0.2.1:5060")
	here(b, "sip:ann@192.0.2.1:5062", time.Minute)
	gone(a, true)
	found("sip:ann@192.0.2.1:5062")
	gone(b, false)
	found("")
	here(a, "sip:ann@192.0.2.1:5060", -time.Second)
	found("")
	gone(b, false)
}
