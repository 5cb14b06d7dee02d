package assistant

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/callward/callward/internal/yamlfile"
)

// The version of the file format, how large a file may be, and how deeply nested.
const (
	version  = "1"
	maxFile  = 4 << 20
	maxDepth = 32
)

// What is taken where the file says nothing.
const (
	defaultSilence = 6 * time.Second
	defaultMinimum = 0.5
	defaultTries   = 2
)

var nameOK = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,47}$`) //nolint:gochecknoglobals // a compiled pattern

// Parse reads an assistant file. file is its name, for the errors: each says
// file:line, what is wrong and what is allowed; there may be several, joined.
func Parse(file string, data []byte) (*Assistant, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s:1: the file is larger than %d bytes", file, maxFile)
	}
	body, err := yamlfile.Document(file, data, maxDepth, "an assistant")
	if err != nil {
		return nil, err
	}
	p := &fileParser{reader: reader{file: file}, a: &Assistant{byName: map[string]*task{}}}
	p.whole(body)
	if err := p.err(); err != nil {
		return nil, err
	}
	return p.a, nil
}

// A fileParser fills an Assistant from the tree.
type fileParser struct {
	reader
	a *Assistant
}

func (p *fileParser) whole(body ast.Node) {
	top := p.section(entry{value: body}, "the file", "version!", "name!", "languages!", "opening!", "listening",
		"answers!", "again!", "human!", "guard", "more!", "keypad!", "messages!", "outside", "webhooks", "intents!", "hours", "anger", "handover", "robot", "skills")
	if v := p.scalar(top["version"], "version"); top["version"].given() && v != version {
		p.complain(top["version"].value, "version %q is not known; allowed: %s", v, version)
	}
	p.a.name = p.word(top["name"], "name")
	p.languages(top["languages"])
	if len(p.a.languages) == 0 {
		return // nothing below can be judged
	}
	p.listening(top["listening"])
	p.webhooks(top["webhooks"]) // the intents call them
	p.hours(top["hours"])
	p.robot(top["robot"])
	p.speaking(top["skills"])
	p.a.anger = p.wordLists(top["anger"], "anger", true)
	p.intents(top["intents"])
	p.opening(top["opening"])
	p.answers(top["answers"])
	p.again(top["again"])
	p.human(top["human"])
	p.handover(top["handover"])
	p.guard(top["guard"])
	p.more(top["more"])
	p.keypad(top["keypad"])
	p.messages(top["messages"])
	p.a.outside = p.wordLists(top["outside"], "outside", false)
	p.conflicts(top["answers"])
	p.unreached(top["handover"])
}

// Languages lists the languages that assistants can speak, as BCP 47 codes: those
// whose numbers the redactor understands.
func Languages() []string { return []string{"en", "fr"} }

func (p *fileParser) languages(e entry) {
	for _, l := range p.list(e, "languages") {
		switch {
		case !slices.Contains(Languages(), l):
			p.complain(e.value, "language %q is not known%s; allowed: %s", l, nearest(l, Languages()), strings.Join(Languages(), ", "))
		case slices.Contains(p.a.languages, l):
			p.complain(e.value, "language %q stands twice", l)
		default:
			p.a.languages = append(p.a.languages, l)
		}
	}
	if e.given() && len(p.a.languages) == 0 {
		p.complain(e.value, "languages must name at least one of %s", strings.Join(Languages(), ", "))
	}
}

// language reads the name of one of the assistant's languages.
func (p *fileParser) language(e entry, what string) bool {
	if slices.Contains(p.a.languages, e.name) {
		return true
	}
	if strings.Contains(e.name, " ") { // {en: Sorry, what was that?}
		p.complain(e.key, "%s: %q is no language, but the rest of a text; within braces one with a comma needs quotes", what, e.name)
		return false
	}
	p.complain(e.key, "%s: language %q is not among the languages of the file%s; allowed: %s", what, e.name, nearest(e.name, p.a.languages), strings.Join(p.a.languages, ", "))
	return false
}

// text reads something to say, in every language of the file. vars are the
// names that may stand in braces.
func (p *fileParser) text(e entry, what string, vars ...string) Text {
	if !e.given() {
		return nil
	}
	t := Text{}
	for _, l := range p.entries(e.value, what) {
		if !p.language(l, what) {
			continue
		}
		t[l.name] = p.word(l, what+" in "+l.name)
		for _, v := range variables(t[l.name]) {
			if !slices.Contains(vars, v) {
				p.complain(l.value, "%s: there is no value {%s} here; allowed: %s", what, v, braces(vars))
			}
		}
	}
	for _, l := range p.a.languages {
		if _, ok := t[l]; !ok {
			p.complain(e.key, "%s lacks the language %q", what, l)
		}
	}
	return t
}

func braces(vars []string) string {
	if len(vars) == 0 {
		return "none"
	}
	return "{" + strings.Join(vars, "}, {") + "}"
}

// wordLists reads a list of utterances for each language. If all is set, no
// language may lack one.
func (p *fileParser) wordLists(e entry, what string, all bool) map[string][]string {
	if !e.given() {
		return nil
	}
	out := map[string][]string{}
	for _, l := range p.entries(e.value, what) {
		if p.language(l, what) {
			out[l.name] = p.list(l, what+" in "+l.name)
		}
	}
	for _, l := range p.a.languages {
		if all && len(out[l]) == 0 {
			p.complain(e.key, "%s has none in the language %q", what, l)
		}
	}
	return out
}

// key reads one key of a telephone.
func (p *fileParser) phoneKey(n ast.Node, key, what string) {
	if len(key) != 1 || !strings.Contains("0123456789", key) {
		p.complain(n, "%s cannot be on the key %q; allowed: 0 to 9", what, key)
	}
}

// queue reads the name of a queue and keeps where it stands.
func (p *fileParser) queue(e entry, what string) string {
	q := p.scalar(e, what)
	if !e.given() {
		return ""
	}
	if !nameOK.MatchString(q) {
		p.complain(e.value, "%s cannot be %q; allowed: a lower-case letter, then letters, digits, _ and -", what, q)
		return ""
	}
	p.a.queues = append(p.a.queues, QueueRef{Queue: q, At: p.at(e.value)})
	return q
}
