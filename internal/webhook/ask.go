package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 10

// pause is the mean wait before a question is asked again.
const pause = 100 * time.Millisecond

// A reply is what a system answered, unread.
type reply struct {
	status int
	kind   string // its content type
	body   []byte
}

// Ask asks a question and gives the results, each as its type wants it. It blocks for the webhook's timeout at most, over all tries. The error is
// ErrNotFound or a *FaultError.
func (h *Host) Ask(ctx context.Context, q assistant.Question, s *Signer) (map[string]redact.Safe, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, q.Webhook.Timeout, errLate)
	defer cancel()
	if err := h.enter(ctx); err != nil {
		return nil, err
	}
	defer h.leave()
	if !h.breaker.Allow(time.Now()) {
		return nil, errResting
	}
	r, err := h.tries(ctx, q, s)
	if err == nil && ctx.Err() != nil {
		err = ended(ctx) // a system that we hang up on may still say that all is well, and be heard
	}
	if err == nil && r.status >= http.StatusInternalServerError {
		h.breaker.Failed(time.Now())
		return nil, statusFault(r.status)
	}
	h.learn(err)
	if err != nil {
		return nil, err
	}
	return Judge(q.Webhook, r.status, r.kind, r.body, q.Language)
}

// tries sends a question, and sends it again if that may help and can do no harm: when
// there was no connection, or a gateway says that nobody took it.
func (h *Host) tries(ctx context.Context, q assistant.Question, s *Signer) (*reply, error) {
	for n := 0; ; n++ {
		r, err := h.send(ctx, q, s)
		if n >= q.Webhook.Retries || !passing(r, err) || !rest(ctx, n) {
			return r, err
		}
	}
}

func passing(r *reply, err error) bool {
	if err != nil {
		return errors.Is(err, errUnreachable)
	}
	switch r.status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// rest waits before the next try, not all calls equally long; false: there is no time left.
func rest(ctx context.Context, n int) bool {
	mean := pause << n
	t := time.NewTimer(mean/2 + rand.N(mean)) //nolint:gosec // no secret
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// send makes one request.
func (h *Host) send(ctx context.Context, q assistant.Question, s *Signer) (*reply, error) {
	req, err := request(ctx, q, s)
	if err != nil {
		return nil, errBroken
	}
	res, err := h.client.Do(req)
	if err != nil {
		return nil, sendFault(ctx, err)
	}
	defer res.Body.Close()
	r := &reply{status: res.StatusCode, kind: res.Header.Get("Content-Type")}
	switch {
	case r.status < 200 || r.status > 299: // nothing else of it counts
		return r, nil
	case res.ContentLength > maxAnswer:
		return nil, errLarge
	}
	r.body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, sendFault(ctx, err)
	case len(r.body) > maxAnswer:
		return nil, errLarge
	}
	return r, nil
}

// request makes the request of a question: its fields as JSON, or of a GET in the query.
func request(ctx context.Context, q assistant.Question, s *Signer) (*http.Request, error) {
	w := q.Webhook
	body, err := json.Marshal(q.Fields)
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(w.URL)
	if err != nil {
		return nil, err
	}
	if w.Method == http.MethodGet {
		values := at.Query()
		for name, v := range q.Fields {
			values.Set(name, v.String())
		}
		at.RawQuery, body = values.Encode(), nil
	}
	req, err := http.NewRequestWithContext(ctx, w.Method, at.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Idempotency-Key", q.Key)
	req.Header.Set("User-Agent", "Callward")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
		s.sign(req.Header, q.Key, time.Now(), body)
	}
	return req, nil
}
