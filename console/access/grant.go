package access

import (
	"fmt"
	"slices"
	"strings"
)

// AllTenants stands for every tenant, those that are yet to come included.
const AllTenants = "*"

// A Grant gives somebody a role in a tenant. The tenant is AllTenants, or one by
// name. A supervisor may be held to some queues; no other role is.
type Grant struct {
	Role   Role     `json:"role"`
	Tenant string   `json:"tenant"`
	Queues []string `json:"queues,omitempty"`
}

// String writes a grant as ParseGrant reads it: admin, viewer@acme or
// supervisor@acme/billing+technical.
func (g Grant) String() string {
	s := string(g.Role)
	if g.Tenant != AllTenants {
		s += "@" + g.Tenant
	}
	if len(g.Queues) > 0 {
		s += "/" + strings.Join(g.Queues, "+")
	}
	return s
}

// ParseGrant reads ROLE, ROLE@TENANT or supervisor@TENANT/QUEUE+QUEUE. A role
// without a tenant is one in all of them.
func ParseGrant(text string) (Grant, error) {
	where, queues, some := strings.Cut(text, "/")
	role, tenant, in := strings.Cut(where, "@")
	g := Grant{Role: Role(role), Tenant: AllTenants}
	if in {
		g.Tenant = tenant
	}
	if some {
		g.Queues = strings.Split(queues, "+")
	}
	if err := g.Check(); err != nil {
		return Grant{}, fmt.Errorf("%q: %w", text, err)
	}
	return g, nil
}

// Check says what is wrong with a grant.
func (g Grant) Check() error {
	if !slices.Contains(Roles(), g.Role) {
		return fmt.Errorf("%q is no role; allowed: %s", string(g.Role), roleNames())
	}
	if g.Tenant != AllTenants && !isName(g.Tenant) {
		return fmt.Errorf("%q is no tenant; write its name as the configuration has it, or %s for all", g.Tenant, AllTenants)
	}
	if len(g.Queues) > 0 && (g.Role != Supervisor || g.Tenant == AllTenants) {
		return fmt.Errorf("only a supervisor of one tenant is held to queues, as supervisor@TENANT/QUEUE")
	}
	for _, q := range g.Queues {
		if !isName(q) {
			return fmt.Errorf("%q is no queue; write its name as the configuration has it", q)
		}
	}
	return nil
}

// isName leaves out what would read as another grant.
func isName(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsAny(s, "@/+*, \t\r\n\x00")
}

func roleNames() string {
	var all []string
	for _, r := range Roles() {
		all = append(all, string(r))
	}
	return strings.Join(all, ", ")
}
