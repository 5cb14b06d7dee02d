package assistant

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// closing is what happens to callers outside some hours. A nil closing is never closed.
type closing struct {
	calendar *calendar
	say      Text
	then     string
	queue    string
	priority int
	skills   []string
}

// What may come after callers are told that nobody is there; a queue of those who are is
// the third way.
const (
	thenMore    = "more"    // anything else is offered
	thenGoodbye = "goodbye" // the call ends
)

// The values that stand for times in texts of what has hours.
const (
	openUntil = "open_until"
	opensNext = "opens_next"
)

// timesOf lists the values that texts beside hours may hold.
func timesOf(hours entry) []string {
	if !hours.given() {
		return nil
	}
	return []string{openUntil, opensNext}
}

// closing reads hours, and what happens outside them: keys of the section s.
func (p *fileParser) closing(s map[string]entry, what string) *closing {
	hours, closed := s["hours"], s["closed"]
	if hours.given() != closed.given() {
		p.complain(cmp.Or(hours.key, closed.key), "%s: %q and %q go together", what, "hours", "closed")
		return nil
	}
	c := &closing{calendar: p.calendarNamed(hours, what)}
	k := p.section(closed, "closed of "+what, "say!", "then", "queue", "priority", "skills")
	c.say = p.text(k["say"], "what "+what+" says when closed", opensNext)
	c.then = cmp.Or(p.oneOf(k["then"], "what comes then", thenMore, thenGoodbye), thenMore)
	c.queue = p.queue(k["queue"], "the queue of "+what+" when closed")
	c.priority = p.priority(k["priority"])
	c.skills = p.skills(k["skills"], "the skills of "+what+" when closed")
	if k["then"].given() && k["queue"].given() {
		p.complain(k["then"].key, "closed of %s has both %q and %q; keep one", what, "then", "queue")
	}
	if c.calendar == nil {
		return nil
	}
	return c
}

// greetingClosed reads what is said in place of the greeting outside hours.
func (p *fileParser) greetingClosed(s map[string]entry) *closing {
	hours, closed := s["hours"], s["closed"]
	if hours.given() != closed.given() {
		p.complain(cmp.Or(hours.key, closed.key), "opening: %q and %q go together", "hours", "closed")
		return nil
	}
	c := &closing{calendar: p.calendarNamed(hours, "opening"), say: p.text(closed, "the greeting when closed", opensNext)}
	if c.calendar == nil {
		return nil
	}
	return c
}

// everyLanguage wants a key for each language: who cannot be understood has nothing else.
func (p *fileParser) everyLanguage(e entry, keys map[string]string) {
	for _, l := range p.a.languages {
		if !slices.Contains(slices.Collect(maps.Values(keys)), l) {
			p.complain(e.key, "the keys of the languages have none for %q", l)
		}
	}
}

// texts lists what is said when closed.
func (c *closing) texts() []Text {
	if c == nil {
		return nil
	}
	texts := []Text{c.say}
	for _, x := range c.calendar.exceptions {
		texts = append(texts, x.say)
	}
	return texts
}

// asides lists what is said beside questions and answers.
func (a *Assistant) asides() []Text {
	texts := append([]Text{a.robot}, slices.Concat(a.opening.closing.texts(), a.human.closing.texts())...)
	for _, t := range a.tasks {
		texts = append(texts, t.closing.texts()...)
	}
	for _, r := range a.rules {
		texts = append(texts, r.say)
	}
	return texts
}

// shut reports whether nobody is there at t. Where the time is not known, somebody is.
func (c *closing) shut(t time.Time) bool {
	return c != nil && !t.IsZero() && !c.calendar.open(t)
}

// timed puts the times of hours into lines that name them.
func (d *Dialogue) timed(c *closing, lines []Line) []Line {
	if c == nil {
		return lines
	}
	for i, l := range lines {
		for name, words := range c.calendar.times(d.now, l.Language) {
			l.Text = strings.ReplaceAll(l.Text, "{"+name+"}", words)
		}
		lines[i] = l
	}
	return lines
}

// times gives what stands for the values, in words.
func (c *calendar) times(now time.Time, language string) map[string]string {
	out := map[string]string{openUntil: unending(language, false), opensNext: unending(language, true)}
	if now.IsZero() {
		return out
	}
	at := c.civil(now)
	if end, ok := c.until(now); ok {
		out[openUntil] = spokenUntil(language, at, end)
	}
	if begin, ok := c.next(now); ok {
		out[opensNext] = spokenNext(language, at, begin)
	}
	return out
}

// excuse says why nobody is there.
func (d *Dialogue) excuse(c *closing) []Line {
	return append(d.lines(c.calendar.note(d.now)), d.timed(c, d.lines(c.say))...)
}

// closed tells a caller that nobody is there, and goes on as the file says.
func (d *Dialogue) closed(c *closing, reason string) Step {
	lines := d.excuse(c)
	reason += ", but closed: hours " + c.calendar.name
	switch {
	case c.queue != "":
		p := Place{Queue: c.queue, Priority: c.priority, Skills: c.skills, Summary: d.summary()}
		p.Intent.Name = d.Intent()
		return d.place(p, lines, reason)
	case c.then == thenGoodbye:
		return d.leave(lines, reason)
	}
	d.state = offering
	return d.question(reason, lines)
}

// leave ends the call, or fetches the human who was promised.
func (d *Dialogue) leave(lines []Line, reason string) Step {
	step := d.end(reason)
	step.Say = slices.Concat(lines, step.Say)
	return step
}

// nobody is a human who is wanted for want of anything else, when none is there: the
// second time there is nothing left to offer, nor is there to who has no language yet.
func (d *Dialogue) nobody(reason string) Step {
	c := d.a.human.closing
	if c.queue == "" && (d.refused || d.language == "") {
		return d.leave(d.excuse(c), reason+", but closed: hours "+c.calendar.name+"; no further offer")
	}
	d.refused = true
	return d.closed(c, reason)
}

// FallbackAt is the place of those who are not understood, or that of the hours in which
// nobody is there, for a caller in a language; false: there is none then.
func (a *Assistant) FallbackAt(now time.Time, language string) (Place, bool) {
	speaks := a.speaking[language]
	switch h, c := a.human, a.human.closing; {
	case !c.shut(now):
		return Place{Queue: h.queue, Priority: h.priority, Skills: together(h.skills, speaks)}, true
	case c.queue != "":
		return Place{Queue: c.queue, Priority: c.priority, Skills: together(c.skills, speaks)}, true
	}
	return Place{}, false
}
