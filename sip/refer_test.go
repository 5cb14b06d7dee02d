package sip_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// referral waits for the other side's wish to be put through.
func referral(t *testing.T, l *sip.Leg) *sip.Referral {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), siptest.Patience)
	defer cancel()
	select {
	case r := <-l.Referrals():
		return r
	case <-ctx.Done():
		t.Fatal("nobody asked to be put through")
		return nil
	}
}

func TestATransferIsToldOfToItsEnd(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		for want, last := range map[string]int{"": 200, "486": 486, "603": 603} {
			t.Run(network+fmt.Sprint(last), func(t *testing.T) {
				bob, alice := siptest.NewPhone(t, "bob", short), siptest.NewPhone(t, "alice", short)
				a, b := talk(t, alice, bob, network)
				go func() {
					r := referral(t, b)
					if r.To != "+33123456789" || r.Replaces != nil {
						t.Errorf("to %q", r.To)
					}
					_ = r.Accept()
					r.Notify(180)
					r.Notify(last)
					r.Notify(200) // after the end: not sent
				}()
				var told []int
				err := a.Refer(t.Context(), sip.Transfer{To: "sip:+33123456789@x.example", By: "sip:bot@x.example"}, func(code int) { told = append(told, code) })
				if fmt.Sprint(told) != "[100 180]" {
					t.Errorf("told %v", told)
				}
				failed, ok := errors.AsType[*sip.TransferFailed](err)
				if want == "" && err != nil || want != "" && (!ok || fmt.Sprint(failed.Code) != want) {
					t.Errorf("outcome: %v", err)
				}
				if closed(a.Done()) || closed(b.Done()) {
					t.Error("the call ended by itself")
				}
				_ = a.Hangup(t.Context(), sip.Normal)
				siptest.Ended(t, b)
				noDialogs(t, alice.Server, bob.Server)
			})
		}
	}
}

func TestATransferThatIsNotWantedIsRefusedAndTheCallStands(t *testing.T) {
	t.Parallel()
	bob, alice := siptest.NewPhone(t, "bob", short), siptest.NewPhone(t, "alice", short)
	a, b := talk(t, alice, bob, "udp")
	go func() { _ = referral(t, b).Reject(sip.Declined) }()
	err := a.Refer(t.Context(), sip.Transfer{To: "sip:carol@x.example"}, nil)
	if r, ok := errors.AsType[*sip.Rejected](err); !ok || r.Code != 603 {
		t.Errorf("refused with %v", err)
	}
	err = a.Refer(t.Context(), sip.Transfer{To: "sip:carol@x.example"}, nil) // nobody looks at it
	if r, ok := errors.AsType[*sip.Rejected](err); !ok || r.Code != 603 {
		t.Errorf("unread: %v", err)
	}
	if closed(a.Done()) || closed(b.Done()) {
		t.Error("the call ended")
	}
	for _, to := range []string{"", "tel:1", "sip:a@b>x", "sip:a@b\r\nX: y", "sip:a@b?Replaces=a>b", "sip:a@b?Replaces=%0d%0aX"} {
		if err := a.Refer(t.Context(), sip.Transfer{To: to}, nil); err == nil {
			t.Errorf("sent to %q", to)
		}
	}
	if err := a.Refer(t.Context(), sip.Transfer{To: "sip:a@b", By: "x y"}, nil); err == nil {
		t.Error("sent with a bad Referred-By")
	}
}

func TestWhoHangsUpAfterATransferHasSaidEnough(t *testing.T) {
	t.Parallel()
	bob, alice := siptest.NewPhone(t, "bob", short), siptest.NewPhone(t, "alice", short)
	a, b := talk(t, alice, bob, "udp")
	go func() {
		_ = referral(t, b).Accept()
		_ = b.Hangup(t.Context(), sip.Normal)
	}()
	if err := a.Refer(t.Context(), sip.Transfer{To: "sip:carol@x.example"}, nil); !errors.Is(err, sip.ErrEnded) {
		t.Errorf("outcome: %v", err)
	}
	noDialogs(t, alice.Server, bob.Server)
}

