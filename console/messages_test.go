package console

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
	kept "github.com/callward/callward/internal/records"
	"github.com/callward/callward/redact"
)

// townMessages are one for each queue of two tenants.
func townMessages(tenants, queues []string) *kept.Messages {
	m := kept.NewMessages(10)
	for _, tenant := range tenants {
		for _, q := range queues {
			_ = m.Put(context.Background(), call.Message{
				Tenant: tenant, Call: call.ID("old-" + tenant + "-" + q), Queue: q, Caller: mark(tenant) + queueMark(q),
				Text: redact.Authored(mark(tenant) + " " + queueMark(q)), Left: time.Unix(0, 0), Length: time.Second, Sound: make([]byte, 8000),
			})
		}
	}
	return m
}

func TestAMessageIsPlayedByWhoMayHearItsQueue(t *testing.T) {
	b := newBench(t, 8, towns)
	tokens := map[string]string{}
	supervisor := access.Grant{Role: access.Supervisor, Tenant: "acme", Queues: []string{"billing"}}
	for _, c := range []struct {
		who  access.Grant
		id   string
		want int
	}{
		{supervisor, "old-acme-billing", http.StatusOK},
		{supervisor, "old-acme-sales", http.StatusNotFound},
		{supervisor, "old-other-billing", http.StatusNotFound},
		{access.Grant{Role: access.Listener, Tenant: "acme"}, "old-acme-sales", http.StatusOK},
		{access.Grant{Role: access.Admin, Tenant: access.AllTenants}, "old-acme-sales", http.StatusForbidden},
		{access.Grant{Role: access.Viewer, Tenant: "acme"}, "old-acme-sales", http.StatusForbidden},
	} {
		code, body := b.serve(t, tokens, asked{c.who, access.PlayMessages, "GET", "/api/v1/messages/" + c.id + "/sound"})
		if code != c.want || code == http.StatusOK && (len(body) != 44+2*8000 || !strings.HasPrefix(body, "RIFF")) {
			t.Errorf("%s: %s gives %d, %d bytes", c.who, c.id, code, len(body))
		}
	}
	if got := b.audit.took(); !strings.Contains(got, "play-messages: call old-acme-billing") || strings.Contains(got, "play-messages: call old-other-billing") {
		t.Errorf("audit:\n%s", got)
	}
	forget := asked{supervisor, access.DeleteMessages, "DELETE", "/api/v1/messages/old-acme-billing"}
	for _, want := range []int{http.StatusNoContent, http.StatusNotFound} {
		if code, body := b.serve(t, tokens, forget); code != want {
			t.Errorf("%d %s", code, body)
		}
	}
}
