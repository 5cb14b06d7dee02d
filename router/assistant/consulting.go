package assistant

import (
	"cmp"
	"strings"
)

// This file is the part of a dialogue in which a webhook is asked.

// consult asks the task's webhook.
func (d *Dialogue) consult(reason string) Step {
	w := d.task.consult.hook
	d.hooks++
	h := &Hook{Number: d.hooks, Webhook: w}
	for _, f := range w.fields {
		text := strings.ReplaceAll(f.text, "{"+bodyLanguage+"}", cmp.Or(d.language, d.a.languages[0]))
		h.Fields = append(h.Fields, Field{f.name, fill(text, d.values, plain)})
	}
	d.state, d.hook = consulting, h
	return Step{Hook: h, Reason: reason + ": the webhook " + w.Name + " is asked"}
}

// consulted takes what happens meanwhile. Another request ends the wait; nothing else does.
func (d *Dialogue) consulted(in Input) Step {
	if in.Kind == InputHooked {
		return d.hooked(in.Answer)
	}
	name := d.hook.Webhook.Name
	if t := d.sure(in); t != nil && t != d.task {
		return d.begin(t, in, d.because(in)+", instead of waiting for the webhook "+name)
	}
	return Step{Hook: d.hook, Reason: "the webhook " + name + " has yet to answer"}
}

// hooked goes on with what came of it.
func (d *Dialogue) hooked(a Answer) Step {
	c := d.task.consult
	d.hook, d.misses = nil, 0
	reason := "the webhook " + c.hook.Name + ": " + string(a.Outcome)
	if a.Outcome != Answered {
		b := cmp.Or(c.otherwise[a.Outcome], c.otherwise[Failed])
		if b == nil {
			return d.fetchHuman(reason + ", to a human")
		}
		return d.follow(b, reason)
	}
	d.results = map[string]string{}
	for name, v := range a.Results {
		d.results[name] = v.String()
	}
	for i, k := range c.cases {
		if d.results[k.result] == k.is {
			return d.follow(&c.cases[i].branch, reason+", "+k.result+" is "+k.is)
		}
	}
	return d.finish(reason)
}

// follow says what a branch says, and hands over or offers more.
func (d *Dialogue) follow(b *branch, reason string) Step {
	lines := d.filled(b.say)
	if b.queue == "" {
		d.state = offering
		return d.question(reason, lines)
	}
	p := Place{Queue: b.queue, Priority: d.task.priority, Skills: d.task.skills, Summary: d.summary()}
	p.Intent.Name = d.task.name
	return d.place(p, lines, reason)
}

// told puts the results of the task's webhook into a phrase.
func (d *Dialogue) told(p Phrase, language string) Phrase {
	if d.task == nil || d.task.consult == nil {
		return p
	}
	for i := range d.task.consult.hook.Results {
		r := &d.task.consult.hook.Results[i]
		value, ok := d.results[r.Name]
		if !ok {
			continue
		}
		if with := strings.ReplaceAll(p.Text, "{"+r.Name+"}", r.spoken(value, language, d.now)); with != p.Text {
			p = Phrase{Text: with, Filled: true}
		}
	}
	return p
}

// brief is what an agent is told of a task whose summary lacks values: its name, and where
// a webhook was to give them, what the caller said for it.
func (d *Dialogue) brief() Phrase {
	p := Phrase{Text: d.task.name}
	if d.task.consult == nil {
		return p
	}
	for _, s := range d.task.slots[:d.slot] {
		p = Phrase{Text: p.Text + ", " + s.name + " " + d.values[s.name], Filled: true}
	}
	return p
}
