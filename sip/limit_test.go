package sip_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

func stranger(netip.Addr) bool { return false }

// A scanner that tries user after user hears nothing any more; a phone that has
// registered from the same address goes on, since anybody can write its address.
func TestAScannerIsSilencedAndARegisteredPhoneIsNot(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(c *sip.Config) { c.Trusted = stranger })
	scanner := newRegistering(t, o.Server, "nobody")
	for range 30 { // asking without a password is no error
		scanner.try("SIP/2.0 401", "")
	}
	for n := range 20 {
		scanner.try("SIP/2.0 403", scanner.sign("guess", "SHA-256", n+1))
	}
	scanner.Send(siptest.Request("OPTIONS", "sip:office.example", "z9hG4bK"+newID(), newID(), "", 1, ""))
	siptest.Eventually(t, "a message that is not read", func() bool { return o.Stats().Throttled > 0 })
	scanner.Silence(300 * time.Millisecond)
	if st := o.Stats(); st.Silenced != 1 || st.Throttled != 1 {
		t.Errorf("%d silenced, %d messages not read", st.Silenced, st.Throttled)
	}
	at, _ := o.Addr("ws")
	if _, res, err := websocket.Dial(t.Context(), "ws://"+at.String(), &websocket.DialOptions{Subprotocols: []string{"sip"}}); err == nil || res.StatusCode != http.StatusTooManyRequests { //nolint:bodyclose // of no use after Dial
		t.Errorf("it may open a WebSocket: %v", err)
	}
	w := siptest.NewWire(t, o.Server, "tcp")
	w.Try(w.Message(siptest.Request("OPTIONS", "sip:office.example", "z9hG4bK"+newID(), newID(), "", 1, "")))
	if m, ok := w.Next(siptest.Patience); ok {
		t.Errorf("it may connect: %s", m.StartLine())
	}

	fresh := newOffice(t, func(c *sip.Config) { c.Trusted = stranger })
	phone := newRegistering(t, fresh.Server, "agent")
	phone.try("SIP/2.0 401", "")
	phone.try("SIP/2.0 200", phone.sign("secret", "SHA-256", 1))
	scanner = newRegistering(t, fresh.Server, "nobody")
	scanner.try("SIP/2.0 401", "")
	for n := range 30 {
		scanner.try("SIP/2.0 403", scanner.sign("guess", "SHA-256", n+1))
	}
	phone.try("SIP/2.0 200", phone.sign("secret", "SHA-256", 2))
}

func TestCallsBeyondTheRateAreRefusedAndToldWhenToComeBack(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) {
		short(c)
		c.Trusted, c.Limits.Invites = func(netip.Addr) bool { return true }, 0.1
	})
	newCaller(t, bob.Server, "udp").invite()
	leg := bob.Ring()
	c := newCaller(t, bob.Server, "udp")
	c.invite()
	if m := c.Expect("SIP/2.0 503"); m.Header("Retry-After") == "" {
		t.Error("it is not told when to come back")
	}
	_ = leg.Reject(t.Context(), sip.Busy)
}

// Whoever makes up addresses neither has refusals repeated to them nor fills the
// table: a refused call of a stranger leaves nothing.
func TestACallOfAStrangerIsRefusedAndNotRemembered(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) { c.Trusted = stranger })
	c := newCaller(t, bob.Server, "udp")
	c.invite()
	c.Expect("SIP/2.0 403")
	if st := bob.Stats(); st.ServerTransactions != 0 || st.Dialogs != 0 || st.Strangers != 1 {
		t.Errorf("%d transactions and %d legs are remembered, %d calls counted", st.ServerTransactions, st.Dialogs, st.Strangers)
	}
	c.Silence(700 * time.Millisecond) // the first repeat would come after 500
	if len(bob.Calls) != 0 {
		t.Error("it rings")
	}
}

// Nor do strangers learn which calls there are, by naming one to take its place.
func TestAStrangerDoesNotLearnWhichCallsThereAre(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) { c.Trusted = stranger })
	for _, replaces := range []string{"x", "x;to-tag=a;from-tag=b"} {
		c := newCaller(t, bob.Server, "udp")
		c.Send(siptest.WithSDP(c.request("INVITE", "", 1, "Replaces: "+replaces+"\n")))
		if m := c.Expect("SIP/2.0"); !strings.HasPrefix(m.StartLine(), "SIP/2.0 403") {
			t.Errorf("%q gets %q", replaces, m.StartLine())
		}
	}
	if n := bob.Stats().Strangers; n != 2 {
		t.Errorf("%d are counted", n)
	}
}

