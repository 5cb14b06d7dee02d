package asr

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/callward/callward/internal/engines"
)

// PoolConfig sets up a Pool; its zero value is a good one.
type PoolConfig struct {
	// Patience is how long a stream looks for an engine that gets on before it fails;
	// 0 means 1.3 s: who
	// has spoken, and is told of the keys, is to hear of them within 5 s.
	Patience time.Duration
	// Switched is told of each stream that another engine takes over. It must not block.
	Switched func(Switch)
}

// A Switch is one engine taking over a stream from another, or from itself.
type Switch struct {
	From, To string        // names of providers
	Cause    error         // ErrStalled, ErrOverrun, or an *EngineError
	Took     time.Duration // from the last that was heard of From to the ready of To
	Replayed time.Duration // audio that To hears again
	Warm     bool          // To had been made ready before From was given up
}

// A Pool is engines of which one hears each stream, and the others stand by: an engine
// that fails or gets nowhere is left for the next, which hears the audio since the last
// final anew. It owns the clients of its providers. It is safe for concurrent use.
type Pool struct {
	config PoolConfig
	alone  bool // the one engine of a Client, which is not looked for again

	mu        sync.Mutex
	providers []*provider
	stop      map[*provider]context.CancelFunc // of who watches its health
	watchers  sync.WaitGroup

	switches, warmed, replayed, withheld atomic.Int64
}

// PoolStats counts what a pool has met.
type PoolStats struct {
	Providers []ProviderStats
	Switches  int64 // streams that another engine took over
	Warmed    int64 // standbys made ready upon a suspicion
	Replayed  int64 // samples that were heard anew
	Withheld  int64 // samples of silence that no engine was sent
}

// ProviderStats is how one engine of a pool stands.
type ProviderStats struct {
	Name    string
	Up      bool          // it has not said that it does not serve
	Breaker engines.State // whether it is asked
	Usual   time.Duration // p99 of the time between two signs of progress
	Stats
}

// NewPool gives a pool of engines.
func NewPool(c PoolConfig, providers ...Provider) *Pool {
	if c.Patience == 0 {
		c.Patience = 1300 * time.Millisecond
	}
	p := &Pool{config: c, stop: map[*provider]context.CancelFunc{}}
	p.Swap(providers...)
	return p
}

// alone is the pool of a Client.
func alone(c *Client) *Pool {
	never := engines.BreakerConfig{Failures: math.MaxInt}
	return &Pool{alone: true, providers: []*provider{newProvider(Provider{Client: c, Breaker: never})}}
}

// Swap puts other providers in place of those there were. Streams go on with the engine
// that they have; the client of a provider that is gone is closed after its last stream.
// One whose client stays keeps what is known of it.
func (p *Pool) Swap(providers ...Provider) {
	p.mu.Lock()
	defer p.mu.Unlock()
	were := p.providers
	p.providers = nil
	for _, given := range providers {
		i := slices.IndexFunc(were, func(w *provider) bool { return w.Client == given.Client })
		next := newProvider(given)
		if i >= 0 && were[i].Breaker == given.Breaker {
			next = were[i]
			next.settings.Store(&given)
		}
		p.providers = append(p.providers, next)
		if p.stop[next] == nil {
			ctx, cancel := context.WithCancel(context.Background())
			p.stop[next] = cancel
			p.watchers.Go(func() { next.watchHealth(ctx) })
		}
	}
	for _, w := range were {
		if !slices.Contains(p.providers, w) {
			p.stop[w]()
			delete(p.stop, w)
			w.retire()
		}
	}
}

// Close ends the pool: its clients, and with them every stream.
func (p *Pool) Close() error {
	p.mu.Lock()
	were := p.providers
	p.providers = nil
	for _, stop := range p.stop {
		stop()
	}
	clear(p.stop)
	p.mu.Unlock()
	var err error
	for _, w := range were {
		err = errors.Join(err, w.Client.Close())
	}
	p.watchers.Wait()
	return err
}

// Stats gives the counters as they stand.
func (p *Pool) Stats() PoolStats {
	out := PoolStats{Switches: p.switches.Load(), Warmed: p.warmed.Load(), Replayed: p.replayed.Load(), Withheld: p.withheld.Load()}
	now := time.Now()
	for _, v := range p.list() {
		out.Providers = append(out.Providers, ProviderStats{
			Name: v.Name, Up: !v.down.Load(), Breaker: v.breaker.State(now), Usual: v.gaps.usual(), Stats: v.Client.Stats(),
		})
	}
	return out
}

func (p *Pool) list() []*provider {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.providers)
}

// pick takes a stream's right to an engine: another than the one that has just failed
// if there is one. Nil: none is to be had now.
func (p *Pool) pick(c Config, failed *provider, now time.Time) *provider {
	all := p.list()
	ranks := make([]engines.Rank, len(all))
	for i, v := range all {
		ranks[i] = v.settings.Load().Rank
	}
	order := engines.Order(ranks, c.Language, c.Class, rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))) //nolint:gosec // a lot, no secret
	for _, again := range []bool{false, true} {
		for _, i := range order {
			if (all[i] == failed) == again && all[i].take(now) {
				return all[i]
			}
		}
	}
	return nil
}

// wide reports whether every engine that may hear a stream takes 16 kHz.
func (p *Pool) wide(c Config) bool {
	some := false
	for _, v := range p.list() {
		if !v.settings.Load().Speaks(c.Language) {
			continue
		}
		known := v.Client.known.Load()
		if known == nil || !known.Wideband {
			return false
		}
		some = true
	}
	return some
}

// standbys reports whether a stream may go on with another engine.
func (p *Pool) standbys(c Config) bool {
	n := 0
	for _, v := range p.list() {
		if v.settings.Load().Speaks(c.Language) {
			n++
		}
	}
	return n > 1
}
