package rehearsal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/callward/callward/internal/yamlfile"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

// The version of the file format, and how large a file may be.
const (
	version = "1"
	maxFile = 4 << 20
)

// choice is the language of a call whose caller chooses it.
const choice = "choice"

// Read reads a file of scenarios and the assistant that it names, which is looked for
// beside it. The error says file:line, what is wrong and what is allowed; there may be
// several, joined.
func Read(file string) (*File, error) {
	data, err := read(file)
	if err != nil {
		return nil, err
	}
	return parse(file, data, func(name string) (*assistant.Assistant, error) {
		data, err := read(name)
		if err != nil {
			return nil, err
		}
		return assistant.Parse(name, data)
	})
}

func read(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s:1: the file is larger than %d bytes", file, maxFile)
	}
	return os.ReadFile(file) //nolint:gosec // the user names the file
}

// parse reads scenarios; load gives the assistant that they name.
func parse(file string, data []byte, load func(string) (*assistant.Assistant, error)) (*File, error) {
	body, err := yamlfile.Document(file, data, mostNested, "a scenario")
	if err != nil {
		return nil, err
	}
	p := &fileParser{reader: reader{file: file}, f: &File{Name: file}}
	top := p.section(entry{value: body}, "the file", "version!", "assistant!", "language", "attacks", "scenarios!")
	p.name(top["version"], "version", version)
	name := p.word(top["assistant"], "assistant")
	if name == "" {
		return nil, p.err()
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(file), name)
	}
	p.f.Path = name
	if p.f.Assistant, err = load(name); err != nil {
		p.complain(top["assistant"].value, "the assistant cannot be read: %v", err)
		return nil, p.err()
	}
	languages := p.language(top["language"], "language", []string{p.f.Assistant.Languages()[0]})
	p.attacks(top["attacks"])
	p.scenarios(top["scenarios"], languages)
	if err := p.err(); err != nil {
		return nil, err
	}
	return p.f, nil
}

// A fileParser fills a File from the tree.
type fileParser struct {
	reader
	f *File
}

// language reads what a call's language is.
func (p *fileParser) language(e entry, what string, otherwise []string) []string {
	all := p.f.Assistant.Languages()
	switch l := p.name(e, what, append(slices.Clone(all), choice)...); l {
	case "":
		return otherwise
	case choice:
		return all
	default:
		return []string{l}
	}
}

func (p *fileParser) scenarios(e entry, languages []string) {
	if !e.given() {
		return
	}
	for _, s := range p.entries(e.value, "scenarios") {
		p.scenario(s, languages)
	}
	if len(p.f.Scenarios) == 0 && len(p.complaints) == 0 {
		p.complain(e.key, "scenarios must hold at least one scenario")
	}
}

func (p *fileParser) scenario(e entry, languages []string) {
	what := fmt.Sprintf("the scenario %q", e.name)
	s := p.section(e, what, append([]string{"language", "hears", "trouble", "date", "tokeniser", "withhold", "card", "webhooks", "dial", "opening", "turns!"}, callerKeys()...)...)
	out := Scenario{
		Name: e.name, Line: e.line(),
		Languages: p.language(s["language"], "language", languages),
		Begins:    p.moment(s),
		Caller:    p.caller(s),
		Tokeniser: tokenTaken,
	}
	out.Heard = p.hears(s["hears"], out.Languages)
	if t := p.flag(s["trouble"], "trouble"); t != nil {
		out.Trouble = *t
	}
	if s["tokeniser"].given() {
		out.Tokeniser = p.name(s["tokeniser"], "answer of the tokeniser", tokenisers()...)
	}
	out.Redaction = p.redaction(s["withhold"], s["card"])
	out.Webhooks = p.webhooks(s["webhooks"])
	opening := Turn{Line: out.Line, Act: Opening}
	if o := s["opening"]; o.given() {
		opening.Line = o.line()
		opening.Expect = p.expectations(p.section(o, "the opening", expectationKeys()...))
	}
	out.Turns = append([]Turn{opening}, p.turns(s["turns"])...)
	out.Dial = p.dial(s["dial"], out.Turns[1:])
	p.inText(s)
	p.f.Scenarios = append(p.f.Scenarios, out)
}

