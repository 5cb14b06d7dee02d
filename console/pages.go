package console

import (
	"github.com/go-chi/chi/v5"

	"github.com/callward/callward/console/pages"
)

// pages serves the pages beside the API. They are the same for everybody.
func (s *Server) pages(r chi.Router) {
	page := pages.Page()
	for _, path := range pages.Routes() {
		r.Method("GET", path, page)
	}
	r.Method("GET", pages.AssetsPath+"*", pages.Assets())
}
