package sip_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// brief gives a phone sessions of some seconds: the header has no shorter ones.
func brief(c *sip.Config) {
	short(c)
	c.Timers.Session, c.Timers.MinSession = 4*time.Second, 2*time.Second
}

// answered brings a call of c to bob up, with more lines in the INVITE. It gives
// the 200 too.
func answered(t *testing.T, bob *siptest.Phone, c *caller, extra string) (*sip.Leg, siptest.Message) {
	t.Helper()
	c.Send(siptest.WithSDP(c.request("INVITE", "", 1, extra)))
	leg := bob.Answer()
	ok := c.Expect("SIP/2.0 200")
	c.inside("ACK", ok.Tag("To"), 1, "")
	siptest.Eventually(t, "ACK", func() bool { return closed(leg.Confirmed()) })
	return leg, ok
}

func TestTheIntervalIsAgreedAsTheRFCSays(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	for _, c := range []struct{ name, extra, want, require string }{
		{"who cannot is refreshed by us", "", "1800;refresher=uas", ""},
		{"who can, refreshes", "Supported: timer\n", "1800;refresher=uac", "timer"},
		{"theirs is shorter", "Supported: 100rel, timer\nSession-Expires: 600\n", "600;refresher=uac", "timer"},
		{"theirs is longer", "k: timer\nx: 7200;refresher=uac\n", "1800;refresher=uac", "timer"},
		{"we are to refresh", "Supported: timer\nSession-Expires: 90;refresher=uas\n", "90;refresher=uas", ""},
		{"a proxy wants more", "Supported: timer\nMin-SE: 3600\nSession-Expires: 4000\n", "3600;refresher=uac", "timer"},
		{"a proxy asked for who cannot", "Session-Expires: 300\n", "300;refresher=uas", ""},
		{"it is required", "Require: timer\nSupported: timer\nSession-Expires: 300\n", "300;refresher=uac", "timer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			leg, ok := answered(t, bob, newCaller(t, bob.Server, "udp"), c.extra)
			if ok.Header("Session-Expires") != c.want || ok.Header("Require") != c.require || ok.Header("Supported") != "timer, replaces, norefersub, 100rel" {
				t.Errorf("Session-Expires %q, Require %q, Supported %q", ok.Header("Session-Expires"), ok.Header("Require"), ok.Header("Supported"))
			}
			_ = leg.Hangup(t.Context(), sip.Normal)
		})
	}
}

func TestAnIntervalThatIsTooShortOrUnreadableIsRefused(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	for _, c := range []struct{ extra, want, least string }{
		{"Supported: timer\nSession-Expires: 89\n", "422", "90"},
		{"Supported: timer\nSession-Expires: 0\n", "400", ""},
		{"Session-Expires: soon\n", "400", ""},
		{"Session-Expires: 99999999999999999999\n", "400", ""},
		{"Session-Expires: 1800;refresher=me\n", "400", ""},
		{"Min-SE: -1\n", "400", ""},
	} {
		call := newCaller(t, bob.Server, "udp")
		call.Send(siptest.WithSDP(call.request("INVITE", "", 1, c.extra)))
		m := call.Expect("SIP/2.0 ")
		if !strings.HasPrefix(m.StartLine(), "SIP/2.0 "+c.want) || m.Header("Min-SE") != c.least {
			t.Errorf("%q got %q, Min-SE %q", c.extra, m.StartLine(), m.Header("Min-SE"))
		}
	}
	if n := len(bob.Calls); n > 0 {
		t.Errorf("%d of them rang", n)
	}
}

func TestACallStandsAsLongAsItIsRefreshed(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			bob, alice := siptest.NewPhone(t, "bob", brief), siptest.NewPhone(t, "alice", brief)
			a, b := talk(t, alice, bob, network)
			time.Sleep(9 * time.Second) // more than two intervals
			if closed(a.Done()) || closed(b.Done()) {
				t.Fatalf("the call ended: %v, %v", a.Cause(), b.Cause())
			}
			_ = b.Hangup(t.Context(), sip.Normal)
			siptest.Ended(t, a)
			noDialogs(t, alice.Server, bob.Server)
		})
	}
}

