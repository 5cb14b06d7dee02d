package tts

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"

	"github.com/callward/callward/internal/engines"
)

// A Provider is one engine of a Pool.
type Provider struct {
	Name   string
	Client *Client
	engines.Rank

	Voices  map[string]string // what it calls the voices that are asked for; others it is asked for as they are
	Streams int               // texts at once; 0: no limit
	Hedge   time.Duration     // without audio after which another is asked beside it; 0 means 400 ms
	Breaker engines.BreakerConfig

	FirstAudio time.Duration // how long it may take to the first audio; 0: as its client's Config says
	StallAfter time.Duration // and to each further piece; 0: the same
}

const usualHedge = 400 * time.Millisecond

// provider is the state of one, which the texts given to it share.
type provider struct {
	Client  *Client
	Name    string
	Breaker engines.BreakerConfig

	settings atomic.Pointer[Provider] // as last configured
	breaker  *engines.Breaker
	down     atomic.Bool // it says that it does not serve
	first    delays
	texts    atomic.Int64

	mu       sync.Mutex
	open     int
	lately   time.Time // it gave audio, of whatever text
	retired  bool      // its client is closed once nothing is open
	failures map[string]int64
}

func newProvider(p Provider) *provider {
	v := &provider{
		Client: p.Client, Name: p.Name, Breaker: p.Breaker,
		breaker: engines.NewBreaker(p.Breaker), failures: map[string]int64{},
	}
	v.settings.Store(&p)
	return v
}

// take gives the right to one text, if the engine is to be had; full says that it is but
// for its limit. Who has the right leaves it.
func (p *provider) take(now time.Time) (ok, full bool) {
	if p.down.Load() {
		return false, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if most := p.settings.Load().Streams; most > 0 && p.open >= most {
		return false, p.breaker.State(now) == engines.Closed
	}
	if !p.breaker.Allow(now) {
		return false, false
	}
	p.open++
	p.texts.Add(1)
	return true, false
}

// free reports whether take would give the right now; probes, that it may be to find out
// whether the engine is well again.
func (p *provider) free(now time.Time, probes bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	most, state := p.settings.Load().Streams, p.breaker.State(now)
	return !p.down.Load() && (most == 0 || p.open < most) && (state == engines.Closed || probes && state == engines.HalfOpen)
}

// gave notes that the engine gives audio of some text.
func (p *provider) gave(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lately = now
}

// works gives how many texts the engine has, and when it last gave audio of any.
func (p *provider) works() (texts int, lately time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open, p.lately
}

// leave gives the right back.
func (p *provider) leave() {
	p.mu.Lock()
	p.open--
	last := p.retired && p.open == 0
	p.mu.Unlock()
	if last {
		_ = p.Client.Close() // nobody is left who could be told
	}
}

// retire closes the client after its last text.
func (p *provider) retire() {
	p.mu.Lock()
	p.retired = true
	last := p.open == 0
	p.mu.Unlock()
	if last {
		_ = p.Client.Close()
	}
}

// failed counts why a text was not spoken to its end.
func (p *provider) failed(err error, now time.Time) {
	p.breaker.Failed(now)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures[cause(err)]++
}

// hedge gives how long another engine is not asked: what was said, or what is usual if
// that is longer, so that no text is asked for twice because the engine is a slow one.
func (p *provider) hedge() time.Duration {
	d := cmp.Or(p.settings.Load().Hedge, usualHedge)
	return min(max(d, p.first.usual()), max(d, p.firstAudio()/2))
}

func (p *provider) firstAudio() time.Duration {
	return cmp.Or(p.settings.Load().FirstAudio, p.Client.config.FirstAudio)
}

func (p *provider) stallAfter() time.Duration {
	return cmp.Or(p.settings.Load().StallAfter, p.Client.config.StallAfter)
}

func (p *provider) voice(name string) string {
	if known, ok := p.settings.Load().Voices[name]; ok {
		return known
	}
	return name
}

// watchHealth listens to what the engine says of itself until ctx ends.
func (p *provider) watchHealth(ctx context.Context) {
	engines.Watch(ctx, p.Client.conn, ttsv1.TtsService_ServiceDesc.ServiceName, func(serves bool) { p.down.Store(!serves) })
}

func (p *provider) stats(now time.Time) ProviderStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return ProviderStats{
		Name: p.Name, Up: !p.down.Load(), Breaker: p.breaker.State(now), Texts: p.texts.Load(), Open: p.open,
		Failures: maps.Clone(p.failures), Usual: p.first.usual(),
	}
}

// cause names a failure in a word or two.
func cause(err error) string {
	var known *EngineError
	switch {
	case errors.As(err, &known) && known.Fault != "":
		return known.Fault
	case errors.As(err, &known):
		return engines.CodeName(known.Code)
	case errors.Is(err, ErrStalled):
		return "stalled"
	case errors.Is(err, errOvertaken):
		return "overtaken"
	}
	return "other"
}

// delays is how long an engine takes to the first audio.
type delays struct {
	mu   sync.Mutex
	last [128]time.Duration
	n    int
	p99  time.Duration // of last
}

func (d *delays) note(took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last[d.n%len(d.last)] = took
	if d.n++; d.n%16 == 0 {
		sorted := slices.Clone(d.last[:min(d.n, len(d.last))])
		slices.Sort(sorted)
		d.p99 = sorted[len(sorted)*99/100]
	}
}

// usual gives the p99 of the latest, 0 if too few are known.
func (d *delays) usual() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.p99
}
