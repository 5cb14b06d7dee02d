package tts

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
	"github.com/callward/callward/redact"
	"github.com/callward/callward/tts/prompts"
)

// PoolConfig sets up a Pool; its zero value is a good one.
type PoolConfig struct {
	// CacheBytes bounds the audio kept in memory; 0 means 32 MiB, below 0 none.
	CacheBytes int
	// Folder keeps audio on disk besides; nil: none does. It must outlive the pool.
	Folder *Folder
	// Patience is how long a text looks for an engine that gets on, those that failed it
	// included, before it fails; 0 means 2 s.
	Patience time.Duration
	// Switched is told of each text that another engine takes over, FirstAudio of the time
	// that an engine took to the first audio of one. They must not block.
	Switched   func(Switch)
	FirstAudio func(provider string, took time.Duration)
}

// A Switch is one engine taking over a text from another.
type Switch struct {
	From, To string // names of providers
	Cause    error  // ErrStalled, an *EngineError, or that To was quicker
	Sentence int    // at which To began, from 0
	Again    bool   // of which the caller has heard a part
}

// A Pool is engines of which one speaks a text, and another takes over when that fails
// or does not get on. It owns the clients of its providers. It is safe for concurrent
// use.
type Pool struct {
	config PoolConfig
	cache  *cache
	prompt func(language, text string) ([]byte, bool) // rendered at build time

	mu        sync.Mutex
	providers []*provider
	stop      map[*provider]context.CancelFunc // of who watches its health
	watchers  sync.WaitGroup
	shares    map[key]*share
	closed    bool
	doubled   int // texts that a second engine was asked for, and is

	texts, hits, fallbacks, failed, switches, hedges atomic.Int64
}

// PoolStats counts what a pool has met.
type PoolStats struct {
	Stats
	Providers []ProviderStats
	Switches  int64 // texts that another engine took over
	Hedges    int64 // engines that were asked beside one that had not answered yet
}

// ProviderStats is how one engine of a pool stands.
type ProviderStats struct {
	Name     string
	Up       bool             // it has not said that it does not serve
	Breaker  engines.State    // whether it is asked
	Texts    int64            // it was asked for, whole or from some sentence on
	Open     int              // of these, now
	Failures map[string]int64 // of these, by cause
	Usual    time.Duration    // p99 of the time to the first audio
}

// NewPool gives a pool of engines.
func NewPool(c PoolConfig, providers ...Provider) *Pool {
	p := newPool(c)
	p.Swap(providers...)
	return p
}

func newPool(c PoolConfig) *Pool {
	if c.CacheBytes == 0 {
		c.CacheBytes = 32 << 20
	}
	if c.Patience == 0 {
		c.Patience = 2 * time.Second
	}
	return &Pool{
		config: c, cache: newCache(c.CacheBytes), prompt: prompts.Find,
		stop: map[*provider]context.CancelFunc{}, shares: map[key]*share{},
	}
}

// alone is the pool of a Client.
func alone(c *Client) *Pool {
	p := newPool(PoolConfig{CacheBytes: c.config.CacheBytes, Patience: -1})
	p.providers = []*provider{newProvider(Provider{Client: c, Breaker: engines.BreakerConfig{Failures: math.MaxInt}})}
	return p
}

// Swap puts other providers in place of those there were. Texts are spoken to their end
// by the engine that they have; the client of a provider that is gone is closed after
// the last of them. One whose client stays keeps what is known of it. Where another joins those there were,
// audio that is kept is forgotten: it is in the voices of before.
func (p *Pool) Swap(providers ...Provider) {
	p.mu.Lock()
	defer p.mu.Unlock()
	were := p.providers
	p.providers = nil
	if len(were) > 0 && slices.ContainsFunc(providers, func(given Provider) bool {
		return !slices.ContainsFunc(were, func(w *provider) bool { return w.Client == given.Client })
	}) {
		p.forget()
	}
	for _, given := range providers {
		i := slices.IndexFunc(were, func(w *provider) bool { return w.Client == given.Client })
		next := newProvider(given)
		if i >= 0 && were[i].Breaker == given.Breaker && were[i].Name == given.Name {
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
			if !slices.ContainsFunc(p.providers, func(v *provider) bool { return v.Client == w.Client }) {
				w.retire()
			}
		}
	}
}

