package sip_test

import (
	"crypto/rand"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/sip/siptest"
)

func newID() string { return rand.Text() }

// farEnd is a UDP peer whose replies are written by hand.
type farEnd struct {
	t    *testing.T
	conn *net.UDPConn
	from *net.UDPAddr
	done map[string]bool // by transactionOf, requests that have their answer; not INVITE, whose repeats come before its ACK
}

func newFarEnd(t *testing.T) *farEnd {
	t.Helper()
	return newFarEndAt(t, "127.0.0.1")
}

func newFarEndAt(t *testing.T, ip string) *farEnd {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(ip)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &farEnd{t: t, conn: c, done: map[string]bool{}}
}

func (f *farEnd) uri(user string) string { return fmt.Sprintf("sip:%s@%s", user, f.conn.LocalAddr()) }

// next is the next message, whatever it is.
func (f *farEnd) next() siptest.Message {
	f.t.Helper()
	_ = f.conn.SetReadDeadline(time.Now().Add(siptest.Patience))
	buf := make([]byte, 64<<10)
	n, from, err := f.conn.ReadFromUDP(buf)
	if err != nil {
		f.t.Fatalf("nothing came: %v", err)
	}
	f.from = from
	return siptest.Message(buf[:n])
}

// transactionOf tells requests apart: a CANCEL and an ACK have the Via of their INVITE.
func transactionOf(req siptest.Message) string { return req.Header("Via") + " " + req.Header("CSeq") }

// expect skips what begins otherwise, and repeats of what is answered: some are under way
// when the answer leaves.
func (f *farEnd) expect(start string) siptest.Message {
	f.t.Helper()
	for range 1000 {
		if m := f.next(); strings.HasPrefix(string(m), start) && !f.done[transactionOf(m)] {
			return m
		}
	}
	f.t.Fatalf("no %s came", start)
	return ""
}

// reply answers a request. extra are header lines with CRLF, and after an empty
// line a body.
func (f *farEnd) reply(req siptest.Message, code int, tag, extra string) {
	f.t.Helper()
	if !strings.HasPrefix(string(req), "INVITE") {
		f.done[transactionOf(req)] = true
	}
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d X\r\n", code)
	for _, v := range req.Headers("Via") {
		fmt.Fprintf(&b, "Via: %s\r\n", v)
	}
	to := req.Header("To")
	if tag != "" && !strings.Contains(to, "tag=") {
		to += ";tag=" + tag
	}
	head, body, _ := strings.Cut(extra, "\r\n\r\n")
	if body != "" {
		head += "\r\n"
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\n%sContent-Length: %d\r\n\r\n%s",
		req.Header("From"), to, req.Header("Call-ID"), req.Header("CSeq"), head, len(body), body)
	if _, err := f.conn.WriteToUDP([]byte(b.String()), f.from); err != nil {
		f.t.Fatal(err)
	}
}

// send sends bytes to who was heard last.
func (f *farEnd) send(b []byte) {
	f.t.Helper()
	if _, err := f.conn.WriteToUDP(b, f.from); err != nil {
		f.t.Fatal(err)
	}
}

// expectSilence fails the test if anything comes within d, once what was under way
// is there.
func (f *farEnd) expectSilence(d time.Duration) {
	f.t.Helper()
	buf := make([]byte, 64<<10)
	for range 2 {
		_ = f.conn.SetReadDeadline(time.Now().Add(d))
		n, err := f.conn.Read(buf)
		if err != nil {
			return
		}
		f.t.Logf("came: %s", siptest.Message(buf[:n]).StartLine())
	}
	f.t.Error("it goes on")
}
