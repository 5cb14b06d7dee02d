package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

// streamed is a reply of server-sent events that run writes, until it returns or ctx ends. Then
// leave frees the reader's place. Who asks by HEAD gets what stands before the events, and no
// more (RFC 9110 section 9.3.2): such a reader would take a place and hear nothing.
func streamed(leave func(), run func(ctx context.Context, f feed)) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer leave()
		r, w := humachi.Unwrap(ctx)
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("X-Accel-Buffering", "no") // or nginx would keep events to itself
		if r.Method == http.MethodHead {
			return
		}
		rc := http.NewResponseController(w)
		_ = rc.SetReadDeadline(time.Time{}) // the server's limits are for requests
		run(r.Context(), feed{w: w, rc: rc})
	}}
}
