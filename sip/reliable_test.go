package sip_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// prack acknowledges a provisional response.
func (c *caller) prack(m siptest.Message, seq int) {
	c.inside("PRACK", m.Tag("To"), seq, "RAck: "+m.Header("RSeq")+" 1 INVITE\n")
}

func TestEarlyMediaIsRepeatedUntilItsPrackAndTheAnswerWaitsForIt(t *testing.T) {
	t.Parallel()
	for _, extra := range []string{"Require: 100rel\n", "Supported: timer,100rel\n", "k: 100rel\n"} {
		bob := siptest.NewPhone(t, "bob", short)
		c := newCaller(t, bob.Server, "udp")
		c.Send(siptest.WithSDP(c.request("INVITE", "", 1, extra)))
		leg := bob.Ring()
		if err := leg.Progress(t.Context(), 183, siptest.SDP(8)); err != nil {
			t.Fatal(err)
		}
		first := c.Expect("SIP/2.0 183")
		if first.Header("Require") != "100rel" || first.Header("RSeq") == "" || first.Body() != string(siptest.SDP(8)) || first.Header("Contact") == "" {
			t.Errorf("%q got Require %q, RSeq %q", extra, first.Header("Require"), first.Header("RSeq"))
		}
		for range 2 {
			if m := c.Expect("SIP/2.0 183"); m.Header("RSeq") != first.Header("RSeq") {
				t.Error("a repeat has another number")
			}
		}
		if err := leg.Answer(t.Context(), siptest.SDP(8)); err != nil {
			t.Fatal(err)
		}
		c.inside("PRACK", first.Tag("To"), 2, "RAck: 4 1 INVITE\n")
		c.Expect("SIP/2.0 481")
		c.inside("PRACK", first.Tag("To"), 3, "")
		c.Expect("SIP/2.0 400")
		if closed(leg.Confirmed()) || closed(leg.Done()) {
			t.Error("it went on without the PRACK")
		}
		c.prack(first, 4)
		var got []string
		siptest.Eventually(t, "200 for PRACK, then for INVITE", func() bool {
			if m, ok := c.Next(siptest.Patience); ok && strings.HasPrefix(m.StartLine(), "SIP/2.0 200") {
				got = append(got, m.Header("CSeq"))
			}
			return len(got) == 2
		})
		if got[0] != "4 PRACK" || got[1] != "1 INVITE" {
			t.Errorf("200 for %q", got)
		}
		c.inside("ACK", first.Tag("To"), 1, "")
		siptest.Eventually(t, "ACK", func() bool { return closed(leg.Confirmed()) })
		c.inside("BYE", first.Tag("To"), 5, "")
		siptest.Ended(t, leg)
	}
}

func TestProvisionalResponsesComeOneAfterTheOther(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.Send(siptest.WithSDP(c.request("INVITE", "", 1, "Require: 100rel\n")))
	leg := bob.Ring()
	_ = leg.Progress(t.Context(), 180, nil)
	_ = leg.Progress(t.Context(), 183, siptest.SDP(8))
	ringing := c.Expect("SIP/2.0 180")
	c.prack(ringing, 2)
	early := c.Expect("SIP/2.0 183")
	a, _ := strconv.Atoi(ringing.Header("RSeq"))
	b, _ := strconv.Atoi(early.Header("RSeq"))
	if b != a+1 {
		t.Errorf("RSeq %d, then %d", a, b)
	}
	_ = leg.Reject(t.Context(), sip.Busy)
	c.Expect("SIP/2.0 486")
}

func TestRingingWithoutABodyIsNotRepeatedUnlessItMust(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.Send(siptest.WithSDP(c.request("INVITE", "", 1, "Supported: 100rel\n")))
	leg := bob.Ring()
	_ = leg.Progress(t.Context(), 180, nil)
	if m := c.Expect("SIP/2.0 180"); m.Header("RSeq") != "" {
		t.Error("it asks for a PRACK")
	}
	c.Silence(200 * time.Millisecond)
	_ = leg.Reject(t.Context(), sip.Busy)
}

func TestWithoutAPrackTheCallIsRefused(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.Send(siptest.WithSDP(c.request("INVITE", "", 1, "Require: 100rel\n")))
	leg := bob.Ring()
	_ = leg.Progress(t.Context(), 183, siptest.SDP(8))
	c.Expect("SIP/2.0 504")
	if got := siptest.Ended(t, leg); got != sip.Lost {
		t.Errorf("cause %v", got)
	}
	noDialogs(t, bob.Server)
}

