package sip_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// Malformed messages after the method of PROTOS c07-sip: each part of a message in
// turn takes each anomaly, the rest stays as it should be. Nothing is drawn anew
// from run to run.

// anomalies make something bad of a value.
func anomalies() map[string]func(string) string {
	instead := func(s string) func(string) string { return func(string) string { return s } }
	as := map[string]func(string) string{
		"empty":            instead(""),
		"blank":            instead(" \t "),
		"doubled":          func(v string) string { return v + ", " + v },
		"cut in half":      func(v string) string { return v[:len(v)/2] },
		"reversed":         func(v string) string { b := []byte(v); slices.Reverse(b); return string(b) },
		"quote left open":  func(v string) string { return `"` + v },
		"bracket open":     func(v string) string { return "<" + v },
		"bracket closed":   func(v string) string { return v + ">" },
		"nested brackets":  func(v string) string { return strings.Repeat("<", 60) + v + strings.Repeat(">", 60) },
		"IPv6, nested":     instead("<sip:a@[[[[[[::1]]]]]]>;tag=1"),
		"IPv6, open":       instead("<sip:a@[::1>;tag=1"),
		"folded":           func(v string) string { return strings.ReplaceAll(v, " ", "\r\n  ") },
		"folds":            func(v string) string { return v + strings.Repeat("\r\n ", 100) },
		"fold of nothing":  func(v string) string { return "\r\n \r\n\t\r\n " + v },
		"line break":       func(v string) string { return v + "\r\nX-Evil: 1" },
		"end of the head":  func(v string) string { return v + "\r\n\r\n" + v },
		"CR":               func(v string) string { return v + "\rX: 1" },
		"LF":               func(v string) string { return v + "\nX: 1" },
		"NUL":              func(v string) string { return v + "\x00" },
		"quoted NUL":       func(v string) string { return "\\\x00" + v },
		"control bytes":    func(v string) string { return "\x01\x02\x07\x08\x0b\x1b[2J\x7f" + v },
		"escaped controls": func(v string) string { return "%00%0d%0aX:1%" + v },
		"bad escapes":      func(v string) string { return "%zz%%%4" + v },
		"overlong UTF-8":   func(v string) string { return "\xc0\xaf\xe0\x80\xaf" + v },
		"UTF-16 halves":    func(v string) string { return v + "\xed\xa0\x80" },
		"no UTF-8":         func(v string) string { return v + "\xff\xfe\x80" },
		"parameters":       func(v string) string { return v + strings.Repeat(";a=b", 60) },
		"too many":         func(v string) string { return v + strings.Repeat(";a", 2000) },
		"values":           func(v string) string { return v + strings.Repeat(", "+v, 12) },
		"port -1":          instead("<sip:a@127.0.0.1:-1>;tag=1"),
		"port 99999":       instead("<sip:a@127.0.0.1:99999>;tag=1"),
		"URI of nothing":   instead("<sip:>;tag=1"),
		"URI headers":      instead("<sip:a@127.0.0.1?Route=%3Csip:b%3E&Via=x>;tag=1"),
		"wildcard":         instead("*"),
		"no branch":        func(v string) string { return strings.Replace(v, "branch=", "", 1) },
		"bare cookie":      func(v string) string { return strings.Replace(v, "branch=", "branch=z9hG4bK;x=", 1) },
		"path":             instead("../../../../etc/passwd"),
		"markup":           instead("<script>alert('1')</script>"),
	}
	for _, d := range []string{";", ",", ":", "@", "<", ">", `"`, "/", "=", "?", "&", "\\", "%", "(", "[", " "} {
		as["only "+d] = instead(strings.Repeat(d, 40))
		as["after it "+d] = func(v string) string { return v + strings.Repeat(d, 20) }
	}
	for _, n := range []int{128, 1024, 4000, 20000} {
		as[fmt.Sprintf("%d bytes", n)] = instead(strings.Repeat("a", n))
	}
	for _, f := range []string{"%s%s%s%s%n%n", "%99999d", "{{.}}${x}"} {
		as["format "+f] = func(v string) string { return f + v }
	}
	for _, n := range []string{
		"-1", "0", "255", "256", "65536", "2147483648", "4294967295", "4294967296", "9223372036854775808", "18446744073709551616",
		strings.Repeat("9", 200), "-2147483649", "0x41", "1e9", "1.5", "٣",
	} {
		as["number "+n[:min(len(n), 24)]] = instead(n)
		as["number first "+n[:min(len(n), 24)]] = func(v string) string {
			_, rest, _ := strings.Cut(v, " ")
			return n + " " + rest
		}
	}
	return as
}

