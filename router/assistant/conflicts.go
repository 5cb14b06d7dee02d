package assistant

import (
	"fmt"
	"strings"

	"github.com/callward/callward/router/intent"
)

// This file refuses what is right line by line, but contradicts itself: a classifier would
// learn both, and the rule that comes second would never be looked at.

// conflicts compares examples with the words for yes and no and with what is outside, and
// those with each other.
func (p *fileParser) conflicts(answers entry) {
	for _, l := range p.a.languages {
		yes, no, strange := wordsOf(p.a.answers.yes[l]), wordsOf(p.a.answers.no[l]), wordsOf(p.a.outside[l])
		for _, text := range p.a.answers.yes[l] {
			if no[strings.Join(intent.Words(text), " ")] != "" {
				p.complain(answers.key, "%q stands for yes and for no in %s", text, l)
			}
		}
		for _, t := range p.a.tasks {
			for _, example := range t.examples[l] {
				words := strings.Join(intent.Words(example), " ")
				switch {
				case strings.ContainsAny(example, "{}"):
					p.unlearnable(t, "has an example with braces in %s: %q; write what callers say, such as a day", l, example)
				case yes[words] != "" || no[words] != "":
					p.unlearnable(t, "has an example in %s that stands for yes or no under answers: %q", l, example)
				case strange[words] != "":
					p.unlearnable(t, "has an example in %s that stands under outside, too: %q", l, example)
				}
			}
		}
	}
}

// unreserved refuses the names of values that are there anyway: these would be put in.
func (p *fileParser) unreserved(e entry, what string) {
	switch e.name {
	case bodyLanguage:
		p.complain(e.key, "%s cannot be named %q, which is the language of the call", what, e.name)
	case openUntil, opensNext:
		p.complain(e.key, "%s cannot be named %q, which is a time of hours", what, e.name)
	}
}

func (p *fileParser) unlearnable(t *task, format, language, example string) {
	p.complaints = append(p.complaints, complaint{t.line, "the intent " + t.name + " " + fmt.Sprintf(format, language, example)})
}

// wordsOf gives phrases by what a classifier sees of them.
func wordsOf(phrases []string) map[string]string {
	out := map[string]string{}
	for _, text := range phrases {
		out[strings.Join(intent.Words(text), " ")] = text
	}
	return out
}

// unreached refuses rules after one of the same occasion that has no conditions.
func (p *fileParser) unreached(handover entry) {
	always := map[occasion]*rule{}
	for _, r := range p.a.rules {
		if before := always[r.when]; before != nil {
			p.complain(handover.key, "handover rule %s is never looked at: rule %s before it has no conditions", r.name, before.name)
			continue
		}
		if r.why() == "handover rule "+r.name {
			always[r.when] = r
		}
	}
}
