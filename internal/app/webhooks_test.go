package app

import (
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/certs/certstest"
	"github.com/callward/callward/router/assistant"
)

// hookSecret is what the orders of package assistant are signed with.
const hookSecret = "ORDERS_HOOK_SECRET"

func setHookSecret(t *testing.T) {
	t.Helper()
	t.Setenv(hookSecret, "whsec_"+base64.StdEncoding.EncodeToString(make([]byte, 32)))
}

// ordersWith is the configuration of a tenant with the line for orders.
func ordersWith(t *testing.T, webhooks string) (Loaded, error) {
	t.Helper()
	dir, err := filepath.Abs("../../router/assistant/testdata/webhooks")
	if err != nil {
		t.Fatal(err)
	}
	return load(t, "version: 1\nassistants: "+dir+"\ntenants: {acme: {numbers: {line: {assistant: orders}}, queues: {sales: {}, search: {}}, webhooks: "+webhooks+"}}\n", nil, nil)
}

func TestAnAssistantAsksOnlyHostsThatItsTenantAllows(t *testing.T) {
	setHookSecret(t)
	if _, err := ordersWith(t, "{allow: {shop.example: {}}}"); err != nil {
		t.Errorf("with the host: %v", err)
	}
	for webhooks, want := range map[string]string{
		"{}":                                    "which is not among webhooks.allow of this tenant; allowed: none",
		"{allow: {other.example: {}}}":          "orders.yaml:44 asks the host shop.example, which is not among webhooks.allow of this tenant; allowed: other.example",
		"{allow: {'shop.example:8443': {}}}":    "asks the host shop.example, which is not among",
		"{allow: {'*.example': {}}}":            `tenants[acme].webhooks.allow[*.example]: "*.example" is not a host`,
		"{allow: {'https://shop.example': {}}}": "is not a host; write HOST, or HOST:PORT",
		"{allow: {shop.example: {calls: -1}}}":  "tenants[acme].webhooks.allow[shop.example].calls: allowed: 0 (16) to 1000",
		"{allow: {shop.example: {ca: none}}}":   "tenants[acme].webhooks.allow[shop.example]: authorities:",
		"{allow: {shop.example: {key: none}}}":  "tenants[acme].webhooks.allow[shop.example]: certificate",
		"{allow: {shop.example: {secret: a}}}":  `unknown key "secret" in tenants[acme].webhooks.allow[shop.example]; allowed: allow_private, ca, calls, certificate, key`,
	} {
		if _, err := ordersWith(t, webhooks); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, got %v", webhooks, want, err)
		}
	}
}

func TestASecretThatIsNotThereIsNamedWithItsLine(t *testing.T) {
	for _, secret := range []string{"", "short"} {
		t.Setenv(hookSecret, secret)
		if _, err := ordersWith(t, "{allow: {shop.example: {}}}"); err == nil || !strings.Contains(err.Error(), "orders.yaml:45: the webhook order: the secret is") {
			t.Errorf("%q: %v", secret, err)
		}
	}
}

// orders is a line that asks the system at a URL, and how it may be reached.
func orders(t *testing.T, url string) line {
	t.Helper()
	setHookSecret(t)
	data, err := os.ReadFile("../../router/assistant/testdata/webhooks/orders.yaml")
	if err != nil {
		t.Fatal(err)
	}
	a, err := assistant.Parse("orders.yaml", []byte(strings.ReplaceAll(string(data), "https://shop.example", url)))
	if err != nil {
		t.Fatal(err)
	}
	signers, err := signersOf(a)
	if err != nil {
		t.Fatal(err)
	}
	return line{tenant: "acme", assistant: a, signers: signers}
}

func TestQuestionsToWebhooksAreSignedCountedAndTimed(t *testing.T) {
	ca := certstest.New(t)
	var fails atomic.Bool
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fails.Load() || r.Header.Get("Webhook-Signature") == "" {
			w.WriteHeader(500)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"order":{"state":"sent","due":"2026-12-01","total":5,"parcels":1,"paid":true,"lines":[{"note":"a"}]}}`)
	}))
	cert, key, _ := ca.Issue("shop", "127.0.0.1", time.Now().Add(time.Hour))
	s.TLS = ca.Client(cert, key)
	s.StartTLS()
	t.Cleanup(s.Close)

	l := orders(t, s.URL)
	host := strings.TrimPrefix(s.URL, "https://")
	tenants := map[string]Tenant{"acme": {Webhooks: Webhooks{Allow: map[string]WebhookHost{host: {AllowPrivate: true, CA: ca.File}}}}, "other": {}}
	w := newWebhooks(slog.New(slog.DiscardHandler))
	if err := w.apply(tenants); err != nil {
		t.Fatal(err)
	}
	defer w.close()
	var deps call.Deps
	w.serves(&deps, l)
	q := assistant.Question{Webhook: l.assistant.Webhooks()[0], Key: "c1-hook-1", Language: "en"}
	if a := deps.Hooks.Ask(t.Context(), q); a.Outcome != assistant.Answered || a.Results["state"].String() != "sent" {
		t.Fatalf("%+v", a)
	}
	fails.Store(true)
	if a := deps.Hooks.Ask(t.Context(), q); a.Outcome != assistant.Failed || a.Why != "it answered with status 500" {
		t.Errorf("%+v", a)
	}
	if counts, _ := scrape(t, w.asked); counts["outcome=answered"] != 1 || counts["outcome=status"] != 1 {
		t.Errorf("counted %v", counts)
	}
	if _, timed := scrape(t, w.seconds); timed != 2 {
		t.Errorf("%d questions timed", timed)
	}
	was := w.all["acme"][host]
	if err := w.apply(tenants); err != nil || w.all["acme"][host] != was {
		t.Errorf("the same host is made anew, %v", err)
	}
	if err := w.apply(nil); err != nil {
		t.Fatal(err)
	}
	fails.Store(false)
	if a := deps.Hooks.Ask(t.Context(), q); a.Outcome != assistant.Answered {
		t.Errorf("a call that began with the host lost it: %+v", a)
	}
	var later call.Deps
	w.serves(&later, l)
	if a := later.Hooks.Ask(t.Context(), q); a.Outcome != assistant.Failed {
		t.Errorf("a host that was taken away is asked: %+v", a)
	}
	was.host.Close()
}