func TestReliableResponsesToOurInviteAreAcknowledgedOnceAndInOrder(t *testing.T) {
	t.Parallel()
	alice := siptest.NewPhone(t, "alice", short)
	bob := newFarEnd(t)
	got := make(chan *sip.Leg, 1)
	go func() { got <- alice.Call(bob.uri("bob")) }()
	inv := bob.expect("INVITE")
	early := func(rseq int) {
		bob.reply(inv, 183, "b", "Contact: <"+bob.uri("bob")+">\r\nRequire: 100rel\r\nRSeq: "+strconv.Itoa(rseq)+
			"\r\nContent-Type: application/sdp\r\n\r\n"+string(siptest.SDP(rseq)))
	}
	early(7)
	first := bob.expect("PRACK")
	bob.reply(first, 200, "", "")
	if first.Header("RAck") != "7 1 INVITE" || first.Tag("To") != "b" || !strings.HasPrefix(first.StartLine(), "PRACK sip:bob@") {
		t.Errorf("%s with RAck %q", first.StartLine(), first.Header("RAck"))
	}
	early(7) // a repeat
	early(9) // one that overtook another
	early(8)
	second := bob.expect("PRACK")
	bob.reply(second, 200, "", "")
	if second.Header("RAck") != "8 1 INVITE" || second.Header("CSeq") != "3 PRACK" {
		t.Errorf("then RAck %q, CSeq %q", second.Header("RAck"), second.Header("CSeq"))
	}
	bob.reply(inv, 200, "b", "Contact: <"+bob.uri("bob")+">\r\n") // the answer was in the 183
	if ack := bob.expect("ACK"); ack.Header("CSeq") != "1 ACK" {
		t.Errorf("ACK with CSeq %q", ack.Header("CSeq"))
	}
	leg := siptest.Next(t, got)
	if string(leg.Remote()) != string(siptest.SDP(8)) {
		t.Errorf("the answer is %q", leg.Remote())
	}
	_ = leg.Hangup(t.Context(), sip.Normal)
	bye := bob.expect("BYE")
	if bye.Header("CSeq") != "4 BYE" {
		t.Errorf("BYE with CSeq %q", bye.Header("CSeq"))
	}
	bob.reply(bye, 200, "", "")
	noDialogs(t, alice.Server)
}

func TestEarlyMediaReachesOurSideReliably(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		t.Run(network, func(t *testing.T) {
			bob, alice := siptest.NewPhone(t, "bob", short), siptest.NewPhone(t, "alice", short)
			heard := make(chan string, 10)
			go func() {
				l := bob.Ring()
				_ = l.Progress(t.Context(), 183, siptest.SDP(8))
				_ = l.Answer(t.Context(), siptest.SDP(8)) // at once: it has to wait for the PRACK
			}()
			leg, err := alice.Dial(t.Context(), sip.Invite{To: bob.URI(network), SDP: siptest.SDP(3)}, func(code int, sdp []byte) {
				heard <- strconv.Itoa(code) + " " + string(sdp)
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := siptest.Next(t, heard); got != "183 "+string(siptest.SDP(8)) {
				t.Errorf("first heard %q", got)
			}
			_ = leg.Hangup(t.Context(), sip.Normal)
			noDialogs(t, alice.Server, bob.Server)
		})
	}
}

func TestAPrackThatCrossesTheAnswerIsTaken(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.Send(siptest.WithSDP(c.request("INVITE", "", 1, "Require: 100rel\n")))
	leg := bob.Ring()
	_ = leg.Progress(t.Context(), 180, nil)
	ringing := c.Expect("SIP/2.0 180")
	_ = leg.Answer(t.Context(), siptest.SDP(8))
	c.Expect("SIP/2.0 200")
	c.prack(ringing, 2)
	siptest.Eventually(t, "200 for PRACK", func() bool {
		m, _ := c.Next(siptest.Patience)
		return m.Header("CSeq") == "2 PRACK" && strings.HasPrefix(m.StartLine(), "SIP/2.0 200")
	})
}

func TestASecondOfferInAPrackIsRefusedAndAcknowledgesAllTheSame(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.Send(siptest.WithSDP(c.request("INVITE", "", 1, "Supported: 100rel\n")))
	leg := bob.Ring()
	_ = leg.Progress(t.Context(), 183, siptest.SDP(8))
	early := c.Expect("SIP/2.0 183")
	_ = leg.Answer(t.Context(), siptest.SDP(8))
	c.Send(siptest.WithSDP(siptest.Request("PRACK", c.uri, "z9hG4bK"+newID(), c.id, early.Tag("To"), 2, "RAck: "+early.Header("RSeq")+" 1 INVITE\n")))
	c.Expect("SIP/2.0 488")
	c.Expect("SIP/2.0 200")
}
