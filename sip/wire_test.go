package sip_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// caller is a hand-written UAC on a wire.
type caller struct {
	*siptest.Wire
	uri, branch, id string
}

func newCaller(t *testing.T, at *sip.Server, network string) *caller {
	t.Helper()
	return &caller{siptest.NewWire(t, at, network), siptest.URI(at, "bob", network), "z9hG4bK" + newID(), newID()}
}

func (c *caller) request(method, tag string, seq int, extra string) string {
	return siptest.Request(method, c.uri, c.branch, c.id, tag, seq, extra)
}

func (c *caller) invite() { c.Send(siptest.WithSDP(c.request("INVITE", "", 1, ""))) }

// inside sends a request of the dialog on a branch of its own.
func (c *caller) inside(method, tag string, seq int, extra string) {
	c.Send(siptest.Request(method, c.uri, "z9hG4bK"+newID(), c.id, tag, seq, extra))
}

// RFC 3261 section 17.2.1 wants it within 200 ms; half of that leaves room for the way.
func TestTryingIsDueLongBeforeTheInviteIsRepeated(t *testing.T) {
	if d := sip.DefaultTimers().Trying; d <= 0 || d > 100*time.Millisecond {
		t.Errorf("100 is said after %s", d)
	}
}

func TestTryingComesWhenNothingElseDoes(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		t.Run(network, func(t *testing.T) {
			bob := siptest.NewPhone(t, "bob", short)
			c := newCaller(t, bob.Server, network)
			c.invite()
			c.Expect("SIP/2.0 100")
			c.Send(c.request("CANCEL", "", 1, ""))
			c.Expect("SIP/2.0 200")
			final := c.Expect("SIP/2.0 487")
			c.Send(c.request("ACK", final.Tag("To"), 1, ""))
			noDialogs(t, bob.Server)
		})
	}
}

func TestARepeatedInviteRingsOnceAndGetsTheLastReplyAgain(t *testing.T) {
	t.Parallel()
	var rang atomic.Int32
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) {
		short(c)
		c.Handler = sip.HandlerFunc(func(ctx context.Context, l *sip.Leg) {
			rang.Add(1)
			_ = l.Progress(ctx, 180, nil)
		})
	})
	c := newCaller(t, bob.Server, "udp")
	c.invite()
	tag := c.Expect("SIP/2.0 180").Tag("To")
	for range 3 {
		c.invite()
		if m := c.Expect("SIP/2.0 180"); m.Tag("To") != tag {
			t.Error("another leg answered")
		}
	}
	if rang.Load() != 1 {
		t.Errorf("rang %d times", rang.Load())
	}
}

func TestA2xxIsRepeatedOnTheScheduleOfTheRFCAndThenByeIsSaid(t *testing.T) {
	for _, network := range networks() {
		t.Run(network, func(t *testing.T) {
			bob := siptest.NewPhone(t, "bob", short)
			bob.AnswerAlways()
			c := newCaller(t, bob.Server, network)
			start := time.Now()
			c.invite()
			var at []time.Duration
			for {
				m, ok := c.Next(siptest.Patience)
				if !ok {
					t.Fatalf("no BYE; 200 came at %v", at)
				}
				if strings.HasPrefix(string(m), "SIP/2.0 200") {
					at = append(at, time.Since(start))
					continue
				}
				if strings.HasPrefix(string(m), "BYE") {
					c.Send(fmt.Sprintf("SIP/2.0 200 OK\nVia: %s\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\n",
						m.Header("Via"), m.Header("From"), m.Header("To"), m.Header("Call-ID"), m.Header("CSeq")))
					break
				}
			}
			// 0, 1, 3, 7 and 15 times T1, then every 8 T1 (our T2) up to 64 T1: 12 in all.
			// A busy machine may run late but not change the order or the number by much.
			if len(at) < 9 || len(at) > 13 {
				t.Errorf("%d copies of the 200, at %v", len(at), at)
			}
			noDialogs(t, bob.Server)
		})
	}
}

