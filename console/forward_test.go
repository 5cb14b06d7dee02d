package console

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/callward/callward/console/access"
)

const public = "callward.example.com"

// proxied gives a bench behind a proxy that asks from this machine.
func proxied(t *testing.T) *bench {
	t.Helper()
	return newBench(t, 8, func(c *Config) {
		c.Proxy = Proxy{From: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Names: []string{public}}
	})
}

// through asks as somebody does by the proxy, from an address.
func (b *bench) through(t *testing.T, host, peer string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+host+"/api/v1/session", strings.NewReader(`{"name":"jean","passphrase":"`+phrase+`"}`))
	r.Header.Set("Content-Type", "application/json")
	r.RemoteAddr = peer
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.console.Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestWhatAProxySaysIsBelievedAndWhatOthersSayIsNot(t *testing.T) {
	b := proxied(t)
	b.newcomer(t, "jean", access.Grant{Role: access.Viewer, Tenant: "default"})
	b.audit.took()
	resp := b.through(t, public, "127.0.0.1:7000", "X-Forwarded-Proto", "https", "X-Forwarded-For", "192.0.2.66, 203.0.113.9")
	if len(resp.Cookies()) != 1 || resp.StatusCode != http.StatusNoContent {
		t.Fatalf("%d %v", resp.StatusCode, resp.Cookies())
	}
	if c := resp.Cookies()[0]; c.Name != "__Host-callward" || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" {
		t.Errorf("cookie %+v", c)
	}
	if got := resp.Header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
		t.Errorf("HSTS %q", got)
	}
	if got := b.audit.took(); !strings.Contains(got, "sign-in: ok, from 203.0.113.9\n") {
		t.Errorf("audit:\n%s", got)
	}
	for name, tc := range map[string]struct {
		host, peer string
		headers    []string
		want       int
	}{
		"in clear to the proxy":       {public, "127.0.0.1:7000", []string{"X-Forwarded-Proto", "http"}, http.StatusForbidden},
		"a proxy that does not say":   {public, "127.0.0.1:7000", nil, http.StatusForbidden},
		"https said twice":            {public, "127.0.0.1:7000", []string{"X-Forwarded-Proto", "https", "X-Forwarded-Proto", "http"}, http.StatusForbidden},
		"somebody else who says so":   {public, "192.0.2.1:7000", []string{"X-Forwarded-Proto", "https"}, http.StatusForbidden},
		"another name":                {"evil.example.com", "127.0.0.1:7000", []string{"X-Forwarded-Proto", "https"}, http.StatusMisdirectedRequest},
		"a program on this machine":   {"127.0.0.1", "127.0.0.1:7000", nil, http.StatusNoContent},
		"the name, written otherwise": {"Callward.Example.com", "127.0.0.1:7000", []string{"X-Forwarded-Proto", "https"}, http.StatusNoContent},
	} {
		if resp := b.through(t, tc.host, tc.peer, tc.headers...); resp.StatusCode != tc.want {
			t.Errorf("%s: %d, want %d", name, resp.StatusCode, tc.want)
		}
	}
}

// A listener that others reach, for the sake of a proxy, gives them nothing in clear.
func TestBeyondLoopbackNobodyButTheProxyIsServedInClear(t *testing.T) {
	b := proxied(t)
	b.newcomer(t, "jean", access.Grant{Role: access.Viewer, Tenant: "default"})
	b.console.beyond = true
	if resp := b.through(t, "127.0.0.1", "192.0.2.1:7000"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("somebody else: %d", resp.StatusCode)
	}
	if resp := b.through(t, "127.0.0.1", "127.0.0.1:7000", "X-Forwarded-For", "192.0.2.1"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("by the proxy, in clear: %d", resp.StatusCode)
	}
	if resp := b.through(t, "127.0.0.1", "127.0.0.1:7000"); resp.StatusCode != http.StatusNoContent {
		t.Errorf("this machine: %d", resp.StatusCode)
	}
	// but a balancer hears whether it is there, and nothing of what is behind it
	b.ready.Store(false)
	for peer, tells := range map[string]bool{"192.0.2.1:7000": false, "127.0.0.1:7000": true} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/readyz", http.NoBody)
		r.RemoteAddr = peer
		w := httptest.NewRecorder()
		b.console.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), `"reason"`) != tells {
			t.Errorf("from %s: %d %s", peer, w.Code, w.Body)
		}
	}
}

func TestWhoAsksAProxyIsReadFromTheEnd(t *testing.T) {
	p := Proxy{From: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
	for headers, want := range map[string]string{
		"":                          "10.0.0.1",
		"203.0.113.9":               "203.0.113.9",
		"1.2.3.4, 203.0.113.9":      "203.0.113.9",
		"203.0.113.9,10.0.0.7, ::1": "203.0.113.9",
		"203.0.113.9:4711":          "203.0.113.9",
		"[2001:db8::1]:4711":        "2001:db8::1",
		"2001:db8::1":               "2001:db8::1",
		"::ffff:203.0.113.9":        "203.0.113.9",
		"203.0.113.9, unknown":      "10.0.0.1",
		"203.0.113.9, x, 10.0.0.7":  "10.0.0.7",
		"10.0.0.8, 10.0.0.7":        "10.0.0.8",
	} {
		if got := p.client(netip.MustParseAddr("10.0.0.1"), strings.Split(headers, "|")); got.String() != want {
			t.Errorf("%q: %s, want %s", headers, got, want)
		}
	}
}
