package assistant

import (
	"cmp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// A consult is what an intent calls a webhook for, and what becomes of each answer.
type consult struct {
	hook      *Webhook
	cases     []hookCase // the first that holds counts; without one, what the intent says
	otherwise map[Outcome]*branch
}

// A branch takes the place of what the intent says and where it leads.
type branch struct {
	say   Text
	queue string // empty: the caller may want something else
}

// A hookCase is the branch of a result that has a value.
type hookCase struct {
	result, is string
	branch
}

// consult reads what an intent calls. It gives the names that its texts may hold besides
// its slots.
func (p *fileParser) consult(s map[string]entry, t *task, slots []string) (known []string) {
	call := s["call"]
	if !call.given() {
		for _, key := range []string{"if", "otherwise"} {
			if s[key].given() {
				p.complain(s[key].key, "the intent %s has %q, but no %q", t.name, key, "call")
			}
		}
		return nil
	}
	name := p.scalar(call, "the webhook of "+t.name)
	w := p.a.webhook(name)
	if w == nil {
		all := p.a.webhookNames()
		p.complain(call.value, "the intent %s calls the webhook %q, which is not there%s; allowed: %s", t.name, name, nearest(name, all), cmp.Or(strings.Join(all, ", "), "none"))
		return nil
	}
	known = p.suits(call, t, w, slots)
	t.consult = &consult{
		hook: w, cases: p.cases(s["if"], t.name, w, slices.Concat(slots, known)),
		otherwise: p.otherwise(s["otherwise"], t.name, slots),
	}
	return known
}

// suits holds an intent to what its webhook wants, and gives the results that can be said.
func (p *fileParser) suits(call entry, t *task, w *Webhook, slots []string) (said []string) {
	allowed := append(slices.Clone(slots), bodyLanguage)
	for _, f := range w.fields {
		for _, v := range variables(f.text) {
			if !slices.Contains(allowed, v) {
				p.complain(call.value, "the webhook %s sends {%s}, which is no slot of %s; allowed: %s", w.Name, v, t.name, braces(allowed))
			}
		}
	}
	for _, r := range w.Results {
		if slices.Contains(slots, r.Name) {
			p.complain(call.value, "%s is a slot of %s and a result of %s; give one of them another name", r.Name, t.name, w.Name)
		}
		if r.Type != ResultBoolean { // "true" is nothing to say
			said = append(said, r.Name)
		}
	}
	return said
}

// cases reads the list that chooses among texts by a result.
func (p *fileParser) cases(e entry, intent string, w *Webhook, values []string) []hookCase {
	if !e.given() {
		return nil
	}
	seq, ok := e.value.(*ast.SequenceNode)
	if !ok {
		p.complain(e.value, "if of %s must be a list of cases, each with result, is and say", intent)
		return nil
	}
	var names []string // that decide
	for _, r := range w.Results {
		if len(r.decides()) > 0 {
			names = append(names, r.Name)
		}
	}
	var out []hookCase
	for _, v := range seq.Values {
		s := p.section(entry{value: v}, "a case of "+intent, "result!", "is!", "say!", "queue")
		c := hookCase{result: p.oneOf(s["result"], "the result of a case of "+intent, names...), branch: p.branch(s, "a case of "+intent, values)}
		if i := slices.IndexFunc(w.Results, func(r Result) bool { return r.Name == c.result }); i >= 0 {
			c.is = p.oneOf(s["is"], "what "+c.result+" is", w.Results[i].decides()...)
		}
		out = append(out, c)
	}
	return out
}

func (p *fileParser) otherwise(e entry, intent string, values []string) map[Outcome]*branch {
	s := p.section(e, "otherwise of "+intent, string(NotFound), string(Failed))
	out := map[Outcome]*branch{}
	for _, o := range []Outcome{NotFound, Failed} {
		if b := s[string(o)]; b.given() {
			what := string(o) + " of " + intent
			read := p.branch(p.section(b, what, "say!", "queue"), what, values)
			out[o] = &read
		}
	}
	return out
}

func (p *fileParser) branch(s map[string]entry, what string, values []string) branch {
	return branch{say: p.text(s["say"], "what "+what+" says", values...), queue: p.queue(s["queue"], "the queue of "+what)}
}

// texts lists what the branches say.
func (c *consult) texts() []Text {
	if c == nil {
		return nil
	}
	var out []Text
	for _, k := range c.cases {
		out = append(out, k.say)
	}
	for _, b := range c.otherwise {
		out = append(out, b.say)
	}
	return out
}