func TestTheAckEndsTheRepeats(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.invite()
	leg := bob.Answer()
	ok := c.Expect("SIP/2.0 200")
	c.inside("ACK", ok.Tag("To"), 1, "")
	siptest.Eventually(t, "ACK is heard", func() bool { return closed(leg.Confirmed()) })
	for { // drain what was under way
		if _, more := c.Next(20 * time.Millisecond); !more {
			break
		}
	}
	c.Silence(300 * time.Millisecond)
	c.inside("BYE", ok.Tag("To"), 2, "Reason: Q.850;cause=19\n")
	c.Expect("SIP/2.0 200")
	if got := siptest.Ended(t, leg); got != sip.NoAnswer {
		t.Errorf("cause %v", got)
	}
	c.inside("BYE", ok.Tag("To"), 3, "")
	c.Expect("SIP/2.0 481")
}

func TestHangingUpBeforeTheAckWaitsForIt(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.invite()
	leg := bob.Answer()
	ok := c.Expect("SIP/2.0 200")
	_ = leg.Hangup(t.Context(), sip.Normal)
	if m, _ := c.Next(siptest.Patience); strings.HasPrefix(string(m), "BYE") {
		t.Error("BYE before the ACK")
	}
	c.inside("ACK", ok.Tag("To"), 1, "")
	bye := c.Expect("BYE")
	if bye.Header("Reason") != `Q.850;cause=16;text="normal clearing"` {
		t.Errorf("reason %q", bye.Header("Reason"))
	}
}

func TestCancelAfterTheAnswerChangesNothing(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.invite()
	leg := bob.Answer()
	tag := c.Expect("SIP/2.0 200").Tag("To")
	c.Send(c.request("CANCEL", "", 1, ""))
	siptest.Eventually(t, "200 for CANCEL", func() bool {
		m, _ := c.Next(siptest.Patience)
		return strings.Contains(m.Header("CSeq"), "CANCEL") && strings.HasPrefix(string(m), "SIP/2.0 200")
	})
	c.inside("ACK", tag, 1, "")
	siptest.Eventually(t, "the call stands", func() bool { return closed(leg.Confirmed()) })
	if closed(leg.Done()) {
		t.Error("the call ended")
	}
}

func TestACancelThatOvertakesItsInviteStillCancels(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) {
		short(c)
		c.Timers.T4 = time.Minute // for so long it is remembered
	})
	c := newCaller(t, bob.Server, "udp")
	c.Send(c.request("CANCEL", "", 1, ""))
	c.Expect("SIP/2.0 481")
	c.invite()
	c.Expect("SIP/2.0 487")
	if len(bob.Calls) != 0 {
		t.Error("it rang")
	}
	noDialogs(t, bob.Server)
}

func TestInviteAndCancelInOneBurstNeverRingOn(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	go func() {
		for l := range bob.Calls {
			_ = l.Progress(context.Background(), 180, nil)
		}
	}()
	t.Cleanup(func() { close(bob.Calls) })
	for range 200 {
		c := newCaller(t, bob.Server, "udp")
		c.invite()
		c.Send(c.request("CANCEL", "", 1, ""))
		final := c.Expect("SIP/2.0 487")
		c.Send(c.request("ACK", final.Tag("To"), 1, ""))
	}
	noDialogs(t, bob.Server)
	_ = bob.Close()
}

func TestByeWhileItRingsEndsTheCall(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.invite()
	leg := bob.Ring()
	_ = leg.Progress(t.Context(), 180, nil)
	tag := c.Expect("SIP/2.0 180").Tag("To")
	c.inside("BYE", tag, 2, "")
	c.Expect("SIP/2.0 200")
	c.Expect("SIP/2.0 487")
	siptest.Ended(t, leg)
}

func TestARefusalIsRepeatedUntilItsAck(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.invite()
	_ = bob.Ring().Reject(t.Context(), sip.Busy)
	tag := c.Expect("SIP/2.0 486").Tag("To")
	c.Expect("SIP/2.0 486")
	c.Expect("SIP/2.0 486")
	c.Send(c.request("ACK", tag, 1, ""))
	siptest.Eventually(t, "the transaction is gone", func() bool { return bob.Stats().ServerTransactions == 0 })
}

// noContact in place of further headers takes the Contact away.
const noContact = "-"

