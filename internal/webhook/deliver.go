package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// ErrGone says that the receiver wants no more messages (410).
var ErrGone = errors.New("it wants no more messages (410)")

// deliverTime is how long a receiver may take, as Standard Webhooks advises.
const deliverTime = 15 * time.Second

// longestAfter bounds the pause that a receiver may ask for.
const longestAfter = time.Hour

// Deliver posts a message, once: its id is the same at each try, so that who has it already
// can tell. after is how long the receiver wants to be left alone, if it says so. The error
// is ErrGone or a *FaultError; nothing of what was answered is in it.
func (h *Host) Deliver(ctx context.Context, url, id string, body []byte, s *Signer) (after time.Duration, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, deliverTime, errLate)
	defer cancel()
	if err := h.enter(ctx); err != nil {
		return 0, err
	}
	defer h.leave()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, errBroken
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Callward")
	req.Header.Set("Webhook-Id", id)
	s.sign(req.Header, id, time.Now(), body)
	res, err := h.client.Do(req)
	if err != nil {
		return 0, sendFault(ctx, err)
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer) // so that the connection can be kept
	if ctx.Err() != nil {
		return 0, ended(ctx) // what it says once we hang up is not that it has the message
	}
	return verdict(res)
}

func verdict(res *http.Response) (after time.Duration, err error) {
	switch code := res.StatusCode; {
	case code >= 200 && code <= 299:
		return 0, nil
	case code == http.StatusGone:
		return 0, ErrGone
	case code >= 300 && code <= 399:
		return 0, errRedirect
	default:
		return pauseAsked(res.Header.Get("Retry-After")), statusFault(code)
	}
}

// pauseAsked reads Retry-After in seconds; dates are not worth a clock that is wrong.
func pauseAsked(header string) time.Duration {
	seconds, err := strconv.Atoi(header)
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, longestAfter)
}
