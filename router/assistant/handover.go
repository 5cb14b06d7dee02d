package assistant

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// A rule hands callers over, or sends those who are handed over elsewhere. All of its
// conditions must hold; a zero one says nothing.
type rule struct {
	name string
	when occasion

	intents   []string
	below     float64 // confidence in what was said
	misses    int     // misunderstandings or silences in a row, at least
	anger     bool
	trust     []string
	callers   []string // numbers, and beginnings of numbers with a * at the end
	called    []string
	languages []string
	open      *calendar
	closed    *calendar

	queue    string // empty: that of human, or where the caller goes anyway
	priority int    // unset: as it would be without the rule
	skills   []string
	say      Text
}

// unset is the priority of a rule that leaves it alone.
const unset = -1

// An occasion is when a rule is looked at. It follows from the conditions.
type occasion uint8

const (
	whenPlaced   occasion = iota // a caller is about to be handed over
	whenOpened                   // the legal opening is over
	whenAsked                    // an intent was understood, or picked by key
	whenMissed                   // something was not understood, or nothing was heard
	whenSpokenTo                 // the caller has said anything
)

// trusts are the degrees in which the caller's number may be believed.
func trusts() []string { return []string{"A", "B", "C", "none", "failed"} }

var numberOK = regexp.MustCompile(`^\+?[0-9]+\*?$`) //nolint:gochecknoglobals // a compiled pattern

// handover reads the rules.
func (p *fileParser) handover(e entry) {
	if !e.given() {
		return
	}
	seq, ok := e.value.(*ast.SequenceNode)
	if !ok || len(seq.Values) == 0 {
		p.complain(e.value, "handover must be a list of at least one rule")
		return
	}
	for i, v := range seq.Values {
		p.rule(entry{value: v}, i+1)
	}
}

func (p *fileParser) rule(e entry, n int) {
	r := &rule{name: fmt.Sprint(n)}
	what := "handover rule " + r.name
	s := p.section(e, what, "name", "intent", "confidence_below", "misunderstandings", "anger", "trust", "caller", "called", "language", "open", "closed",
		"straight", "queue", "priority", "skills", "say")
	if s["name"].given() {
		r.name = p.word(s["name"], "the name of "+what)
		what = "handover rule " + r.name
	}
	p.conditions(s, what, r)
	r.queue = p.queue(s["queue"], "the queue of "+what)
	r.priority = p.count(s["priority"], "priority", 0, 9, unset)
	r.skills = p.skills(s["skills"], "the skills of "+what)
	r.say = p.text(s["say"], "the words of "+what)
	straight := p.flag(s["straight"], "straight")
	r.when = r.occasion(straight)
	switch {
	case s == nil:
		return
	case straight && r.when != whenOpened:
		p.complain(s["straight"].key, "%s cannot be straight: it hangs on what callers say", what)
	case r.when == whenPlaced && r.queue == "" && r.priority == unset && r.skills == nil:
		p.complain(e.value, "%s changes nothing; give it a queue, a priority or skills", what)
	}
	p.a.rules = append(p.a.rules, r)
}

func (p *fileParser) conditions(s map[string]entry, what string, r *rule) {
	r.intents = p.names(s["intent"], "the intent of "+what, p.taskNames())
	r.below = p.share(s["confidence_below"], "confidence_below", 0)
	r.misses = p.count(s["misunderstandings"], "misunderstandings", 1, p.a.listening.tries, 0)
	r.anger = p.flag(s["anger"], "anger")
	r.trust = p.names(s["trust"], "the trust of "+what, trusts())
	r.callers = p.numbers(s["caller"], "a caller of "+what, numberOK)
	for _, n := range r.callers {
		p.a.callers = append(p.a.callers, CallerRef{Rule: r.name, Number: n, At: p.at(s["caller"].value)})
	}
	r.called = p.numbers(s["called"], "a number called of "+what, nil)
	r.languages = p.names(s["language"], "the language of "+what, p.a.languages)
	r.open = p.calendarNamed(s["open"], what)
	r.closed = p.calendarNamed(s["closed"], what)
	if r.anger && len(p.a.anger) == 0 {
		p.complain(s["anger"].key, "%s needs words that show anger: the file has no section \"anger\"", what)
	}
}

// names reads one name or several, of those allowed.
func (p *fileParser) names(e entry, what string, allowed []string) []string {
	names := p.some(e, what)
	for _, n := range names {
		if !slices.Contains(allowed, n) {
			p.complain(e.value, "%s cannot be %q%s; allowed: %s", what, n, nearest(n, allowed), strings.Join(allowed, ", "))
		}
	}
	return names
}

func (p *fileParser) numbers(e entry, what string, ok *regexp.Regexp) []string {
	numbers := p.some(e, what)
	for i, n := range numbers {
		numbers[i] = strings.ReplaceAll(n, " ", "")
		if ok != nil && !ok.MatchString(numbers[i]) {
			p.complain(e.value, "%s cannot be %q; allowed: digits, perhaps after a plus, and a * at the end for all numbers that begin so, such as \"+33155500*\"", what, n)
		}
	}
	return numbers
}

// flag reads true or false.
func (p *fileParser) flag(e entry, what string) bool {
	if !e.given() {
		return false
	}
	b, ok := e.value.(*ast.BoolNode)
	if !ok {
		p.complain(e.value, "%s must be true or false", what)
		return false
	}
	return b.Value
}

// occasion is when the rule is looked at.
func (r *rule) occasion(straight bool) occasion {
	switch {
	case len(r.intents) > 0:
		return whenAsked
	case r.below > 0 || r.misses > 0:
		return whenMissed
	case r.anger:
		return whenSpokenTo
	case straight:
		return whenOpened
	default:
		return whenPlaced
	}
}

// why names the conditions, for the journal: never what is compared with them.
func (r *rule) why() string {
	var out []string
	for _, c := range []struct {
		name string
		set  bool
	}{
		{"intent", len(r.intents) > 0},
		{"confidence", r.below > 0},
		{"misunderstandings", r.misses > 0},
		{"anger", r.anger},
		{"trust", len(r.trust) > 0},
		{"caller", len(r.callers) > 0},
		{"called", len(r.called) > 0},
		{"language", len(r.languages) > 0},
		{"open", r.open != nil},
		{"closed", r.closed != nil},
	} {
		if c.set {
			out = append(out, c.name)
		}
	}
	if len(out) == 0 {
		return "handover rule " + r.name
	}
	return fmt.Sprintf("handover rule %s (%s)", r.name, strings.Join(out, ", "))
}