// Strangers at many addresses could have all the connections there are; some are
// not for them.
func TestStrangersLeaveConnectionsToTheTrusted(t *testing.T) {
	t.Parallel()
	var open atomic.Bool
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) {
		c.MaxConnections = 8
		c.Trusted = func(netip.Addr) bool { return open.Load() }
	})
	for range 8 {
		siptest.NewWire(t, bob.Server, "tcp")
	}
	siptest.Eventually(t, "connections", func() bool { return bob.Stats().Connections == 6 })
	open.Store(true)
	alive := siptest.NewWire(t, bob.Server, "tcp")
	alive.Send(siptest.Request("OPTIONS", "sip:bob@x.example", "z9hG4bK"+newID(), newID(), "", 1, ""))
	alive.Expect("SIP/2.0 200")
}

// A WebSocket that does not even shake hands counts as well.
func TestStrangersLeaveWebSocketsToTheTrusted(t *testing.T) {
	t.Parallel()
	var open atomic.Bool
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) {
		c.MaxConnections, c.Timers.FirstBytes = 8, time.Minute
		c.Trusted = func(netip.Addr) bool { return open.Load() }
	})
	at, _ := bob.Addr("ws")
	var idle []net.Conn
	for range 8 {
		c, err := net.Dial("tcp", at.String()) //nolint:noctx // a local socket
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		idle = append(idle, c)
	}
	for _, c := range idle[6:] {
		_ = c.SetReadDeadline(time.Now().Add(siptest.Patience))
		if _, err := c.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("strangers may have all connections")
		}
	}
	open.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), siptest.Patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws://"+at.String(), &websocket.DialOptions{Subprotocols: []string{"sip"}}) //nolint:bodyclose // of no use after Dial
	if err != nil {
		t.Fatal("a trusted one finds no room:", err)
	}
	_ = ws.CloseNow()
}

// What keeps a connection alive counts too: each is answered.
func TestPingsOfAStrangerAreLimited(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) { c.Trusted, c.Limits.PerSource = stranger, 1 })
	w := siptest.NewWire(t, bob.Server, "tcp")
	siptest.Eventually(t, "the end of the connection", func() bool {
		w.Try([]byte("\r\n\r\n"))
		return bob.Stats().Throttled == 1 && bob.Stats().Connections == 0
	})
}

// STUN keep-alives are answered, and count as well: each is answered.
func TestBindingRequestsOfAStrangerAreLimited(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) { c.Trusted, c.Limits.PerSource = stranger, 1 })
	w := siptest.NewWire(t, bob.Server, "udp")
	request := "\x00\x01\x00\x00\x21\x12\xa4\x42twelve bytes"
	w.Raw([]byte(request))
	if m := w.Expect("\x01\x01\x00\x0c"); len(m) != 32 || m[4:20] != siptest.Message(request[4:]) {
		t.Errorf("answered with %x", m)
	}
	siptest.Eventually(t, "one that is not read", func() bool {
		w.Raw([]byte(request))
		return bob.Stats().Throttled > 0
	})
	if n := bob.Stats().Malformed; n != 0 {
		t.Errorf("%d were taken for SIP", n)
	}
}

// In a crowd of refused calls that nobody acknowledges, each is soon forgotten.
func TestRefusedCallsAreForgottenSoonInACrowd(t *testing.T) {
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) {
		c.Handler = sip.HandlerFunc(func(ctx context.Context, l *sip.Leg) { _ = l.Reject(ctx, sip.Busy) })
	})
	w := siptest.NewWire(t, bob.Server, "udp")
	const calls, few = 4500, 4096
	for n := range uint64(calls) {
		w.Send(siptest.WithSDP(siptest.Request("INVITE", "sip:bob@x.example", "z9hG4bK"+newID(), newID(), "", 1, "")))
		if n%100 == 99 {
			siptest.Eventually(t, "calls", func() bool { return bob.Stats().Invites == n+1 })
		}
	}
	siptest.Eventually(t, "the last to be forgotten", func() bool { st := bob.Stats(); return st.Dialogs == 0 && st.ServerTransactions <= few })
	if n := bob.Stats().ServerTransactions; n < few-100 {
		t.Errorf("%d are remembered: so are those of before, which are repeated", n)
	}
}
