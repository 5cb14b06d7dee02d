package console

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"github.com/callward/callward/console/access"
)

// actionOf says what each operation of the API is in the policy. An operation that is not
// here is served to nobody, and the server does not start with one.
func actionOf(operation string) (access.Action, bool) {
	a, ok := map[string]access.Action{
		"healthz": access.Public,
		"readyz":  access.Public,
		"metrics": access.Public, // figures without names of callers, to this machine alone (see guard)

		"list-calls":    access.ReadCalls,
		"get-call":      access.ReadCalls,
		"stream-events": access.ReadCalls,
		"export-calls":  access.ReadCalls,
		"list-queues":   access.ReadBoard,
		"list-agents":   access.ReadBoard,
		"reload":        access.Reload,

		"list-undelivered": access.ReadCalls,

		"list-messages":   access.ReadCalls,
		"play-message":    access.PlayMessages,
		"delete-message":  access.DeleteMessages,
		"handle-message":  access.HandleMessages,
		"stream-messages": access.ReadCalls,

		"get-board":              access.ReadBoard, // and of calls what access.ReadCalls reaches
		"stream-board":           access.ReadBoard,
		"search-calls":           access.ReadCalls,
		"export-search":          access.ReadCalls,
		"get-system":             access.ReadSystem,
		"list-assistants":        access.ReadAssistant,
		"try-sentence":           access.Try,
		"list-misunderstandings": access.ReadCalls,
		"list-rehearsals":        access.ReadAssistant,
		"rehearse":               access.Try,
		"compare-assistant":      access.Reload,
		"activate-assistant":     access.Reload,

		"list-supervisions":  access.ReadCalls,
		"supervise-call":     access.Supervise,
		"enter-call":         access.Supervise,
		"change-supervision": access.Supervise,
		"end-supervision":    access.Supervise,
		"set-agent-state":    access.SetOwnState, // of another: access.SetAgentState
		"end-wrap-up":        access.SetOwnState,
		"get-agent-call":     access.ReadOwnCall, // of another: access.ReadCalls

		"list-audit": access.ReadAudit,

		"sign-in":           access.Public,
		"sign-in-by-link":   access.Public,
		"sign-in-ways":      access.Public,
		"sign-in-by-oidc":   access.Public,
		"finish-oidc":       access.Public,
		"sign-in-by-saml":   access.Public,
		"accept-saml":       access.Public,
		"finish-saml":       access.Public,
		"saml-metadata":     access.Public,
		"begin-key-sign-in": access.Public,
		"sign-in-by-key":    access.Public,
		"begin-passkey":     access.Own,
		"finish-passkey":    access.Own,
		"remove-passkey":    access.Own,
		"get-session":       access.Own,
		"sign-out":          access.Own,
		"set-passphrase":    access.Own,
		"begin-totp":        access.Own,
		"confirm-totp":      access.Own,
		"remove-totp":       access.Own,

		// Callers have no account; who knows the name of a call from a web page made it.
		"web-call":        access.Public,
		"get-web-call":    access.Public,
		"end-web-call":    access.Public,
		"stream-captions": access.Public,

		"list-ice-servers": access.Public, // for who may call: its handler sees to that

		"list-users":   access.ManageUsers,
		"add-user":     access.ManageUsers,
		"change-user":  access.ManageUsers,
		"reset-user":   access.ManageUsers,
		"remove-user":  access.ManageUsers,
		"list-tokens":  access.ManageTokens,
		"issue-token":  access.ManageTokens,
		"revoke-token": access.ManageTokens,
	}[operation]
	return a, ok
}

// undeclared lists the operations and routes of the API that declare no action.
func undeclared(api huma.API, routes chi.Routes) []string {
	known := map[string]bool{}
	var out []string
	for path, item := range api.OpenAPI().Paths {
		for method, op := range operationsOf(item) {
			known[method+" "+path] = true
			if _, ok := actionOf(op.OperationID); !ok {
				out = append(out, op.OperationID)
			}
		}
	}
	_ = chi.Walk(routes, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		describes := strings.HasPrefix(route, "/api/v1/openapi")
		if strings.HasPrefix(route, "/api/") && !describes && !known[method+" "+route] {
			out = append(out, method+" "+route)
		}
		return nil
	}) // its error is that of the function
	slices.Sort(out)
	return out
}

func operationsOf(item *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPut: item.Put, http.MethodPost: item.Post, http.MethodDelete: item.Delete, http.MethodPatch: item.Patch,
	}
	maps.DeleteFunc(all, func(_ string, op *huma.Operation) bool { return op == nil })
	return all
}

// declared sees at start-up that every operation has an action.
func declared(api huma.API, routes chi.Routes) {
	if all := undeclared(api, routes); len(all) > 0 {
		panic(fmt.Sprintf("console: operations without an action in the policy (see actionOf): %s", strings.Join(all, ", ")))
	}
}