// whole change a message as such. at is the line they are about.
func whole() map[string]func(lines []string, at int) []string {
	return map[string]func([]string, int) []string{
		"missing":   func(l []string, at int) []string { return slices.Delete(l, at, at+1) },
		"twice":     func(l []string, at int) []string { return slices.Insert(l, at, l[at]) },
		"flood":     func(l []string, at int) []string { return slices.Insert(l, at, slices.Repeat([]string{l[at]}, 90)...) },
		"deluge":    func(l []string, at int) []string { return slices.Insert(l, at, slices.Repeat([]string{l[at]}, 400)...) },
		"no colon":  func(l []string, at int) []string { l[at] = strings.Replace(l[at], ":", "", 1); return l },
		"no name":   func(l []string, at int) []string { _, v, _ := strings.Cut(l[at], ":"); l[at] = ":" + v; return l },
		"in a name": func(l []string, at int) []string { l[at] = "\x7f " + l[at]; return l },
		"cut here":  func(l []string, at int) []string { return l[:at] },
	}
}

// specimen is a request as it should be, line by line, and its body.
func specimen(w *siptest.Wire, method string, n int) (lines []string, body string) {
	extra := "Record-Route: <sip:127.0.0.1:9;lr>\nRoute: <sip:127.0.0.1;lr>\nRequire: timer\nSupported: timer, 100rel\nSession-Expires: 1800\nMin-SE: 90\n" +
		"Accept: application/sdp\nExpires: 60\nReason: Q.850;cause=16\nDate: Sat, 13 Nov 2010 23:29:00 GMT\n"
	switch method {
	case "REGISTER":
		extra += `Authorization: Digest username="a", realm="callward", nonce="x", uri="sip:b", response="0", qop=auth, nc=00000001, cnonce="y"` + "\n"
	case "PRACK":
		extra += "RAck: 1 1 INVITE\n"
	}
	text := siptest.Request(method, "sip:bob@x.example", fmt.Sprintf("z9hG4bKm%d", n), fmt.Sprintf("m%d", n), "", 1, extra)
	if method == "INVITE" || method == "UPDATE" {
		text = siptest.WithSDP(text)
	}
	head, body, _ := strings.Cut(string(w.Message(text)), "\r\n\r\n")
	return strings.Split(head, "\r\n"), body
}

// mutants are all of them, in an order that does not change.
func mutants(w *siptest.Wire) (msgs [][]byte) {
	values, shapes := anomalies(), whole()
	add := func(lines []string, body string) {
		msgs = append(msgs, []byte(strings.Join(lines, "\r\n")+"\r\n\r\n"+body))
	}
	for _, method := range []string{"INVITE", "REGISTER", "OPTIONS", "BYE", "CANCEL", "ACK", "PRACK", "UPDATE", "INFO", "NOSUCH"} {
		count, _ := specimen(w, method, 0)
		for at := range count {
			every := 1
			if !slices.Contains([]string{"INVITE", "REGISTER"}, method) { // they share the code that reads them
				every = 4
			}
			for i, name := range slices.Sorted(maps.Keys(values)) {
				if (i+at)%every != 0 {
					continue
				}
				lines, body := specimen(w, method, len(msgs))
				if at == 0 { // each third of the first line in turn
					part := strings.Split(lines[0], " ")
					part[i%3] = values[name](part[i%3])
					lines[0] = strings.Join(part, " ")
				} else {
					header, value, _ := strings.Cut(lines[at], ": ")
					lines[at] = header + ": " + values[name](value)
				}
				add(lines, body)
			}
			for _, name := range slices.Sorted(maps.Keys(shapes)) {
				lines, body := specimen(w, method, len(msgs))
				add(shapes[name](lines, at), body)
			}
		}
	}
	r := mathrand.New(mathrand.NewPCG(4475, 3261))
	for range 1000 { // and bytes anywhere
		lines, body := specimen(w, "INVITE", len(msgs))
		b := []byte(strings.Join(lines, "\r\n") + "\r\n\r\n" + body)
		for range 1 + r.IntN(6) {
			b[r.IntN(len(b))] = byte(r.IntN(256))
		}
		msgs = append(msgs, b[:len(b)-r.IntN(2)*r.IntN(len(b))])
	}
	return msgs
}

