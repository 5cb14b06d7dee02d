package console

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
)

// otherMethod refuses a method that a path does not have, and names those that it has (RFC
// 9110 section 15.5.6).
func otherMethod(routes chi.Routes) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", strings.Join(methodsOf(routes, r.URL.Path), ", "))
		problem(w, http.StatusMethodNotAllowed, "this method is not served here; the API is described at /api/v1/openapi.json")
	}
}

func methodsOf(routes chi.Routes, path string) (out []string) {
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if !routes.Match(chi.NewRouteContext(), m, path) {
			continue
		}
		if out = append(out, m); m == http.MethodGet {
			out = append(out, http.MethodHead)
		}
	}
	return out
}
