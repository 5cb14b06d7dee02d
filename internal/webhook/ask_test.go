package webhook_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/callward/callward/internal/certs/certstest"
	"github.com/callward/callward/internal/webhook"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

// patience is what a webhook gets that answers; a good one never needs it.
const patience = 40 * time.Second

// A shop is a system that answers over TLS.
type shop struct {
	*httptest.Server

	ca   *certstest.CA
	mu   sync.Mutex
	seen []seen
}

type seen struct {
	header http.Header
	body   []byte
	query  string
}

// open serves h as name until the test ends; edit may change how.
func open(t *testing.T, name string, h http.HandlerFunc, edit func(*shop)) *shop {
	t.Helper()
	s := &shop{ca: certstest.New(t)}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.seen = append(s.seen, seen{r.Header, body, r.URL.RawQuery})
		s.mu.Unlock()
		h(w, r)
	}))
	cert, key, _ := s.ca.Issue("shop", name, time.Now().Add(time.Hour))
	s.TLS = s.ca.Client(cert, key)
	s.Config.ErrorLog = discard()
	if edit != nil {
		edit(s)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *shop) visits() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

// host is what reaches the shop.
func (s *shop) host(t *testing.T, edit func(*webhook.HostConfig)) *webhook.Host {
	t.Helper()
	c := webhook.HostConfig{Private: true, CA: s.ca.File}
	if edit != nil {
		edit(&c)
	}
	h, err := webhook.NewHost(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// question asks whether an order was sent.
func question(url string, timeout time.Duration) assistant.Question {
	return assistant.Question{
		Webhook: &assistant.Webhook{
			Name: "order", URL: url, Method: "POST", Timeout: timeout,
			Results: []assistant.Result{{Name: "state", Type: assistant.ResultText, Path: []string{"order", "state"}, Longest: 20}},
		},
		Key: "c1-hook-1", Language: "en", Fields: map[string]redact.Safe{"number": redact.Authored("123456")},
	}
}

func sent(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"order":{"state":"sent"}}`)
}

func TestAQuestionIsJSONAndItsAnswerTheResults(t *testing.T) {
	s := open(t, "127.0.0.1", sent, nil)
	h := s.host(t, nil)
	got, err := h.Ask(t.Context(), question(s.URL+"/v1?a=b", patience), nil)
	if err != nil || got["state"].String() != "sent" {
		t.Fatalf("%v, %v", got, err)
	}
	v := s.visits()[0]
	if string(v.body) != `{"number":"123456"}` || v.query != "a=b" || v.header.Get("Content-Type") != "application/json" || v.header.Get("Accept") != "application/json" {
		t.Errorf("sent %s to %s with %v", v.body, v.query, v.header)
	}
	if v.header.Get("Idempotency-Key") != "c1-hook-1" || v.header.Get("Webhook-Signature") != "" {
		t.Errorf("headers %v", v.header)
	}
}

func TestAGetHasItsFieldsInTheQuery(t *testing.T) {
	s := open(t, "127.0.0.1", sent, nil)
	q := question(s.URL+"/v1?a=b", patience)
	q.Webhook.Method = "GET"
	q.Fields["number"] = redact.Authored("1&a=c")
	if _, err := s.host(t, nil).Ask(t.Context(), q, nil); err != nil {
		t.Fatal(err)
	}
	if v := s.visits()[0]; v.query != "a=b&number=1%26a%3Dc" || len(v.body) > 0 {
		t.Errorf("sent %s, %s", v.query, v.body)
	}
}

// The library is that of the standard's authors.
func TestASignatureIsWhatStandardWebhooksWants(t *testing.T) {
	secret := "whsec_" + base64.StdEncoding.EncodeToString([]byte("a key of twenty-four byte"))
	signer, err := webhook.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, "127.0.0.1", sent, nil)
	if _, err := s.host(t, nil).Ask(t.Context(), question(s.URL, patience), signer); err != nil {
		t.Fatal(err)
	}
	v := s.visits()[0]
	if err := verifier.Verify(v.body, v.header); err != nil {
		t.Errorf("%v: %v", err, v.header)
	}
	if err := verifier.Verify(append(v.body, ' '), v.header); err == nil {
		t.Error("another body is taken for the same")
	}
	if v.header.Get("Webhook-Id") != v.header.Get("Idempotency-Key") {
		t.Errorf("two keys: %v", v.header)
	}
	if text := fmt.Sprintf("%v %+v %#v", signer, signer, *signer); strings.Contains(text, "twenty") {
		t.Errorf("the key shows: %s", text)
	}
}

func TestASecretThatTheStandardForbidsIsRefused(t *testing.T) {
	for _, secret := range []string{"", "secret", "whsec_", "whsec_%%%", "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 23)), "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65))} {
		if _, err := webhook.NewSigner(secret); err == nil {
			t.Errorf("%q is taken", secret)
		}
	}
}

func TestWhatAHostDoesWrongIsNamed(t *testing.T) {
	elsewhere := open(t, "127.0.0.1", sent, nil)
	drip := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	}
	big := strings.Repeat(" ", 1<<20)
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		cause string
	}{
		"hangs": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "late"},
		"drips": {drip, "late"},
		"redirects": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, "redirect"},
		"not found":   {http.NotFound, "not_found"},
		"is unsigned": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, "status"},
		"fails":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "status"},
		"HTML": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>")
		}, "type"},
		"1 MB": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", fmt.Sprint(len(big)))
			_, _ = io.WriteString(w, big)
		}, "large"},
		"1 MB untold": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, big)
		}, "large"},
		"large headers": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 64<<10)) }, "broken"},
		"hangs up":      {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "broken"},
		"wrong type": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"order":{"state":7}}`)
		}, "content"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, "127.0.0.1", c.serve, nil)
			timeout := patience
			if c.cause == "late" {
				timeout = 200 * time.Millisecond
			}
			got, err := s.host(t, nil).Ask(t.Context(), question(s.URL, timeout), nil)
			if webhook.Cause(err) != c.cause || got != nil {
				t.Errorf("%v, %v; want %s", got, err, c.cause)
			}
		})
	}
	t.Cleanup(func() {
		if n := len(elsewhere.visits()); n > 0 {
			t.Errorf("a redirect was followed %d times", n)
		}
	})
}