func TestRequestsAreRefusedAsTheRFCSays(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	uri := siptest.URI(bob.Server, "bob", "udp")
	for _, c := range []struct {
		name, method, uri, tag, extra, want, header string
	}{
		{"unknown method", "JUMP", uri, "", "", "405", "Allow"},
		{"method we know but do not take", "SUBSCRIBE", uri, "", "", "405", "Allow"},
		{"REGISTER without a registrar", "REGISTER", uri, "", "", "405", "Allow"},
		{"BYE outside a dialog", "BYE", uri, "", "", "481", ""},
		{"BYE of an unknown dialog", "BYE", uri, "nobody", "", "481", ""},
		{"INVITE of an unknown dialog", "INVITE", uri, "nobody", "", "481", ""},
		{"unknown method inside a dialog", "JUMP", uri, "nobody", "", "481", ""},
		{"CANCEL of nothing", "CANCEL", uri, "", "", "481", ""},
		{"Require of something", "INVITE", uri, "", "Require: foo, bar\n", "420", "Unsupported"},
		{"scheme", "INVITE", "http:x.example", "", "", "416", ""},
		{"headers in the request URI", "INVITE", "sip:bob@x.example?Route=y", "", "", "400", ""},
		{"OPTIONS", "OPTIONS", uri, "", "", "200", "Allow"},
		{"body without a type", "INVITE", uri, "", "\nv=0", "400", ""},
		{"body of another type", "INVITE", uri, "", "Content-Type: text/plain\n\nhello", "415", "Accept"},
		{"INVITE with any Contact", "INVITE", uri, "", noContact + "Contact: *\n", "400", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := siptest.NewWire(t, bob.Server, "udp")
			request := siptest.Request(c.method, c.uri, "z9hG4bK"+newID(), newID(), c.tag, 1, c.extra)
			if rest, ok := strings.CutPrefix(c.extra, noContact); ok {
				head, _, _ := strings.Cut(request, "Contact:")
				request = head + rest
			}
			w.Send(request)
			m := w.Expect("SIP/2.0 ")
			if !strings.HasPrefix(m.StartLine(), "SIP/2.0 "+c.want) {
				t.Errorf("got %q, want %s", m.StartLine(), c.want)
			}
			if c.header != "" && m.Header(c.header) == "" {
				t.Errorf("no %s header", c.header)
			}
		})
	}
}

func TestChangedHeadersAreRefusedAsTheRFCSays(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	for _, c := range []struct{ name, old, put, want string }{
		{"no hops left", "Max-Forwards: 70", "Max-Forwards: 0", "483"},
		{"too many hops", "Max-Forwards: 70", "Max-Forwards: 300", "400"},
		{"version", " SIP/2.0\n", " SIP/7.0\n", "505"},
		{"CSeq of another method", "1 INVITE", "1 OPTIONS", "400"},
		{"two Call-IDs", "CSeq: 1", "Call-ID: another\nCSeq: 1", "400"},
		{"novel scheme", "INVITE sip:bob@x.example", "INVITE soap.beep://192.0.2.103:3002", "416"},
		{"unreadable URI", "INVITE sip:bob@x.example", "INVITE sip:bob@x.example:port", "400"},
		{"method in small letters, unlike its CSeq", "INVITE", "invite", "400"},
		{"open quote", `"Caller"`, `"Caller`, "400"},
		{"control byte in an address", "To: <sip:bob@", "To: <sip:b\aob@", "400"},
		{"no Call-ID", "Call-ID: ", "X: ", "400"},
		{"tag in capitals, and blanks", "To: <sip:bob@x.example>", "To: <sip:bob@x.example> ; TAG = nobody", "481"},
		{"no SDP accepted", "Max-Forwards", "Accept: text/plain\nMax-Forwards", "406"},
		{"two From", "To: ", "From: <sip:x@y.example>;tag=1\nTo: ", "400"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := siptest.NewWire(t, bob.Server, "udp")
			text := siptest.Request("INVITE", "sip:bob@x.example", "z9hG4bK"+newID(), newID(), "", 1, "")
			w.Send(strings.Replace(text, c.old, c.put, 1))
			if m := w.Expect("SIP/2.0 "); !strings.HasPrefix(m.StartLine(), "SIP/2.0 "+c.want) {
				t.Errorf("got %q, want %s", m.StartLine(), c.want)
			}
		})
	}
}

