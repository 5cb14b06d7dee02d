package sip_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// short gives a phone timers of milliseconds.
func short(c *sip.Config) { c.Timers = siptest.ShortTimers() }

// networks are the transports by which both sides can call.
func networks() []string { return []string{"udp", "tcp", "tls"} }

// wires are the transports of a client.
func wires() []string { return append(networks(), "ws", "wss") }

func noDialogs(t *testing.T, servers ...*sip.Server) {
	t.Helper()
	siptest.Eventually(t, "every leg is gone", func() bool {
		for _, s := range servers {
			if s.Stats().Dialogs != 0 {
				return false
			}
		}
		return true
	})
}

func TestACallIsAnsweredAndHungUpByEitherSide(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		t.Run(network, func(t *testing.T) {
			bob, alice := siptest.NewPhone(t, "bob", short), siptest.NewPhone(t, "alice", short)
			for _, bobEnds := range []bool{true, false} {
				taken := make(chan *sip.Leg, 1)
				go func() { taken <- bob.Answer() }()
				ours := alice.Call(bob.URI(network))
				theirs := siptest.Next(t, taken)
				if got := theirs.Transport(); got != network {
					t.Errorf("transport is %s", got)
				}
				if theirs.Caller() != "alice" || theirs.Called() != "bob" {
					t.Errorf("caller %q, called %q", theirs.Caller(), theirs.Called())
				}
				if string(theirs.Offer()) != string(siptest.SDP(40000)) || string(ours.Remote()) != string(siptest.SDP(40002)) {
					t.Error("the bodies did not arrive as they were sent")
				}
				siptest.Eventually(t, "ACK", func() bool { return closed(theirs.Confirmed()) })
				ends, other := ours, theirs
				if bobEnds {
					ends, other = theirs, ours
				}
				if err := ends.Hangup(t.Context(), sip.Normal); err != nil {
					t.Error(err)
				}
				if c := siptest.Ended(t, other); c != sip.Normal {
					t.Errorf("cause is %v", c)
				}
				noDialogs(t, alice.Server, bob.Server)
			}
		})
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestProgressReachesTheCallerWithItsBody(t *testing.T) {
	t.Parallel()
	bob, alice := siptest.NewPhone(t, "bob", short), siptest.NewPhone(t, "alice", short)
	go func() {
		l := bob.Ring()
		_ = l.Progress(t.Context(), 180, nil)
		_ = l.Progress(t.Context(), 183, siptest.SDP(1))
		_ = l.Answer(t.Context(), siptest.SDP(2))
	}()
	var seen []int
	var early []byte
	leg, err := alice.Dial(t.Context(), sip.Invite{To: bob.URI("udp"), SDP: siptest.SDP(3)}, func(code int, sdp []byte) {
		seen = append(seen, code)
		early = sdp
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 || seen[0] != 180 || seen[1] != 183 || string(early) != string(siptest.SDP(1)) {
		t.Errorf("progress %v with %d bytes", seen, len(early))
	}
	_ = leg.Hangup(t.Context(), sip.Normal)
}

func TestARefusalCarriesCodeAndReason(t *testing.T) {
	t.Parallel()
	for _, c := range []sip.Cause{sip.NotAcceptable, sip.Busy, sip.Declined, sip.NotFound, sip.Overload, sip.Failed} {
		bob, alice := siptest.NewPhone(t, "bob", short), siptest.NewPhone(t, "alice", short)
		go func() { _ = bob.Ring().Reject(t.Context(), c) }()
		_, err := alice.Dial(t.Context(), sip.Invite{To: bob.URI("udp"), SDP: siptest.SDP(3)}, nil)
		var r *sip.Rejected
		if !errors.As(err, &r) || r.Code != c.Status() || r.Cause() != c {
			t.Errorf("%v: %v", c, err)
		}
		noDialogs(t, alice.Server, bob.Server)
	}
}

func TestGivingUpWhileItRingsCancelsTheCall(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		t.Run(network, func(t *testing.T) {
			bob, alice := siptest.NewPhone(t, "bob", short), siptest.NewPhone(t, "alice", short)
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				l := bob.Ring()
				_ = l.Progress(t.Context(), 180, nil)
				siptest.Ended(t, l)
			}()
			_, err := alice.Dial(ctx, sip.Invite{To: bob.URI(network), SDP: siptest.SDP(3)}, func(int, []byte) { cancel(sip.Elsewhere.Err()) })
			if !errors.Is(err, sip.Elsewhere.Err()) {
				t.Errorf("error is %v", err)
			}
			noDialogs(t, alice.Server, bob.Server)
		})
	}
}

func TestACanceledLegSaysWhy(t *testing.T) {
	t.Parallel()
	bob, alice := siptest.NewPhone(t, "bob", short), siptest.NewPhone(t, "alice", short)
	for _, c := range []sip.Cause{sip.Canceled, sip.Elsewhere} {
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() { _, _ = alice.Dial(ctx, sip.Invite{To: bob.URI("udp"), SDP: siptest.SDP(3)}, nil) }()
		l := bob.Ring()
		cancel(c.Err())
		if got := siptest.Ended(t, l); got != c {
			t.Errorf("cause %v, want %v", got, c)
		}
		if err := l.Answer(t.Context(), siptest.SDP(1)); !errors.Is(err, sip.ErrEnded) {
			t.Errorf("answering it gives %v", err)
		}
	}
	noDialogs(t, alice.Server, bob.Server)
}

func TestAnAnswerThatCrossesTheCancelIsAcknowledgedAndHungUp(t *testing.T) {
	t.Parallel()
	alice := siptest.NewPhone(t, "alice", short)
	bob := newFarEnd(t)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := alice.Dial(ctx, sip.Invite{To: bob.uri("bob"), SDP: siptest.SDP(3)}, nil)
		failed <- err
	}()
	inv := bob.expect("INVITE")
	bob.reply(inv, 180, "b", "")
	cancel()
	if err := siptest.Next(t, failed); !errors.Is(err, context.Canceled) {
		t.Errorf("dial gives %v", err)
	}
	cancelled := bob.expect("CANCEL")
	bob.reply(inv, 200, "b", "Contact: <"+bob.uri("bob")+">\r\n")
	bob.reply(cancelled, 200, "b", "")
	bob.expect("ACK")
	bye := bob.expect("BYE")
	bob.reply(bye, 200, "b", "")
	noDialogs(t, alice.Server)
}

