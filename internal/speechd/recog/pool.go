package recog

import (
	"runtime"
	"slices"
	"sync"

	"github.com/callward/callward/internal/speechd/ps"
)

func newTurns(n int) turns {
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	return make(turns, n)
}

// A recipe says how to make a decoder; equal keys make equal decoders.
type recipe struct {
	key    string
	search string // name of its only search
	make   func() (*ps.Decoder, error)
}

// A pool lends decoders. It keeps those that come back, and frees the one that
// has lain idle longest when a new kind is needed and the pool is full. Nobody
// waits for a decoder: what can do without goes without, and what cannot gets
// one beyond the size, which is freed on return.
type pool struct {
	max int

	mu     sync.Mutex
	alive  int
	closed bool
	idle   []idleDecoder // oldest first
}

type idleDecoder struct {
	key string
	dec *ps.Decoder
}

func newPool(size int) *pool { return &pool{max: size} }

// get lends a decoder, or nil if the pool is full and the caller need not have
// one.
func (p *pool) get(r recipe, must bool) (*ps.Decoder, error) {
	dec, build := p.try(r.key, must)
	if !build {
		return dec, nil
	}
	dec, err := r.make()
	if err != nil {
		p.leave()
	}
	return dec, err
}

// try gives an idle decoder, or leave to build one.
func (p *pool) try(key string, must bool) (dec *ps.Decoder, build bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, d := range slices.Backward(p.idle) {
		if d.key == key {
			p.idle = slices.Delete(p.idle, i, i+1)
			return d.dec, false
		}
	}
	if p.alive >= p.max && len(p.idle) > 0 {
		p.idle[0].dec.Close()
		p.idle = p.idle[1:]
		p.alive--
	}
	if p.alive >= p.max && !must {
		return nil, false
	}
	p.alive++
	return nil, true
}

// leave gives a place back without a decoder.
func (p *pool) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alive--
}

// put takes a decoder back.
func (p *pool) put(r recipe, dec *ps.Decoder) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.alive > p.max {
		dec.Close()
		p.alive--
		return
	}
	p.idle = append(p.idle, idleDecoder{key: r.key, dec: dec})
}

// has reports whether a decoder of a kind lies ready.
func (p *pool) has(key string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.idle {
		if d.key == key {
			return true
		}
	}
	return false
}

func (p *pool) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.alive
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, d := range p.idle {
		d.dec.Close()
		p.alive--
	}
	p.idle = nil
}
