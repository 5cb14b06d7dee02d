package fake_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callward/callward/internal/fake"
	"github.com/callward/callward/internal/webhook"
)

// A page is what a fake has printed.
type page struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

// last is the newest line.
func (p *page) last(t *testing.T) fake.Received {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(p.b.String()), "\n")
	var got fake.Received
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// serve starts a hook, and gives its address and a host that reaches it.
func serve(t *testing.T, h *fake.Hook) (url string, host *webhook.Host) {
	t.Helper()
	cert, authority, err := fake.SelfSigned("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, authority, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- h.Serve(ctx, tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}}))
	}()
	host, err = webhook.NewHost(webhook.HostConfig{Private: true, CA: ca})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		host.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "https://" + l.Addr().String(), host
}

func signer(t *testing.T, key string) (secret string, s *webhook.Signer) {
	t.Helper()
	secret = "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(key, 32)))
	s, err := webhook.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	return secret, s
}

func TestAFakeWebhookSaysWhetherTheSignatureIsGood(t *testing.T) {
	secret, good := signer(t, "a")
	_, bad := signer(t, "b")
	out := &page{}
	url, host := serve(t, &fake.Hook{Secret: secret, Out: out})
	for want, s := range map[string]*webhook.Signer{"good": good, "bad": bad, "missing": nil} {
		_, err := host.Deliver(t.Context(), url+"/events?a=b", "m1", []byte(`{"type":"queue.entered"}`), s)
		if got := out.last(t); got.Signature != want || (err == nil) != (want == "good") || got.Path != "/events?a=b" || got.ID != "m1" || string(got.Body) != `{"type":"queue.entered"}` {
			t.Errorf("%s: %+v, %v", want, got, err)
		}
	}
}

func TestAFakeWebhookIsFaultyAsItIsTold(t *testing.T) {
	for name, want := range map[string]string{
		"unavailable": "status", "error": "status", "gone": "gone", "unauthorized": "status", "redirect": "redirect",
		"cut": "broken", "html": "answered", "not-json": "answered", "large": "answered", "stall:for=1ms": "answered",
	} {
		f, err := fake.ParseFault(fake.Webhook, name)
		if err != nil {
			t.Fatal(err)
		}
		out := &page{}
		h := &fake.Hook{Faults: []fake.Fault{f}, Out: out, Calm: true}
		url, host := serve(t, h)
		if _, err := host.Deliver(t.Context(), url, "m", []byte("{}"), nil); err != nil {
			t.Errorf("%s, calm: %v", name, err)
		}
		h.Arm()
		after, err := host.Deliver(t.Context(), url, "m", []byte("{}"), nil)
		for end := time.Now().Add(time.Minute); out.last(t).Fault != f.Name && time.Now().Before(end); {
			time.Sleep(time.Millisecond) // it is told once the reply is out, which need not be read to its end
		}
		if got := webhook.Cause(err); got != want || out.last(t).Fault != f.Name {
			t.Errorf("%s: %s, %+v", name, got, out.last(t))
		}
		if name == "unavailable" && after != time.Second {
			t.Errorf("a pause of %s is asked for", after)
		}
	}
	if _, err := fake.ParseFault(fake.Webhook, "nonsense"); err == nil || !strings.Contains(err.Error(), "callward fake webhook --list") {
		t.Errorf("%v", err)
	}
}
