package sip_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// bad are messages after RFC 4475, with LF for CRLF.
//
//nolint:gochecknoglobals // vectors
var bad = map[string]string{
	"no start line":        "\n\n",
	"binary":               "\x00\x01\x02\xff\xfe",
	"start line only":      "INVITE sip:user@example.com SIP/2.0",
	"no headers":           "INVITE sip:user@example.com SIP/2.0\n\n",
	"ltgtruri":             "INVITE <sip:user@example.com> SIP/2.0\nTo: sip:user@example.com\nFrom: sip:c@example.net;tag=39\nMax-Forwards: 23\nCall-ID: ltgtruri\nCSeq: 1 INVITE\nVia: SIP/2.0/UDP 192.0.2.5\n\n",
	"lwsruri":              "INVITE sip:user@example.com; lr SIP/2.0\nTo: sip:user@example.com;tag=3\nFrom: sip:c@example.net;tag=39\nCall-ID: lws\nCSeq: 1 INVITE\nVia: SIP/2.0/UDP 192.0.2.5\n\n",
	"lwsstart":             "INVITE  sip:user@example.com  SIP/2.0\nTo: sip:user@example.com\nFrom: sip:c@example.net;tag=39\nCall-ID: x\nCSeq: 1 INVITE\nVia: SIP/2.0/UDP 192.0.2.5\n\n",
	"negative length":      "INVITE sip:user@example.com SIP/2.0\nMax-Forwards: 254\nTo: sip:j@example.com\nFrom: sip:c@example.net;tag=32\nCall-ID: ncl\nCSeq: 8 INVITE\nVia: SIP/2.0/UDP 192.0.2.5;branch=z9hG4bKk\nContent-Length: -999\n\nhello",
	"too long a length":    "INVITE sip:user@example.com SIP/2.0\nTo: sip:j@example.com\nFrom: sip:c@example.net;tag=32\nCall-ID: clerr\nCSeq: 8 INVITE\nVia: SIP/2.0/UDP 192.0.2.5;branch=z9hG4bKk\nContent-Length: 9999\n\nv=0",
	"scalars":              "REGISTER sip:example.com SIP/2.0\nVia: SIP/2.0/TCP h.example.com;branch=z9hG4bKk\nMax-Forwards: 30000000000\nCSeq: 36893488147419103232 REGISTER\nTo: <sip:u@example.com>\nFrom: <sip:u@example.com>;tag=2\nCall-ID: sc\nExpires: 10000000000000000000000\n\n",
	"quoted string open":   "INVITE sip:user@example.com SIP/2.0\nTo: \"Mr. J. User <sip:j.user@example.com>\nFrom: sip:c@example.net;tag=93334\nMax-Forwards: 10\nCall-ID: quotbal\nContact: <sip:c@host59.example.net>\nCSeq: 8 INVITE\nVia: SIP/2.0/UDP 192.0.2.59:5050;branch=z9hG4bKkdjuw39234\n\n",
	"response in a mess":   "SIP/2.0 4294967301 better not break the receiver\nVia: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe\nCall-ID: bigcode\nCSeq: 353494 INVITE\nFrom: <sip:u@example.com>;tag=39ansfi3\nTo: <sip:u@example.edu>;tag=902jndnke3\n\n",
	"response to nothing":  "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKnone\nCall-ID: x\nCSeq: 1 INVITE\nFrom: <sip:u@example.com>;tag=3\nTo: <sip:u@example.edu>;tag=9\n\n",
	"response without Via": "SIP/2.0 200 OK\nCall-ID: x\nCSeq: 1 INVITE\nFrom: <sip:u@example.com>;tag=3\nTo: <sip:u@example.edu>;tag=9\n\n",
	"missing To":           "OPTIONS sip:a@b SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.5;branch=z9hG4bKk\nFrom: sip:c@d;tag=1\nCall-ID: x\nCSeq: 1 OPTIONS\n\n",
	"missing Call-ID":      "INVITE sip:a@b SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.5;branch=z9hG4bKk\nFrom: sip:c@d;tag=1\nTo: sip:a@b\nCSeq: 1 INVITE\n\n",
	"star in To":           "OPTIONS sip:a@b SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.5;branch=z9hG4bKk\nFrom: sip:c@d;tag=1\nTo: *\nCall-ID: x\nCSeq: 1 OPTIONS\n\n",
	"empty Via":            "OPTIONS sip:a@b SIP/2.0\nVia:\nFrom: sip:c@d;tag=1\nTo: sip:a@b\nCall-ID: x\nCSeq: 1 OPTIONS\n\n",
	"many parameters":      "OPTIONS sip:a@b SIP/2.0\nVia: SIP/2.0/UDP h" + strings.Repeat(";a", 2000) + "\nFrom: sip:c@d;tag=1\nTo: sip:a@b\nCall-ID: x\nCSeq: 1 OPTIONS\n\n",
	"many headers":         "OPTIONS sip:a@b SIP/2.0\n" + strings.Repeat("X: y\n", 5000) + "\n",
	"folded for ever":      "OPTIONS sip:a@b SIP/2.0\nX: y\n" + strings.Repeat(" z\n", 5000) + "\n",
	"card number":          "INVITE 4111111111111111",
}

