package siptest

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/callward/callward/sip"
)

// A Wire sends and reads SIP messages as plain text, over any transport.
type Wire struct {
	tb    testing.TB
	conn  net.Conn
	local string
	in    *bufio.Reader // not for UDP
	net   string
}

// NewWire opens a socket to a server.
func NewWire(tb testing.TB, to *sip.Server, network string) *Wire {
	tb.Helper()
	at, _ := to.Addr(network)
	c, local, err := dial(tb, at.String(), network)
	if err != nil {
		tb.Fatalf("dial: %v", err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return &Wire{tb: tb, conn: c, local: local, in: bufio.NewReader(c), net: network}
}

func dial(tb testing.TB, at, network string) (c net.Conn, local string, err error) {
	tb.Helper()
	_, client := TLS()
	switch network {
	case "tls":
		c, err = tls.Dial("tcp", at, client)
	case "ws", "wss":
		return dialWS(tb, network+"://"+at, client)
	default:
		c, err = net.Dial(network, at)
	}
	if err != nil {
		return nil, "", err
	}
	return c, c.LocalAddr().String(), nil
}

// dialWS opens a WebSocket. Its client has a name that nobody can reach, as
// browsers do (RFC 7118 section 5).
func dialWS(tb testing.TB, url string, client *tls.Config) (net.Conn, string, error) {
	tb.Helper()
	ws, res, err := websocket.Dial(tb.Context(), url, &websocket.DialOptions{
		Subprotocols: []string{"sip"}, HTTPClient: &http.Client{Transport: &http.Transport{TLSClientConfig: client}},
	})
	if err != nil {
		return nil, "", err
	}
	if res.Body != nil {
		_ = res.Body.Close()
	}
	return websocket.NetConn(context.WithoutCancel(tb.Context()), ws, websocket.MessageText), "df7jal23ls0d.invalid:5060", nil
}

// Local is the wire's own address.
func (w *Wire) Local() string { return w.local }

// Raw sends bytes as they are.
func (w *Wire) Raw(b []byte) {
	w.tb.Helper()
	if _, err := w.conn.Write(b); err != nil {
		w.tb.Fatalf("send: %v", err)
	}
}

// Send sends a message: lines may end in LF, and Content-Length is added. The
// words {local}, {via} and {param} stand for the wire's address, its transport, and
// what its contact says of that.
func (w *Wire) Send(text string) {
	w.tb.Helper()
	w.Raw(w.Message(text))
}

// Message is what Send would send.
func (w *Wire) Message(text string) []byte {
	param := ""
	if strings.HasPrefix(w.net, "ws") {
		param = ";transport=ws"
	}
	text = strings.NewReplacer("{local}", w.Local(), "{via}", strings.ToUpper(w.net), "{param}", param).Replace(text)
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

// Closed waits until the server ends the connection; the test fails where it does not.
func (w *Wire) Closed() {
	w.tb.Helper()
	_ = w.conn.SetReadDeadline(time.Now().Add(Patience))
	if _, err := io.Copy(io.Discard, w.in); errors.Is(err, os.ErrDeadlineExceeded) {
		w.tb.Fatal("the connection stays open")
	}
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
Contact: <sip:caller@{local}{param}>
%s`, method, uri, branch, callID, uri, tag, callID, seq, method, extra)
}

// WithSDP adds a body to a request written by Request.
func WithSDP(request string) string {
	return strings.TrimRight(request, "\n") + "\nContent-Type: application/sdp\n\n" + string(SDP(40004))
}

// Try sends bytes to a peer that may have closed.
func (w *Wire) Try(b []byte) { _, _ = w.conn.Write(b) }

// Close closes the wire before the test ends.
func (w *Wire) Close() { _ = w.conn.Close() }
