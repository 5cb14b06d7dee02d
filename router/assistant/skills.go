package assistant

import (
	"regexp"
	"slices"
	"strings"
)

// A SkillRef is a skill that the file wants of humans, with the place where it does.
type SkillRef struct {
	Skill string // gas, or gas=3 for a level
	At    string // file:line
}

// Skills lists every skill that the file wants. Whether somebody has them is known to the
// server only.
func (a *Assistant) Skills() []SkillRef { return slices.Clone(a.skills) }

// SkillsFor gives what humans must have for callers in a language, whatever they want.
func (a *Assistant) SkillsFor(language string) []string { return together(a.speaking[language]) }

// A skill may be named as agents and queues name theirs, with a level of 1 to 9.
var skillOK = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,64}(=[1-9])?$`) //nolint:gochecknoglobals // a compiled pattern

// skills reads what humans must have, all of it; nil if the key is not there.
func (p *fileParser) skills(e entry, what string) []string {
	if !e.given() {
		return nil
	}
	seen := map[string]bool{}
	out := p.some(e, what)
	for _, s := range out {
		name, _, _ := strings.Cut(s, "=")
		switch {
		case !skillOK.MatchString(s):
			p.complain(e.value, "%s cannot hold %q; allowed: a name such as gas, or gas=3 for a level of 1 to 9", what, s)
		case seen[name]:
			p.complain(e.value, "%s hold %q twice", what, name)
		}
		seen[name] = true
		p.a.skills = append(p.a.skills, SkillRef{Skill: s, At: p.at(e.value)})
	}
	return out
}

// speaking reads the skills of each language.
func (p *fileParser) speaking(e entry) {
	p.a.speaking = map[string][]string{}
	if !e.given() {
		return
	}
	for _, l := range p.entries(e.value, "the skills for languages") {
		if p.language(l, "the skills for languages") {
			p.a.speaking[l.name] = p.skills(l, "the skills for "+l.name)
		}
	}
}

// together gives all skills of some lists, each once, at the highest level.
func together(lists ...[]string) []string {
	var out []string
	at := map[string]int{}
	for _, list := range lists {
		for _, s := range list {
			name, level, _ := strings.Cut(s, "=")
			i, twice := at[name]
			switch {
			case !twice:
				at[name] = len(out)
				out = append(out, s)
			case level > strings.TrimPrefix(out[i][len(name):], "="): // one digit; none is 1
				out[i] = s
			}
		}
	}
	return out
}
