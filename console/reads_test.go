package console

import (
	"context"
	"testing"
	"time"

	"github.com/callward/callward/console/access"
)

func TestWhoReadsACallIsInTheAuditAndWhoListsThemIsNot(t *testing.T) {
	b := newBench(t, 64, towns)
	tokens := map[string]string{}
	as := func(who access.Grant, url string) {
		t.Helper()
		if code, body := b.serve(t, tokens, asked{who, access.ReadCalls, "GET", url}); code >= 500 {
			t.Fatalf("%s: %d %s", url, code, body)
		}
	}
	supervisor := access.Grant{Role: access.Supervisor, Tenant: "acme"}
	for range 3 {
		as(supervisor, "/api/v1/calls")
		as(supervisor, "/api/v1/records")
		as(supervisor, "/api/v1/events?after=0")
		as(supervisor, "/api/v1/calls/old-acme-billing")
		as(supervisor, "/api/v1/calls/old-other-billing")
	}
	as(supervisor, "/api/v1/events?after=0&call=live-acme-sales")
	as(supervisor, "/api/v1/events?after=0&call=live-other-sales")
	want := "acme token:test read-call: old-acme-billing\nacme token:test read-call: live-acme-sales\n"
	if got := b.audit.took(); got != want {
		t.Errorf("audit:\n%swant:\n%s", got, want)
	}
}

func TestARecordOfManyCallsThatIsTakenAwayIsInTheAudit(t *testing.T) {
	b := newBench(t, 8, func(c *Config) {
		c.Export = func(context.Context, string, time.Time, time.Time, bool) ([]byte, error) { return nil, nil }
	})
	if resp, body := b.ask(t, "GET", "/api/v1/cdr?format=csv&tenant=default"); resp.StatusCode != 200 {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	if got := b.audit.took(); got != "default local export-calls: csv\n" {
		t.Errorf("audit:\n%s", got)
	}
}

func TestAReaderIsNotedAgainAfterAWhileAndMemoryIsBounded(t *testing.T) {
	var r reads
	at := time.Unix(1e9, 0)
	key := [3]string{"user:jean", "acme", "a"}
	if !r.first(key, at) || r.first(key, at.Add(readsNoted-1)) || !r.first(key, at.Add(readsNoted)) {
		t.Error("noted too seldom, or too often")
	}
	for range 2 * readsKept {
		at = at.Add(time.Microsecond)
		r.first([3]string{at.String()}, at)
	}
	if len(r.seen) > readsKept {
		t.Errorf("%d are remembered", len(r.seen))
	}
}
