package sip_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// talk joins two phones.
func talk(t *testing.T, from, to *siptest.Phone, network string) (ours, theirs *sip.Leg) {
	t.Helper()
	taken := make(chan *sip.Leg, 1)
	go func() { taken <- to.Answer() }()
	ours = from.Call(to.URI(network))
	theirs = siptest.Next(t, taken)
	siptest.Eventually(t, "ACK", func() bool { return closed(theirs.Confirmed()) })
	return ours, theirs
}

func TestANewOfferIsAnsweredBothWays(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		t.Run(network, func(t *testing.T) {
			bob, alice := siptest.NewPhone(t, "bob", short), siptest.NewPhone(t, "alice", short)
			a, b := talk(t, alice, bob, network)
			for _, pair := range [][2]*sip.Leg{{a, b}, {b, a}, {a, b}} {
				go func() {
					r := <-pair[1].Reoffers()
					if string(r.SDP) != string(siptest.SDP(7)) {
						t.Error("another offer arrived")
					}
					_ = r.Answer(siptest.SDP(8))
				}()
				answer, err := pair[0].Reinvite(t.Context(), siptest.SDP(7))
				if err != nil || string(answer) != string(siptest.SDP(8)) {
					t.Errorf("answer of %d bytes, %v", len(answer), err)
				}
			}
			_ = a.Hangup(t.Context(), sip.Normal)
			siptest.Ended(t, b)
			noDialogs(t, alice.Server, bob.Server)
		})
	}
}

func TestARefusedOfferLeavesTheCall(t *testing.T) {
	t.Parallel()
	bob, alice := siptest.NewPhone(t, "bob", short), siptest.NewPhone(t, "alice", short)
	a, b := talk(t, alice, bob, "udp")
	go func() { _ = (<-b.Reoffers()).Reject(sip.NotAcceptable) }()
	_, err := a.Reinvite(t.Context(), siptest.SDP(7))
	var r *sip.Rejected
	if !errors.As(err, &r) || r.Code != 488 {
		t.Errorf("got %v", err)
	}
	if closed(a.Done()) || closed(b.Done()) {
		t.Error("the call ended")
	}
}

func TestOffersThatCrossAreBothAnsweredInTheEnd(t *testing.T) {
	t.Parallel()
	bob, alice := siptest.NewPhone(t, "bob", short), siptest.NewPhone(t, "alice", short)
	a, b := talk(t, alice, bob, "udp")
	for _, l := range []*sip.Leg{a, b} {
		go func() {
			for {
				select {
				case r := <-l.Reoffers():
					_ = r.Answer(siptest.SDP(9))
				case <-l.Done():
					return
				}
			}
		}()
	}
	for range 10 {
		failed := make(chan error, 2)
		for _, l := range []*sip.Leg{a, b} {
			go func() {
				var err error
				for range 5 {
					if _, err = l.Reinvite(t.Context(), siptest.SDP(7)); err == nil || !errors.Is(err, sip.ErrPending) {
						break
					}
				}
				failed <- err
			}()
		}
		for range 2 {
			// 500 says that theirs is unanswered, ErrPending that it is so here: both are glare.
			var r *sip.Rejected
			if err := siptest.Next(t, failed); err != nil && !errors.Is(err, sip.ErrPending) && (!errors.As(err, &r) || r.Code != 500) {
				t.Errorf("an offer failed: %v", err)
			}
		}
	}
	_ = a.Hangup(t.Context(), sip.Normal)
	noDialogs(t, alice.Server, bob.Server)
}

func TestASecondOfferMeanwhileIsPending(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.invite()
	leg := bob.Answer()
	tag := c.Expect("SIP/2.0 200").Tag("To")
	c.inside("ACK", tag, 1, "")
	siptest.Eventually(t, "ACK", func() bool { return closed(leg.Confirmed()) })
	go func() { _, _ = leg.Reinvite(t.Context(), siptest.SDP(7)) }()
	c.Expect("INVITE")
	c.Send(siptest.WithSDP(siptest.Request("INVITE", c.uri, "z9hG4bK"+newID(), c.id, tag, 2, "")))
	c.Expect("SIP/2.0 491")
}

func TestAnInviteWithoutOfferGetsOneAndTheAckBringsTheAnswer(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.Send(c.request("INVITE", "", 1, ""))
	leg := bob.Ring()
	if leg.Offer() != nil {
		t.Error("an offer out of nowhere")
	}
	_ = leg.Answer(t.Context(), siptest.SDP(5))
	ok := c.Expect("SIP/2.0 200")
	if ok.Body() != string(siptest.SDP(5)) {
		t.Error("no offer in the 200")
	}
	c.Send(siptest.WithSDP(siptest.Request("ACK", c.uri, "z9hG4bK"+newID(), c.id, ok.Tag("To"), 1, "")))
	siptest.Eventually(t, "ACK", func() bool { return closed(leg.Confirmed()) })
	if string(siptest.Next(t, leg.Answers())) != string(siptest.SDP(40004)) || string(leg.Remote()) != string(siptest.SDP(40004)) {
		t.Error("the answer in the ACK was not taken")
	}
}

