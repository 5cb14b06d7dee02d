package asr

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"

	"github.com/callward/callward/internal/engines"
)

// A Provider is one engine of a Pool.
type Provider struct {
	Name   string
	Client *Client
	engines.Rank

	Streams int // that it may be given at once; 0: no limit
	Breaker engines.BreakerConfig
	Silence bool // it is sent silence too, as an engine that counts time by it wants

	ReadyWithin time.Duration // in place of the stream's; 0: as that says
	StallAfter  time.Duration // the same
}

// provider is the state of one, which its streams share.
type provider struct {
	Client  *Client
	Name    string
	Breaker engines.BreakerConfig

	settings atomic.Pointer[Provider] // as last configured
	breaker  *engines.Breaker
	down     atomic.Bool // it says that it does not serve
	gaps     gaps

	mu      sync.Mutex
	open    int
	retired bool      // its client is closed once nothing is open
	sign    time.Time // when it last got on with any stream, or said that it serves
	asked   bool      // whether it does
}

func newProvider(p Provider) *provider {
	v := &provider{Client: p.Client, Name: p.Name, Breaker: p.Breaker, breaker: engines.NewBreaker(p.Breaker)}
	v.settings.Store(&p)
	return v
}

// take gives the right to one stream, if the engine is to be had. Who has it says
// whether the engine succeeded or failed, and leaves it.
func (p *provider) take(now time.Time) bool {
	if p.down.Load() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	most := p.settings.Load().Streams
	if most > 0 && p.open >= most || !p.breaker.Allow(now) {
		return false
	}
	p.open++
	return true
}

// hasRoom reports whether take may give the right to a stream.
func (p *provider) hasRoom(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	most := p.settings.Load().Streams
	return !p.down.Load() && (most <= 0 || p.open < most) && p.breaker.State(now) != engines.Open
}

func (p *provider) leave() {
	p.mu.Lock()
	p.open--
	last := p.retired && p.open == 0
	p.mu.Unlock()
	if last {
		_ = p.Client.Close() // nobody is left who could be told
	}
}

// retire closes the client after its last stream.
func (p *provider) retire() {
	p.mu.Lock()
	p.retired = true
	last := p.open == 0
	p.mu.Unlock()
	if last {
		_ = p.Client.Close()
	}
}

// watchHealth listens to what the engine says of itself until ctx ends.
func (p *provider) watchHealth(ctx context.Context) {
	engines.Watch(ctx, p.Client.conn, asrv1.AsrService_ServiceDesc.ServiceName, func(serves bool) { p.down.Store(!serves) })
}

// gaps is how long an engine usually takes from one sign of progress to the next: one
// that is slow today, since the machine is, is not taken for dead.
type gaps struct {
	mu   sync.Mutex
	last [256]time.Duration
	n    int
	p99  atomic.Int64 // of last, nanoseconds
}

// note takes one more. What is a fault is not usual.
func (g *gaps) note(d time.Duration) {
	if d > time.Second {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last[g.n%len(g.last)] = d
	if g.n++; g.n%16 != 0 {
		return
	}
	sorted := slices.Clone(g.last[:min(g.n, len(g.last))])
	slices.Sort(sorted)
	g.p99.Store(int64(sorted[len(sorted)*99/100]))
}

// usual gives the p99 of the latest, 0 if too few are known.
func (g *gaps) usual() time.Duration { return time.Duration(g.p99.Load()) }

// unusual gives how long no engine takes that works. Twice what is usual, of 240 ms that is,
// would have a caller wait longer than half a second for the standby.
func (g *gaps) unusual() time.Duration { return g.usual() * 7 / 4 }
