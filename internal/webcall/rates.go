package webcall

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// rates bound how often one address may call. The zero value knows none.
type rates struct {
	mu sync.Mutex
	of map[netip.Prefix]*rate.Limiter
}

// maxAddresses bounds what is remembered. Who would come as one more has to wait until
// others have been quiet for a while.
const maxAddresses = 10000

// allow reports whether an address may call once more, of so many times a minute. With
// IPv6 a house has a /64, and counts as one.
func (r *rates) allow(from netip.Addr, minute int, now time.Time) bool {
	bits := 32
	if from = from.Unmap(); from.Is6() {
		bits = 64
	}
	house, err := from.Prefix(bits)
	if err != nil { // of nobody
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.of[house]
	if l == nil {
		if r.clean(now); len(r.of) >= maxAddresses {
			return false
		}
		if r.of == nil {
			r.of = make(map[netip.Prefix]*rate.Limiter)
		}
		l = rate.NewLimiter(rate.Limit(float64(minute)/time.Minute.Seconds()), minute)
		r.of[house] = l
	}
	return l.AllowN(now, 1)
}

// clean forgets who may call as often as somebody new, once there are many.
func (r *rates) clean(now time.Time) {
	if len(r.of) < maxAddresses {
		return
	}
	for house, l := range r.of {
		if l.TokensAt(now) >= float64(l.Burst()) {
			delete(r.of, house)
		}
	}
}
