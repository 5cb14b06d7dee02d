package access

import "slices"

// A Principal is who asks: a person, a program with a token, or nobody.
type Principal struct {
	Name   string // as the audit has it, such as user:jean or token:board; empty: nobody
	Agent  string // the agent whose name is theirs, in whichever tenant; empty: none's
	Grants []Grant
}

// Known reports whether it is anybody.
func (p Principal) Known() bool { return p.Name != "" }

// May gives how far a right reaches for somebody. Public reaches everywhere for
// anybody, Own for whoever is known.
func (p Principal) May(a Action) Reach {
	if a == Public || a == Own && p.Known() {
		return Reach{everywhere: true}
	}
	var r Reach
	if !p.Known() {
		return r
	}
	for _, g := range p.Grants {
		if !g.Role.allows(a) || g.Check() != nil || a.Everywhere() && g.Tenant != AllTenants {
			continue
		}
		r.add(g)
	}
	return r
}

// Tenants lists those in which somebody has a role: AllTenants, or by name.
func (p Principal) Tenants() []string {
	out := []string{}
	for _, g := range p.Grants {
		if g.Tenant == AllTenants {
			return []string{AllTenants}
		}
		if !slices.Contains(out, g.Tenant) {
			out = append(out, g.Tenant)
		}
	}
	slices.Sort(out)
	return out
}

// Roles lists the roles that somebody has anywhere.
func (p Principal) Roles() []Role {
	out := []Role{}
	for _, r := range Roles() {
		if slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Role == r }) {
			out = append(out, r)
		}
	}
	return out
}

// A Reach is where a right holds. The zero Reach is nowhere.
type Reach struct {
	everywhere bool
	whole      []string            // tenants, with all that is theirs
	queues     map[string][]string // by tenant, where it is held to some
}

func (r *Reach) add(g Grant) {
	switch {
	case g.Tenant == AllTenants:
		r.everywhere = true
	case len(g.Queues) == 0:
		r.whole = append(r.whole, g.Tenant)
	default:
		if r.queues == nil {
			r.queues = map[string][]string{}
		}
		r.queues[g.Tenant] = append(r.queues[g.Tenant], g.Queues...)
	}
}

// Everywhere reports whether it reaches all tenants and what belongs to none.
func (r Reach) Everywhere() bool { return r.everywhere }

// Anywhere reports whether it reaches anything.
func (r Reach) Anywhere() bool { return r.everywhere || len(r.whole) > 0 || len(r.queues) > 0 }

// Whole reports whether it reaches all of a tenant.
func (r Reach) Whole(tenant string) bool {
	return r.everywhere || slices.Contains(r.whole, tenant)
}

// Tenant reports whether it reaches any of a tenant.
func (r Reach) Tenant(tenant string) bool {
	return r.Whole(tenant) || len(r.queues[tenant]) > 0
}

// Queue reports whether it reaches a queue of a tenant, and what is in that queue.
// What is in no queue has the empty name, and belongs to those who reach it all.
func (r Reach) Queue(tenant, queue string) bool {
	return r.Whole(tenant) || slices.Contains(r.queues[tenant], queue)
}

// Equal reports whether two are the same, with the same rights.
func (p Principal) Equal(q Principal) bool {
	return p.Name == q.Name && p.Agent == q.Agent && slices.EqualFunc(p.Grants, q.Grants, func(a, b Grant) bool {
		return a.Role == b.Role && a.Tenant == b.Tenant && slices.Equal(a.Queues, b.Queues)
	})
}

// Narrow reports that the right is held for some queues only, in some tenant.
func (r Reach) Narrow() bool { return len(r.queues) > 0 }
