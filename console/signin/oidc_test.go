package signin

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"

	"github.com/callward/callward/console/access"
)

// A club is a desk whose people sign in by a provider that runs in the test.
type club struct {
	*desk

	provider *mockoidc.MockOIDC
}

const redirect = "http://127.0.0.1:8080/api/v1/session/oidc/callback"

func newClub(t *testing.T) *club {
	t.Helper()
	p, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Shutdown()
		http.DefaultClient.CloseIdleConnections()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	})
	c := &club{newDesk(t), p}
	c.at = time.Now() // as the provider's clock is the machine's
	c.Service = New(Config{
		Client: c.client, Now: func() time.Time { return c.at }, Cost: cheap(),
		OIDC: &OIDC{
			Issuer: p.Issuer(), ClientID: p.ClientID, ClientSecret: p.ClientSecret, Scopes: []string{"groups"},
			Roles: map[string][]access.Grant{
				"support": {{Role: access.Supervisor, Tenant: "acme", Queues: []string{"billing"}}}, "wall": {{Role: access.Viewer, Tenant: "acme"}},
			},
		},
	})
	return c
}

// visit takes a browser to the provider and back, and gives what it comes back with.
func (c *club) visit(u mockoidc.User) (state, code, cookie string) {
	c.t.Helper()
	address, cookie, err := c.BeginOIDC(c.t.Context(), redirect, "192.0.2.1")
	c.must(err)
	return c.back(u, address, cookie)
}

func (c *club) back(u mockoidc.User, address, cookie string) (state, code, _ string) {
	c.t.Helper()
	c.provider.QueueUser(u)
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, address, http.NoBody)
	c.must(err)
	resp, err := browser.Do(req)
	c.must(err)
	defer resp.Body.Close()
	to, err := resp.Location()
	if err != nil || !strings.HasPrefix(to.String(), redirect) {
		body, _ := io.ReadAll(resp.Body)
		c.t.Fatalf("the provider sends to %v: %s", to, body)
	}
	return to.Query().Get("state"), to.Query().Get("code"), cookie
}

func member(groups ...string) *mockoidc.MockUser {
	return &mockoidc.MockUser{Subject: "42", PreferredUsername: "jean <b>", Groups: groups}
}

func (c *club) finish(state, code, cookie string) (access.Principal, string, error) {
	session, _, err := c.FinishOIDC(c.t.Context(), state, code, cookie)
	if err != nil {
		return access.Principal{}, "", err
	}
	p, err := c.Identify(c.t.Context(), Badge{Cookie: session}, true)
	return p, session, err
}

func TestAProvidersGroupsSayWhatItsPeopleMayDo(t *testing.T) {
	c := newClub(t)
	p, session, err := c.finish(c.visit(member("support", "golf")))
	c.must(err)
	if r := p.May(access.ReadCalls); !r.Queue("acme", "billing") || r.Whole("acme") || !strings.HasSuffix(p.Name, "/jean__b_") {
		t.Errorf("%+v", p)
	}
	again, _, err := c.finish(c.visit(member("wall")))
	if err != nil || again.Name != p.Name || again.May(access.ReadCalls).Anywhere() {
		t.Errorf("in another group: %+v, %v", again, err)
	}
	all, err := c.Accounts(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("accounts %+v, %v", all, err)
	}
	c.must(c.Disable(t.Context(), all[0].Name, true))
	if c.known(session) {
		t.Error("the session of a locked account goes on")
	}
	if _, _, err := c.finish(c.visit(member("support"))); !errors.Is(err, ErrRefused) {
		t.Errorf("a locked account comes in: %v", err)
	}
}

func TestAClaimOfTheConfigurationNamesTheAgentWhomSomebodyIs(t *testing.T) {
	for name, tc := range map[string]struct{ claim, user, agent string }{
		"as it stands":           {"preferred_username", "jean.dupont", "jean.dupont"},
		"none is configured":     {"", "jean", ""},
		"none is in the token":   {"phone", "jean", ""},
		"what would be mended":   {"preferred_username", "jean <b>", ""},
		"what is no text":        {"groups", "jean", ""},
		"the account's own mark": {"sub", "jean", "42"},
	} {
		c := newClub(t)
		c.Service.provider.cfg.Agent = tc.claim
		u := member("support")
		u.PreferredUsername = tc.user
		p, _, err := c.finish(c.visit(u))
		if err != nil || p.Agent != tc.agent {
			t.Errorf("%s: agent %q, %v", name, p.Agent, err)
		}
	}
}

