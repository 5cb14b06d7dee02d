package console

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/console/access"
	"github.com/callward/callward/console/signin"
	"github.com/callward/callward/console/signin/samltest"
	"github.com/callward/callward/router/queue"
)

// guild gives a bench whose people sign in by a provider of SAML that runs in the test.
func guild(t *testing.T) (*bench, *samltest.IDP) {
	t.Helper()
	idp := samltest.New(t)
	client, stop := queue.Embedded()
	t.Cleanup(stop)
	b := newBench(t, 8, func(c *Config) {
		c.SignIn = signin.New(signin.Config{Client: client, Now: time.Now, Cost: signin.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}, SAML: &signin.SAML{
			Metadata: idp.URL, EntityID: "https://callward.example.com", Groups: samltest.Groups,
			Roles: map[string][]access.Grant{"support": {{Role: access.Viewer, Tenant: "default"}}, "admins": signin.Everything()},
		}})
	})
	resp, metadata := b.ask(t, "GET", samlPath+"/metadata")
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/samlmetadata+xml" || !strings.Contains(metadata, b.URL+samlPath+"/acs") {
		t.Fatalf("%d %s", resp.StatusCode, metadata)
	}
	idp.Trust([]byte(metadata))
	return b, idp
}

// stepping is a browser that keeps its cookies, and shows where it is sent.
func stepping(t *testing.T) *http.Client {
	t.Helper()
	c := person(t)
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

// toProvider sends a browser to the provider and gives the address there.
func (b *bench) toProvider(t *testing.T, c *http.Client) string {
	t.Helper()
	resp := b.visit(t, c, samlPath)
	if resp.StatusCode != http.StatusFound {
		t.Fatalf("to the provider: %d", resp.StatusCode)
	}
	return resp.Header.Get("Location")
}

// bring sends an answer as the provider's page does: from another site, so that browsers
// add no cookie that is lax.
func (b *bench) bring(t *testing.T, answer []byte) (*http.Response, string) {
	t.Helper()
	form := url.Values{"SAMLResponse": {samltest.Encode(answer)}, "RelayState": {"<script>"}}
	return b.send(t, form.Encode())
}

func (b *bench) send(t *testing.T, form string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.URL+samlPath+"/acs", strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "https://id.example.com")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func TestAPersonSignsInBySAML(t *testing.T) {
	b, idp := guild(t)
	idp.In = []string{"support"}
	jean := stepping(t)
	resp, text := b.bring(t, idp.Answer(b.toProvider(t, jean)))
	on := resp.Header.Get("Location")
	if resp.StatusCode != http.StatusSeeOther || !strings.HasPrefix(on, samlPath+"/finish?ticket=") || len(resp.Cookies()) != 0 {
		t.Fatalf("the answer: %d %q %s", resp.StatusCode, on, text)
	}
	if resp := b.visit(t, stepping(t), on); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("in another browser: %d", resp.StatusCode)
	}
	if resp := b.visit(t, jean, on); resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/" {
		t.Errorf("in its own: %d", resp.StatusCode)
	}
	if resp := b.visit(t, jean, "/api/v1/queues"); resp.StatusCode != http.StatusOK {
		t.Errorf("after: %d", resp.StatusCode)
	}
	if resp := b.visit(t, jean, "/api/v1/calls"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("what the group may not: %d", resp.StatusCode)
	}
	idp.In = []string{"golf"}
	eve := stepping(t)
	resp, _ = b.bring(t, idp.Answer(b.toProvider(t, eve)))
	if resp := b.visit(t, eve, resp.Header.Get("Location")); resp.StatusCode != http.StatusForbidden {
		t.Errorf("somebody without a role: %d", resp.StatusCode)
	}
	got := b.audit.took()
	for _, want := range []string{" nobody sign-in-by-saml: refused, from 127.0.0.1\n", "sign-in-by-saml: ok, from 127.0.0.1\n", "/jean list-calls: refused: no right\n", "sign-in-by-saml: refused: no role\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in the audit:\n%s", want, got)
		}
	}
}

// Each is told what is wrong, as a problem, and is in the audit.
func TestAnswersThatAreNotBelievedAreProblemsAndAudited(t *testing.T) {
	b, idp := guild(t)
	idp.In = []string{"support"}
	fresh := func() []byte { return idp.Answer(b.toProvider(t, stepping(t))) }
	taken := fresh()
	if resp, text := b.bring(t, taken); resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
	refused := func(name, why string, resp *http.Response, text string) {
		t.Helper()
		if resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(text, why) || strings.Contains(text, "admin@") {
			t.Errorf("%s: %d %s", name, resp.StatusCode, text)
		}
		if got := b.audit.took(); !strings.Contains(got, " nobody sign-in-by-saml: refused: ") || !strings.Contains(got, why) || !strings.Contains(got, ", from 127.0.0.1") {
			t.Errorf("%s: audit %s", name, got)
		}
	}
	for name, tc := range map[string]struct {
		answer []byte
		why    string
	}{
		"again":          {taken, "answers no request"},
		"wrapped":        {samltest.Wrap(t, fresh(), 3), "several"},
		"by another":     {idp.Impostor().Answer(b.toProvider(t, stepping(t))), "the provider's"},
		"with an entity": {append([]byte(`<!DOCTYPE x [<!ENTITY a "b">]>`), fresh()...), "it "},
		"unasked":        {idp.Unasked(), "nobody here asked"},
	} {
		b.audit.took()
		resp, text := b.bring(t, tc.answer)
		refused(name, tc.why, resp, text)
	}
	for _, form := range []string{"SAMLResponse=a&SAMLResponse=b", "SAMLart=AAQ", "%zz", "SAMLResponse=%25"} {
		resp, text := b.send(t, form)
		refused(form, "it ", resp, text)
	}
	if resp, _ := b.send(t, "SAMLResponse="+strings.Repeat("A", samlForm)); resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a large one: %d", resp.StatusCode)
	}
}

func TestWithoutAProviderOfSAMLThereIsNoWayThere(t *testing.T) {
	b := newBench(t, 8)
	for _, path := range []string{"", "/metadata", "/finish"} {
		if resp := b.visit(t, person(t), samlPath+path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	if resp, text := b.send(t, "SAMLResponse=x"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
}
