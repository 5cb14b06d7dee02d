package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/callward/callward/console/access"
)

const phrase = "nine lamps over quiet water"

// A browser keeps the cookie that it is given.
type browser struct {
	*bench

	t      *testing.T
	cookie *http.Cookie
}

func (b *bench) browser(t *testing.T) *browser {
	t.Helper()
	return &browser{bench: b, t: t}
}

// do sends JSON and gives the status and the body.
func (b *browser) do(method, path string, body any, headers ...string) (int, string) {
	b.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	if body == nil {
		data = nil
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.URL+"/api/v1/"+path, bytes.NewReader(data))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	if b.cookie != nil {
		req.AddCookie(b.cookie)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range resp.Cookies() {
		b.cookie = c
	}
	return resp.StatusCode, string(text)
}

func (b *browser) want(status int, method, path string, body any) string {
	b.t.Helper()
	got, text := b.do(method, path, body)
	if got != status {
		b.t.Fatalf("%s %s: %d %s, want %d", method, path, got, text, status)
	}
	return text
}

type m map[string]any

func TestANewcomerComesInByTheLinkAndBackByAPassphrase(t *testing.T) {
	b := newBench(t, 8)
	link, err := b.door.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := b.browser(t)
	n.want(401, "GET", "session", nil)
	n.want(401, "POST", "session/bootstrap", m{"token": "no link"})
	n.want(204, "POST", "session/bootstrap", m{"token": link})
	if c := n.cookie; c.Name != "callward" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("cookie %+v", c)
	}
	s := decode[Session](t, n.want(200, "GET", "session", nil))
	if s.Name != "user:admin" || !s.Setup || fmt.Sprint(s.Tenants) != "[*]" || fmt.Sprint(s.Roles) != "[listener admin]" {
		t.Errorf("session %+v", s)
	}
	n.want(200, "GET", "calls", nil)
	n.want(422, "PUT", "session/passphrase", m{"new": "too short"})
	n.want(204, "PUT", "session/passphrase", m{"new": phrase})
	if s := decode[Session](t, n.want(200, "GET", "session", nil)); s.Setup {
		t.Errorf("session %+v", s)
	}
	old := *n.cookie
	n.want(204, "DELETE", "session", nil)
	n.cookie = &old
	n.want(401, "GET", "calls", nil)
	n.want(401, "POST", "session", m{"name": "admin", "passphrase": "wrong"})
	n.want(401, "POST", "session", m{"name": phrase, "passphrase": ""})
	n.want(204, "POST", "session", m{"name": "admin", "passphrase": phrase})
	n.want(200, "GET", "calls", nil)
	want := []string{
		" nobody sign-in-by-link: refused, from 127.0.0.1", " user:admin sign-in-by-link: ok, from 127.0.0.1",
		" user:admin set-passphrase: refused", " user:admin set-passphrase: ok", " user:admin sign-out: ok",
		" nobody list-calls: refused: a session that is not known, from 127.0.0.1",
		" user:admin sign-in: refused, from 127.0.0.1", " nobody sign-in: refused, from 127.0.0.1", " user:admin sign-in: ok, from 127.0.0.1",
	}
	if got := b.audit.took(); got != strings.Join(want, "\n")+"\n" {
		t.Errorf("audit:\n%s", got)
	}
}

// A cookie that somebody had the browser keep is worth nothing once its user signs in.
func TestSigningInChangesTheCookie(t *testing.T) {
	b := newBench(t, 8)
	n := b.newcomer(t, "jean", access.Grant{Role: access.Viewer, Tenant: "default"})
	planted := *n.cookie
	n.want(204, "POST", "session", m{"name": "jean", "passphrase": phrase})
	if n.cookie.Value == planted.Value {
		t.Error("the cookie is the same")
	}
	n.cookie = &planted
	n.want(401, "GET", "session", nil)
}

// newcomer is a browser that is signed in to a new account.
func (b *bench) newcomer(t *testing.T, name string, g access.Grant) *browser {
	t.Helper()
	admin := b.browser(t)
	status, text := admin.do("POST", "users", m{"name": name, "grants": []string{g.String()}}, "Authorization", "Bearer "+b.token)
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	n := b.browser(t)
	n.want(204, "POST", "session/bootstrap", m{"token": decode[Link](t, text).Token})
	n.want(204, "PUT", "session/passphrase", m{"new": phrase})
	return n
}

func TestOverTLSTheCookieIsBoundToTheHost(t *testing.T) {
	c := cookieOf(true, "x", 1e9)
	if !strings.HasPrefix(c, "__Host-callward=x; Path=/; ") || !strings.Contains(c, "Secure") || strings.Contains(c, "Domain") {
		t.Errorf("cookie %s", c)
	}
}

