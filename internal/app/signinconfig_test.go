package app

import (
	"strings"
	"testing"
)

func TestAProviderThatLetsNobodyInIsRefused(t *testing.T) {
	const good = "sign_in:\n  oidc:\n    issuer: https://id.example.com\n    client_id: callward\n    client_secret: s\n    agent: uid\n    roles:\n      team.a: [viewer, supervisor@default/billing]\n"
	p := mustLoad(t, "version: 1\n"+good, nil, nil).SignIn.OIDC.provider()
	if p == nil || p.ClientSecret != "s" || p.Groups != "groups" || p.Agent != "uid" || len(p.Roles["team.a"]) != 2 || p.Roles["team.a"][1].Queues[0] != "billing" {
		t.Errorf("%+v", p)
	}
	for name, tc := range map[string]struct{ from, to, want string }{
		"clear":   {"https://id", "http://id", `callward.yaml:4: sign_in.oidc.issuer: "http://id.example.com" is no provider`},
		"name":    {"client_id: callward", "client_id: ''", "callward.yaml:5: sign_in.oidc.client_id: missing"},
		"nowhere": {"issuer: https://id.example.com", "scopes: [x]", "sign_in.oidc.issuer: missing"},
		"role":    {"[viewer,", "[veiwer,", `"veiwer" is no role; allowed: viewer, agent`},
		"tenant":  {"@default", "@defualt", `callward.yaml:9: sign_in.oidc.roles[team.a][1]: tenant "defualt" is not known; allowed: default`},
		"queue":   {"/billing", "/biling", `queue "biling" is not known; allowed: billing, emergency, technical`},
		"nobody":  {"      team.a: [viewer, supervisor@default/billing]\n", "", "sign_in.oidc.roles: no group has a role"},
	} {
		if _, err := load(t, "version: 1\n"+strings.Replace(good, tc.from, tc.to, 1), nil, nil); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
}
