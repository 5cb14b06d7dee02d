package access

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func may(a Action, grants ...Grant) Reach {
	return Principal{Name: "user:a", Grants: grants}.May(a)
}

func TestARoleOfOneTenantReachesNoOther(t *testing.T) {
	for _, role := range Roles() {
		for _, action := range Actions() {
			r := may(action, Grant{Role: role, Tenant: "acme"})
			if action == Public || action == Own {
				continue
			}
			if r.Everywhere() || r.Tenant("other") || r.Tenant("") || r.Queue("other", "billing") {
				t.Errorf("%s of acme may %s elsewhere: %+v", role, action, r)
			}
			if action.Everywhere() && r.Anywhere() {
				t.Errorf("%s of acme may %s, which concerns all tenants", role, action)
			}
		}
	}
}

func TestNobodyMayDoNothingButWhatIsPublic(t *testing.T) {
	for _, action := range Actions() {
		nobody := Principal{Grants: []Grant{{Role: Admin, Tenant: AllTenants}}} // grants without a name are nobody's
		if got := nobody.May(action).Anywhere(); got != (action == Public) {
			t.Errorf("nobody may %s: %v", action, got)
		}
	}
}

func TestHearingUnheardIsGivenByNameAlone(t *testing.T) {
	for _, role := range Roles() {
		for _, action := range []Action{Listen, Whisper} {
			if got := may(action, Grant{Role: role, Tenant: AllTenants}).Anywhere(); got != (role == Listener) {
				t.Errorf("%s may %s: %v", role, action, got)
			}
		}
	}
}

func TestAnAuditorReadsNoConversation(t *testing.T) {
	if may(ReadCalls, Grant{Role: Auditor, Tenant: AllTenants}).Anywhere() {
		t.Error("an auditor reads calls")
	}
}

func TestASupervisorOfQueuesReachesThemAlone(t *testing.T) {
	r := may(ReadCalls, Grant{Role: Supervisor, Tenant: "acme", Queues: []string{"billing"}})
	if !r.Tenant("acme") || !r.Queue("acme", "billing") {
		t.Errorf("their own queue is out of reach: %+v", r)
	}
	if r.Whole("acme") || r.Queue("acme", "sales") || r.Queue("acme", "") || r.Queue("other", "billing") {
		t.Errorf("it reaches further than the queue: %+v", r)
	}
}

// Whatever grants somebody has, a right reaches no tenant that none of them names.
func TestARightReachesNoFurtherThanItsGrants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tenant := rapid.SampledFrom([]string{"acme", "other", AllTenants, "", "ac*"})
		grants := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Grant {
			return Grant{
				Role: rapid.SampledFrom(append(Roles(), "root", "")).Draw(t, "role"), Tenant: tenant.Draw(t, "tenant"),
				Queues: rapid.SliceOfN(rapid.SampledFrom([]string{"billing", "sales", ""}), 0, 2).Draw(t, "queues"),
			}
		})).Draw(t, "grants")
		action := rapid.SampledFrom(Actions()[2:]).Draw(t, "action")
		r := may(action, grants...)
		for _, asked := range []string{"acme", "other", "third"} {
			named := slices.ContainsFunc(grants, func(g Grant) bool {
				return (g.Tenant == asked || g.Tenant == AllTenants) && g.Role.allows(action)
			})
			if r.Tenant(asked) && !named {
				t.Fatalf("%v may %s in %s", grants, action, asked)
			}
			if r.Queue(asked, "billing") && !r.Tenant(asked) {
				t.Fatal("a queue is within reach, and its tenant is not")
			}
		}
	})
}

func FuzzAGrantReadsAsItIsWritten(f *testing.F) {
	for _, s := range []string{"admin", "viewer@acme", "supervisor@acme/billing+technical", "admin@", "root", "viewer@a/b", "supervisor@*/x", "admin@*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		g, err := ParseGrant(text)
		if err != nil {
			return
		}
		again, err := ParseGrant(g.String())
		if err != nil || again.String() != g.String() || again.Role != g.Role || again.Tenant != g.Tenant || !slices.Equal(again.Queues, g.Queues) {
			t.Errorf("%q reads as %+v, and again as %+v (%v)", text, g, again, err)
		}
	})
}
