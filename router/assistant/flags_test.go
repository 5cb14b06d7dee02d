package assistant

import (
	"strings"
	"testing"

	"github.com/callward/callward/router/guard"
)

// Whoever serves a French line reads in French what was tried.
func TestFlagsAreInTheLinesOwnLanguage(t *testing.T) {
	var flags []string
	for _, k := range guard.Kinds() {
		flags = append(flags, string(k))
		if inFrench()[string(k)] == "" {
			t.Errorf("%s has no French", k)
		}
	}
	if got := flagsFor("fr", flags[:2]); got != "(alertes\u00a0: injection, changement)" {
		t.Error(got)
	}
	if got := flagsFor("en", flags); got != "(flags: "+strings.Join(flags, ", ")+")" {
		t.Error(got)
	}
}
