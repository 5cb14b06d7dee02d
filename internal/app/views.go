package app

import (
	"context"
	"fmt"
	"time"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/tts"
)

// usualTarget is what a queue has that says nothing of its own; docs/queues.md.
const usualTarget = 20 * time.Second

func (a *App) poolViews() []console.Pool {
	all := a.pools.all()
	tenants := a.plan.Load().loaded.Config.Tenants
	var out []console.Pool
	for _, tenant := range names(all) {
		t := tenants[tenant]
		out = append(out, console.Pool{
			Tenant: tenant, Snapshot: all[tenant].Snapshot, Figures: all[tenant].Figures, Outlook: all[tenant].Outlook, Zone: t.zone(),
			Target: func(queue string) time.Duration {
				if target := t.Queues[queue].Target; target > 0 {
					return target
				}
				return usualTarget
			},
		})
	}
	return out
}

// assistantViews shows each assistant once for each tenant that has it.
func (a *App) assistantViews() []console.Assistant {
	p := a.plan.Load()
	at := map[string]int{}
	var out []console.Assistant
	for _, number := range names(p.lines) {
		l := p.lines[number]
		key := l.tenant + "/" + l.name
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, assistantView(l))
		}
		out[i].Numbers = append(out[i].Numbers, number)
	}
	return out
}

func assistantView(l line) console.Assistant {
	v := console.Assistant{
		Tenant: l.tenant, Name: l.name, Languages: l.assistant.Languages(), Minimum: l.assistant.MinConfidence(),
		Intents: []console.AssistantIntent{},
	}
	taught := map[string]map[string]int{}
	for _, language := range v.Languages {
		for _, e := range l.assistant.Examples(language) {
			if taught[e.Intent] == nil {
				taught[e.Intent] = map[string]int{}
			}
			taught[e.Intent][language]++
		}
	}
	for _, name := range l.assistant.Intents() {
		examples := taught[name]
		if examples == nil {
			examples = map[string]int{}
		}
		v.Intents = append(v.Intents, console.AssistantIntent{Name: name, Examples: examples})
	}
	return v
}

// try understands a sentence as a line would, by the assistant's own classifier.
func (a *App) try(ctx context.Context, s console.Sentence) (console.Understood, error) {
	p := a.plan.Load()
	for _, l := range p.lines {
		c := l.classifiers[s.Language]
		if l.tenant != s.Tenant || l.name != s.Assistant || c == nil {
			continue
		}
		r := p.loaded.Config.Redaction.policy().New(s.Language)
		text := r.Final("", redact.RawText(s.Text)).Text
		got, err := c.Classify(ctx, text)
		if err != nil {
			return console.Understood{}, fmt.Errorf("try: %w", err)
		}
		got = l.assistant.Plainly(s.Language, text, got)
		u := console.Understood{Text: text, Intent: got.Name, Confidence: got.Confidence, Top: []call.Scored{}}
		u.Enough = got.Name != "" && got.Confidence >= l.assistant.MinConfidence()
		for _, t := range got.Top {
			u.Top = append(u.Top, call.Scored(t))
		}
		return u, nil
	}
	return console.Understood{}, console.ErrUnknown
}

// systemView shows this server and what it is connected to.
func (a *App) systemView(ctx context.Context) console.System {
	c := a.plan.Load().loaded.Config
	v := console.System{
		Version: a.opts.Version, Started: a.opened, Draining: a.draining.Load(), Overloaded: a.strain.tooMuch(), CPU: a.strain.percent(),
		Calls: len(a.live()), MaxCalls: c.Limits.Calls, Ports: a.media.Stats().PortsFree,
		Listeners: a.listenerViews(), Trunks: a.trunkViews(c.Trunks), Certificates: []console.Certificate{},
		Providers: append(recognizerViews(a.speech.asr.pool.Stats()), synthesizerViews(a.speech.tts.pool.Stats())...),
	}
	if until := a.drains.Load(); until != 0 {
		v.DrainsUntil = time.Unix(0, until)
	}
	v.Nodes, v.Undelivered = a.nodeViews(ctx)
	for _, s := range a.certified() {
		v.Certificates = append(v.Certificates, console.Certificate{Expires: s.Expires(), Rejected: s.Rejected()})
	}
	return v
}

func (a *App) listenerViews() []console.Listener {
	out := []console.Listener{{Network: "http", Address: a.HTTP().String()}}
	if ap := a.console.SecureAddr(); ap.IsValid() {
		out = append(out, console.Listener{Network: "https", Address: ap.String()})
	}
	for _, network := range sipNetworks() {
		if ap := a.SIP(network); ap.IsValid() {
			out = append(out, console.Listener{Network: network, Address: ap.String()})
		}
	}
	return out
}

func (a *App) trunkViews(trunks map[string]Trunk) []console.Trunk {
	live, registered := a.traffic.count(), a.registrations.state()
	out := []console.Trunk{}
	for _, name := range names(trunks) {
		t := trunks[name]
		out = append(out, console.Trunk{
			Name: name, To: t.To, Register: t.Register, Registered: registered[name], Calls: live[name], MaxCalls: t.Calls,
		})
	}
	return out
}

func recognizerViews(s asr.PoolStats) []console.Provider {
	out := []console.Provider{}
	for _, p := range s.Providers {
		out = append(out, console.Provider{
			Name: p.Name, Kind: kindASR, Up: p.Up, Breaker: p.Breaker.String(), Open: int(p.Open), Usual: p.Usual, Failures: orZero(p.Failures),
		})
	}
	return out
}

func synthesizerViews(s tts.PoolStats) []console.Provider {
	var out []console.Provider
	for _, p := range s.Providers {
		out = append(out, console.Provider{
			Name: p.Name, Kind: kindTTS, Up: p.Up, Breaker: p.Breaker.String(), Open: p.Open, Usual: p.Usual, Failures: orZero(p.Failures),
		})
	}
	return out
}

func orZero(counts map[string]int64) map[string]int64 {
	if counts == nil {
		return map[string]int64{}
	}
	return counts
}