// confirmed places a call from a wire and confirms it.
func confirmed(t *testing.T, bob *siptest.Phone, network string) (*caller, *sip.Leg, string) {
	t.Helper()
	c := newCaller(t, bob.Server, network)
	c.invite()
	leg := bob.Answer()
	tag := c.Expect("SIP/2.0 200").Tag("To")
	c.inside("ACK", tag, 1, "")
	siptest.Eventually(t, "ACK", func() bool { return closed(leg.Confirmed()) })
	return c, leg, tag
}

// within writes a request of the dialog on a branch of its own.
func (c *caller) within(method, tag string, seq int, extra string) string {
	return siptest.Request(method, c.uri, "z9hG4bK"+newID(), c.id, tag, seq, extra)
}

// answer answers a request of ours that came to a wire.
func (c *caller) answer(req siptest.Message, code int) {
	text := fmt.Sprintf("SIP/2.0 %d X\n", code)
	for _, h := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		for _, v := range req.Headers(h) {
			text += h + ": " + v + "\n"
		}
	}
	c.Send(text)
}

func (c *caller) notify(tag string, seq int, event, state, frag string) {
	text := c.within("NOTIFY", tag, seq, "Event: "+event+"\nSubscription-State: "+state+"\n")
	if frag != "" {
		text = strings.TrimRight(text, "\n") + "\nContent-Type: message/sipfrag;version=2.0\n\n" + frag + "\n"
	}
	c.Send(text)
}

func TestATransferOfWhichNothingIsToldIsSaidToBeSo(t *testing.T) {
	t.Parallel()
	for name, tell := range map[string]func(c *caller, tag string){
		"no NOTIFY": func(*caller, string) {},
		"ended without an outcome": func(c *caller, tag string) {
			c.notify(tag, 2, "refer", "active;expires=60", "SIP/2.0 100 Trying")
			c.Expect("SIP/2.0 200")
			c.notify(tag, 3, "refer", "terminated;reason=timeout", "SIP/2.0 180 Ringing")
		},
		"ended without a status": func(c *caller, tag string) { c.notify(tag, 2, "refer", "terminated;reason=noresource", "") },
	} {
		t.Run(name, func(t *testing.T) {
			bob := siptest.NewPhone(t, "bob", short)
			c, leg, tag := confirmed(t, bob, "udp")
			failed := make(chan error, 1)
			go func() { failed <- leg.Refer(t.Context(), sip.Transfer{To: "sip:carol@x.example"}, nil) }()
			c.answer(c.Expect("REFER"), 202)
			tell(c, tag)
			if err := siptest.Next(t, failed); !errors.Is(err, sip.ErrUntold) {
				t.Errorf("outcome: %v", err)
			}
			if closed(leg.Done()) {
				t.Error("the call ended")
			}
		})
	}
}

func TestOnlyWhatIsOfTheTransferIsHeard(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c, leg, tag := confirmed(t, bob, "tcp")
	c.notify(tag, 2, "refer", "active", "SIP/2.0 200 OK") // nobody asked
	c.Expect("SIP/2.0 481")
	c.notify(tag, 3, "message-summary", "active", "SIP/2.0 200 OK")
	if got := c.Expect("SIP/2.0 489").Header("Allow-Events"); got != "refer" {
		t.Errorf("Allow-Events is %q", got)
	}
	failed := make(chan error, 1)
	go func() { failed <- leg.Refer(t.Context(), sip.Transfer{To: "sip:carol@x.example"}, nil) }()
	refer := c.Expect("REFER")
	seq, _, _ := strings.Cut(refer.Header("CSeq"), " ")
	c.notify(tag, 4, "refer;id=99", "active", "SIP/2.0 200 OK") // of another
	c.Expect("SIP/2.0 481")
	c.notify(tag, 5, "refer", "active", "SIP/2.0 9 What")
	c.Expect("SIP/2.0 400")
	c.notify(tag, 6, "refer;id="+seq, "terminated;reason=noresource", "SIP/2.0 200 OK") // before the 202: they overtake each other
	c.Expect("SIP/2.0 200")
	c.answer(refer, 202)
	if err := siptest.Next(t, failed); err != nil {
		t.Errorf("outcome: %v", err)
	}
}