func TestAStreamEndsWhenItsReaderIsLocked(t *testing.T) {
	b := newBench(t, 8)
	b.newcomer(t, "jean", access.Grant{Role: access.Supervisor, Tenant: "default"})
	token, about, err := b.door.Issue(t.Context(), "wall", "test", []access.Grant{{Role: access.Supervisor, Tenant: "default"}}, 1e12)
	if err != nil {
		t.Fatal(err)
	}
	local := b.token
	b.token = token
	r := b.follow(t, "", "")
	b.append("default", "a", "x")
	r.next(t)
	admin := b.browser(t)
	if status, text := admin.do("DELETE", "tokens/"+about.ID, nil, "Authorization", "Bearer "+local); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, text)
	}
	_, _ = io.Copy(io.Discard, r.body) // it comes to an end, or the test's time does
}

func TestAnAdminGivesAndTakesRights(t *testing.T) {
	b := newBench(t, 8)
	n := b.newcomer(t, "jean", access.Grant{Role: access.Viewer, Tenant: "default"})
	n.want(200, "GET", "queues", nil)
	n.want(403, "GET", "calls", nil)
	n.want(403, "GET", "users", nil)
	admin := b.browser(t)
	as := func(status int, method, path string, body any) string {
		t.Helper()
		got, text := admin.do(method, path, body, "Authorization", "Bearer "+b.token)
		if got != status {
			t.Fatalf("%s %s: %d %s", method, path, got, text)
		}
		return text
	}
	as(409, "POST", "users", m{"name": "jean", "grants": []string{"viewer"}})
	as(422, "POST", "users", m{"name": "marie", "grants": []string{"boss"}})
	as(422, "POST", "users", m{"name": "Marie X", "grants": []string{"viewer"}})
	as(204, "PUT", "users/jean", m{"grants": []string{"supervisor@default/billing"}})
	n.want(200, "GET", "calls", nil)
	as(204, "PUT", "users/jean", m{"disabled": true})
	n.want(401, "GET", "calls", nil)
	as(404, "PUT", "users/nobody", m{"disabled": true})
	if users := decode[[]User](t, as(200, "GET", "users", nil)); len(users) != 1 || !users[0].Disabled || users[0].Grants[0] != "supervisor@default/billing" {
		t.Errorf("users %+v", users)
	}
	issued := decode[Issued](t, as(200, "POST", "tokens", m{"name": "board", "grants": []string{"viewer@default"}, "life_seconds": 3600}))
	if status, text := n.do("GET", "queues", nil, "Authorization", "Bearer "+issued.Token); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	if text := as(200, "GET", "tokens", nil); !strings.Contains(text, issued.About.ID) || strings.Contains(text, issued.Token) {
		t.Errorf("tokens %s", text)
	}
	as(204, "DELETE", "tokens/"+issued.About.ID, nil)
	if status, _ := n.do("GET", "queues", nil, "Authorization", "Bearer "+issued.Token); status != 401 {
		t.Errorf("a revoked token: %d", status)
	}
	as(204, "DELETE", "users/jean", nil)
	got := b.audit.took()
	for _, want := range []string{
		"local add-user: user:jean as [viewer@default]", "user:jean list-calls: refused: no right", "user:jean is now [supervisor@default/billing]",
		"user:jean locked: true", "local issue-token: token:board", "local revoke-token: token:board", "local remove-user: user:jean",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in the audit:\n%s", want, got)
		}
	}
}

func TestTooManyTriesAreToldToWait(t *testing.T) {
	b := newBench(t, 8)
	n := b.newcomer(t, "jean", access.Grant{Role: access.Viewer, Tenant: "default"})
	for range 5 {
		n.want(401, "POST", "session", m{"name": "jean", "passphrase": "wrong"})
	}
	text := n.want(429, "POST", "session", m{"name": "jean", "passphrase": phrase})
	if !strings.Contains(text, "too many tries") {
		t.Error(text)
	}
}

// What anybody can send before we know them is held to a size and a shape.
func TestHostileSignInsAreProblems(t *testing.T) {
	b := newBench(t, 8)
	n := b.browser(t)
	for _, body := range []any{m{"name": strings.Repeat("x", 1<<20), "passphrase": "x"}, m{"name": []int{1}}, m{}, "text", m{"name": "a", "passphrase": "b", "admin": true}, nil} {
		if status, text := n.do("POST", "session", body); status < 400 || status >= 500 || !strings.Contains(text, `"status"`) {
			t.Errorf("%.40v: %d %s", body, status, text)
		}
	}
	for _, headers := range [][]string{
		{"Authorization", "Bearer " + strings.Repeat("x", 20000)},
		{"Authorization", "Bearer"},
		{"Authorization", "Basic YWRtaW46YWRtaW4="},
		{"Cookie", "callward=" + strings.Repeat("%00", 1000)},
		{"Cookie", "__Host-callward=x"},
	} {
		if status, text := n.do("GET", "session", nil, headers...); status != 401 {
			t.Errorf("%.40v: %d %s", headers, status, text)
		}
	}
	if status, _ := n.do("POST", "session", m{"name": "a", "passphrase": "b"}, "Sec-Fetch-Site", "cross-site"); status != 403 {
		t.Errorf("from another site: %d", status)
	}
}
