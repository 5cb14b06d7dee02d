package console

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// post sends a document to the API and gives the reply.
func (b *bench) post(t *testing.T, path, body string) (int, string) {
	t.Helper()
	return b.sends(t, http.MethodPost, path, body)
}

func TestAFileTakesEffectAsItWasComparedOrNotAtAll(t *testing.T) {
	refused := error(nil)
	asked := ""
	b := newBench(t, 8, func(c *Config) {
		c.Compare = func(_ context.Context, name string) (Comparison, error) {
			return Comparison{Assistant: name, OnDisk: "v2"}, refused
		}
		c.Activate = func(_ context.Context, name, version, actor string) (Reloaded, error) {
			asked = name + " " + version + " " + actor
			return Reloaded{Changed: []string{"assistant energy"}}, refused
		}
	})
	const path = "/api/v1/assistants/energy/version"
	if _, body := b.ask(t, "GET", path); decode[Comparison](t, body).OnDisk != "v2" || !strings.Contains(body, `"faults":[]`) {
		t.Errorf("comparison: %s", body)
	}
	for err, want := range map[error]int{
		nil: http.StatusOK, ErrOther: http.StatusConflict, ErrUnknown: http.StatusNotFound,
		errors.Join(errors.New("a.yaml:3: no such intent"), errors.Join(errors.New("b.yaml:9: nor this"))): http.StatusUnprocessableEntity,
	} {
		refused = err
		code, body := b.post(t, path, `{"version":"v2"}`)
		if code != want || code == http.StatusOK && decode[Reloaded](t, body).Changed[0] != "assistant energy" {
			t.Errorf("%v: %d %s", err, code, body)
		}
		if code == http.StatusUnprocessableEntity && (!strings.Contains(body, `"a.yaml:3: no such intent"`) || !strings.Contains(body, `"b.yaml:9: nor this"`)) {
			t.Errorf("each fault is one error: %s", body)
		}
	}
	if !strings.HasPrefix(asked, "energy v2 ") || strings.HasSuffix(asked, " ") {
		t.Errorf("asked for %q", asked)
	}
}

func TestARehearsalIsPlayedWhereItsAskerReachesAndIsWrittenDown(t *testing.T) {
	refused := error(nil)
	b := newBench(t, 8, func(c *Config) {
		c.Assistants = func() []Assistant { return []Assistant{{Tenant: "acme", Name: "energy"}} }
		c.Rehearsals = func() []Rehearsal { return []Rehearsal{{Assistant: "energy"}, {Assistant: "nobody's"}} }
		c.Rehearse = func(_ context.Context, r Rehearse, _ string) (Rehearsal, error) {
			return Rehearsal{Assistant: r.Assistant, At: time.Now(), Failed: 1, Scenarios: make([]Rehearsed, 3)}, refused
		}
	})
	const path = "/api/v1/assistants/rehearsals"
	if _, body := b.ask(t, "GET", path); len(decode[[]Rehearsal](t, body)) != 1 {
		t.Errorf("rehearsals of assistants that no tenant has: %s", body)
	}
	b.audit.took()
	for err, want := range map[error]int{
		nil: http.StatusOK, ErrBusy: http.StatusConflict, ErrNoScenarios: http.StatusNotFound, errors.New("s.yaml:4: unknown"): http.StatusUnprocessableEntity,
	} {
		refused = err
		if code, body := b.post(t, path, `{"tenant":"acme","assistant":"energy"}`); code != want {
			t.Errorf("%v: %d %s", err, code, body)
		}
	}
	if got := b.audit.took(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "rehearse: energy: 1 of 3 failed") {
		t.Errorf("audit: %s", got)
	}
	if code, _ := b.post(t, path, `{"tenant":"default","assistant":"energy"}`); code != http.StatusNotFound {
		t.Errorf("an assistant that the tenant has not: %d", code)
	}
}
