package fake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// A Hook is a system that webhooks ask or tell: it says what it got, and whether the
// signature is good. Its fields are set before it serves.
type Hook struct {
	Secret string // whsec_…: what is signed with something else is refused (401); empty: nothing is looked at
	Answer []byte // what it answers, as application/json; empty: {}
	Faults []Fault
	Out    io.Writer // a line of JSON for each request
	// Calm leaves the faults out until Arm.
	Calm bool

	calm     atomic.Bool
	began    time.Time
	verifier *standardwebhooks.Webhook
	mu       sync.Mutex // one line at a time
}

// A Received is what a Hook says of a request.
type Received struct {
	At        time.Time       `json:"at"`
	Method    string          `json:"method"`
	Path      string          `json:"path"` // with its query
	ID        string          `json:"id,omitempty"`
	Signature string          `json:"signature"` // good, bad, missing; unread: there is no secret
	Status    int             `json:"status"`    // that was answered; 0: none
	Fault     string          `json:"fault,omitempty"`
	Body      json.RawMessage `json:"body,omitempty"` // as text, if it is no JSON
}

const (
	hookBody    = 1 << 20 // most that is read of a request
	hookHeaders = 10 * time.Second
)

// Arm lets the faults happen from now on; Disarm stops that.
func (h *Hook) Arm() { h.calm.Store(false) }

// Disarm is the opposite of Arm.
func (h *Hook) Disarm() { h.calm.Store(true) }

// Serve answers on l until ctx ends. l does TLS, if anybody does.
func (h *Hook) Serve(ctx context.Context, l net.Listener) error {
	if err := h.prepare(); err != nil {
		return err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: hookHeaders}
	stopping := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stopping()
	if err := s.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

func (h *Hook) prepare() error {
	h.began = time.Now()
	h.calm.Store(h.Calm)
	for _, f := range h.Faults {
		if _, err := kindOf(Webhook, f.Name); err != nil {
			return err
		}
	}
	if h.Secret == "" {
		return nil
	}
	var err error
	if h.verifier, err = standardwebhooks.NewWebhook(h.Secret); err != nil {
		return errors.New("the secret is not what Standard Webhooks wants: whsec_ and base64") //nolint:nilerr // the library's error may show it
	}
	return nil
}

// ServeHTTP answers one request.
func (h *Hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, hookBody))
	if err != nil {
		return
	}
	got := Received{At: time.Now().UTC(), Method: r.Method, Path: r.URL.RequestURI(), ID: r.Header.Get("Webhook-Id"), Body: shown(body)}
	got.Signature = h.look(r.Header, body)
	defer func() { h.tell(got) }() // also of a connection that is cut
	switch f, ok := h.fault(); {
	case ok:
		got.Fault = f.Name
		got.Status = hookAnswers()[f.Name](w, r, f)
	case got.Signature == "bad" || got.Signature == "missing":
		got.Status = http.StatusUnauthorized
		w.WriteHeader(got.Status)
	default:
		got.Status = http.StatusOK
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(h.answer())
	}
}

func (h *Hook) answer() []byte {
	if len(h.Answer) == 0 {
		return []byte("{}\n")
	}
	return h.Answer
}

func (h *Hook) look(header http.Header, body []byte) string {
	switch {
	case h.verifier == nil:
		return "unread"
	case header.Get("Webhook-Signature") == "":
		return "missing"
	case h.verifier.Verify(body, header) != nil:
		return "bad"
	}
	return "good"
}

// fault gives the first fault that befalls a request now.
func (h *Hook) fault() (Fault, bool) {
	if h.calm.Load() {
		return Fault{}, false
	}
	age := time.Since(h.began)
	for _, f := range h.Faults {
		if age >= f.After && (f.Name == hookStall || f.For == 0 || age < f.After+f.For) {
			return f, true
		}
	}
	return Fault{}, false
}

func (h *Hook) tell(got Received) {
	line, err := json.Marshal(got)
	if err != nil || h.Out == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	_, _ = h.Out.Write(append(line, '\n'))
}

func shown(body []byte) json.RawMessage {
	if len(body) == 0 {
		return nil
	}
	if json.Valid(body) {
		return body
	}
	text, _ := json.Marshal(string(body)) // a text always can be
	return text
}
