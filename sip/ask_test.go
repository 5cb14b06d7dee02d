package sip_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

func TestThePeerIsAskedWhetherItKnowsTheCall(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", nil)
	for status, lives := range map[string]bool{
		"200 OK": true, "405 Method Not Allowed": true, "488 Not Acceptable Here": true,
		"481 Call Does Not Exist": false, "408 Request Timeout": false, "480 Temporarily Unavailable": false, "503 Service Unavailable": false,
	} {
		c := newCaller(t, bob.Server, "udp")
		leg, _ := answered(t, bob, c, "")
		asked := make(chan error, 1)
		go func() { asked <- leg.Ask(t.Context()) }()
		m := c.Expect("OPTIONS")
		if m.Tag("To") == "" || m.Tag("From") == "" {
			t.Errorf("asked outside the dialog: %s", m.StartLine())
		}
		c.reply(m, "100 Trying")
		c.reply(m, status)
		var refused *sip.Rejected
		if err := siptest.Next(t, asked); (err == nil) != lives || err != nil && !errors.As(err, &refused) {
			t.Errorf("%s: %v", status, err)
		}
	}
}

func TestWhoDoesNotAnswerIsAskedNoLongerThanIsWanted(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", nil)
	c := newCaller(t, bob.Server, "udp")
	leg, _ := answered(t, bob, c, "")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := leg.Ask(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("not answered: %v", err)
	}
	_ = leg.Hangup(t.Context(), sip.Normal)
	if err := leg.Ask(t.Context()); !errors.Is(err, sip.ErrEnded) {
		t.Errorf("after the end: %v", err)
	}
}