// dial reads the number by which a scenario is played by voice, if it can be.
func (p *fileParser) dial(e entry, turns []Turn) string {
	if !e.given() {
		return ""
	}
	number := p.word(e, "dial")
	if strings.ContainsAny(number, "@:;?<> ") {
		p.complain(e.value, "dial must be a number or a user, such as line-en, without a host")
	}
	if slices.ContainsFunc(turns, func(t Turn) bool { return t.Act != Say && t.Act != Keys }) {
		p.complain(e.key, "a scenario with dial can have no turn but say and keys: that is all that callers can do by voice")
	}
	return number
}

// hears reads the languages that a recognizer understands; all, if it does not stand there.
func (p *fileParser) hears(e entry, languages []string) []string {
	if !e.given() {
		return languages
	}
	var out []string
	for _, l := range p.words(e, "hears") {
		if l != none && p.among(e.value, "language", l, " in hears", append(slices.Clone(languages), none)) {
			out = append(out, l)
		}
	}
	return out
}

func (p *fileParser) redaction(withhold, card entry) redact.Policy {
	var names []string
	if withhold.given() {
		names = p.words(withhold, "withhold")
	}
	policy, err := redact.ParsePolicy(names, p.scalar(card, "card"))
	if err != nil {
		n := withhold.value
		if n == nil || strings.HasPrefix(err.Error(), "card:") {
			n = card.value
		}
		p.complain(n, "%v", err)
	}
	return policy
}

func (p *fileParser) turns(e entry) []Turn {
	if !e.given() {
		return nil
	}
	seq, ok := e.value.(*ast.SequenceNode)
	if !ok || len(seq.Values) == 0 {
		p.complain(e.value, "turns must be a list of at least one turn")
		return nil
	}
	var out []Turn
	for _, v := range seq.Values {
		out = append(out, p.turn(entry{value: v}))
	}
	return out
}

func actKeys() []string { return []string{"say", "keys", "silence", "recognizer"} }

func expectationKeys() []string {
	return []string{
		"intent", "bot", "bot_never", "bot_exactly", "slot", "queue", "priority", "skills", "summary", "transfer", "language", "hangup", "shown", "hidden", "reason", "flags",
	}
}

func (p *fileParser) turn(e entry) Turn {
	s := p.section(e, "a turn", append(actKeys(), expectationKeys()...)...)
	out := Turn{Line: firstLine(e.value), Expect: p.expectations(s)}
	acts := slices.DeleteFunc(actKeys(), func(k string) bool { return !s[k].given() })
	switch {
	case s == nil:
	case len(acts) != 1:
		p.complain(e.value, "a turn must have one of %s", strings.Join(actKeys(), ", "))
	case acts[0] == "say":
		out.Act, out.Say = Say, p.say(s["say"])
	case acts[0] == "keys":
		out.Act, out.Keys = Keys, p.keys(s["keys"])
	case acts[0] == "silence":
		out.Act, out.Silence = Silence, p.silence(s["silence"])
	default:
		out.Act = Lost
		if p.name(s["recognizer"], "state of the recognizer", "lost", "back") == "back" {
			out.Act = Back
		}
	}
	return out
}

// firstLine is where a mapping begins: its own token may be the first colon.
func firstLine(n ast.Node) int {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		return lineOf(m.Values[0].Key)
	}
	if v, ok := n.(*ast.MappingValueNode); ok {
		return lineOf(v.Key)
	}
	return lineOf(n)
}

