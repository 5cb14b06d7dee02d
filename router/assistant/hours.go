package assistant

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

//nolint:gochecknoglobals // a read-only table
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// hours reads the named calendars.
func (p *fileParser) hours(e entry) {
	if !e.given() {
		return
	}
	for _, c := range p.entries(e.value, "hours") {
		if !nameOK.MatchString(c.name) {
			p.complain(c.key, "hours cannot be named %q; allowed: a lower-case letter, then letters, digits, _ and -", c.name)
			continue
		}
		p.a.calendars = append(p.a.calendars, p.calendar(c))
	}
	if len(p.a.calendars) == 0 {
		p.complain(e.key, "hours must name at least one calendar")
	}
}

func (p *fileParser) calendar(e entry) *calendar {
	what := "the hours " + e.name
	s := p.section(e, what, "zone", "week!", "holidays", "exceptions")
	c := &calendar{name: e.name, zone: p.zone(s["zone"])}
	p.week(s["week"], what, c)
	p.holidays(s["holidays"], c)
	p.exceptions(s["exceptions"], c)
	if s["week"].given() && !slices.ContainsFunc(c.week[:], func(day []span) bool { return len(day) > 0 }) && len(c.exceptions) == 0 && len(p.complaints) == 0 {
		p.complain(e.key, "%s are never: no day of the week has any", what)
	}
	return c
}

// week reads the hours of days such as mon, mon-fri or "sat, sun".
func (p *fileParser) week(e entry, what string, c *calendar) {
	if !e.given() {
		return
	}
	taken := map[int]bool{}
	for _, d := range p.entries(e.value, "week") {
		spans := p.spans(d, "the hours of "+d.name)
		for _, day := range p.days(d) {
			if taken[day] {
				p.complain(d.key, "%s: %s stands twice in week", what, weekdays[day])
			}
			taken[day] = true
			c.week[day] = spans
		}
	}
}

func (p *fileParser) days(e entry) (out []int) {
	for part := range strings.SplitSeq(e.name, ",") {
		first, last, several := strings.Cut(strings.TrimSpace(part), "-")
		if !several {
			last = first
		}
		from, to := slices.Index(weekdays, first), slices.Index(weekdays, last)
		for _, name := range []string{first, last} {
			if !slices.Contains(weekdays, name) {
				p.complain(e.key, "day %q is not known%s; allowed: %s, or a stretch such as mon-fri", name, nearest(name, weekdays), strings.Join(weekdays, ", "))
				return nil
			}
		}
		for d := from; ; d = (d + 1) % 7 {
			out = append(out, d)
			if d == to {
				break
			}
		}
	}
	return out
}

// spans reads the hours of a day: closed, all day, one stretch or several.
func (p *fileParser) spans(e entry, what string) []span {
	texts := p.some(e, what)
	var out []span
	for _, text := range texts {
		switch text {
		case "closed":
			if len(texts) > 1 {
				p.complain(e.value, "%s: closed cannot stand beside hours", what)
			}
			return nil
		case "all day":
			out = append(out, span{0, dayLong})
		default:
			if s, ok := p.span(e, what, text); ok {
				out = append(out, s)
			}
		}
	}
	slices.SortFunc(out, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for i := 1; i < len(out); i++ {
		if out[i].from < out[i-1].to {
			p.complain(e.value, "%s overlap: %s and %s", what, out[i-1], out[i])
		}
	}
	return out
}

// nextDay marks an end that lies after midnight.
const nextDay = " next day"

func (p *fileParser) span(e entry, what, text string) (s span, ok bool) {
	bare, over := strings.CutSuffix(text, nextDay)
	begin, end, _ := strings.Cut(bare, "-")
	var ok1, ok2 bool
	s.from, ok1 = minuteOf(begin)
	s.to, ok2 = minuteOf(end)
	if !ok1 || !ok2 || s.from == dayLong {
		p.complain(e.value, "%s cannot be %q; allowed: closed, all day, or hours such as 08:00-12:30 or 22:00-06:00 next day", what, text)
		return s, false
	}
	if over {
		s.to += dayLong
	}
	switch {
	case s.to <= s.from:
		p.complain(e.value, "%s: %q ends before it begins; over midnight, write \"%s%s\"", what, text, bare, nextDay)
	case s.to-s.from > dayLong:
		p.complain(e.value, "%s: %q is longer than a day", what, text)
	default:
		return s, true
	}
	return s, false
}

// String writes a span as files do.
func (s span) String() string {
	text := fmt.Sprintf("%02d:%02d-%02d:%02d", s.from/60, s.from%60, s.to/60, s.to%60)
	if s.to > dayLong {
		text = fmt.Sprintf("%02d:%02d-%02d:%02d%s", s.from/60, s.from%60, s.to/60-24, s.to%60, nextDay)
	}
	return text
}

// minuteOf reads 08:30; 24:00 is the end of a day.
func minuteOf(text string) (int, bool) {
	h, m, ok := strings.Cut(strings.TrimSpace(text), ":")
	hour, err1 := strconv.ParseUint(h, 10, 8)
	minute, err2 := strconv.ParseUint(m, 10, 8)
	n := int(hour)*60 + int(minute) //nolint:gosec // both are below 256
	return n, ok && err1 == nil && err2 == nil && len(m) == 2 && minute < 60 && n <= dayLong
}

func (p *fileParser) holidays(e entry, c *calendar) {
	for _, name := range p.some(e, "holidays") {
		set, ok := holidaySets[name]
		if !ok {
			p.complain(e.value, "holidays of %q are not known%s; allowed: %s", name, nearest(name, holidayNames()), strings.Join(holidayNames(), ", "))
		}
		c.holidays = append(c.holidays, set...)
	}
}

// some reads one text, or a list of them.
func (p *fileParser) some(e entry, what string) []string {
	if _, several := e.value.(*ast.SequenceNode); several {
		return p.list(e, what)
	}
	if s := p.word(e, what); s != "" {
		return []string{s}
	}
	return nil
}

// calendarNamed reads the name of one of the calendars.
func (p *fileParser) calendarNamed(e entry, what string) *calendar {
	if !e.given() {
		return nil
	}
	names := make([]string, len(p.a.calendars))
	for i, c := range p.a.calendars {
		names[i] = c.name
	}
	if len(names) == 0 {
		p.complain(e.value, "%s names hours, but the file has no section \"hours\"", what)
		return nil
	}
	name := p.oneOf(e, "the hours of "+what, names...)
	if i := slices.Index(names, name); i >= 0 {
		return p.a.calendars[i]
	}
	return nil
}
