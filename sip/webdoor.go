package sip

import (
	"net/http"
)

// WebSocket takes phones in browsers by the listener of another HTTP server, so that a
// page reaches us where it came from: by the same origin, and under the same certificate.
// A connection lasts until it or the Server ends. The Server must run.
func (s *Server) WebSocket() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		network := wsNetwork
		if r.TLS != nil {
			network = wssNetwork
		}
		s.upgrade(r.Context(), &streamListener{listener: listener{network: network, bound: localOf(r)}}, w, r)
	})
}