func TestWhatIsNoTransferIsRefused(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c, leg, tag := confirmed(t, bob, "tcp")
	seq := 1
	for refer, want := range map[string]string{
		"": "400",
		"Refer-To: <sip:a@b>\nRefer-To: <sip:c@d>\n":                   "400",
		"Refer-To: <sip:a@b\n":                                         "400",
		"Refer-To: nothing\n":                                          "400",
		"Refer-To: <sip:a@b?Replaces=x>\n":                             "400",
		"Refer-To: <sip:a@b?Replaces=%zz>\n":                           "400",
		"Refer-To: <http://a.example/x>\n":                             "416",
		"Refer-To: <sip:a@b;method=BYE>\n":                             "603",
		"Refer-To: <sip:a@b?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>\n": "603", // a call that is not ours
	} {
		seq++
		c.Send(c.within("REFER", tag, seq, refer))
		c.Expect("SIP/2.0 " + want)
	}
	c.Send(c.within("REFER", tag, seq+1, "r: <sip:+331@b>;x=y\n"))
	first := referral(t, leg)
	if first.To != "+331" {
		t.Errorf("to %q", first.To)
	}
	c.Send(c.within("REFER", tag, seq+2, "Refer-To: sip:carol@b;x=y\n"))
	c.Expect("SIP/2.0 491")
	_ = first.Reject(sip.Forbidden)
	c.Expect("SIP/2.0 403")
	if first.Accept() == nil || first.Reject(sip.Busy) == nil {
		t.Error("settled twice")
	}
	c.Send(siptest.Request("REFER", "sip:bob@x.example", "z9hG4bK"+newID(), newID(), "", 1, "Refer-To: <sip:+331@b>\n"))
	c.Expect("SIP/2.0 403") // outside any call
}

func TestWhoAsksForATransferIsToldInNotifies(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c, leg, tag := confirmed(t, bob, "tcp")
	c.Send(c.within("REFER", tag, 2, "Refer-To: <tel:+33-1>\n"))
	r := referral(t, leg)
	_ = r.Accept()
	if got := c.Expect("SIP/2.0 202").Header("Contact"); got == "" {
		t.Error("no Contact in the 202")
	}
	for i, code := range []int{100, 180, 486} {
		n := c.Expect("NOTIFY")
		want := "active;expires=180"
		if i == 2 {
			want = "terminated;reason=noresource"
		}
		if n.Header("Event") != "refer" || n.Header("Subscription-State") != want || !strings.HasPrefix(n.Body(), fmt.Sprintf("SIP/2.0 %d ", code)) ||
			n.Header("Content-Type") != "message/sipfrag;version=2.0" {
			t.Errorf("told %q", n)
		}
		c.answer(n, 200)
		if i < 2 {
			r.Notify([]int{180, 486}[i])
		}
	}
	c.Send(c.within("REFER", tag, 3, "Refer-To: <sip:carol@b>\nRefer-Sub: false\n"))
	r = referral(t, leg)
	_ = r.Accept()
	if got := c.Expect("SIP/2.0 202").Header("Refer-Sub"); got != "false" {
		t.Errorf("Refer-Sub is %q", got)
	}
	r.Notify(200)
	c.Send(c.within("REFER", tag, 4, "Refer-To: <sip:carol@b>\n"))
	r = referral(t, leg)
	_ = r.Accept()
	c.Expect("SIP/2.0 202")
	if got := c.Expect("NOTIFY").Header("Event"); got != "refer;id=4" { // and none of the quiet one before it
		t.Errorf("the second of a call is told as %q", got)
	}
	c.Send(c.within("BYE", tag, 5, ""))
	c.Expect("SIP/2.0 200")
	r.Notify(200)
	if got := c.Expect("NOTIFY").Body(); !strings.HasPrefix(got, "SIP/2.0 200 ") { // who hung up is told, too
		t.Errorf("told %q", got)
	}
}

