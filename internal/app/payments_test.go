package app

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/payment"
	"github.com/callward/callward/payment/paymenttest"
)

// servePayment serves s on a socket until the test ends, and gives its target.
func servePayment(t *testing.T, s *paymenttest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pay.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.Serve(ctx, l)
	}()
	t.Cleanup(func() { cancel(); <-served })
	return "unix:" + path
}

// request is a card in a call.
func request(key string) payment.Request {
	c := payment.NewCard()
	for f, keys := range map[payment.Field]string{payment.Number: "5200809808788211", payment.Expiry: "0735", payment.Code: "593"} {
		for i := range len(keys) {
			c.Press(f, keys[i])
		}
	}
	return payment.Request{Tenant: "acme", Call: "c1", Language: "en", Key: key, Card: c}
}

func TestCardsGoToTheTokeniserOfTheTenant(t *testing.T) {
	s := &paymenttest.Server{}
	p := newPayments(slog.New(slog.DiscardHandler))
	tenants := map[string]Tenant{"acme": {Payment: Payment{Target: servePayment(t, s)}}, "other": {}}
	if err := p.apply(tenants); err != nil {
		t.Fatal(err)
	}
	defer p.close()
	var deps call.Deps
	none, leave := p.take("other")
	if none.serves(&deps); deps.Tokeniser != nil {
		t.Error("a tenant without a tokeniser has one")
	}
	leave()
	mine, leave := p.take("acme")
	mine.serves(&deps)
	deps.Captured("taken")
	if out, err := deps.Tokeniser.Tokenize(t.Context(), request("k1")); err != nil || out.LastFour != "8211" {
		t.Fatalf("%+v, %v", out, err)
	}
	s.Break(paymenttest.Refuse)
	if _, err := deps.Tokeniser.Tokenize(t.Context(), request("k2")); err == nil {
		t.Error("a failure is hidden")
	}
	if counts, _ := scrape(t, p.captures); counts["outcome=taken"] != 1 {
		t.Errorf("captures %v", counts)
	}
	if counts, _ := scrape(t, p.failures); counts["cause=Unavailable"] != 1 {
		t.Errorf("failures %v", counts)
	}
	if _, timed := scrape(t, p.seconds); timed != 2 {
		t.Errorf("%d requests timed", timed)
	}
	s.Break(paymenttest.None)
	if err := p.apply(tenants); err != nil || p.all["acme"].service != mine {
		t.Errorf("the same tokeniser is dialled anew, %v", err)
	}
	if err := p.apply(nil); err != nil || p.all["acme"] != nil {
		t.Errorf("one that was taken away is there, %v", err)
	}
	if _, err := deps.Tokeniser.Tokenize(t.Context(), request("k3")); err != nil {
		t.Errorf("a call that began with it lost it: %v", err)
	}
	leave()
}

func TestASettingOfATokeniserThatCannotBeIsNamed(t *testing.T) {
	for setting, want := range map[string]string{
		"timeout: 2s":                                        "tenants[acme].payment.target: missing",
		"target: bundled":                                    "tenants[acme].payment.target: there is no bundled one",
		`target: "dns:///pay.example:443"`:                   "tenants[acme].payment.tls: card numbers would go over the network in clear",
		`target: "unix:/p.sock", timeout: 1m`:                "tenants[acme].payment.timeout: allowed: 500ms to 10s",
		`target: "unix:/p.sock", token_file: /nonexistent/t`: "tenants[acme].payment: token",
		`target: "unix:/p.sock", tls: {ca: /nonexistent/ca}`: "tenants[acme].payment",
	} {
		_, err := load(t, strings.Replace("version: 1\ntenants: {acme: {numbers: {line: {}}, queues: {billing: {}, technical: {}, emergency: {}}, payment: {%}}}\n", "%", setting, 1), nil, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, got %v", setting, want, err)
		}
	}
}

func TestAnAssistantThatTakesCardsNeedsATokeniser(t *testing.T) {
	dir, err := filepath.Abs("../e2e/testdata")
	if err != nil {
		t.Fatal(err)
	}
	with := func(payment string) error {
		_, err := load(t, "version: 1\nassistants: "+dir+"\ntenants: {acme: {numbers: {line: {assistant: payments}}, queues: {billing: {}}"+payment+"}}\n", nil, nil)
		return err
	}
	if err := with(""); err == nil || !strings.Contains(err.Error(), "payments.yaml:") || !strings.Contains(err.Error(), "no payment.target") {
		t.Errorf("without: %v", err)
	}
	if err := with(`, payment: {target: "unix:/p.sock"}`); err != nil {
		t.Errorf("with: %v", err)
	}
}

func TestDoctorAsksTokenisers(t *testing.T) {
	target := servePayment(t, &paymenttest.Server{})
	l, err := loadArgs(t, []string{"--http", "127.0.0.1:0", "--sip", "127.0.0.1:0", "--speech", nowhere, "--assistants", small(t)})
	if err != nil {
		t.Fatal(err)
	}
	l.Config.Tenants = map[string]Tenant{
		"near": {Payment: Payment{Target: target, Timeout: time.Second}}, "far": {Payment: Payment{Target: nowhere}}, "none": {},
	}
	r := Examine(t.Context(), l.Config)
	if f := find(t, r, "tokeniser of near"); f.State != Good || f.Detail != target {
		t.Errorf("%+v", f)
	}
	if f := find(t, r, "tokeniser of far"); f.State != Gap || !strings.Contains(f.Remedy, "a human") {
		t.Errorf("%+v", f)
	}
	if strings.Contains(r.String(), "tokeniser of none") {
		t.Errorf("one that is not configured:\n%s", r)
	}
}