// Who is put out by the provider must not come in by a passphrase set before.
func TestWhoComesByAProviderHasNoPassphrase(t *testing.T) {
	c := newClub(t)
	_, session, err := c.finish(c.visit(member("support")))
	c.must(err)
	if _, err := c.SetPassphrase(t.Context(), session, "", phrase); err == nil {
		t.Error("a passphrase was set")
	}
}

func TestWithoutAGroupThatHasARoleNobodyComesIn(t *testing.T) {
	c := newClub(t)
	for _, u := range []*mockoidc.MockUser{member("golf"), member()} {
		if _, _, err := c.finish(c.visit(u)); !errors.Is(err, ErrNoRole) {
			t.Errorf("%v: %v", u.Groups, err)
		}
	}
}

// Who has the code of another's sign-in, or has another finish theirs, comes in nowhere.
func TestASignInIsFinishedByTheBrowserThatBeganItOnce(t *testing.T) {
	c := newClub(t)
	state, code, cookie := c.visit(member("support"))
	_, other, err := c.BeginOIDC(t.Context(), redirect, "192.0.2.1")
	c.must(err)
	for name, tc := range map[string][3]string{
		"without a cookie": {state, code, ""}, "in another browser": {state, code, other}, "with another state": {other, code, cookie}, "with none": {"", code, ""},
	} {
		if _, _, err := c.finish(tc[0], tc[1], tc[2]); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// the other's flow has another verifier and nonce: the code is of no use there
	if _, _, err := c.finish(other, code, other); !errors.Is(err, ErrProvider) {
		t.Errorf("a code that was stolen: %v", err)
	}
	state, code, cookie = c.visit(member("support"))
	if _, _, err := c.finish(state, code, cookie); err != nil {
		t.Errorf("in its own: %v", err)
	}
	if _, _, err := c.finish(state, code, cookie); !errors.Is(err, ErrRefused) {
		t.Errorf("twice: %v", err)
	}
	state, code, cookie = c.visit(member("support"))
	c.at = c.at.Add(flowTime)
	if _, _, err := c.finish(state, code, cookie); !errors.Is(err, ErrRefused) {
		t.Errorf("too late: %v", err)
	}
}

// A token that is signed, and was made for another sign-in, is not believed.
func TestATokenOfAnotherSignInIsNotBelieved(t *testing.T) {
	c := newClub(t)
	address, cookie, err := c.BeginOIDC(t.Context(), redirect, "192.0.2.1")
	c.must(err)
	u, err := url.Parse(address)
	c.must(err)
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || q.Get("nonce") == "" || q.Get("state") == "" {
		t.Errorf("the provider is asked by %s", address)
	}
	q.Set("nonce", "of another")
	u.RawQuery = q.Encode()
	if _, _, err := c.finish(c.back(member("support"), u.String(), cookie)); !errors.Is(err, ErrProvider) || !strings.Contains(err.Error(), "another sign-in") {
		t.Errorf("with another nonce: %v", err)
	}
}

// What a provider's keys did not sign is not believed, whatever it says of itself.
func TestTokensThatAreNotTheProvidersAreNotBelieved(t *testing.T) {
	c := newClub(t)
	found, err := c.Service.provider.find(t.Context())
	c.must(err)
	const head, claims = "eyJhbGciOiJub25lIn0", "eyJpc3MiOiJ4In0" // {"alg":"none"}, {"iss":"x"}
	for _, raw := range []string{"", "x.y.z", head + "." + claims + ".", head + "." + claims + ".c2ln"} {
		f := flow{Nonce: "n"}
		if _, err := c.believe(t.Context(), found, f, raw); err == nil {
			t.Errorf("%q is believed", raw)
		}
	}
}

func TestAProviderThatIsNotThereRefusesAndIsAskedAgain(t *testing.T) {
	d := newDesk(t)
	s := New(Config{Client: d.client, Now: time.Now, Cost: cheap(), OIDC: &OIDC{Issuer: "http://127.0.0.1:1", ClientID: "x"}})
	for range 2 {
		if _, _, err := s.BeginOIDC(t.Context(), redirect, "192.0.2.1"); !errors.Is(err, ErrProvider) {
			t.Error(err)
		}
	}
}