func TestAQuestionIsAskedAgainOnlyWhereThatDoesNoHarm(t *testing.T) {
	for name, c := range map[string]struct {
		status, fails, retries int
		visits                 int
		cause                  string
	}{
		"a gateway that recovers":     {503, 2, 2, 3, "answered"},
		"a gateway that does not":     {502, 9, 2, 3, "status"},
		"none are allowed":            {504, 1, 0, 1, "status"},
		"a system that failed itself": {500, 1, 2, 1, "status"},
		"too many questions":          {429, 1, 2, 1, "status"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var left atomic.Int32
			left.Store(int32(c.fails))
			s := open(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) {
				if left.Add(-1) >= 0 {
					w.WriteHeader(c.status)
					return
				}
				sent(w, r)
			}, nil)
			q := question(s.URL, patience)
			q.Webhook.Retries = c.retries
			if _, err := s.host(t, nil).Ask(t.Context(), q, nil); webhook.Cause(err) != c.cause {
				t.Errorf("%v, want %s", err, c.cause)
			}
			all := s.visits()
			if len(all) != c.visits {
				t.Fatalf("asked %d times, want %d", len(all), c.visits)
			}
			for _, v := range all {
				if v.header.Get("Idempotency-Key") != "c1-hook-1" {
					t.Errorf("a key of its own: %v", v.header)
				}
			}
		})
	}
}

func TestAHostThatFailsIsLeftAlone(t *testing.T) {
	s := open(t, "127.0.0.1", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, nil)
	h := s.host(t, nil)
	for range 3 {
		if _, err := h.Ask(t.Context(), question(s.URL, patience), nil); webhook.Cause(err) != "status" {
			t.Fatal(err)
		}
	}
	if _, err := h.Ask(t.Context(), question(s.URL, patience), nil); webhook.Cause(err) != "resting" || !h.Resting() {
		t.Errorf("%v", err)
	}
	if n := len(s.visits()); n != 3 {
		t.Errorf("asked %d times", n)
	}
}

func TestNoMoreQuestionsAtOnceThanAreAllowed(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	s := open(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-answer
		sent(w, r)
	}, nil)
	h := s.host(t, func(c *webhook.HostConfig) { c.Calls = 1 })
	first := make(chan error, 1)
	go func() {
		_, err := h.Ask(t.Context(), question(s.URL, patience), nil)
		first <- err
	}()
	<-asked
	if _, err := h.Ask(t.Context(), question(s.URL, 50*time.Millisecond), nil); webhook.Cause(err) != "busy" {
		t.Errorf("the second: %v", err)
	}
	close(answer)
	if err := <-first; err != nil {
		t.Errorf("the first: %v", err)
	}
}

func TestACallThatEndsEndsTheQuestion(t *testing.T) {
	asked := make(chan struct{})
	s := open(t, "127.0.0.1", func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	}, nil)
	h := s.host(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	_, err := h.Ask(ctx, question(s.URL, patience), nil)
	if webhook.Cause(err) != "canceled" || errors.Is(err, webhook.ErrNotFound) {
		t.Errorf("%v", err)
	}
}
