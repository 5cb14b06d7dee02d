package console

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/callward/callward/call"
)

// eve is a floor where a supervisor listens to each call.
type eve struct {
	floor

	changed *call.Mode
}

func (eve) List(context.Context, string, call.ID) ([]call.Supervision, error) {
	return []call.Supervision{{ID: "1", Mode: call.Listen, By: "user:eve", On: true}, {ID: "2", Mode: call.Listen, By: "local", On: true}}, nil
}

func (e eve) Change(_ context.Context, _ string, _ call.ID, _ string, m call.Mode, _ string) (call.Supervision, error) {
	*e.changed = m
	return call.Supervision{Mode: m}, nil
}

func (eve) Begin(context.Context, string, call.ID, Supervise) (call.Supervision, error) {
	return call.Supervision{}, call.ErrOtherWish
}

// Who could would open the microphone of somebody who believes that nobody hears them.
func TestNobodyChangesWhatAnotherSupervisorDoes(t *testing.T) {
	var changed call.Mode
	b := newBench(t, 8, towns, func(c *Config) { c.Supervisors = eve{changed: &changed} })
	path := "/api/v1/calls/live-acme-billing/supervision"
	if code, body := b.sends(t, http.MethodPatch, path+"/1", `{"mode":"barge"}`); code != http.StatusForbidden || changed != "" {
		t.Errorf("another's part: %d %s, now %q", code, body, changed)
	}
	if noted := b.audit.took(); !strings.Contains(noted, "acme local barge: refused: it is the part of user:eve") {
		t.Errorf("audit:\n%s", noted)
	}
	if code, body := b.sends(t, http.MethodPatch, path+"/2", `{"mode":"barge"}`); code != http.StatusOK || changed != call.Barge {
		t.Errorf("one's own: %d %s, now %q", code, body, changed)
	}
}

func TestAKeyThatWasUsedForAnotherWishIsRefused(t *testing.T) {
	b := newBench(t, 8, towns, func(c *Config) { c.Supervisors = eve{} })
	code, body := b.sends(t, http.MethodPost, "/api/v1/calls/live-acme-billing/supervision", `{"mode":"barge","phone":"boss"}`)
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, "Idempotency-Key") {
		t.Errorf("%d %s", code, body)
	}
}

// sends asks with a body of JSON.
func (b *bench) sends(t *testing.T, method, path, body string) (code int, reply string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	b.show(req)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