func TestNoCancelGoesOutBeforeAProvisionalResponse(t *testing.T) {
	t.Parallel()
	alice := siptest.NewPhone(t, "alice", short)
	bob := newFarEnd(t)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := alice.Dial(ctx, sip.Invite{To: bob.uri("bob"), SDP: siptest.SDP(3)}, nil)
		failed <- err
	}()
	inv := bob.expect("INVITE")
	cancel()
	siptest.Next(t, failed)
	again := bob.next()
	if !strings.HasPrefix(string(again), "INVITE") {
		t.Errorf("before a response came %q", again.StartLine())
	}
	bob.reply(inv, 100, "", "")
	bob.reply(bob.expect("CANCEL"), 200, "b", "")
	bob.reply(inv, 487, "b", "")
	bob.expect("ACK")
}

func TestEachFurtherBranchOfAForkIsAcknowledgedAndHungUp(t *testing.T) {
	t.Parallel()
	alice := siptest.NewPhone(t, "alice", short)
	bob := newFarEnd(t)
	won := make(chan *sip.Leg, 1)
	go func() {
		l, _ := alice.Dial(t.Context(), sip.Invite{To: bob.uri("bob"), SDP: siptest.SDP(3)}, nil)
		won <- l
	}()
	inv := bob.expect("INVITE")
	at := "Contact: <" + bob.uri("bob") + ">\r\n"
	bob.reply(inv, 200, "first", at)
	if got := bob.expect("ACK").Tag("To"); got != "first" {
		t.Errorf("ACK to %q", got)
	}
	bob.reply(inv, 200, "second", at)
	if got := bob.expect("ACK").Tag("To"); got != "second" {
		t.Errorf("ACK to %q", got)
	}
	bye := bob.expect("BYE")
	if bye.Tag("To") != "second" {
		t.Errorf("BYE to %q", bye.Tag("To"))
	}
	bob.reply(bye, 200, "", "")
	bob.reply(inv, 200, "first", at) // a repeat of the winner gets its ACK again
	if got := bob.expect("ACK").Tag("To"); got != "first" {
		t.Errorf("ACK to %q", got)
	}
	l := siptest.Next(t, won)
	_ = l.Hangup(t.Context(), sip.Normal)
	bob.reply(bob.expect("BYE"), 200, "", "")
	noDialogs(t, alice.Server)
}

