package siptest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/sip"
)

// A Wire sends and reads SIP messages as plain text, over UDP or TCP.
type Wire struct {
	tb   testing.TB
	conn net.Conn
	in   *bufio.Reader // TCP only
	net  string
}

// NewWire opens a socket to a server.
func NewWire(tb testing.TB, to *sip.Server, network string) *Wire {
	tb.Helper()
	at, _ := to.Addr(network)
	c, err := net.Dial(network, at.String())
	if err != nil {
		tb.Fatalf("dial: %v", err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return &Wire{tb: tb, conn: c, in: bufio.NewReader(c), net: network}
}

// Local is the wire's own address.
func (w *Wire) Local() string { return w.conn.LocalAddr().String() }

// Raw sends bytes as they are.
func (w *Wire) Raw(b []byte) {
	w.tb.Helper()
	if _, err := w.conn.Write(b); err != nil {
		w.tb.Fatalf("send: %v", err)
	}
}

// Send sends a message: lines may end in LF, and Content-Length is added. The
// words {local} and {via} stand for the wire's address and transport.
func (w *Wire) Send(text string) {
	w.tb.Helper()
	w.Raw(w.Message(text))
}

// Message is what Send would send.
func (w *Wire) Message(text string) []byte {
	text = strings.NewReplacer("{local}", w.Local(), "{via}", strings.ToUpper(w.net)).Replace(text)
	head, body, _ := strings.Cut(strings.TrimLeft(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n\n")
	head = strings.TrimRight(head, "\n")
	if body != "" {
		body = strings.ReplaceAll(body, "\n", "\r\n")
	}
	if !strings.Contains(head, "Content-Length") {
		head += "\nContent-Length: " + strconv.Itoa(len(body))
	}
	return []byte(strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n" + body)
}

// Next reads the next message; ok is false if none comes in time.
func (w *Wire) Next(wait time.Duration) (msg Message, ok bool) {
	w.tb.Helper()
	_ = w.conn.SetReadDeadline(time.Now().Add(wait))
	if w.net == "udp" {
		buf := make([]byte, 64<<10)
		n, err := w.conn.Read(buf)
		return Message(buf[:n]), err == nil
	}
	return w.nextStream()
}

func (w *Wire) nextStream() (Message, bool) {
	var b strings.Builder
	length := 0
	for {
		line, err := w.in.ReadString('\n')
		if err != nil {
			return "", false
		}
		b.WriteString(line)
		if v, found := strings.CutPrefix(line, "Content-Length: "); found {
			length, _ = strconv.Atoi(strings.TrimSpace(v))
		}
		if strings.TrimSpace(line) == "" {
			break
		}
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(w.in, body); err != nil {
		return "", false
	}
	return Message(b.String() + string(body)), true
}

// Expect reads until a message begins with start, as in "SIP/2.0 200" or "BYE".
func (w *Wire) Expect(start string) Message {
	w.tb.Helper()
	var seen []string
	for end := time.Now().Add(Patience); time.Now().Before(end); {
		m, ok := w.Next(time.Until(end))
		if !ok {
			break
		}
		if strings.HasPrefix(string(m), start) {
			return m
		}
		seen = append(seen, m.StartLine())
	}
	w.tb.Fatalf("no %q came; what came: %q", start, seen)
	return ""
}

// Silence fails the test if anything comes within d.
func (w *Wire) Silence(d time.Duration) {
	w.tb.Helper()
	if m, ok := w.Next(d); ok {
		w.tb.Fatalf("unexpected message: %s", m.StartLine())
	}
}

// A Message is a SIP message as text.
type Message string

// StartLine is its first line.
func (m Message) StartLine() string {
	line, _, _ := strings.Cut(string(m), "\r\n")
	return line
}

// Header is the first value of a header, named in full; empty if there is none.
func (m Message) Header(name string) string {
	if hs := m.Headers(name); len(hs) > 0 {
		return hs[0]
	}
	return ""
}

// Headers are all values of a header.
func (m Message) Headers(name string) []string {
	var out []string
	head, _, _ := strings.Cut(string(m), "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if n, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(n, name) {
			out = append(out, strings.TrimSpace(v))
		}
	}
	return out
}

// Tag is the tag of a From or To header.
func (m Message) Tag(header string) string {
	_, tag, _ := strings.Cut(m.Header(header), "tag=")
	tag, _, _ = strings.Cut(tag, ";")
	return tag
}

// Body is what follows the headers.
func (m Message) Body() string {
	_, body, _ := strings.Cut(string(m), "\r\n\r\n")
	return body
}

// Request writes a request by hand. tag is the To tag; extra are further header
// lines, each ended by LF.
func Request(method, uri, branch, callID, tag string, seq int, extra string) string {
	if tag != "" {
		tag = ";tag=" + tag
	}
	return fmt.Sprintf(`%s %s SIP/2.0
Via: SIP/2.0/{via} {local};branch=%s;rport
Max-Forwards: 70
From: "Caller" <sip:caller@{local}>;tag=from-%s
To: <%s>%s
Call-ID: %s
CSeq: %d %s
Contact: <sip:caller@{local}>
%s`, method, uri, branch, callID, uri, tag, callID, seq, method, extra)
}

// WithSDP adds a body to a request written by Request.
func WithSDP(request string) string {
	return strings.TrimRight(request, "\n") + "\nContent-Type: application/sdp\n\n" + string(SDP(40004))
}

// Try sends bytes to a peer that may have closed.
func (w *Wire) Try(b []byte) { _, _ = w.conn.Write(b) }
