package assistant

import (
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// exceptions reads days, or stretches of days such as 2026-08-03..2026-08-14.
func (p *fileParser) exceptions(e entry, c *calendar) {
	if !e.given() {
		return
	}
	for _, d := range p.entries(e.value, "exceptions") {
		x, ok := p.dates(d)
		if !ok {
			continue
		}
		what := "the hours of " + d.name
		switch d.value.(type) {
		case *ast.MappingNode, *ast.MappingValueNode:
			s := p.section(d, "the exception "+d.name, "open", "say")
			x.spans = p.spans(s["open"], what)
			x.say = p.text(s["say"], "the words for "+d.name)
		default:
			x.spans = p.spans(d, what)
		}
		for _, o := range c.exceptions {
			if !x.first.After(o.last) && !o.first.After(x.last) {
				p.complain(d.key, "the exception %s holds days of another one", d.name)
			}
		}
		c.exceptions = append(c.exceptions, x)
	}
}

func (p *fileParser) dates(e entry) (x exception, ok bool) {
	first, last, several := strings.Cut(e.name, "..")
	if !several {
		last = first
	}
	var err1, err2 error
	x.first, err1 = time.Parse(time.DateOnly, strings.TrimSpace(first))
	x.last, err2 = time.Parse(time.DateOnly, strings.TrimSpace(last))
	if err1 != nil || err2 != nil || x.last.Before(x.first) {
		p.complain(e.key, "an exception cannot be for %q; allowed: a day such as 2026-12-24, or a stretch such as 2026-08-03..2026-08-14", e.name)
		return x, false
	}
	return x, true
}
