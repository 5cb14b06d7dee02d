package assistant

import (
	"cmp"
	"slices"
	"strings"
)

// A Caller is what is known of who calls. The zero Caller is nobody known.
type Caller struct {
	Number   string // as the trunk says
	Trust    string // how far that is believed: A, B, C (SHAKEN attestation), none or failed; empty is none
	Believed bool   // the trunk checks its callers' numbers itself, and is trusted with that
	Called   string // the number dialled
}

// Proven reports whether the number is believed enough to be favoured for it.
func (c Caller) Proven() bool { return c.Trust == "A" || c.Believed && c.Trust != "failed" }

// fits reports whether a number is one of some, or begins as one that ends with a star.
func fits(number string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if start, open := strings.CutSuffix(p, "*"); open {
			return strings.HasPrefix(number, start)
		}
		return number == p
	})
}

// rule gives the first rule of an occasion that holds; intent is what was asked for, if
// that is known.
func (d *Dialogue) rule(when occasion, intent string) *rule {
	i := slices.IndexFunc(d.a.rules, func(r *rule) bool { return r.when == when && d.holds(r, intent) })
	if i < 0 {
		return nil
	}
	return d.a.rules[i]
}

func (d *Dialogue) holds(r *rule, intent string) bool {
	return d.standing(r) &&
		(len(r.intents) == 0 || slices.Contains(r.intents, intent)) &&
		(r.below == 0 || d.newest.Kind == InputSaid && d.newest.Intent.Confidence < r.below) &&
		d.misses >= r.misses &&
		(!r.anger || d.angry(d.newest))
}

// standing holds the conditions that do not hang on what the caller says.
func (d *Dialogue) standing(r *rule) bool {
	return (len(r.trust) == 0 || slices.Contains(r.trust, cmp.Or(d.caller.Trust, "none"))) &&
		(len(r.callers) == 0 || d.caller.Proven() && fits(d.caller.Number, r.callers)) &&
		(len(r.called) == 0 || fits(d.caller.Called, r.called)) &&
		(len(r.languages) == 0 || slices.Contains(r.languages, d.language)) &&
		(r.open == nil || !d.now.IsZero() && r.open.open(d.now)) &&
		(r.closed == nil || !d.now.IsZero() && !r.closed.open(d.now))
}

// angry reports whether words of anger were said.
func (d *Dialogue) angry(in Input) bool {
	return in.Kind == InputSaid && showsAnger(in.Text, d.a.anger[cmp.Or(d.language, in.Language)])
}

// ruled hands the caller over as a rule says.
func (d *Dialogue) ruled(r *rule, intent, reason string) Step {
	reason = strings.TrimPrefix(reason+": "+r.why(), ": ")
	if r.queue == "" && r.say == nil && d.pending == nil && d.a.human.closing.shut(d.now) {
		return d.nobody(reason)
	}
	h := d.a.human
	p := Place{Queue: h.queue, Priority: h.priority, Skills: h.skills}
	if d.pending != nil {
		p = *d.pending
	}
	p.Summary, p.Intent.Name = d.summary(), cmp.Or(intent, d.Intent())
	if r.queue != "" {
		p.Number = Phrase{}
	}
	r.change(&p)
	say := r.say
	if say == nil {
		say = h.say
	}
	return d.to(p, d.lines(say), reason)
}

// overruled answers words of anger, where what they ask for has no humans of its own.
func (d *Dialogue) overruled(in Input) (Step, bool) {
	if in.Kind != InputSaid {
		return Step{}, false
	}
	t := d.sure(in)
	if t != nil && (t.queue != "" || t.transfer != "") {
		return Step{}, false
	}
	r := d.rule(whenSpokenTo, "")
	if r == nil {
		return Step{}, false
	}
	if d.language == "" && slices.Contains(d.a.languages, in.Language) {
		d.language = in.Language
	}
	name := ""
	if t != nil {
		name = t.name
	}
	return d.ruled(r, name, ""), true
}

// straight hands a caller over as soon as the legal opening is over, if a rule says so.
func (d *Dialogue) straight(opening []Line) (Step, bool) {
	r := d.rule(whenOpened, "")
	if r == nil {
		return Step{}, false
	}
	step := d.ruled(r, "", "")
	step.Say = slices.Concat(opening, step.Say)
	return step, true
}

// place hands over, where the first rule for those who are handed over sends them.
func (d *Dialogue) place(p Place, lines []Line, reason string) Step {
	if r := d.rule(whenPlaced, p.Intent.Name); r != nil && p.Number.Text == "" {
		r.change(&p)
		reason += "; " + r.why()
		lines = slices.Concat(lines, d.lines(r.say))
	}
	return d.to(p, lines, reason)
}

// change puts what the rule says of a place into p. Its skills are wanted beside those of
// before, which are of the queue of before.
func (r *rule) change(p *Place) {
	if r.queue != "" {
		p.Queue, p.Skills = r.queue, nil
	}
	if r.priority != unset {
		p.Priority = r.priority
	}
	p.Skills = together(p.Skills, r.skills)
}

func (d *Dialogue) to(p Place, lines []Line, reason string) Step {
	where := "a number outside"
	if p.Queue != "" {
		p.Skills = together(p.Skills, d.a.speaking[d.language])
		where = "queue " + p.Queue
	}
	return Step{Say: lines, Place: &p, Reason: reason + ": " + where}
}