func alive(t *testing.T, s *sip.Server) {
	t.Helper()
	w := siptest.NewWire(t, s, "udp")
	w.Send(siptest.Request("OPTIONS", "sip:bob@x.example", "z9hG4bK"+newID(), newID(), "", 1, ""))
	w.Expect("SIP/2.0 200")
}

// lockedBuffer is a log several goroutines write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestBadMessagesAreSurvivedAndLeaveNothingInTheLog(t *testing.T) {
	var log lockedBuffer
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(was) })
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) { short(c); c.Log = slog.Default() })
	for name, text := range bad {
		for _, network := range []string{"udp", "tcp"} {
			w := siptest.NewWire(t, bob.Server, network)
			b := []byte(strings.ReplaceAll(text, "\n", "\r\n"))
			for range 3 {
				w.Try(b)
			}
		}
		alive(t, bob.Server)
		if t.Failed() {
			t.Fatalf("after %s", name)
		}
	}
	noDialogs(t, bob.Server)
	if bob.Stats().Malformed == 0 {
		t.Error("nothing was counted")
	}
	text := log.String()
	for _, leak := range []string{"4111", "example.com", "sip:", "192.0.2"} {
		if strings.Contains(text, leak) {
			t.Errorf("the log holds %q:\n%s", leak, text)
		}
	}
	if n := strings.Count(text, "dropped unreadable"); n != 1 {
		t.Errorf("%d lines about it, want one in ten seconds", n)
	}
}

func TestRandomBytesAreSurvived(t *testing.T) {
	bob := siptest.NewPhone(t, "bob", short)
	w := siptest.NewWire(t, bob.Server, "udp")
	seed := w.Message(siptest.WithSDP(siptest.Request("INVITE", "sip:bob@x.example", "z9hG4bK1", "1", "", 1, "")))
	for i := range 2000 {
		b := make([]byte, 200)
		_, _ = rand.Read(b)
		if i%2 == 0 {
			b = bytes.Clone(seed)
			for range 1 + mathrand.IntN(8) {
				b[mathrand.IntN(len(b))] = byte(mathrand.IntN(256))
			}
		}
		w.Try(b)
	}
	alive(t, bob.Server)
}

func TestAFloodOfUnansweredInvitesIsBounded(t *testing.T) {
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) { short(c); c.MaxCalls = 50; c.Timers.Invite = 300_000_000 })
	w := siptest.NewWire(t, bob.Server, "udp")
	for range 1000 {
		w.Send(siptest.Request("INVITE", "sip:bob@x.example", "z9hG4bK"+newID(), newID(), "", 1, ""))
	}
	siptest.Eventually(t, "refusals", func() bool { return bob.Stats().Refused > 100 })
	if d := bob.Stats().Dialogs; d > 50 {
		t.Errorf("%d legs", d)
	}
	noDialogs(t, bob.Server)
	siptest.Eventually(t, "every transaction is gone", func() bool { return bob.Stats().ServerTransactions == 0 })
	alive(t, bob.Server)
}

func TestWhatACallerHandsInCannotBreakOut(t *testing.T) {
	t.Parallel()
	alice, bob := siptest.NewPhone(t, "alice", short), siptest.NewPhone(t, "bob", short)
	for name, inv := range map[string]sip.Invite{
		"to":           {To: "sip:bob@127.0.0.1\r\nX: y"},
		"from":         {To: bob.URI("udp"), From: "sip:a@b>\r\n"},
		"display name": {To: bob.URI("udp"), DisplayName: "A\r\nX-Evil: 1"},
		"header":       {To: bob.URI("udp"), Headers: map[string]string{"X-A": "b\r\nX-Evil: 1"}},
		"header name":  {To: bob.URI("udp"), Headers: map[string]string{"X-A: b\r\nX-Evil": "1"}},
		"own header":   {To: bob.URI("udp"), Headers: map[string]string{"Route": "<sip:x>"}},
		"user":         {To: bob.URI("udp"), User: "a\r\n"},
		"route":        {To: bob.URI("udp"), Route: "sip:a@b\n"},
	} {
		if _, err := alice.Dial(t.Context(), inv, nil); !errors.Is(err, sip.ErrUnsafe) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(bob.Calls) != 0 {
		t.Error("something went out")
	}
	go func() {
		l := bob.Ring()
		if l.DisplayName() != `A "quoted" \ name` || l.Header("X-Tenant") != "t1" {
			t.Errorf("display name %q, header %q", l.DisplayName(), l.Header("X-Tenant"))
		}
		_ = l.Answer(t.Context(), siptest.SDP(1))
	}()
	l, err := alice.Dial(t.Context(), sip.Invite{
		To: bob.URI("udp"), DisplayName: `A "quoted" \ name`, Headers: map[string]string{"X-Tenant": "t1"}, SDP: siptest.SDP(2),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Hangup(t.Context(), sip.Normal)
}
