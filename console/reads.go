package console

import (
	"context"
	"sync"
	"time"

	"github.com/callward/callward/call"
)

// Who reads what was said in a call is noted, once in a while: pages read a call again and
// again while it goes on. Lists are not, as everybody reads them all day.

// How often one reader of one call is noted, and of how many that is remembered.
const (
	readsNoted = 15 * time.Minute
	readsKept  = 10_000
)

// reads remembers what was noted lately. The zero value is ready to use.
type reads struct {
	mu   sync.Mutex
	seen map[[3]string]time.Time // by who, tenant and call
}

// first reports whether a read is to be noted.
func (r *reads) first(key [3]string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at, ok := r.seen[key]; ok && now.Sub(at) < readsNoted {
		return false
	}
	if r.seen == nil || len(r.seen) >= readsKept {
		r.seen = map[[3]string]time.Time{} // some are noted twice: better than not at all
	}
	r.seen[key] = now
	return true
}

// noteRead writes down that somebody read a call.
func (s *Server) noteRead(ctx context.Context, tenant string, id call.ID) {
	who := visitOf(ctx).who.Name
	if s.reads.first([3]string{who, tenant, string(id)}, time.Now()) {
		s.note(ctx, tenant, "read-call", string(id))
	}
}

// reader gives what a stream tells of each entry that it shows: that of one call is a read.
func (s *Server) reader(ctx context.Context, id string) func(call.Entry) {
	noted := id == ""
	return func(e call.Entry) {
		if !noted {
			noted = true
			s.noteRead(ctx, e.Tenant, e.Call)
		}
	}
}
