package rehearsal

import (
	"slices"
	"strings"
)

// skills reads those that are expected to be wanted of whoever takes the caller.
func (p *fileParser) skills(e entry) []string {
	known := []string{none}
	for _, ref := range p.f.Assistant.Skills() {
		if !slices.Contains(known, ref.Skill) {
			known = append(known, ref.Skill)
		}
	}
	out := p.some(e, "skills")
	for _, s := range out {
		p.among(e.value, "skill", s, "", known)
	}
	slices.Sort(out)
	return out
}

// skills wants all of those expected, and no others.
func (c *checker) skills(expected, came []string) {
	came = slices.Sorted(slices.Values(came))
	if len(came) == 0 {
		came = []string{none}
	}
	if expected != nil && !slices.Equal(expected, came) {
		c.fail("skills", strings.Join(expected, ", "), strings.Join(came, ", "))
	}
}
