package asr

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
)

// An engine that nobody can take over from is asked anew only when that may help: the same
// engine would have all its work twice, while it is behind with it as it is.
const (
	// mostSlow is how long such an engine may leave one stream without a sign, as long as it
	// gives others.
	mostSlow = 15 * time.Second
	// aliveFor is how long a sign counts. The only engine for a language is given longer in
	// any case: one that is dead gets no more time by it.
	aliveFor = time.Second
	// aliveWithin is how long an engine may take to say that it serves.
	aliveWithin = 2 * time.Second
)

// spared reports whether an engine that looks stalled is only slow: nobody else is there to
// take over, and it gets on with other streams, or answers who asks how it is; mu is held.
func (s *Stream) spared(a *attempt, now time.Time) bool {
	return s.lonely(a, now) && a.watch.ready && now.Sub(a.watch.at) < mostSlow && a.provider.alive(now)
}

// lonely reports whether no other engine is to be had in place of an attempt's; mu is held.
func (s *Stream) lonely(a *attempt, now time.Time) bool {
	return !s.pool.alone && !s.pool.others(s.config.Language, a.provider, now)
}

// others reports whether an engine other than this one may be asked for a language.
func (p *Pool) others(language string, than *provider, now time.Time) bool {
	for _, v := range p.list() {
		if v != than && v.settings.Load().Speaks(language) && v.hasRoom(now) {
			return true
		}
	}
	return false
}

// signed notes a sign of life.
func (p *provider) signed(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sign = now
}

// alive reports whether there was one just now.
func (p *provider) alive(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.down.Load() && now.Sub(p.sign) < aliveFor
}

// ask has an engine say whether it is alive, unless that is known, or somebody asks already.
// mu is held; who asks ends with the stream.
func (s *Stream) ask(ctx context.Context, p *provider, now time.Time) {
	p.mu.Lock()
	asks := !p.asked && now.Sub(p.sign) >= aliveFor/2
	p.asked = p.asked || asks
	p.mu.Unlock()
	if asks {
		s.helpers.Go(func() { p.answers(ctx) })
	}
}

// answers asks an engine how it is. Whether it serves is told by its health as it changes;
// here any answer of its own will do, even that it knows no such question.
func (p *provider) answers(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, aliveWithin)
	defer cancel()
	err := p.Client.Ready(ctx)
	var why *EngineError
	ok := err == nil || errors.As(err, &why) && why.Code == codes.Unimplemented
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = false
	if ok {
		p.sign = time.Now()
	}
}
