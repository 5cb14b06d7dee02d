package console

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRecordsOfCallsComeAsJSONOrAsOneTableOfCSV(t *testing.T) {
	var from, to time.Time
	b := newBench(t, 10, func(c *Config) {
		c.Export = func(_ context.Context, tenant string, f, u time.Time, asCSV bool) ([]byte, error) {
			from, to = f, u
			if asCSV {
				return []byte("call,tenant\r\n1," + tenant + "\r\n"), nil
			}
			return []byte(`{"tenant":"` + tenant + `"}` + "\n"), nil
		}
		c.Undelivered = func(_ context.Context, tenant string, _ int) ([]Undelivered, error) {
			return nil, errors.New("no redis for " + tenant)
		}
	})
	res, body := b.ask(t, http.MethodGet, "/api/v1/cdr?format=csv&from=2026-11-27T09:00:00Z")
	if body != "call,tenant\r\n1,acme\r\n1,default\r\n" || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/csv") || from.Hour() != 9 || !to.IsZero() {
		t.Errorf("%s %q from %s to %s", res.Header.Get("Content-Type"), body, from, to)
	}
	res, body = b.ask(t, http.MethodGet, "/api/v1/cdr?tenant=acme&to=2026-11-28T09:00:00%2B01:00")
	if body != `{"tenant":"acme"}`+"\n" || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/jsonl") || to.IsZero() {
		t.Errorf("%s %q", res.Header.Get("Content-Type"), body)
	}
	for _, bad := range []string{"format=xml", "from=yesterday"} {
		if res, _ := b.ask(t, http.MethodGet, "/api/v1/cdr?"+bad); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", bad, res.StatusCode)
		}
	}
	if res, _ := b.ask(t, http.MethodGet, "/api/v1/undelivered"); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without Redis: %d", res.StatusCode)
	}
}
