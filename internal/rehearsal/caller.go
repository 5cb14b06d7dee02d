package rehearsal

import (
	"time"

	"github.com/callward/callward/router/assistant"
)

// onTrunk is the trust of a caller whose trunk checks numbers itself, and is believed.
const onTrunk = "trunk"

func trusts() []string { return []string{"A", "B", "C", "none", "failed", onTrunk} }

// caller reads who calls, where, and how far that is believed.
func (p *fileParser) caller(s map[string]entry) assistant.Caller {
	c := assistant.Caller{
		Number: p.scalar(s["caller"], "caller"),
		Called: p.scalar(s["called"], "called"),
	}
	switch trust := p.name(s["trust"], "trust", trusts()...); trust {
	case onTrunk:
		c.Trust, c.Believed = "none", true
	default:
		c.Trust = trust
	}
	return c
}

// moment reads when the call begins, on the clock of the line unless an offset stands
// beside it.
func (p *fileParser) moment(s map[string]entry) time.Time {
	at := s["at"]
	if !at.given() {
		return p.day(s["date"], "date", monday)
	}
	if s["date"].given() {
		p.complain(at.key, "a scenario has either %q or %q", "at", "date")
	}
	text := p.scalar(at, "at")
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, p.f.Assistant.Zone()); err == nil {
			return t
		}
	}
	p.complain(at.value, "at must be a date and a time on the clock of the line, such as 2026-12-25 10:30, or with an offset, 2026-12-25T10:30:00+01:00")
	return monday
}

// callerKeys are those of what a scenario makes up of the call itself.
func callerKeys() []string { return []string{"at", "caller", "trust", "called"} }

// inText refuses what a real call cannot be told.
func (p *fileParser) inText(s map[string]entry) {
	for _, key := range callerKeys() {
		if s["dial"].given() && s[key].given() {
			p.complain(s[key].key, "a scenario with dial can have no %q: real calls have their own", key)
		}
	}
}