func TestACallThatTheOtherSideDoesNotRefreshEnds(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", brief)
	c := newCaller(t, bob.Server, "udp")
	leg, ok := answered(t, bob, c, "Supported: timer\nSession-Expires: 3;refresher=uac\n")
	began := time.Now()
	time.Sleep(time.Second)
	c.inside("UPDATE", ok.Tag("To"), 2, "Supported: timer\nSession-Expires: 3;refresher=uac\n")
	if m := c.Expect("SIP/2.0 200"); m.Header("Session-Expires") != "3;refresher=uac" || m.Header("Contact") == "" {
		t.Errorf("the UPDATE got Session-Expires %q, Contact %q", m.Header("Session-Expires"), m.Header("Contact"))
	}
	c.Expect("BYE")
	if got := siptest.Ended(t, leg); got != sip.Lost {
		t.Errorf("cause %v", got)
	}
	if d := time.Since(began); d < 2900*time.Millisecond { // the UPDATE at 1 s gave it 2 s more
		t.Errorf("it ended after %s", d)
	}
}

func TestWhoTakesNoUpdateIsRefreshedByTheOfferOfBefore(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", brief)
	for _, update := range []bool{false, true} {
		c := newCaller(t, bob.Server, "udp")
		method, extra := "INVITE", ""
		if update {
			method, extra = "UPDATE", "Allow: INVITE, ACK, BYE, UPDATE\n"
		}
		leg, ok := answered(t, bob, c, extra)
		m := c.Expect(method)
		if body := m.Body(); update && body != "" || !update && body != ok.Body() {
			t.Errorf("%s with %q", method, body)
		}
		if m.Header("Session-Expires") != "4;refresher=uac" || m.Header("Supported") != "timer, replaces, norefersub, 100rel" || m.Header("Min-SE") != "2" {
			t.Errorf("%s: Session-Expires %q, Supported %q, Min-SE %q", method, m.Header("Session-Expires"), m.Header("Supported"), m.Header("Min-SE"))
		}
		_ = leg.Hangup(t.Context(), sip.Normal)
	}
}

func TestAPeerThatForgotTheCallEndsItAtTheRefresh(t *testing.T) {
	t.Parallel()
	alice := siptest.NewPhone(t, "alice", brief)
	bob := newFarEnd(t)
	got := make(chan *sip.Leg, 1)
	go func() { got <- alice.Call(bob.uri("bob")) }()
	bob.reply(bob.expect("INVITE"), 200, "b", "Contact: <"+bob.uri("bob")+">\r\nAllow: INVITE, UPDATE\r\n")
	bob.expect("ACK")
	leg := siptest.Next(t, got)
	bob.reply(bob.expect("UPDATE"), 481, "", "")
	bob.reply(bob.expect("BYE"), 481, "", "")
	if c := siptest.Ended(t, leg); c != sip.Lost {
		t.Errorf("cause %v", c)
	}
	noDialogs(t, alice.Server)
}

func TestAnIntervalThatThePeerFindsTooShortIsAskedForLonger(t *testing.T) {
	t.Parallel()
	alice := siptest.NewPhone(t, "alice", short)
	bob := newFarEnd(t)
	got := make(chan *sip.Leg, 1)
	go func() { got <- alice.Call(bob.uri("bob")) }()
	first := bob.expect("INVITE")
	if first.Header("Session-Expires") != "1800" || first.Header("Min-SE") != "90" || first.Header("Supported") != "timer, replaces, norefersub, 100rel" {
		t.Errorf("Session-Expires %q, Min-SE %q, Supported %q", first.Header("Session-Expires"), first.Header("Min-SE"), first.Header("Supported"))
	}
	bob.reply(first, 422, "b", "Min-SE: 3600\r\n")
	bob.expect("ACK")
	second := bob.expect("INVITE")
	if second.Header("Session-Expires") != "3600" || second.Header("Min-SE") != "3600" {
		t.Errorf("then Session-Expires %q, Min-SE %q", second.Header("Session-Expires"), second.Header("Min-SE"))
	}
	bob.reply(second, 200, "b", "Contact: <"+bob.uri("bob")+">\r\nSession-Expires: 3600;refresher=uas\r\n")
	bob.expect("ACK")
	_ = siptest.Next(t, got).Hangup(t.Context(), sip.Normal)
	bob.reply(bob.expect("BYE"), 200, "", "")
	noDialogs(t, alice.Server)
}

func TestAnOfferInAnUpdateIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	leg, ok := answered(t, bob, c, "")
	tag := ok.Tag("To")
	c.Send(siptest.WithSDP(siptest.Request("UPDATE", c.uri, "z9hG4bK"+newID(), c.id, tag, 2, "")))
	r := siptest.Next(t, leg.Reoffers())
	c.Send(siptest.WithSDP(siptest.Request("UPDATE", c.uri, "z9hG4bK"+newID(), c.id, tag, 3, "")))
	c.Expect("SIP/2.0 500") // the first one is not answered yet
	if string(r.SDP) != string(siptest.SDP(40004)) {
		t.Error("another offer arrived")
	}
	if err := r.Answer(siptest.SDP(9)); err != nil {
		t.Fatal(err)
	}
	if m := c.Expect("SIP/2.0 200"); m.Body() != string(siptest.SDP(9)) || !strings.Contains(m.Header("CSeq"), "UPDATE") {
		t.Errorf("got %q for %q", m.Body(), m.Header("CSeq"))
	}
	c.Silence(200 * time.Millisecond) // no ACK is waited for
	c.inside("UPDATE", "nobody", 4, "")
	c.Expect("SIP/2.0 481")
	if closed(leg.Done()) {
		t.Error("the call ended")
	}
}

func TestAnUpdateWhileItRingsIsAnswered(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.invite()
	leg := bob.Ring()
	_ = leg.Progress(t.Context(), 180, nil)
	tag := c.Expect("SIP/2.0 180").Tag("To")
	c.inside("UPDATE", tag, 2, "")
	c.Expect("SIP/2.0 200")
	c.Send(siptest.WithSDP(siptest.Request("UPDATE", c.uri, "z9hG4bK"+newID(), c.id, tag, 3, "")))
	if m := c.Expect("SIP/2.0 500"); m.Header("Retry-After") == "" { // the first offer has no answer yet
		t.Error("no Retry-After")
	}
	_ = leg.Reject(t.Context(), sip.Busy)
}

// reply answers a request of the server's.
func (c *caller) reply(m siptest.Message, status string) {
	c.Send(fmt.Sprintf("SIP/2.0 %s\nVia: %s\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\n",
		status, m.Header("Via"), m.Header("From"), m.Header("To"), m.Header("Call-ID"), m.Header("CSeq")))
}

func TestWhatIsNewInTheAnswerToARefreshIsHeard(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", brief)
	c := newCaller(t, bob.Server, "udp")
	leg, _ := answered(t, bob, c, "") // takes no UPDATE, knows no timers: we refresh by INVITE
	again := c.Expect("INVITE")
	c.Send(strings.Replace(siptest.WithSDP(fmt.Sprintf("SIP/2.0 200 OK\nVia: %s\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\nContact: <sip:moved@%s>\n",
		again.Header("Via"), again.Header("From"), again.Header("To"), again.Header("Call-ID"), again.Header("CSeq"), c.Local())), "40004", "40006", 1))
	c.Expect("ACK sip:moved@")
	if string(siptest.Next(t, leg.Answers())) != string(siptest.SDP(40006)) {
		t.Error("another answer")
	}
}