func TestAnEscapedUserIsTheSameUser(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	for user, want := range map[string]string{"b%6Fb": "bob", "%2b33123": "+33123", "a%0d%0ab": "a%0d%0ab", "50%": "50%"} {
		c := newCaller(t, bob.Server, "udp")
		c.uri = strings.Replace(c.uri, "sip:bob@", "sip:"+user+"@", 1)
		c.invite()
		leg := bob.Ring()
		if got := leg.Called(); got != want {
			t.Errorf("%s is %q", user, got)
		}
		_ = leg.Reject(t.Context(), sip.Busy)
	}
}

func TestADisplayNameHasNoControlCharacters(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.Send(strings.Replace(siptest.WithSDP(c.request("INVITE", "", 1, "")), `"Caller"`, `"A\"`+"\x1b[2J\\\x00\x7f"+`B"`, 1))
	leg := bob.Ring()
	if got := leg.DisplayName(); got != `A"[2J\B` {
		t.Errorf("it is %q", got)
	}
	_ = leg.Reject(t.Context(), sip.Busy)
}

func TestAMergedInviteIsRefused(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.invite()
	leg := bob.Ring()
	c.branch = "z9hG4bK" + newID()
	c.invite()
	c.Expect("SIP/2.0 482")
	if closed(leg.Done()) {
		t.Error("the first one ended")
	}
}

func TestALoopedInviteIsRefused(t *testing.T) {
	t.Parallel()
	alice := siptest.NewPhone(t, "alice", short)
	bob := newFarEnd(t)
	to := siptest.URI(alice.Server, "alice", "udp")
	go func() {
		_, _ = alice.Dial(t.Context(), sip.Invite{To: to, Route: "sip:" + bob.conn.LocalAddr().String(), SDP: siptest.SDP(3)}, nil)
	}()
	inv := bob.expect("INVITE")
	w := siptest.NewWire(t, alice.Server, "udp")
	text := siptest.Request("INVITE", to, "z9hG4bK"+newID(), newID(), "", 1, "")
	w.Send(strings.Replace(text, "Max-Forwards: 70", "Via: "+inv.Header("Via")+"\nMax-Forwards: 69", 1))
	w.Expect("SIP/2.0 482")
	bob.reply(inv, 486, "b", "")
}

func TestALowerCSeqIsRefusedAndTheCallStands(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.Send(siptest.WithSDP(c.request("INVITE", "", 7, "")))
	leg := bob.Answer()
	tag := c.Expect("SIP/2.0 200").Tag("To")
	c.inside("ACK", tag, 7, "")
	c.inside("OPTIONS", tag, 6, "")
	c.Expect("SIP/2.0 500")
	c.inside("OPTIONS", tag, 8, "")
	c.Expect("SIP/2.0 200")
	c.inside("JUMP", tag, 9, "")
	if m := c.Expect("SIP/2.0 405"); m.Header("Allow") == "" {
		t.Error("no Allow")
	}
	if closed(leg.Done()) {
		t.Error("the call ended")
	}
}

func TestARepeatedByeGetsItsReplyAgain(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "udp")
	c.invite()
	leg := bob.Answer()
	tag := c.Expect("SIP/2.0 200").Tag("To")
	c.inside("ACK", tag, 1, "")
	siptest.Eventually(t, "ACK", func() bool { return closed(leg.Confirmed()) })
	bye := siptest.Request("BYE", c.uri, "z9hG4bK"+newID(), c.id, tag, 2, "")
	for range 3 {
		c.Send(bye)
	}
	got := 0
	siptest.Eventually(t, "three replies", func() bool {
		m, _ := c.Next(siptest.Patience)
		if strings.Contains(m.Header("CSeq"), "BYE") && strings.HasPrefix(m.StartLine(), "SIP/2.0 200") {
			got++
		}
		return got == 3
	})
}

