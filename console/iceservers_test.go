package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/webcall"
)

// relay names a server, with credentials that say for whom they are.
func relay(c *Config) {
	c.ICEServers = func(who string) []ICEServer {
		return []ICEServer{{URLs: []string{"turn:turn.example.com"}, Username: "1:" + who, Credential: "secret"}, {URLs: []string{"stun:stun.example.com"}}}
	}
}

// calledFrom lets pages call these numbers.
func calledFrom(numbers ...string) func(*Config) {
	return func(c *Config) {
		c.WebCalls = webcall.New(webcall.Config{
			Policy: func() webcall.Policy { return webcall.Policy{Numbers: numbers, Calls: 1, Minute: 1} },
			NewID:  func() call.ID { return "7" }, Now: time.Now, Serve: func(*webcall.Leg) {},
		})
	}
}

func TestCredentialsAreGivenSoManyTimesAMinuteToAnAccountOrAnAddress(t *testing.T) {
	b := newBench(t, 8, relay, calledFrom("line"))
	staff := b.token
	refused := func(token string) (n int) {
		b.token = token
		for range 3 * perMinute { // a slow machine takes so long that some more are due
			if resp, _ := b.ask(t, http.MethodGet, iceServersPath); resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") != "" {
				n++
			}
		}
		return n
	}
	if n := refused(""); n < perMinute || n > 2*perMinute {
		t.Errorf("of %d requests of a caller %d are refused", 3*perMinute, n)
	}
	if n := refused(staff); n < perMinute || n > 2*perMinute {
		t.Errorf("of %d requests of an account %d are refused, beside the callers'", 3*perMinute, n)
	}
	if houseOf("2001:db8::1") != houseOf("2001:db8::2") || houseOf("192.0.2.1") == houseOf("192.0.2.2") {
		t.Error("a house of IPv6 is not one, or two of IPv4 are")
	}
}

func TestPagesOfWhoMayCallAreToldOfTheServersOfTURN(t *testing.T) {
	const told = `{"servers":[{"urls":["turn:turn.example.com"],"username":"1:%","credential":"secret"},{"urls":["stun:stun.example.com"]}]}` + "\n"
	of := func(who string) string { return strings.Replace(told, "%", who, 1) }
	for name, tc := range map[string]struct {
		change   []func(*Config)
		stranger bool
		status   int
		body     string
	}{
		"an agent or a supervisor":          {[]func(*Config){relay, calledFrom()}, false, http.StatusOK, of(iceStaff)},
		"a caller":                          {[]func(*Config){relay, calledFrom("line")}, true, http.StatusOK, of(iceCallers)},
		"a stranger where nobody may call":  {[]func(*Config){relay, calledFrom()}, true, http.StatusUnauthorized, ""},
		"a stranger where there is no call": {[]func(*Config){relay}, true, http.StatusUnauthorized, ""},
		"a caller where there are none":     {[]func(*Config){calledFrom("line")}, true, http.StatusOK, `{"servers":[]}` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 8, tc.change...)
			if tc.stranger {
				b.token = ""
			}
			resp, body := b.ask(t, http.MethodGet, iceServersPath)
			if resp.StatusCode != tc.status || tc.body != "" && body != tc.body {
				t.Errorf("%d %s", resp.StatusCode, body)
			}
		})
	}
}