func TestMalformedMessagesAreAnsweredWellOrNotAtAll(t *testing.T) {
	for network, every := range map[string]int{"udp": 1, "tcp": 29} {
		t.Run(network, func(t *testing.T) {
			var log lockedBuffer // a panic is caught, and named here
			bob := siptest.NewPhone(t, "bob", func(c *sip.Config) {
				forgetful(c, "127.0.0.1:0")
				c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError}))
				c.Handler = sip.HandlerFunc(func(ctx context.Context, l *sip.Leg) {
					_ = l.Progress(ctx, 183, siptest.SDP(1))
					_ = l.Reject(ctx, sip.Busy)
				})
			})
			h := &herd{t: t, bob: bob, network: network, codes: map[string]int{}}
			h.open()
			msgs := mutants(h.Wire)
			if len(msgs) < 4000 {
				t.Fatalf("only %d messages", len(msgs))
			}
			sent := 0
			for i := 0; i < len(msgs); i += every {
				h.send(msgs[i])
				if sent++; sent%20 == 0 || network == "tcp" { // a connection that is closed says no more
					h.settle()
				}
			}
			h.settle()
			t.Logf("%d messages, answered with %v", sent, h.codes)
			for _, code := range []string{"200", "400", "405", "416", "420", "481", "486"} {
				if h.codes[code] == 0 && network == "udp" {
					t.Errorf("none of them was answered with %s", code)
				}
			}
			siptest.Eventually(t, "nothing is left", func() bool { return nothingLeft(bob.Server) })
			alive(t, bob.Server)
			if text := log.String(); text != "" {
				t.Errorf("the log says:\n%s", text)
			}
		})
	}
}

// herd sends messages over one wire, and another when that is closed.
type herd struct {
	*siptest.Wire
	t       *testing.T
	bob     *siptest.Phone
	network string
	codes   map[string]int
	last    []byte
}

func (h *herd) open() { h.Wire = siptest.NewWire(h.t, h.bob.Server, h.network) }

func (h *herd) send(b []byte) {
	h.last = b
	h.Try(b)
}

// settle asks for a sign of life, and looks at each answer that comes before it. A
// message over TCP that promises more than it has swallows the question, and that
// connection is given up.
func (h *herd) settle() {
	h.t.Helper()
	id, wait, again := newID(), time.Second, int(siptest.Patience/time.Second)
	if h.network == "tcp" {
		wait = 60 * time.Millisecond
	}
	question := h.Message(siptest.Request("OPTIONS", "sip:bob@x.example", "z9hG4bK"+newID(), id, "", 1, ""))
	h.Try(question)
	for {
		m, ok := h.Next(wait)
		switch {
		case !ok && h.network == "udp" && again > 0: // a socket whose reader is late loses datagrams
			again--
			h.Try(question)
			continue
		case !ok && h.network == "udp":
			h.t.Fatalf("no sign of life after\n%q", h.last)
		case !ok:
			h.Close()
			h.open()
			return
		case m.Header("Call-ID") == id && strings.HasPrefix(string(m), "SIP/2.0 200"):
			return
		}
		h.look(m)
	}
}

// look sees that an answer is one, and acknowledges it if that is due.
func (h *herd) look(m siptest.Message) {
	h.t.Helper()
	if m == "\r\n" { // a pong
		return
	}
	err := wellFormed(m)
	if m.Header("X-Evil") != "" || m.Header("X") != "" {
		err = errors.New("it has a header of the sender's")
	}
	if err != nil {
		h.t.Fatalf("%v: %q\nafter %q", err, m, h.last)
	}
	code := strings.Fields(m.StartLine())[1]
	h.codes[code]++
	if code >= "300" && strings.Contains(m.Header("CSeq"), "INVITE") {
		h.Try(ackOf(m))
	}
}
