package assistant

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/callward/callward/router/guard"
)

// This file is what a line refuses whatever understands its callers: it is looked at what
// they say before any intent is. See package guard for what is recognised.

// guardRails are the section "guard" of a file.
type guardRails struct {
	rails    *guard.Rails
	say      map[guard.Kind]Text
	summary  Text   // of the hand-over of those who want something changed
	queue    string // who gets them
	refusals int    // the last of which fetches a human
	numbers  int    // different ones for one slot, the last of which fetches a human
}

// What is taken where the file says nothing.
const (
	defaultRefusals = 3
	defaultNumbers  = 3
)

// defaultWords are what is said where the file says nothing.
//
//go:embed guard.yaml
var defaultWords []byte //nolint:gochecknoglobals // an embedded file

func (p *fileParser) guard(e entry) {
	keys := []string{"queue", "refusals", "numbers", "summary"}
	for _, k := range guard.Kinds() {
		keys = append(keys, string(k))
	}
	s := p.section(e, "guard", keys...)
	var words map[string]Text
	if err := yaml.Unmarshal(defaultWords, &words); err != nil {
		p.complain(e.key, "the words of the guard rails cannot be read: %v", err) // a test sees to it that they can
	}
	g := guardRails{
		rails:    guard.New(p.a.name),
		say:      map[guard.Kind]Text{},
		queue:    cmp.Or(p.queue(s["queue"], "the queue of guard"), p.a.human.queue),
		refusals: p.count(s["refusals"], "refusals", 1, 9, defaultRefusals),
		numbers:  p.count(s["numbers"], "numbers", 2, 9, defaultNumbers),
		summary:  p.textOr(s["summary"], "the summary of guard", words["summary"]),
	}
	for _, k := range guard.Kinds() {
		g.say[k] = p.textOr(s[string(k)], "the words for "+string(k), words[string(k)])
	}
	p.a.guard = g
}

// textOr reads a text; otherwise is what there is if the file has none.
func (p *fileParser) textOr(e entry, what string, otherwise Text) Text {
	if e.given() {
		return p.text(e, what)
	}
	return otherwise
}

// texts lists what the guard rails say.
func (g *guardRails) texts() []Text {
	var out []Text
	for _, k := range guard.Kinds() {
		out = append(out, g.say[k])
	}
	return out
}

// reasonGuard begins the reasons of steps that the guard rails decide.
const reasonGuard = "guard rails: "

// guarded is what the guard rails know of a dialogue.
type guarded struct {
	flags    []string                   // of the call, each once
	fresh    []string                   // those of the step in progress
	refusals int                        // so far
	tried    map[string]map[string]bool // by slot, the values it had
	wrong    int                        // answers to questions for values that were none, or denied
}

// refuse looks at what the caller said, and refuses what no line grants. Not ok: the
// dialogue goes on.
func (d *Dialogue) refuse(in Input) (step Step, ok bool) {
	if in.Kind != InputSaid {
		return Step{}, false
	}
	found := d.a.guard.rails.Judge(in.Text)
	found = slices.DeleteFunc(found, func(f guard.Finding) bool { return f.Kind == guard.ReadBack && d.mayRepeat() })
	if len(found) == 0 {
		return Step{}, false
	}
	var why []string
	for _, f := range found {
		d.flag(f.Kind)
		why = append(why, fmt.Sprintf("%s (rule %q)", f.Kind, f.Rule))
	}
	reason := reasonGuard + strings.Join(why, ", ")
	if found[0].Kind == guard.Impersonation && d.verySure(in) && d.sure(in).consult == nil {
		return Step{}, false // what the line does by itself is harmless, whoever asks; what a system knows is not
	}
	if d.language == "" && slices.Contains(d.a.languages, in.Language) {
		d.language, d.state = in.Language, asking
	}
	if slices.ContainsFunc(found, func(f guard.Finding) bool { return f.Kind == guard.Change }) {
		return d.handOverChange(reason), true
	}
	d.refusals++
	lines := d.lines(d.a.guard.say[found[0].Kind])
	if d.refusals >= d.a.guard.refusals {
		step := d.fetchHuman(fmt.Sprintf("%s, refused, %d of %d: to a human", reason, d.refusals, d.a.guard.refusals))
		step.Say = append(lines, step.Say...)
		return step, true
	}
	return d.question(fmt.Sprintf("%s, refused, %d of %d", reason, d.refusals, d.a.guard.refusals), lines), true
}

// verySure reports whether a request was understood better than it has to be: of a caller
// who says no more than for whom he speaks, something is soon understood.
func (d *Dialogue) verySure(in Input) bool {
	return d.sure(in) != nil && in.Intent.Confidence >= d.verySureFrom()
}

