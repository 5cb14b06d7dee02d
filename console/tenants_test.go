package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/callward/callward/console/access"
)

func TestATenantThatThereIsNotIsRefusedWithThoseThatThereAre(t *testing.T) {
	b := newBench(t, 8, towns)
	tokens := map[string]string{}
	admin, outside := access.Grant{Role: access.Admin, Tenant: access.AllTenants}, access.Grant{Role: access.Viewer, Tenant: "gone"}
	for _, path := range ofTenants() {
		code, body := b.serve(t, tokens, asked{admin, access.ReadBoard, http.MethodGet, path + "?tenant=acmee"})
		if code != http.StatusUnprocessableEntity || !strings.Contains(body, `"query.tenant"`) || !strings.Contains(body, `there are: acme, other (did you mean \"acme\"?)`) {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	code, body := b.serve(t, tokens, asked{outside, access.ReadBoard, http.MethodGet, "/api/v1/queues?tenant=gone"})
	if code != http.StatusUnprocessableEntity || strings.Contains(body, "acme") {
		t.Errorf("to who may not know of others: %d %s", code, body)
	}
	odd := "/api/v1/queues?tenant=" + strings.Repeat("x", 5000)
	if code, body := b.serve(t, tokens, asked{admin, access.ReadBoard, http.MethodGet, odd}); code != http.StatusUnprocessableEntity || len(body) > 400 {
		t.Errorf("%d %.500s", code, body)
	}
}