func TestAReinviteWithoutOfferGetsOneAndTheAckBringsTheAnswer(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	leg, first := answered(t, bob, c, "")
	tag := first.Tag("To")
	c.branch = "z9hG4bK" + newID()
	c.Send(c.request("INVITE", tag, 2, ""))
	r := siptest.Next(t, leg.Reoffers())
	if len(r.SDP) > 0 {
		t.Error("an offer out of nowhere")
	}
	if err := r.AnswerWith(func([]byte) ([]byte, error) { return siptest.SDP(6), nil }); err != nil {
		t.Fatal(err)
	}
	ok := c.Expect("SIP/2.0 200")
	for ok.Header("CSeq") == first.Header("CSeq") { // that of before, again: its ACK was under way
		ok = c.Expect("SIP/2.0 200")
	}
	if ok.Body() != string(siptest.SDP(6)) {
		t.Error("no offer in the 200")
	}
	c.Send(siptest.WithSDP(siptest.Request("ACK", c.uri, "z9hG4bK"+newID(), c.id, tag, 2, "")))
	if string(siptest.Next(t, leg.Answers())) != string(siptest.SDP(40004)) {
		t.Error("the answer in the ACK was not taken")
	}
	c.branch = "z9hG4bK" + newID()
	c.Send(siptest.WithSDP(c.request("INVITE", tag, 3, "")))
	if siptest.Next(t, leg.Reoffers()).AnswerWith(func([]byte) ([]byte, error) { return nil, errors.New("not so") }) == nil {
		t.Error("the failure is not told")
	}
	if m := c.Expect("SIP/2.0 488"); !strings.HasPrefix(m.Header("Warning"), "305 ") {
		t.Errorf("it does not say why: %q", m.Header("Warning"))
	}
	if closed(leg.Done()) || len(leg.Answers()) > 0 {
		t.Error("the call ended, or an answer came from nowhere")
	}
}

func TestAnAckWithoutTheAnswerItOwesSaysSo(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.Send(c.request("INVITE", "", 1, ""))
	leg := bob.Ring()
	_ = leg.Answer(t.Context(), siptest.SDP(5))
	c.inside("ACK", c.Expect("SIP/2.0 200").Tag("To"), 1, "")
	if answer := siptest.Next(t, leg.Answers()); answer != nil {
		t.Errorf("an answer out of nowhere: %s", answer)
	}
}

func TestACanceledOfferIsGone(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.invite()
	leg := bob.Answer()
	tag := c.Expect("SIP/2.0 200").Tag("To")
	c.inside("ACK", tag, 1, "")
	siptest.Eventually(t, "ACK", func() bool { return closed(leg.Confirmed()) })
	c.branch = "z9hG4bK" + newID()
	c.Send(siptest.WithSDP(c.request("INVITE", tag, 2, "")))
	r := siptest.Next(t, leg.Reoffers())
	c.Send(c.request("CANCEL", tag, 2, ""))
	c.Expect("SIP/2.0 487")
	if err := r.Answer(siptest.SDP(1)); !errors.Is(err, sip.ErrEnded) {
		t.Errorf("answering it gives %v", err)
	}
	if closed(leg.Done()) {
		t.Error("the call ended")
	}
}

func TestAPeerThatForgotTheCallEndsIt(t *testing.T) {
	t.Parallel()
	alice := siptest.NewPhone(t, "alice", short)
	bob := newFarEnd(t)
	got := make(chan *sip.Leg, 1)
	go func() { got <- alice.Call(bob.uri("bob")) }()
	inv := bob.expect("INVITE")
	bob.reply(inv, 200, "b", "Contact: <"+bob.uri("bob")+">\r\n")
	bob.expect("ACK")
	leg := siptest.Next(t, got)
	go func() { _, _ = leg.Reinvite(t.Context(), siptest.SDP(7)) }()
	bob.reply(bob.expect("INVITE"), 481, "", "")
	bob.reply(bob.expect("BYE"), 481, "", "")
	if c := siptest.Ended(t, leg); c != sip.Lost {
		t.Errorf("cause %v", c)
	}
	noDialogs(t, alice.Server)
}

// A proxy whose nonce has expired challenges again within the call.
func TestAnOfferThatIsChallengedIsSignedAndMadeAgain(t *testing.T) {
	t.Parallel()
	alice, bob := siptest.NewPhone(t, "alice", short), newFarEnd(t)
	challenge := func(nonce string) string {
		return `Proxy-Authenticate: Digest realm="trunk", nonce="` + nonce + "\", algorithm=MD5, qop=\"auth\"\r\n"
	}
	answer := func(req siptest.Message) {
		bob.reply(req, 200, "b", "Contact: <"+bob.uri("bob")+">\r\n")
		bob.expect("ACK")
	}
	got := make(chan *sip.Leg, 1)
	go func() {
		l, err := alice.Dial(t.Context(), sip.Invite{To: bob.uri("bob"), SDP: siptest.SDP(4), User: "alice", Password: "secret"}, nil)
		if err != nil {
			t.Error(err)
		}
		got <- l
	}()
	bob.reply(bob.expect("INVITE"), 407, "b", challenge("one"))
	bob.expect("ACK")
	answer(bob.expect("INVITE"))
	leg := siptest.Next(t, got)
	made := make(chan error, 1)
	go func() {
		_, err := leg.Reinvite(t.Context(), siptest.SDP(7))
		made <- err
	}()
	bob.reply(bob.expect("INVITE"), 407, "b", challenge("two"))
	bob.expect("ACK")
	again := bob.expect("INVITE")
	if auth := again.Header("Proxy-Authorization"); !strings.Contains(auth, `nonce="two"`) {
		t.Errorf("signed with %q", auth)
	}
	answer(again)
	if err := siptest.Next(t, made); err != nil {
		t.Error(err)
	}
	go func() { _ = leg.Hangup(t.Context(), sip.Normal) }()
	bob.reply(bob.expect("BYE"), 200, "b", "")
	noDialogs(t, alice.Server)
}