// say reads what the recognizers understand: all of them the same, or each its own.
func (p *fileParser) say(e entry) map[string]string {
	out := make(map[string]string)
	switch e.value.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		for _, l := range p.entries(e.value, "say") {
			if p.among(l.key, "language", l.name, " in say", p.f.Assistant.Languages()) {
				out[l.name] = p.word(l, "say in "+l.name)
			}
		}
	default:
		text := p.word(e, "say")
		for _, l := range p.f.Assistant.Languages() {
			out[l] = text
		}
	}
	return out
}

func (p *fileParser) keys(e entry) string {
	s := strings.ReplaceAll(p.word(e, "keys"), " ", "")
	if strings.Trim(s, "0123456789*#") != "" {
		p.complain(e.value, "keys cannot be pressed that no telephone has; allowed: 0 to 9, * and #; put them in quotes")
	}
	return s
}

// silence reads how long it lasts: true is until the bot waits no longer.
func (p *fileParser) silence(e entry) time.Duration {
	const most = 10 * time.Minute
	s := p.scalar(e, "silence")
	if s == "true" {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 || d > most {
		p.complain(e.value, "silence must be true, which is until the bot waits no longer, or a duration up to %s, such as 8s", most)
	}
	return d
}

func (p *fileParser) expectations(s map[string]entry) Expectations {
	x := Expectations{
		Transfer: p.scalar(s["transfer"], "transfer"),
		Summary:  p.scalar(s["summary"], "summary"),
		Hangup:   p.flag(s["hangup"], "hangup"),
		Language: p.name(s["language"], "language", p.f.Assistant.Languages()...),
		Slots:    p.slots(s["slot"]),
		Queue:    p.name(s["queue"], "queue", append(p.queues(), none)...),
		Bot:      p.some(s["bot"], "bot"),
		BotNever: p.some(s["bot_never"], "bot_never"),
		Exactly:  p.some(s["bot_exactly"], "bot_exactly"),
		Shown:    p.some(s["shown"], "shown"),
		Hidden:   p.some(s["hidden"], "hidden"),
		Reason:   p.some(s["reason"], "reason"),
		Flags:    p.flags(s["flags"]),
		Skills:   p.skills(s["skills"]),
	}
	x.Intent, x.Least = p.intent(s["intent"])
	if e := s["priority"]; e.given() {
		x.Priority = p.scalar(e, "priority")
		if n, err := strconv.Atoi(x.Priority); err != nil || n < 0 || n > 9 {
			p.complain(e.value, "priority must be a whole number from 0 to 9")
		}
	}
	return x
}

// some reads texts; nil if the key is not there.
func (p *fileParser) some(e entry, what string) []string {
	if !e.given() {
		return nil
	}
	return p.words(e, what)
}

func (p *fileParser) queues() []string {
	var names []string
	for _, q := range p.f.Assistant.Queues() {
		if !slices.Contains(names, q.Queue) {
			names = append(names, q.Queue)
		}
	}
	return names
}

// intent reads a name, or a name and the least confidence in it.
func (p *fileParser) intent(e entry) (name string, least float64) {
	switch e.value.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		s := p.section(e, "intent", "name!", "least!")
		text := p.scalar(s["least"], "least")
		var err error
		if least, err = strconv.ParseFloat(text, 64); s["least"].given() && (err != nil || !(least > 0 && least <= 1)) {
			p.complain(s["least"].value, "least must be a confidence above 0 and up to 1")
		}
		e = s["name"]
	}
	return p.name(e, "intent", append(p.f.Assistant.Intents(), assistant.IntentYes, assistant.IntentNo, none)...), least
}

func (p *fileParser) slots(e entry) map[string]string {
	if !e.given() {
		return nil
	}
	out := make(map[string]string)
	for _, s := range p.entries(e.value, "slot") {
		if p.among(s.key, "slot", s.name, "", p.f.Assistant.Slots()) {
			out[s.name] = p.word(s, "the value of "+s.name)
		}
	}
	return out
}
