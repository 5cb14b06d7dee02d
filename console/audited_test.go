package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/callward/callward/console/access"
)

func TestWhatIsTypedForATenantIsNotForTheAudit(t *testing.T) {
	b := newBench(t, 8, towns)
	tokens := map[string]string{}
	for tenant, want := range map[string]string{"other": "other", "<script>" + strings.Repeat("x", 9000): ""} {
		code, _ := b.serve(t, tokens, asked{access.Grant{Role: access.Viewer, Tenant: "acme"}, access.ReadBoard, "GET", "/api/v1/queues?tenant=" + tenant})
		noted := b.audit.took()
		if code != http.StatusForbidden || !strings.HasPrefix(noted, want+" ") || len(noted) > 200 {
			t.Errorf("%d, noted %.100q", code, noted)
		}
	}
}
