package webhook_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callward/callward/internal/webhook"
	"github.com/callward/callward/redact"
)

// parting is a system that says that all is well to whom it sees hang up, as a handler does
// that simply returns, and whose answer still gets through.
type parting struct{}

func (parting) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(`{"order":{"state":"sent"}}`)), Request: r}, nil
}

func TestAnAnswerToWhoHasHungUpIsNone(t *testing.T) {
	h, err := webhook.NewHost(webhook.HostConfig{})
	if err != nil {
		t.Fatal(err)
	}
	h.SendBy(parting{})
	asked := func(ctx context.Context) (map[string]redact.Safe, error) {
		return h.Ask(ctx, question("https://shop.example/v1", 2*time.Second), nil)
	}
	for name, c := range map[string]struct {
		ask   func(ctx context.Context) (map[string]redact.Safe, error)
		stop  time.Duration // when the call ends
		cause string
	}{
		"a question that is late":        {asked, time.Hour, "late"},
		"a question of a call that ends": {asked, time.Second, "canceled"},
		"a message that is late": {func(ctx context.Context) (map[string]redact.Safe, error) {
			_, err := h.Deliver(ctx, "https://shop.example/v1", "m1", []byte("{}"), nil)
			return nil, err
		}, time.Hour, "late"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.stop)
				defer cancel()
				if got, err := c.ask(ctx); webhook.Cause(err) != c.cause || len(got) != 0 {
					t.Errorf("%v, %v; want %s", got, err, c.cause)
				}
			})
		})
	}
}
