package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callward/callward/console/access"
	"github.com/callward/callward/internal/yamlfile"
)

// noTenant refuses the name of a tenant that there is not, to who may ask about it: an empty list
// would read as a tenant where nothing happens. It names those within reach.
func (s *Server) noTenant(ctx huma.Context, reach access.Reach, name string) {
	var names []string
	for _, p := range s.cfg.Pools() {
		if reach.Tenant(p.Tenant) {
			names = append(names, p.Tenant)
		}
	}
	slices.Sort(names)
	there := "there is none within your reach"
	if len(names) > 0 {
		there = "there are: " + strings.Join(names, ", ") + yamlfile.Nearest(name, names)
	}
	_ = huma.WriteErr(s.api, ctx, http.StatusUnprocessableEntity, "there is no such tenant", &huma.ErrorDetail{Message: there, Location: "query.tenant"})
}

// asksOfTenant reports whether an operation can be asked about one tenant.
func asksOfTenant(op *huma.Operation) bool {
	return slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "query" && p.Name == "tenant" })
}
