package console

import (
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"

	"github.com/callward/callward/console/access"
	"github.com/callward/callward/console/signin"
	"github.com/callward/callward/router/queue"
)

// club gives a bench whose people sign in by a provider that runs in the test.
func club(t *testing.T) (*bench, *mockoidc.MockOIDC) {
	t.Helper()
	p, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Shutdown() })
	client, stop := queue.Embedded()
	t.Cleanup(stop)
	return newBench(t, 8, func(c *Config) {
		c.SignIn = signin.New(signin.Config{Client: client, Now: time.Now, Cost: signin.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}, OIDC: &signin.OIDC{
			Issuer: p.Issuer(), ClientID: p.ClientID, ClientSecret: p.ClientSecret, Scopes: []string{"groups"}, Agent: "preferred_username",
			Roles: map[string][]access.Grant{"support": {{Role: access.Viewer, Tenant: "default"}}, "staff": {{Role: access.Agent, Tenant: "default"}}},
		}})
	}), p
}

// person is a browser that keeps its cookies and goes where it is sent, up to our pages.
func person(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
}

func (b *bench) visit(t *testing.T, c *http.Client, path string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp
}

func TestAPersonSignsInByTheirProvider(t *testing.T) {
	b, p := club(t)
	p.QueueUser(&mockoidc.MockUser{Subject: "1", PreferredUsername: "jean", Groups: []string{"support"}})
	jean := person(t)
	if resp := b.visit(t, jean, "/api/v1/queues"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("before: %d", resp.StatusCode)
	}
	if resp := b.visit(t, jean, oidcPath); resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/" {
		t.Errorf("the way there and back: %d", resp.StatusCode)
	}
	if resp := b.visit(t, jean, "/api/v1/queues"); resp.StatusCode != http.StatusOK {
		t.Errorf("after: %d", resp.StatusCode)
	}
	if resp := b.visit(t, jean, "/api/v1/calls"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("what the group may not: %d", resp.StatusCode)
	}
	p.QueueUser(&mockoidc.MockUser{Subject: "2", PreferredUsername: "eve", Groups: []string{"golf"}})
	if resp := b.visit(t, person(t), oidcPath); resp.StatusCode != http.StatusForbidden {
		t.Errorf("somebody without a role: %d", resp.StatusCode)
	}
	p.QueueError(&mockoidc.ServerError{Code: http.StatusInternalServerError, Error: mockoidc.InternalServerError})
	if resp := b.visit(t, person(t), oidcPath+"/callback?error=access_denied&iss=x&error_description=%3Cscript%3E"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("who was refused there: %d", resp.StatusCode)
	}
	got := b.audit.took()
	for _, want := range []string{"sign-in-by-oidc: ok, from 127.0.0.1", "/jean list-calls: refused: no right", "sign-in-by-oidc: refused: no role", " nobody sign-in-by-oidc: refused, from"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in the audit:\n%s", want, got)
		}
	}
}

func TestWhoComesByAProviderSetsTheStateOfTheAgentWhomItNames(t *testing.T) {
	b, p := club(t)
	for who, want := range map[string]int{"demo": http.StatusNoContent, "anna": http.StatusNotFound} {
		p.QueueUser(&mockoidc.MockUser{Subject: who, PreferredUsername: who, Groups: []string{"staff"}})
		c := person(t)
		b.visit(t, c, oidcPath)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.URL+"/api/v1/agents/demo/state", strings.NewReader(`{"state":"available"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s sets the state of demo: %d", who, resp.StatusCode)
		}
	}
}

func TestWithoutAProviderThereIsNoWayThere(t *testing.T) {
	b := newBench(t, 8)
	if resp := b.visit(t, person(t), oidcPath); resp.StatusCode != http.StatusNotFound {
		t.Errorf("%d", resp.StatusCode)
	}
	b.token = ""
	if _, body := b.ask(t, "GET", "/api/v1/session/ways"); decode[Ways](t, body) != (Ways{Passphrase: true}) {
		t.Errorf("ways %s", body)
	}
}
