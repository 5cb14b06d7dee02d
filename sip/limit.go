package sip

import (
	"maps"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits bound what strangers may cost: sources that Config.Trusted does not know.
// A zero field takes the value that its comment states.
type Limits struct {
	PerSource float64 // messages a second of one source, an IPv4 address or an IPv6 /64; 50
	Strangers float64 // messages a second of all of them together; 1000
	Invites   float64 // new calls a second of those who are trusted; more get 503; 1000
}

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		field *float64
		value float64
	}{{&l.PerSource, 50}, {&l.Strangers, 1000}, {&l.Invites, 1000}} {
		if *f.field <= 0 {
			*f.field = f.value
		}
	}
	return l
}

const (
	burstTime    = 4 * time.Second // of a rate may come at once
	maxSources   = 16384           // remembered at once; who comes beyond shares one rate
	patienceWith = 20              // wrong passwords of a source that never has the right one, then silence
	silenceFor   = 10 * time.Minute
	tidyEvery    = 10 * time.Second
)

// limiter decides which messages of strangers are read at all. It looks at the
// source only, before anything is parsed, and remembers a bounded number of them.
type limiter struct {
	trusted func(netip.Addr) bool
	limits  Limits
	now     func() time.Time

	mu      sync.Mutex
	sources map[netip.Prefix]*source
	crowd   *rate.Limiter // of those that there is no room for
	all     *rate.Limiter
	invites *rate.Limiter
	swept   time.Time
	clock   *time.Timer // runs while somebody is remembered
	stopped bool
}

// source is what is remembered of a stranger.
type source struct {
	rate   *rate.Limiter
	errors int       // wrong passwords since something of it was right
	last   time.Time // of these
	silent time.Time // nothing of it is read until then
}

// newLimiter gives nil if everybody is trusted. Who has registered is: else anybody
// could silence a phone in its name.
func newLimiter(c Config, registered func(netip.Addr) bool) *limiter {
	if c.Trusted == nil {
		return nil
	}
	l := c.Limits
	return &limiter{
		trusted: func(a netip.Addr) bool { return c.Trusted(a) || registered(a) }, limits: l, now: time.Now, sources: map[netip.Prefix]*source{},
		crowd: newRate(l.PerSource), all: newRate(l.Strangers), invites: newRate(l.Invites),
	}
}

func newRate(perSecond float64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond*burstTime.Seconds())))
}

// network is what counts as one source: in IPv6, whoever has an address has a /64.
func network(a netip.Addr) netip.Prefix {
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}

// admits reports whether a message from there is to be read.
func (l *limiter) admits(from netip.Addr) bool {
	if !l.isStranger(from) {
		return true
	}
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	mine := l.crowd
	if s := l.source(from, now); s != nil {
		if now.Before(s.silent) {
			return false
		}
		mine = s.rate
	}
	return mine.AllowN(now, 1) && l.all.AllowN(now, 1)
}

// source finds or makes what is remembered of a source; nil if there is no room.
// It needs l.mu.
func (l *limiter) source(from netip.Addr, now time.Time) *source {
	key := network(from)
	s := l.sources[key]
	if s != nil {
		return s
	}
	if len(l.sources) >= maxSources && now.Sub(l.swept) >= time.Second {
		l.swept = now
		l.sweep(now)
	}
	if len(l.sources) >= maxSources {
		return nil
	}
	s = &source{rate: newRate(l.limits.PerSource)}
	l.sources[key] = s
	if l.clock == nil && !l.stopped {
		l.clock = time.AfterFunc(tidyEvery, l.tidy)
	}
	return s
}

// tidy forgets although nobody comes any more. A map never gives back what it has
// grown to, so what is left moves to another one.
func (l *limiter) tidy() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(l.now())
	left := make(map[netip.Prefix]*source, len(l.sources))
	maps.Copy(left, l.sources)
	l.sources, l.clock = left, nil
	if len(left) > 0 && !l.stopped {
		l.clock = time.AfterFunc(tidyEvery, l.tidy)
	}
}

// stop ends the clock.
func (l *limiter) stop() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	stopTimers(l.clock)
}

// sweep forgets those that nothing is held against. It needs l.mu.
func (l *limiter) sweep(now time.Time) {
	for key, s := range l.sources {
		if (s.errors == 0 || now.Sub(s.last) >= silenceFor) && !now.Before(s.silent) && s.rate.TokensAt(now) >= float64(s.rate.Burst()) {
			delete(l.sources, key)
		}
	}
}

// judge notes whether a source answered a challenge of ours rightly. Who never does
// guesses passwords, and hears nothing more for a while. Nothing else may count
// against a source: whoever answers a challenge is where he says he is, and of all
// other messages anybody could write the source.
func (l *limiter) judge(from netip.Addr, right bool) {
	if !l.isStranger(from) {
		return
	}
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.source(from, now)
	switch {
	case s == nil:
	case right:
		s.errors = 0
	case now.Before(s.silent):
	default:
		s.errors, s.last = s.errors+1, now
		if s.errors >= patienceWith {
			s.errors, s.silent = 0, now.Add(silenceFor)
		}
	}
}

// isStranger reports whether messages from there are limited.
func (l *limiter) isStranger(from netip.Addr) bool { return l != nil && !l.trusted(from) }

// takesCall reports whether one more call of those who are trusted may begin now.
func (l *limiter) takesCall() bool { return l == nil || l.invites.AllowN(l.now(), 1) }

// maxConnections is how many a stranger may have at once.
const maxConnections = 20

// takesConnection reports whether a source that has own connections may have one
// more beside those in all. The last quarter of the most that there may be is not for
// strangers: they could have them all.
func (l *limiter) takesConnection(from netip.Addr, all, most int, own func() int) bool {
	switch {
	case all >= most:
		return false
	case !l.isStranger(from):
		return true
	default:
		return all < most-most/4 && own() < maxConnections
	}
}

// silenced counts the sources that are not listened to.
func (l *limiter) silenced() int {
	if l == nil {
		return 0
	}
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, s := range l.sources {
		if now.Before(s.silent) {
			n++
		}
	}
	return n
}