// Close ends the pool: its clients, and with them every text.
func (p *Pool) Close() error {
	p.mu.Lock()
	were := p.providers
	p.providers, p.closed = nil, true
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

// Speak starts to speak text. It never blocks: the engine is asked by the first
// Read. The stream must be closed; it ends with ctx, too. The error is of SSML that is
// not allowed.
func (p *Pool) Speak(ctx context.Context, text redact.Safe, voice Voice) (*Stream, error) {
	p.texts.Add(1)
	s, err := p.open(ctx, text, voice)
	if err != nil {
		return nil, err
	}
	s.counted = true
	return s, nil
}

// open is Speak without counting.
func (p *Pool) open(ctx context.Context, text redact.Safe, voice Voice) (*Stream, error) {
	if voice.Rate == 0 {
		voice.Rate = 1
	}
	s, err := newStream(ctx, p, text.String(), voice)
	if err == nil {
		s.safe = text
	}
	return s, err
}

// Stats gives the counters as they stand.
func (p *Pool) Stats() PoolStats {
	out := PoolStats{Stats: p.totals(), Switches: p.switches.Load(), Hedges: p.hedges.Load()}
	now := time.Now()
	for _, v := range p.list() {
		out.Providers = append(out.Providers, v.stats(now))
	}
	return out
}

func (p *Pool) totals() Stats {
	return Stats{
		Texts: p.texts.Load(), CacheHits: p.hits.Load(), Fallbacks: p.fallbacks.Load(), Failed: p.failed.Load(),
		CacheBytes: int64(p.cache.size()),
	}
}

func (p *Pool) list() []*provider {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.providers)
}

// pick takes a text's right to an engine that it has not tried. Nil: none is to be had
// now; busy says that one will be, since all that keeps it is its limit.
func (p *Pool) pick(v Voice, tried map[*provider]bool, now time.Time) (_ *provider, busy bool) {
	all := p.list()
	ranks := make([]engines.Rank, len(all))
	for i, q := range all {
		ranks[i] = q.settings.Load().Rank
	}
	rnd := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())) //nolint:gosec // a lot, no secret
	for _, i := range engines.Order(ranks, v.Language, v.Class, rnd) {
		if tried[all[i]] {
			continue
		}
		ok, full := all[i].take(now)
		if ok {
			return all[i], false
		}
		busy = busy || full
	}
	return nil, busy
}

// double takes the right to ask a second engine for a text that q has. While q gives
// audio, of whatever texts, few may: it is busy, and what a whole burst asked for twice
// would be to wait for twice as long (Dean and Barroso, The Tail at Scale, 2013).
func (p *Pool) double(q *provider, now time.Time) bool {
	texts, lately := q.works()
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(lately) < q.hedge() && p.doubled >= max(1, texts/oneIn) {
		return false
	}
	p.doubled++
	return true
}

// oneIn is how many texts of a busy engine there are for each that is asked for twice.
const oneIn = 8

// undouble gives the right back.
func (p *Pool) undouble() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doubled--
}

// kept gives audio of before, from memory or from disk. What a stand-in spoke is of use
// only as long as none that is asked before it is to be had: the voice of a day's fault is
// not heard for ever. probes says that whoever asks finds out whether one is, which no
// caller does for what is there.
func (p *Pool) kept(k key, probes bool) ([]int16, bool) {
	if pcm, standIn, ok := p.cache.get(k); ok && (!standIn || !p.firstIsFree(k, probes)) {
		return pcm, true
	}
	if p.config.Folder == nil {
		return nil, false
	}
	pcm, ok := p.config.Folder.get(k)
	if ok {
		p.cache.put(k, pcm, false)
	}
	return pcm, ok
}

func (p *Pool) forget() {
	p.cache.clear()
	if p.config.Folder != nil {
		p.config.Folder.Clear()
	}
}

// holds reports whether there is such audio, and none better is to be had.
func (p *Pool) holds(k key) bool {
	_, ok := p.kept(k, true)
	return ok
}

// keep keeps audio; that of a stand-in in memory alone.
func (p *Pool) keep(k key, pcm []int16, standIn bool) {
	p.cache.put(k, pcm, standIn)
	if p.config.Folder != nil && !standIn {
		p.config.Folder.put(k, pcm)
	}
}

// foremost gives the engines of which one is asked first for such audio.
func (p *Pool) foremost(k key) []*provider {
	all := p.list()
	ranks := make([]engines.Rank, len(all))
	for i, q := range all {
		ranks[i] = q.settings.Load().Rank
	}
	var out []*provider
	for i, q := range all {
		if engines.Foremost(ranks, i, k.language, k.class) {
			out = append(out, q)
		}
	}
	return out
}

func (p *Pool) firstIsFree(k key, probes bool) bool {
	now := time.Now()
	return slices.ContainsFunc(p.foremost(k), func(q *provider) bool { return q.free(now, probes) })
}

// speaks reports whether an engine of the pool is one for a language.
func (p *Pool) speaks(language string) bool {
	return slices.ContainsFunc(p.list(), func(q *provider) bool { return q.settings.Load().Speaks(language) })
}
