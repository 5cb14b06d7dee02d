package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/webhook"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
	"github.com/callward/callward/router/queue"
)

// A plan is what answers which number, and who may call: everything that a
// reload replaces in one stroke. It does not change.
type plan struct {
	log        *slog.Logger
	loaded     Loaded
	lines      map[string]line // by number dialled
	tests      map[string]string
	testTenant string
	trunks     []netip.Prefix
	agents     map[string]credential // by user
	trained    map[string]trained    // by assistant
}

// A line is what a number leads to.
type line struct {
	tenant      string
	name        string // of the assistant's file
	assistant   *assistant.Assistant
	languages   []string
	classifiers map[string]*intent.Classifier
	signers     map[string]*webhook.Signer // of requests, by webhook
}

type credential struct {
	tenant   string
	password Secret
}

// trained is what understands callers of an assistant, by language.
type trained struct {
	text        string
	classifiers map[string]*intent.Classifier
}

// The test numbers that are no assistant's.
const (
	numberEcho  = "echo"
	numberMusic = "music"
)

// newPlan trains what is new since before, which may be nil.
func newPlan(ctx context.Context, l Loaded, before *plan, demo Secret, log *slog.Logger) (*plan, error) {
	p := &plan{
		log: log, loaded: l, lines: map[string]line{}, tests: map[string]string{},
		agents: map[string]credential{}, trained: map[string]trained{},
	}
	if before != nil {
		maps.Copy(p.trained, before.trained)
	}
	for _, tenant := range names(l.Config.Tenants) {
		if err := p.tenant(ctx, tenant, l.Config.Tenants[tenant]); err != nil {
			return nil, err
		}
	}
	for _, t := range l.Config.Trunks {
		for _, n := range t.From {
			p.trunks = append(p.trunks, n.Prefix)
		}
	}
	if l.Config.TestNumbers {
		if err := p.testNumbers(ctx); err != nil {
			return nil, err
		}
	}
	if l.Config.DemoAgent {
		p.agents[DemoAgentName] = credential{p.mainTenant(), demo}
	}
	return p, nil
}

// mainTenant has the test numbers and the demo agent.
func (p *plan) mainTenant() string {
	if _, ok := p.loaded.Config.Tenants[DefaultTenant]; ok {
		return DefaultTenant
	}
	return names(p.loaded.Config.Tenants)[0]
}

func (p *plan) tenant(ctx context.Context, tenant string, t Tenant) error {
	for number, n := range t.Numbers {
		if err := p.number(ctx, tenant, number, n); err != nil {
			return err
		}
	}
	for name, a := range t.Agents {
		p.agents[name] = credential{tenant, a.Password}
	}
	return nil
}

func (p *plan) number(ctx context.Context, tenant, number string, n Number) error {
	a, ok := p.loaded.assistants[n.Assistant]
	if !ok {
		return fmt.Errorf("number %s of tenant %s: there is no assistant %q", number, tenant, n.Assistant)
	}
	t, err := p.train(ctx, n.Assistant, a)
	if err != nil {
		return err
	}
	signers, err := signersOf(a.Assistant)
	if err != nil {
		return err
	}
	languages := a.Languages()
	if n.Language != "" {
		languages = []string{n.Language}
	}
	p.lines[number] = line{
		tenant: tenant, name: n.Assistant, assistant: a.Assistant, languages: languages, classifiers: t.classifiers, signers: signers,
	}
	return nil
}

func (p *plan) train(ctx context.Context, name string, a authored) (trained, error) {
	if t, ok := p.trained[name]; ok && t.text == a.text {
		return t, nil
	}
	t := trained{text: a.text, classifiers: map[string]*intent.Classifier{}}
	for _, language := range a.Languages() {
		c, err := p.classifier(ctx, name, a.Assistant, language)
		if err != nil {
			return trained{}, err
		}
		t.classifiers[language] = c
	}
	p.trained[name] = t
	return t, nil
}

// testNumbers adds what operators and load tests call; a number that a tenant
// has under the same name stays the tenant's.
func (p *plan) testNumbers(ctx context.Context) error {
	p.testTenant = p.mainTenant()
	for _, number := range []string{numberEcho, numberMusic} {
		if _, taken := p.lines[number]; !taken {
			p.tests[number] = number
		}
	}
	for number, n := range bundledTenant().Numbers {
		if _, taken := p.lines[number]; taken {
			continue
		}
		n.Assistant = BundledAssistant
		if err := p.number(ctx, p.testTenant, number, n); err != nil {
			return err
		}
	}
	return nil
}

// line finds what answers a number: as it was dialled, else as E.164 writes it.
func (p *plan) line(dialled, e164 string) (line, bool) {
	for _, number := range []string{dialled, e164, AnyNumber} {
		if l, ok := p.lines[number]; ok {
			return l, true
		}
	}
	return line{}, false
}

// answers reports whether a number, or what E.164 has for it, is a line's or a test's.
// That any number may be a line's does not count.
func (p *plan) answers(dialled, e164 string) bool {
	_, line := p.lines[dialled]
	_, known := p.lines[e164]
	_, test := p.tests[dialled]
	return line || known || test
}

// admits reports whether an address is a trunk's.
func (p *plan) admits(host netip.Addr) bool {
	return slices.ContainsFunc(p.trunks, func(n netip.Prefix) bool { return n.Contains(host) })
}

// tenants lists the tenants, sorted.
func (p *plan) tenants() []string { return names(p.loaded.Config.Tenants) }

// staff is the agents of a tenant as its queues should know them.
func (p *plan) staff(tenant string) map[string]Agent {
	t := p.loaded.Config.Tenants[tenant]
	staff := maps.Clone(t.Agents)
	if staff == nil {
		staff = map[string]Agent{}
	}
	if c, ok := p.agents[DemoAgentName]; ok && p.loaded.Config.DemoAgent && c.tenant == tenant {
		staff[DemoAgentName] = Agent{Password: c.password, Queues: names(t.Queues), Skills: p.allSkills(t)}
	}
	return staff
}

// allSkills lets the demo agent take every caller.
func (p *plan) allSkills(t Tenant) []string {
	skills := map[string]bool{}
	add := func(s string) {
		name, _, _ := queue.SplitLevel(s, 1)
		skills[name+"=9"] = true
	}
	for _, q := range t.Queues {
		for _, s := range q.Skills {
			add(s)
		}
	}
	for _, n := range t.Numbers {
		for _, ref := range p.loaded.assistants[n.Assistant].Skills() {
			add(ref.Skill)
		}
	}
	return names(skills)
}

// outside gives the queues of a tenant whose people are reached by a number.
func (p *plan) outside(tenant string) map[string]call.Destination {
	out := map[string]call.Destination{}
	for name, q := range p.loaded.Config.Tenants[tenant].Queues {
		if q.Number != "" {
			out[name] = call.Destination{
				Number: q.Number, By: cmp.Or(call.By(q.By), call.ByBridge), Shown: redact.Authored(q.Number),
			}
		}
	}
	return out
}

// times are the machine's durations for a tenant.
func (p *plan) times(tenant string) call.Times {
	return call.Times{
		Budget: p.loaded.Config.Call.SilenceBudget,
		Ring:   max(p.loaded.Config.Tenants[tenant].RingTimeout, time.Second),
	}
}
