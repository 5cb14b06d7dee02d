package sip_test

import (
	"bufio"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/internal/certs/certstest"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

func TestAWholeCallOverEachTransport(t *testing.T) {
	t.Parallel()
	for _, network := range wires() {
		t.Run(network, func(t *testing.T) {
			bob := siptest.NewPhone(t, "bob", short)
			c := newCaller(t, bob.Server, network)
			c.invite()
			leg := bob.Answer()
			ok := c.Expect("SIP/2.0 200")
			contact := map[string]string{"udp": ">", "wss": ";transport=ws>"}[network]
			if contact == "" {
				contact = ";transport=" + network + ">"
			}
			if got := ok.Header("Contact"); !strings.HasSuffix(got, contact) || leg.Transport() != network {
				t.Errorf("contact %q, transport %q", got, leg.Transport())
			}
			c.inside("ACK", ok.Tag("To"), 1, "")
			siptest.Eventually(t, "ACK", func() bool { return closed(leg.Confirmed()) })
			go func() { _, _ = leg.Reinvite(t.Context(), siptest.SDP(7)) }()
			again := c.Expect("INVITE")
			if via := again.Header("Via"); !strings.HasPrefix(via, "SIP/2.0/"+strings.ToUpper(network)+" ") {
				t.Errorf("via %q", via)
			}
			c.reply(again, "488 Not Acceptable Here")
			_ = leg.Hangup(t.Context(), sip.Normal)
			c.reply(c.Expect("BYE"), "200 OK")
			noDialogs(t, bob.Server)
		})
	}
}

// farTLS is a TLS server whose connections a test can break.
type farTLS struct {
	net.Listener
	t *testing.T
}

func newFarTLS(t *testing.T) *farTLS {
	t.Helper()
	server, _ := siptest.TLS()
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &farTLS{l, t}
}

// take accepts a connection and reads its first message, which has no body.
func (f *farTLS) take() (net.Conn, siptest.Message) {
	f.t.Helper()
	c, err := f.Accept()
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(siptest.Patience))
	return c, f.read(c)
}

func (f *farTLS) read(c net.Conn) siptest.Message {
	f.t.Helper()
	var text strings.Builder
	for in := bufio.NewReader(c); !strings.HasSuffix(text.String(), "\r\n\r\n"); {
		line, err := in.ReadString('\n')
		if err != nil {
			f.t.Fatalf("%v after %q", err, text.String())
		}
		text.WriteString(line)
	}
	return siptest.Message(text.String())
}

func (f *farTLS) reply(c net.Conn, m siptest.Message, status, extra string) {
	f.t.Helper()
	text := "SIP/2.0 " + status + "\r\n"
	for _, name := range []string{"Via", "From", "Call-ID", "CSeq"} {
		text += name + ": " + m.Header(name) + "\r\n"
	}
	to := m.Header("To")
	if !strings.Contains(to, "tag=") {
		to += ";tag=far"
	}
	if _, err := c.Write([]byte(text + "To: " + to + "\r\n" + extra + "Content-Length: 0\r\n\r\n")); err != nil {
		f.t.Fatal(err)
	}
}

// A connection that is lost within a call takes nothing with it: what is said next
// goes over a new one, and that is checked as the first one was.
func TestALostConnectionWithinACallIsOpenedAgain(t *testing.T) {
	t.Parallel()
	far, alice := newFarTLS(t), siptest.NewPhone(t, "alice", short)
	at := far.Addr().String()
	got := make(chan *sip.Leg, 1)
	go func() {
		l, err := alice.Dial(t.Context(), sip.Invite{To: "sip:bob@" + at + ";transport=tls"}, nil)
		if err != nil {
			t.Error(err)
		}
		got <- l
	}()
	conn, invite := far.take()
	far.reply(conn, invite, "200 OK", "Contact: <sip:bob@"+at+";transport=tls>\r\n")
	leg := siptest.Next(t, got)
	if ack := far.read(conn); !strings.HasPrefix(string(ack), "ACK") {
		t.Fatalf("got %q", ack.StartLine())
	}
	_ = conn.Close()
	siptest.Eventually(t, "the loss is noticed", func() bool { return alice.Stats().Connections == 0 })
	_ = leg.Hangup(t.Context(), sip.Normal)
	conn, bye := far.take()
	if !strings.HasPrefix(string(bye), "BYE") {
		t.Fatalf("got %q", bye.StartLine())
	}
	far.reply(conn, bye, "200 OK", "")
	noDialogs(t, alice.Server)
}

func TestAServerThatCannotProveItsNameIsNotCalled(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", nil)
	alice := siptest.NewPhone(t, "alice", func(c *sip.Config) { c.ClientTLS = nil }) // the system's authorities
	_, err := alice.Dial(t.Context(), sip.Invite{To: bob.URI("tls"), SDP: siptest.SDP(4)}, nil)
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
	if bob.Stats().Invites != 0 {
		t.Error("it was called")
	}
}

func TestAPeerMayProveWhoItIs(t *testing.T) {
	t.Parallel()
	ca := certstest.New(t)
	server := ca.Client(first(ca.Issue("bob", "127.0.0.1", time.Now().Add(time.Hour))))
	server.ClientCAs, server.ClientAuth = server.RootCAs, tls.VerifyClientCertIfGiven
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) { c.TLS = server })
	for name, client := range map[string]*tls.Config{
		"":              ca.Client("", ""),
		"trunk.example": ca.Client(first(ca.Issue("trunk", "trunk.example", time.Now().Add(time.Hour)))),
	} {
		alice := siptest.NewPhone(t, "alice", func(c *sip.Config) { c.ClientTLS = func() *tls.Config { return client } })
		_, leg := talk(t, alice, bob, "tls")
		if name == "" {
			if leg.Certificate() != nil {
				t.Error("a certificate out of nowhere")
			}
		} else if c := leg.Certificate(); c == nil || c.VerifyHostname(name) != nil {
			t.Errorf("it did not prove to be %s", name)
		}
		_ = leg.Hangup(t.Context(), sip.Normal)
	}
}

func first(cert, key string, _ any) (string, string) { return cert, key }

func TestWhoDoesNotFinishAHandshakeIsDropped(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) { c.Timers.FirstBytes = 100 * time.Millisecond })
	at, _ := bob.Addr("tls")
	for _, says := range []string{"", "OPTIONS sip:bob@there SIP/2.0\r\n\r\n"} {
		c, err := net.Dial("tcp", at.String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write([]byte(says))
		_ = c.SetReadDeadline(time.Now().Add(siptest.Patience))
		for err == nil {
			_, err = c.Read(make([]byte, 100)) // an alert, then the end
		}
		if ne, ok := err.(net.Error); ok && ne.Timeout() { //nolint:errorlint // it is the socket's own
			t.Errorf("after %q the connection stays", says)
		}
		_ = c.Close()
	}
	siptest.Eventually(t, "they are counted", func() bool { return bob.Stats().Handshakes == 2 && bob.Stats().Connections == 0 })
}

func TestAListenerOfTLSNeedsACertificate(t *testing.T) {
	_, err := sip.Listen(sip.Config{Listeners: []sip.Listener{{Network: "tls", Address: "127.0.0.1:0"}}})
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
}