func TestACallTakesThePlaceOfAnother(t *testing.T) {
	t.Parallel()
	bob, carol := siptest.NewPhone(t, "bob", short), siptest.NewPhone(t, "carol", short)
	c, leg, _ := confirmed(t, bob, "udp")
	toCarol, atCarol := talk(t, bob, carol, "udp")
	failed := make(chan error, 1)
	go func() { failed <- leg.Refer(t.Context(), sip.Transfer{To: toCarol.InPlace()}, nil) }()
	refer := c.Expect("REFER")
	c.answer(refer, 202)
	uri, query, ok := strings.Cut(strings.Trim(refer.Header("Refer-To"), "<>"), "?Replaces=")
	replaces, err := url.PathUnescape(query)
	if !ok || err != nil || !strings.HasPrefix(uri, "sip:") || uri != toCarol.Target() {
		t.Fatalf("Refer-To is %q", refer.Header("Refer-To"))
	}
	d := newCaller(t, carol.Server, "udp")
	d.Send(siptest.WithSDP(d.request("INVITE", "", 1, "Require: replaces\nReplaces: "+replaces+"\n")))
	taken := carol.Answer()
	if taken.Replaces() != atCarol {
		t.Error("the call does not say whose place it takes")
	}
	_ = atCarol.Hangup(t.Context(), sip.Elsewhere)
	if c := siptest.Ended(t, toCarol); c != sip.Elsewhere {
		t.Errorf("cause is %v", c)
	}
	c.notify(leg.ID(), 2, "refer", "terminated;reason=noresource", "SIP/2.0 200 OK")
	if err := siptest.Next(t, failed); err != nil {
		t.Errorf("outcome: %v", err)
	}
}

func TestACallThatCannotTakeThePlaceIsRefused(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c, leg, tag := confirmed(t, bob, "tcp")
	ours := c.id + ";to-tag=" + tag + ";from-tag=from-" + c.id
	for replaces, want := range map[string]string{
		"Replaces: " + c.id + "\n":                               "400",
		"Replaces: x;to-tag=a;to-tag=b;from-tag=c\n":             "400",
		"Replaces: " + ours + "\nReplaces: " + ours + "\n":       "400",
		"Replaces: " + c.id + "x;to-tag=a;from-tag=b\n":          "481",
		"Replaces: " + strings.ReplaceAll(ours, tag, "x") + "\n": "481",
		"Replaces: " + ours + ";early-only\n":                    "486",
	} {
		d := newCaller(t, bob.Server, "tcp")
		d.Send(siptest.WithSDP(d.request("INVITE", "", 1, replaces)))
		if got := d.Expect("SIP/2.0"); !strings.HasPrefix(string(got), "SIP/2.0 "+want) {
			t.Errorf("%q is answered %s, not %s", replaces, got.StartLine(), want)
		}
	}
	if closed(leg.Done()) {
		t.Error("the call ended")
	}
}

func TestACallMayHaveToProveWhoseItIs(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		t.Run(network, func(t *testing.T) {
			bob := siptest.NewPhone(t, "bob", func(c *sip.Config) {
				short(c)
				c.Credentials = func(user string) (string, bool) { return "right", user == "alice" }
			})
			go func() {
				for range 3 {
					l := bob.Ring()
					if l.User() == "" {
						_ = l.Challenge()
						continue
					}
					if l.User() != "alice" {
						t.Errorf("user is %q", l.User())
					}
					_ = l.Answer(t.Context(), siptest.SDP(40002))
				}
			}()
			alice := siptest.NewPhone(t, "alice", short)
			for password, want := range map[string]int{"right": 0, "wrong": 403} {
				leg, err := alice.Dial(t.Context(), sip.Invite{To: bob.URI(network), SDP: siptest.SDP(9), User: "alice", Password: password}, nil)
				r, _ := errors.AsType[*sip.Rejected](err)
				if want == 0 && err != nil || want != 0 && (r == nil || r.Code != want) {
					t.Errorf("%s: %v", password, err)
				}
				if leg != nil {
					_ = leg.Hangup(t.Context(), sip.Normal)
				}
			}
			noDialogs(t, alice.Server, bob.Server)
		})
	}
}

func TestATransferWaitsForTheAck(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", short)
	c := newCaller(t, bob.Server, "tcp")
	c.invite()
	leg := bob.Answer()
	tag := c.Expect("SIP/2.0 200").Tag("To")
	failed := make(chan error, 1)
	go func() { failed <- leg.Refer(t.Context(), sip.Transfer{To: "sip:carol@x.example"}, nil) }()
	c.Expect("SIP/2.0 200") // again, and no REFER before it
	c.inside("ACK", tag, 1, "")
	c.answer(c.Expect("REFER"), 603)
	if r, ok := errors.AsType[*sip.Rejected](siptest.Next(t, failed)); !ok || r.Code != 603 {
		t.Errorf("outcome: %v", r)
	}
}