// verySureFrom is the confidence from which a request counts as understood that well.
func (d *Dialogue) verySureFrom() float64 { return (2 + d.a.listening.minimum) / 3 }

// mayRepeat reports whether the question is whether a value is right that may be heard: it
// is put again in full then.
func (d *Dialogue) mayRepeat() bool {
	return d.state == confirming && d.task.slots[d.slot].kind != ExpectCard
}

// handOverChange leaves to a human what is never done by voice alone. Where that is the one
// whom everybody gets, and nobody is there, the caller hears that instead.
func (d *Dialogue) handOverChange(reason string) Step {
	g := &d.a.guard
	if h := d.a.human; d.pending == nil && g.queue == h.queue && h.closing.shut(d.now) {
		return d.nobody(reason + ": nothing is changed by voice")
	}
	p := Place{Queue: g.queue, Priority: d.a.human.priority, Summary: Phrase{Text: g.summary[d.a.languages[0]]}}
	if d.pending != nil && d.pending.Summary.Text != "" {
		p.Summary.Text = d.pending.Summary.Text + "; " + p.Summary.Text
		p.Summary.Filled = d.pending.Summary.Filled
	}
	return d.place(p, d.lines(g.say[guard.Change]), reason+": nothing is changed by voice")
}

// flag notes what was tried, for the record and for the agent.
func (d *Dialogue) flag(k guard.Kind) {
	d.fresh = append(d.fresh, string(k))
	if !slices.Contains(d.flags, string(k)) {
		d.flags = append(d.flags, string(k))
	}
}

// flagged puts the flags into a step: those of it for the record, all of them for the agent.
func (d *Dialogue) flagged(s Step) Step {
	s.Flags, d.fresh = d.fresh, nil
	if len(s.Flags) > 0 && !strings.HasPrefix(s.Reason, reasonGuard) {
		s.Reason += ", flagged as " + strings.Join(s.Flags, ", ")
	}
	if s.Place != nil && len(d.flags) > 0 && d.over == nil {
		p := *s.Place
		p.Summary.Text = strings.TrimSpace(p.Summary.Text + " " + flagsFor(d.a.languages[0], d.flags))
		s.Place = &p
	}
	return s
}

// inFrench are the kinds of tricks as the people of a French line read them.
func inFrench() map[string]string {
	return map[string]string{
		string(guard.Injection): "injection", string(guard.Change): "changement", string(guard.ReadBack): "relecture de chiffres",
		string(guard.Disclosure): "divulgation", string(guard.Authority): "argument d’autorité", string(guard.Pressure): "pression",
		string(guard.Probing): "essai de numéros", string(guard.Impersonation): "au nom d’autrui",
	}
}

// flagsFor tells agents, in the line's own language, what was tried.
func flagsFor(language string, flags []string) string {
	if language != "fr" {
		return "(flags: " + strings.Join(flags, ", ") + ")"
	}
	words := make([]string, len(flags))
	for i, f := range flags {
		words[i] = inFrench()[f]
	}
	return "(alertes\u00a0: " + strings.Join(words, ", ") + ")"
}

// exhausted takes a value for a slot, and fetches a human if it is one too many of
// different ones: whoever needs that many does not know the right one. Not ok: it counts.
// Another day or amount is no guess.
func (d *Dialogue) exhausted(s *slot, value string) (step Step, ok bool) {
	switch s.kind {
	case ExpectDigits, ExpectCard, ExpectCode, ExpectPhone:
	default:
		return Step{}, false
	}
	name := s.name
	if d.tried == nil {
		d.tried = map[string]map[string]bool{}
	}
	if d.tried[name] == nil {
		d.tried[name] = map[string]bool{}
	}
	d.tried[name][value] = true
	if n := len(d.tried[name]); n >= d.a.guard.numbers {
		return d.tooMany(fmt.Sprintf("%d different values for %s", n, name)), true
	}
	return Step{}, false
}

// missedValue counts an answer to a question for a value that was none or was denied, over the
// whole call: asking for something else in between begins nothing anew.
func (d *Dialogue) missedValue(why string, say Text) Step {
	if d.wrong++; d.wrong >= 2*d.a.guard.numbers {
		return d.tooMany(fmt.Sprintf("%s, and %d answers were no value", why, d.wrong))
	}
	return d.askAgain(why, say)
}

func (d *Dialogue) tooMany(why string) Step {
	d.flag(guard.Probing)
	return d.fetchHuman(reasonGuard + why + ": to a human")
}
