package app

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/callward/callward/console"
	"github.com/callward/callward/internal/apitoken"
)

// A newcomer is let in by what the server prints; its own user's programs by what it leaves.
func TestAServerPrintsOneWayInAndLeavesAnother(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	t.Setenv(apitoken.Env, "")
	s := serveApp(t, "")
	address := s.HTTP().String()
	if code := s.get("/api/v1/users", nil); code != http.StatusOK {
		t.Errorf("by the token in the file: %d", code)
	}
	link := regexp.MustCompile(`http://localhost:` + fmt.Sprint(s.HTTP().Port()) + `/welcome#(\S+) `)
	s.eventually("the greeting", func() bool { return link.MatchString(s.out.String()) })
	t.Setenv(apitoken.Env, "of nobody")
	if code := s.get("/api/v1/calls", nil); code != http.StatusUnauthorized {
		t.Errorf("by a token that is none: %d", code)
	}
	enter := func() error {
		return Ask(t.Context(), address, http.MethodPost, "/api/v1/session/bootstrap", map[string]string{"token": link.FindStringSubmatch(s.out.String())[1]}, nil)
	}
	if err := enter(); err != nil {
		t.Errorf("by the link: %v", err)
	}
	if err := enter(); err == nil {
		t.Error("the link works twice")
	}
	t.Setenv(apitoken.Env, "")
	var audit []console.AuditEvent
	s.get("/api/v1/audit", &audit)
	if len(audit) < 3 || audit[1].Actor != "user:admin" || audit[1].Action != "sign-in-by-link" || !strings.HasPrefix(audit[1].Result, "ok") {
		t.Errorf("audit: %+v", audit)
	}
	s.hurryUp()
	if err := s.ended(); err != nil || apitoken.For(address) != "" {
		t.Errorf("the token outlives its server: %v", err)
	}
}