func TestAReplyOfAnySizeIsSentOverUDP(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	w := siptest.NewWire(t, bob.Server, "udp")
	text := siptest.Request("OPTIONS", "sip:bob@x.example", "z9hG4bK"+newID(), newID(), "", 1, "")
	var vias strings.Builder
	for i := range 60 {
		fmt.Fprintf(&vias, "Via: SIP/2.0/UDP proxy%d.example:5060;branch=z9hG4bK%s%d\n", i, strings.Repeat("x", 60), i)
	}
	w.Send(strings.Replace(text, "Max-Forwards", vias.String()+"Max-Forwards", 1))
	m := w.Expect("SIP/2.0 200")
	if len(m) < 5000 || len(m.Headers("Via")) != 61 {
		t.Errorf("%d bytes, %d Via", len(m), len(m.Headers("Via")))
	}
	if !strings.Contains(m.Headers("Via")[60], "proxy59") {
		t.Error("the Via headers changed their order")
	}
}

func TestWithoutRportTheReplyGoesToTheSentByPort(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	far := newFarEnd(t)
	w := siptest.NewWire(t, bob.Server, "udp")
	text := siptest.Request("OPTIONS", "sip:bob@x.example", "z9hG4bK"+newID(), newID(), "", 1, "")
	_, port, _ := strings.Cut(far.conn.LocalAddr().String(), ":")
	text = strings.Replace(text, "{local};", "other.example:"+port+";", 1)
	w.Send(strings.Replace(text, ";rport", "", 1))
	m := far.expect("SIP/2.0 200")
	if !strings.Contains(m.Header("Via"), "received=127.0.0.1") {
		t.Errorf("Via is %q", m.Header("Via"))
	}
	w.Send(text)
	m = w.Expect("SIP/2.0 200")
	_, local, _ := strings.Cut(w.Local(), ":")
	if !strings.Contains(m.Header("Via"), "rport="+local) || !strings.Contains(m.Header("Via"), "received=127.0.0.1") {
		t.Errorf("Via is %q", m.Header("Via"))
	}
}

func TestTheRouteSetIsKeptBothWays(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	proxy := newFarEnd(t)
	for _, lr := range []string{";lr", ""} {
		c := newCaller(t, bob.Server, "udp")
		route := "<sip:" + proxy.conn.LocalAddr().String() + lr + ">"
		c.Send(siptest.WithSDP(c.request("INVITE", "", 1, "Record-Route: "+route+",<sip:second.example;lr>\n")))
		leg := bob.Answer()
		ok := c.Expect("SIP/2.0 200")
		if rr := ok.Headers("Record-Route"); len(rr) != 2 || rr[0] != route {
			t.Errorf("Record-Route %q", rr)
		}
		c.inside("ACK", ok.Tag("To"), 1, "")
		siptest.Eventually(t, "ACK", func() bool { return closed(leg.Confirmed()) })
		_ = leg.Hangup(t.Context(), sip.Normal)
		bye := proxy.expect("BYE")
		routes := bye.Headers("Route")
		if lr != "" && (!strings.HasPrefix(bye.StartLine(), "BYE sip:caller@") || len(routes) != 2 || routes[0] != route) {
			t.Errorf("loose: %q with %q", bye.StartLine(), routes)
		}
		if lr == "" && (!strings.HasPrefix(bye.StartLine(), "BYE sip:"+proxy.conn.LocalAddr().String()) ||
			len(routes) != 2 || !strings.HasPrefix(routes[1], "<sip:caller@")) {
			t.Errorf("strict: %q with %q", bye.StartLine(), routes)
		}
		proxy.reply(bye, 200, "", "")
	}
	noDialogs(t, bob.Server)
}

func TestTheRouteSetOfACallWePlaceIsReversed(t *testing.T) {
	t.Parallel()
	alice := siptest.NewPhone(t, "alice", short)
	bob := newFarEnd(t)
	go func() {
		l, err := alice.Dial(t.Context(), sip.Invite{To: bob.uri("bob"), SDP: siptest.SDP(3)}, nil)
		if err == nil {
			_ = l.Hangup(t.Context(), sip.Normal)
		}
	}()
	inv := bob.expect("INVITE")
	here := "<sip:" + bob.conn.LocalAddr().String() + ";lr>"
	bob.reply(inv, 200, "b", "Contact: <sip:bob@far.example>\r\nRecord-Route: <sip:far.example;lr>\r\nRecord-Route: "+here+"\r\n")
	ack := bob.expect("ACK")
	if r := ack.Headers("Route"); len(r) != 2 || r[0] != here {
		t.Errorf("Route %q", r)
	}
	bye := bob.expect("BYE sip:bob@far.example")
	bob.reply(bye, 200, "", "")
	noDialogs(t, alice.Server)
}