func TestWhoKnowsNoTimersMayRefuseARefreshAndKeepTheCall(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", brief)
	c := newCaller(t, bob.Server, "udp")
	leg, _ := answered(t, bob, c, "Allow: INVITE, ACK, BYE, UPDATE\n")
	c.reply(c.Expect("UPDATE"), "403 Forbidden")
	for range 2 { // and then not by UPDATE any more; each answer shows that the call lives
		c.reply(c.Expect("INVITE"), "488 Not Acceptable Here")
	}
	if closed(leg.Done()) {
		t.Errorf("the call ended: %v", leg.Cause())
	}
}

// update says UPDATE within the early dialog that an INVITE of ours made.
func (f *farEnd) update(inv siptest.Message, tag string, seq int, sdp []byte) {
	f.t.Helper()
	kind := ""
	if len(sdp) > 0 {
		kind = "Content-Type: application/sdp\r\n"
	}
	f.send(fmt.Appendf(nil, "UPDATE sip:x@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\nFrom: %s;tag=%s\r\nTo: %s\r\n"+
		"Call-ID: %s\r\nCSeq: %d UPDATE\r\nMax-Forwards: 70\r\nContact: <%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		f.from, f.conn.LocalAddr(), newID(), inv.Header("To"), tag, inv.Header("From"), inv.Header("Call-ID"), seq, f.uri("bob"), kind, len(sdp), sdp))
}

// Who rings may say what changed before he answers (RFC 3311 section 5.2).
func TestAnUpdateOfWhoRingsIsAnswered(t *testing.T) {
	t.Parallel()
	alice := siptest.NewPhone(t, "alice", short)
	bob := newFarEnd(t)
	got := make(chan *sip.Leg, 1)
	go func() {
		leg, err := alice.Dial(t.Context(), sip.Invite{To: bob.uri("bob"), SDP: siptest.SDP(3)}, nil)
		if err != nil {
			t.Error(err)
		}
		got <- leg
	}()
	inv := bob.expect("INVITE")
	bob.reply(inv, 180, "b", "Contact: <"+bob.uri("bob")+">\r\n")
	bob.update(inv, "b", 1, nil)
	if ok := bob.expect("SIP/2.0 200"); ok.Header("Contact") == "" || ok.Body() != "" || ok.Header("Session-Expires") != "" {
		t.Errorf("answered with %s", ok)
	}
	bob.update(inv, "b", 2, siptest.SDP(4)) // our own offer has no answer
	bob.expect("SIP/2.0 491")
	bob.reply(inv, 183, "b", "Require: 100rel\r\nRSeq: 7\r\nContact: <"+bob.uri("bob")+">\r\nContent-Type: application/sdp\r\n\r\n"+string(siptest.SDP(5)))
	bob.reply(bob.expect("PRACK"), 200, "b", "")
	bob.update(inv, "b", 3, siptest.SDP(4)) // it has, but nobody here takes another this early
	if m := bob.expect("SIP/2.0 500"); m.Header("Retry-After") == "" {
		t.Error("it is not told when to try again")
	}
	bob.update(inv, "b", 3, nil)
	bob.expect("SIP/2.0 500") // its number has been there
	bob.update(inv, "another", 1, nil)
	bob.expect("SIP/2.0 481")
	bob.reply(inv, 200, "b", "Contact: <"+bob.uri("bob")+">\r\n")
	bob.expect("ACK")
	leg := siptest.Next(t, got)
	if string(leg.Remote()) != string(siptest.SDP(5)) {
		t.Errorf("the answer is %q", leg.Remote())
	}
	bob.update(inv, "b", 3, nil)
	bob.expect("SIP/2.0 500") // the numbers of before go on
	bob.update(inv, "b", 4, nil)
	bob.expect("SIP/2.0 200")
	_ = leg.Hangup(t.Context(), sip.Normal)
	bob.reply(bob.expect("BYE"), 200, "", "")
	noDialogs(t, alice.Server)
	bob.update(inv, "b", 5, nil)
	bob.expect("SIP/2.0 481")
}
