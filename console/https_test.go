package console

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/console/access"
	"github.com/callward/callward/internal/certs"
	"github.com/callward/callward/internal/certs/certstest"
)

// reaching gives a browser that finds a listener by any name.
func reaching(ca *certstest.CA, address string) *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: ca.Client("", ""), DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}}}
}

func TestOverHTTPSOtherMachinesAreServedByTheNamesOfTheCertificate(t *testing.T) {
	ca := certstest.New(t)
	cert, key, _ := ca.Issue("web", public, time.Now().Add(time.Hour))
	store, err := certs.Open(certs.Files{Certificate: cert, Key: key}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, 8)
	b.newcomer(t, "jean", access.Grant{Role: access.Viewer, Tenant: "default"})
	cfg := b.console.cfg
	cfg.HTTPS = &HTTPS{Address: "127.0.0.1:0", TLS: store.Server(), Covers: store.Covers}
	s, err := Listen("127.0.0.1:0", cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	browser := reaching(ca, s.SecureAddr().String())
	ask := func(method, address, host string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(`{"name":"jean","passphrase":"`+phrase+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Host = host
		resp, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp
	}
	resp := ask(http.MethodPost, "https://"+public+"/api/v1/session", "")
	if c := resp.Header.Get("Set-Cookie"); resp.StatusCode != http.StatusNoContent || !strings.HasPrefix(c, "__Host-callward=") || !strings.Contains(c, "; Secure") {
		t.Errorf("sign-in: %d %s", resp.StatusCode, c)
	}
	if got := resp.Header.Get("Strict-Transport-Security"); got == "" {
		t.Error("no HSTS")
	}
	for what, tc := range map[string]struct {
		address, host string
		want          int
	}{
		"another name":       {"https://" + public + "/api/v1/session/ways", "evil.example.com", http.StatusMisdirectedRequest},
		"figures":            {"https://" + public + "/metrics", "", http.StatusForbidden},
		"the page":           {"https://" + public + "/signin", "", http.StatusOK},
		"its name, in clear": {"http://" + s.Addr().String() + "/api/v1/session/ways", public, http.StatusForbidden},
		"this machine":       {"http://" + s.Addr().String() + "/api/v1/session/ways", "", http.StatusOK},
	} {
		if strings.HasPrefix(tc.address, "http://") {
			browser = reaching(ca, s.Addr().String())
		} else {
			browser = reaching(ca, s.SecureAddr().String())
		}
		resp := ask(http.MethodGet, tc.address, tc.host)
		if resp.StatusCode != tc.want && (what != "the page" || resp.StatusCode != http.StatusServiceUnavailable) { // pages may not be built
			t.Errorf("%s: %d, want %d", what, resp.StatusCode, tc.want)
		}
		browser.CloseIdleConnections()
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("it ends with %v", err)
	}
}

// The printed link names localhost, for the sake of passkeys; who types the address instead
// comes in too, and neither may be asked by a page of the other.
func TestTheLinkWorksByNameAndByAddressAndNotAcross(t *testing.T) {
	b := newBench(t, 8)
	_, port, _ := strings.Cut(strings.TrimPrefix(b.URL, "http://"), ":")
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]"} {
		link, err := b.door.FirstLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for origin, want := range map[string]int{"http://evil.example.com": 403, "http://other:" + port: 403} {
			n := b.browser(t)
			if code, text := n.do("POST", "session/bootstrap", m{"token": link}, "Origin", origin); code != want {
				t.Errorf("%s from %s: %d %s", host, origin, code, text)
			}
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.URL+"/api/v1/session/bootstrap", strings.NewReader(fmt.Sprintf(`{"token":%q}`, link)))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host + ":" + port
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Origin", "http://"+host+":"+port)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if c := resp.Header.Get("Set-Cookie"); resp.StatusCode != http.StatusNoContent || !strings.HasPrefix(c, "callward=") || resp.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: %d %s", host, resp.StatusCode, c)
		}
	}
}
