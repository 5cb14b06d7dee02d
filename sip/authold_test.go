package sip_test

import (
	"strings"
	"testing"
)

// baresip before 3.11 gives up at an algorithm that it does not know, whatever stands beside it.
func TestAPhoneThatGivesUpAtSHA256IsChallengedByMD5Alone(t *testing.T) {
	t.Parallel()
	o := newOffice(t, nil)
	for _, tc := range []struct{ agent, want string }{
		{"", "SHA-256 MD5"},
		{"baresip v1.0.0 (x86_64/linux)", "MD5"},
		{"baresip v3.10.1 (x86_64/Linux)", "MD5"},
		{"baresip v3.11.0 (x86_64/Linux)", "SHA-256 MD5"},
		{"baresip v4.0.0 (x86_64/Linux)", "SHA-256 MD5"},
		{"baresip v99999999999999999999.1", "SHA-256 MD5"},
		{"baresip", "SHA-256 MD5"},
		{"Linphone/5.1 baresip v1.0", "SHA-256 MD5"},
	} {
		extra := ""
		if tc.agent != "" {
			extra = "User-Agent: " + tc.agent + "\n"
		}
		var offered []string
		for _, h := range newRegistering(t, o.Server, "agent").try("SIP/2.0 401", extra).Headers("WWW-Authenticate") {
			for _, alg := range []string{"SHA-256", "MD5"} {
				if strings.Contains(h, "algorithm="+alg) {
					offered = append(offered, alg)
				}
			}
		}
		if got := strings.Join(offered, " "); got != tc.want {
			t.Errorf("%q is offered %q, want %q", tc.agent, got, tc.want)
		}
	}
}
