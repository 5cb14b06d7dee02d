package webcall

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rates bound how often somebody may do something. The zero value knows nobody.
type Rates struct {
	mu sync.Mutex
	of map[string]*rate.Limiter
}

// maxAddresses bounds what is remembered. Who would come as one more has to wait until
// others have been quiet for a while.
const maxAddresses = 10000

// House is what an address is counted as: with IPv6 a house has a /64, and is one. ok is
// false for the address of nobody.
func House(from netip.Addr) (house string, ok bool) {
	bits := 32
	if from = from.Unmap(); from.Is6() {
		bits = 64
	}
	p, err := from.Prefix(bits)
	return p.String(), err == nil
}

// Allow reports whether somebody may do it once more, of so many times a minute.
func (r *Rates) Allow(house string, minute int, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.of[house]
	if l == nil {
		if r.clean(now); len(r.of) >= maxAddresses {
			return false
		}
		if r.of == nil {
			r.of = make(map[string]*rate.Limiter)
		}
		l = rate.NewLimiter(rate.Limit(float64(minute)/time.Minute.Seconds()), minute)
		r.of[house] = l
	}
	return l.AllowN(now, 1)
}

// clean forgets who may call as often as somebody new, once there are many.
func (r *Rates) clean(now time.Time) {
	if len(r.of) < maxAddresses {
		return
	}
	for house, l := range r.of {
		if l.TokensAt(now) >= float64(l.Burst()) {
			delete(r.of, house)
		}
	}
}