func TestACallNobodyAnswersInTimeEnds(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) { short(c); c.Timers.Invite = 60 * time.Millisecond })
	alice := siptest.NewPhone(t, "alice", short)
	_, err := alice.Dial(t.Context(), sip.Invite{To: bob.URI("udp"), SDP: siptest.SDP(3)}, nil)
	var r *sip.Rejected
	if !errors.As(err, &r) || r.Code != 408 {
		t.Errorf("dial gives %v", err)
	}
	noDialogs(t, alice.Server, bob.Server)
}

func TestACallerLosesPatience(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	alice := siptest.NewPhone(t, "alice", func(c *sip.Config) { short(c); c.Timers.Ring = 100 * time.Millisecond })
	_, err := alice.Dial(t.Context(), sip.Invite{To: bob.URI("udp"), SDP: siptest.SDP(3)}, nil)
	if !errors.Is(err, sip.NoAnswer.Err()) {
		t.Errorf("dial gives %v", err)
	}
	noDialogs(t, alice.Server, bob.Server)
}

func TestACallToNobodyFails(t *testing.T) {
	t.Parallel()
	alice := siptest.NewPhone(t, "alice", short)
	for _, to := range []string{"sip:x@127.0.0.1:9", "sip:x@127.0.0.1:9;transport=tcp"} {
		if _, err := alice.Dial(t.Context(), sip.Invite{To: to, SDP: siptest.SDP(3)}, nil); err == nil {
			t.Errorf("dialled %s", to)
		}
	}
	if st := alice.Stats(); st.Dialogs != 0 {
		t.Errorf("%d legs left", st.Dialogs)
	}
}

func TestCallsAboveTheLimitAreRefused(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) { short(c); c.MaxCalls = 1 })
	alice := siptest.NewPhone(t, "alice", short)
	bob.AnswerAlways()
	first := alice.Call(bob.URI("udp"))
	_, err := alice.Dial(t.Context(), sip.Invite{To: bob.URI("udp"), SDP: siptest.SDP(3)}, nil)
	var r *sip.Rejected
	if !errors.As(err, &r) || r.Code != 503 {
		t.Errorf("the second call gives %v", err)
	}
	_ = first.Hangup(t.Context(), sip.Normal)
	noDialogs(t, bob.Server)
	_ = alice.Call(bob.URI("udp")).Hangup(t.Context(), sip.Normal)
	noDialogs(t, alice.Server, bob.Server)
}

func TestDrainRefusesNewCallsAndWaitsForOldOnes(t *testing.T) {
	t.Parallel()
	bob, alice := siptest.NewPhone(t, "bob", short), siptest.NewPhone(t, "alice", short)
	bob.AnswerAlways()
	old := alice.Call(bob.URI("udp"))
	drained := make(chan error, 1)
	go func() { drained <- bob.Drain(t.Context()) }()
	w := siptest.NewWire(t, bob.Server, "udp")
	siptest.Eventually(t, "OPTIONS says 503", func() bool {
		w.Send(siptest.Request("OPTIONS", "sip:bob@x.example", "z9hG4bK"+newID(), newID(), "", 1, ""))
		m := w.Expect("SIP/2.0 ")
		return strings.HasPrefix(m.StartLine(), "SIP/2.0 503") && m.Header("Retry-After") != ""
	})
	w.Send(siptest.WithSDP(siptest.Request("INVITE", "sip:bob@x.example", "z9hG4bK"+newID(), newID(), "", 1, "")))
	if m := w.Expect("SIP/2.0 503"); m.Header("Retry-After") == "" {
		t.Error("the 503 names no time to come back")
	}
	select {
	case <-drained:
		t.Fatal("drained with a call alive")
	default:
	}
	_ = old.Hangup(t.Context(), sip.Normal)
	if err := siptest.Next(t, drained); err != nil {
		t.Error(err)
	}
}

func TestClosingAServerHangsUpItsCalls(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		t.Run(network, func(t *testing.T) {
			bob, alice := siptest.NewPhone(t, "bob", short), siptest.NewPhone(t, "alice", short)
			bob.AnswerAlways()
			var legs []*sip.Leg
			for range 5 {
				legs = append(legs, alice.Call(bob.URI(network)))
			}
			_ = bob.Close()
			for _, l := range legs {
				siptest.Ended(t, l)
			}
			if err := bob.Close(); err != nil {
				t.Error(err)
			}
			if _, err := bob.Dial(t.Context(), sip.Invite{To: alice.URI("udp")}, nil); err == nil {
				t.Error("a closed server dials")
			}
		})
	}
}

