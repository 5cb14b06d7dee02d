package sip_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

func TestOnlySIPAndNoForeignPageOpensAWebSocket(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) { c.Origins = []string{"*.shop.example"} })
	at, _ := bob.Addr("ws")
	for _, c := range []struct {
		protocol, origin string
		taken            bool
	}{
		{"sip", "", true},
		{"sip", "http://" + at.String(), true},
		{"sip", "https://www.shop.example", true},
		{"sip", "https://evil.example", false},
		{"chat", "", false},
	} {
		header := http.Header{}
		if c.origin != "" {
			header.Set("Origin", c.origin)
		}
		ws, _, err := websocket.Dial(t.Context(), "ws://"+at.String(), &websocket.DialOptions{Subprotocols: []string{c.protocol}, HTTPHeader: header}) //nolint:bodyclose // of no use after Dial
		if err == nil {
			err = ws.Write(t.Context(), websocket.MessageText, []byte("\r\n\r\n"))
		}
		pong := ""
		if err == nil {
			var b []byte
			_, b, err = ws.Read(t.Context())
			pong = string(b)
			_ = ws.CloseNow()
		}
		if taken := err == nil && pong == "\r\n"; taken != c.taken {
			t.Errorf("%+v: %v, %q", c, err, pong)
		}
	}
	siptest.Eventually(t, "they are gone", func() bool { return bob.Stats().Connections == 0 })
}

func TestAPageReachesUsByTheServerItCameFrom(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", nil)
	page := httptest.NewServer(bob.WebSocket())
	defer page.Close()
	for origin, taken := range map[string]bool{page.URL: true, "https://evil.example": false} {
		ws, _, err := websocket.Dial(t.Context(), page.URL, &websocket.DialOptions{Subprotocols: []string{"sip"}, HTTPHeader: http.Header{"Origin": {origin}}}) //nolint:bodyclose // of no use after Dial
		if (err == nil) != taken {
			t.Errorf("%s: %v", origin, err)
		}
		if err != nil {
			continue
		}
		_ = ws.Write(t.Context(), websocket.MessageText, []byte("\r\n\r\n"))
		if _, pong, err := ws.Read(t.Context()); err != nil || string(pong) != "\r\n" {
			t.Errorf("%s: %q, %v", origin, pong, err)
		}
		_ = ws.CloseNow()
	}
	siptest.Eventually(t, "they are gone", func() bool { return bob.Stats().Connections == 0 })
}

// An agent whose phone is a page registers and is called over its own connection:
// nobody can reach it by any other.
func TestAPhoneBehindAWebSocketIsCalledOverIt(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"ws", "wss"} {
		t.Run(network, func(t *testing.T) {
			registrar := siptest.NewPhone(t, "registrar", func(c *sip.Config) {
				c.Credentials = func(string) (string, bool) { return "secret", true }
			})
			r := &registering{Wire: siptest.NewWire(t, registrar.Server, network), t: t, user: "jean", id: newID()}
			r.try("SIP/2.0 401", "")
			r.try("SIP/2.0 200", r.sign("secret", "SHA-256", 1))
			contact, ok := registrar.Locate("jean")
			if !ok || !strings.Contains(contact, "transport=ws") {
				t.Fatalf("found %q", contact)
			}
			if !registrar.Toward("jean").Browser {
				t.Error("a phone that does not know its own address is taken for one that does")
			}
			failed := make(chan error, 1)
			go func() {
				_, err := registrar.Dial(t.Context(), sip.Invite{To: contact, SDP: siptest.SDP(4)}, nil)
				failed <- err
			}()
			c := &caller{Wire: r.Wire}
			c.reply(c.Expect("INVITE"), "486 Busy Here")
			c.Expect("ACK")
			if err := siptest.Next(t, failed); err == nil || !strings.Contains(err.Error(), "486") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAWebSocketWithoutAMessageOrWithABadOneCloses(t *testing.T) {
	t.Parallel()
	bob := siptest.NewPhone(t, "bob", func(c *sip.Config) { c.Timers.FirstBytes = 200 * time.Millisecond })
	for name, says := range map[string]string{
		"silent": "", "keep-alive alone": "\r\n\r\n", "no SIP": "hello", "too large": strings.Repeat("x", 1<<20),
	} {
		w := siptest.NewWire(t, bob.Server, "ws")
		w.Try([]byte(says))
		siptest.Eventually(t, name+" is closed", func() bool { return bob.Stats().Connections == 0 })
	}
}