func TestTCPMessagesAreFramedHoweverTheyAreCut(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	w := siptest.NewWire(t, bob.Server, "tcp")
	one := w.Message(siptest.Request("OPTIONS", "sip:bob@x.example", "z9hG4bK"+newID(), newID(), "", 1, ""))
	for i := range one { // byte by byte
		w.Raw(one[i : i+1])
	}
	w.Expect("SIP/2.0 200")
	w.Raw(append(append([]byte("\r\n\r\n"), one...), one...)) // keep-alive and two in one
	w.Expect("SIP/2.0 200")
	w.Expect("SIP/2.0 200")
	w.Raw([]byte("\r\n\r\n"))
	siptest.Eventually(t, "pong", func() bool { m, _ := w.Next(time.Second); return m == "\r\n" })
}

func TestTCPWithoutALengthOrWithTwoCloses(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	text := siptest.Request("OPTIONS", "sip:bob@x.example", "z9hG4bK1", "x", "", 1, "")
	for _, extra := range []string{"Content-Length: 0\nContent-Length: 4\n", "Content-Length: 999999\n", "Content-Length: -1\n", ""} {
		w := siptest.NewWire(t, bob.Server, "tcp")
		b := string(w.Message(text + extra))
		if extra == "" {
			b = strings.Replace(b, "Content-Length: 0\r\n", "", 1)
		}
		w.Raw([]byte(b))
		if m, ok := w.Next(siptest.Patience); ok {
			t.Errorf("%q got %q", extra, m.StartLine())
		}
	}
	siptest.Eventually(t, "connections are gone", func() bool { return bob.Stats().Connections == 0 })
}

func TestASilentTCPConnectionIsClosed(t *testing.T) {
	t.Parallel()
	impatient := siptest.NewPhone(t, "impatient", func(c *sip.Config) {
		short(c)
		c.Timers.FirstBytes, c.Timers.Idle = 250*time.Millisecond, 250*time.Millisecond
		c.MaxConnections = 2
	})
	var silent []*siptest.Wire
	for range 4 { // two find no room
		w := siptest.NewWire(t, impatient.Server, "tcp")
		w.Try([]byte("OPT"))
		silent = append(silent, w)
	}
	for _, w := range silent {
		w.Closed()
	}
	siptest.Eventually(t, "there is room again", func() bool {
		w := siptest.NewWire(t, impatient.Server, "tcp")
		defer w.Close()
		w.Try(w.Message(siptest.Request("OPTIONS", "sip:bob@x.example", "z9hG4bK"+newID(), newID(), "", 1, "")))
		m, _ := w.Next(siptest.Patience)
		return strings.HasPrefix(m.StartLine(), "SIP/2.0 200")
	})
}

// A call needs its connection, silent or not.
func TestTheConnectionOfACallIsKeptWhileItIsSilent(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) {
		short(c)
		c.Timers.Idle = 250 * time.Millisecond
	})
	c := newCaller(t, bob.Server, "tcp")
	c.invite()
	leg := bob.Answer()
	tag := c.Expect("SIP/2.0 200").Tag("To")
	c.inside("ACK", tag, 1, "")
	siptest.Eventually(t, "ACK", func() bool { return closed(leg.Confirmed()) })
	time.Sleep(600 * time.Millisecond)
	c.inside("BYE", tag, 2, "")
	c.Expect("SIP/2.0 200")
	siptest.Ended(t, leg)
}

func TestBytesThatDripInBuyNoTime(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) {
		short(c)
		c.Timers.FirstBytes = 100 * time.Millisecond
	})
	w := siptest.NewWire(t, bob.Server, "tcp")
	ended, dripping := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(dripping)
		for !closed(ended) {
			w.Try([]byte("O"))
			time.Sleep(2 * time.Millisecond)
		}
	}()
	w.Closed()
	close(ended)
	<-dripping
	siptest.Eventually(t, "the connection is gone", func() bool { return bob.Stats().Connections == 0 })
}