func TestAHandlerThatPanicsEndsItsOwnCallOnly(t *testing.T) {
	t.Parallel()
	var once sync.Once
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) {
		short(c)
		c.Handler = sip.HandlerFunc(func(ctx context.Context, l *sip.Leg) {
			bad := false
			once.Do(func() { bad = true })
			if bad {
				panic("of a handler")
			}
			_ = l.Answer(ctx, siptest.SDP(1))
		})
	})
	alice := siptest.NewPhone(t, "alice", short)
	_, err := alice.Dial(t.Context(), sip.Invite{To: bob.URI("udp"), SDP: siptest.SDP(3)}, nil)
	var r *sip.Rejected
	if !errors.As(err, &r) || r.Code != 500 {
		t.Errorf("the first call gives %v", err)
	}
	_ = alice.Call(bob.URI("udp")).Hangup(t.Context(), sip.Normal)
	noDialogs(t, alice.Server, bob.Server)
}

func TestAnOccupiedPortIsAnErrorThatNamesIt(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", nil)
	for _, n := range []string{"udp", "tcp"} {
		at, _ := bob.Addr(n)
		_, err := sip.Listen(sip.Config{Listeners: []sip.Listener{{Network: n, Address: at.String()}}})
		if err == nil || !strings.Contains(err.Error(), n+" "+at.String()) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error is %v", err)
		}
	}
}

func TestAHeaderOfALegIsSentWithItsAnswerAndCannotBreakOut(t *testing.T) {
	t.Parallel()
	a, b := siptest.NewPhone(t, "alice", nil), siptest.NewPhone(t, "bob", nil)
	go func() {
		l := b.Ring()
		if err := l.SetHeader("X-Call", "42\r\nX-Evil: 1"); err == nil {
			t.Error("a value with CRLF was taken")
		}
		if err := l.SetHeader("X-Call", "42"); err != nil {
			t.Error(err)
		}
		if err := l.Answer(t.Context(), siptest.SDP(40002)); err != nil {
			t.Error(err)
		}
	}()
	if got := a.Call(b.URI("udp")).Header("X-Call"); got != "42" {
		t.Errorf("got header %q", got)
	}
}

// A request that a datagram could not hold goes by TCP to who takes that, and by
// UDP to who does not.
func TestALargeInviteGoesByTCPWhereItCan(t *testing.T) {
	t.Parallel()
	large := map[string]string{"X-Context": strings.Repeat("a long story ", 100)}
	both := siptest.NewPhone(t, "both", func(c *sip.Config) { // on one port for both
		short(c)
		c.Listeners = []sip.Listener{{Network: "tcp", Address: "127.0.0.1:0"}}
	})
	at, _ := both.Addr("tcp")
	datagrams := siptest.NewPhone(t, "datagrams", func(c *sip.Config) {
		short(c)
		c.Listeners = []sip.Listener{{Network: "udp", Address: "127.0.0.1:0"}}
	})
	for _, c := range []struct {
		name string
		to   *siptest.Phone
		uri  string
		want string
	}{
		{"TCP is there", both, "sip:both@" + at.String(), "tcp"},
		{"it is not", datagrams, datagrams.URI("udp"), "udp"},
	} {
		alice := siptest.NewPhone(t, "alice", short)
		go c.to.Answer()
		l, err := alice.Dial(t.Context(), sip.Invite{To: c.uri, SDP: siptest.SDP(4), Headers: large}, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if l.Transport() != c.want {
			t.Errorf("%s: over %s", c.name, l.Transport())
		}
		_ = l.Hangup(t.Context(), sip.Normal)
		noDialogs(t, alice.Server, c.to.Server)
	}
}

func TestATransportThatIsNotKnownIsSaidToBeSo(t *testing.T) {
	t.Parallel()
	alice, bob := siptest.NewPhone(t, "alice", short), siptest.NewPhone(t, "bob", short)
	for _, transport := range []string{"sctp", "TLS-SCTP", ""} {
		ctx, cancel := context.WithTimeout(t.Context(), siptest.Patience)
		_, err := alice.Dial(ctx, sip.Invite{To: strings.TrimSuffix(bob.URI("tcp"), "tcp") + transport, SDP: siptest.SDP(3)}, nil)
		cancel()
		if err == nil || !strings.Contains(err.Error(), `transport "`+strings.ToLower(transport)+`" is not known`) {
			t.Errorf("%q: %v", transport, err)
		}
	}
	if alice.Stats().Connections != 0 || len(bob.Calls) != 0 {
		t.Error("it was tried by another")
	}
}
