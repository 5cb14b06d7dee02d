package assistant

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/callward/callward/router/intent"
)

func (p *fileParser) opening(e entry) {
	keys := []string{"disclosure!", "greeting!", "hours", "closed"}
	if len(p.a.languages) > 1 {
		keys = append(keys, "language!")
	}
	s := p.section(e, "opening", keys...)
	p.a.opening.disclosure = p.text(s["disclosure"], "the disclosure")
	p.a.opening.greeting = p.text(s["greeting"], "the greeting", timesOf(s["hours"])...)
	p.a.opening.closing = p.greetingClosed(s)
	p.choice(s["language"])
}

func (p *fileParser) choice(e entry) {
	s := p.section(e, "the choice of language", "ask!", "keypad", "keys!", "words!")
	c := choice{ask: p.text(s["ask"], "the question for the language"), keys: map[string]string{}}
	c.keypad = p.text(s["keypad"], "the keypad question for the language")
	c.words = p.wordLists(s["words"], "the names of the languages", true)
	if s["keys"].given() {
		for _, k := range p.entries(s["keys"].value, "the keys of the languages") {
			p.phoneKey(k.key, k.name, "a language")
			c.keys[k.name] = p.oneOf(k, "the language of key "+k.name, p.a.languages...)
		}
		p.everyLanguage(s["keys"], c.keys)
	}
	p.a.opening.choice = c
}

func (p *fileParser) listening(e entry) {
	s := p.section(e, "listening", "silence", "minimum", "tries")
	p.a.listening = listening{
		silence: p.duration(s["silence"], "silence", time.Second, time.Minute, defaultSilence),
		minimum: p.share(s["minimum"], "minimum", defaultMinimum),
		tries:   p.count(s["tries"], "tries", 1, 5, defaultTries),
	}
}

func (p *fileParser) answers(e entry) {
	s := p.section(e, "answers", "yes!", "no!", "keys!")
	a := &p.a.answers
	a.yesKey, a.yes = p.answer(s["yes"], "yes")
	a.noKey, a.no = p.answer(s["no"], "no")
	a.keys = p.text(s["keys"], "the keys for yes and no")
	if a.yesKey != "" && a.yesKey == a.noKey {
		p.complain(s["no"].key, "yes and no are on the same key %s", a.noKey)
	}
}

func (p *fileParser) answer(e entry, what string) (key string, words map[string][]string) {
	s := p.section(e, "the answer "+what, "key!", "words!")
	if s["key"].given() {
		key = p.scalar(s["key"], "the key of "+what)
		p.phoneKey(s["key"].value, key, what)
	}
	return key, p.wordLists(s["words"], "the words for "+what, true)
}

func (p *fileParser) again(e entry) {
	s := p.section(e, "again", "not_understood!", "nothing_heard!", "listening")
	p.a.again.notUnderstood = p.text(s["not_understood"], "not_understood")
	p.a.again.nothingHeard = p.text(s["nothing_heard"], "nothing_heard")
	p.a.again.listening = p.signOfLife(s["listening"])
}

func (p *fileParser) human(e entry) {
	s := p.section(e, "human", "say!", "queue!", "priority", "skills", "hours", "closed")
	p.a.human = human{
		say:      p.text(s["say"], "the words before a human"),
		queue:    p.queue(s["queue"], "the queue of human"),
		priority: p.priority(s["priority"]),
		skills:   p.skills(s["skills"], "the skills of human"),
		closing:  p.closing(s, "human"),
	}
}

func (p *fileParser) priority(e entry) int { return p.count(e, "priority", 0, 9, 0) }

func (p *fileParser) more(e entry) {
	s := p.section(e, "more", "ask!", "what!", "goodbye!")
	p.a.more = more{
		ask:     p.text(s["ask"], "the question for more"),
		what:    p.text(s["what"], "the question what more"),
		goodbye: p.text(s["goodbye"], "the goodbye"),
	}
}

func (p *fileParser) keypad(e entry) {
	s := p.section(e, "keypad", "intro!", "wrong!", "keys!")
	p.a.keypad.intro = p.text(s["intro"], "the introduction of the menu")
	p.a.keypad.wrong = p.text(s["wrong"], "the words after a wrong key")
	if !s["keys"].given() {
		return
	}
	for _, k := range p.entries(s["keys"].value, "the keys of the menu") {
		p.phoneKey(k.key, k.name, "an intent")
		m := p.section(k, "key "+k.name, "intent!", "say!")
		name := p.oneOf(m["intent"], "the intent of key "+k.name, p.taskNames()...)
		p.a.keypad.keys = append(p.a.keypad.keys, menuKey{k.name, name, p.text(m["say"], "the words for key "+k.name)})
	}
}

func (p *fileParser) taskNames() []string {
	names := make([]string, len(p.a.tasks))
	for i, t := range p.a.tasks {
		names[i] = t.name
	}
	return names
}

func (p *fileParser) messages(e entry) {
	var keys []string
	for _, m := range allMessages() {
		keys = append(keys, string(m)+"!")
	}
	for _, m := range optionalMessages() {
		keys = append(keys, string(m))
	}
	s := p.section(e, "messages", keys...)
	p.a.messages = map[Message]Text{}
	values := map[Message][]string{Position: {"position"}, Wait: {"minutes"}, CallbackConfirm: {"number"}, QueueClosed: {opensNext}}
	for _, m := range append(allMessages(), optionalMessages()...) {
		vars := values[m]
		p.a.messages[m] = p.text(s[string(m)], "the message "+string(m), vars...)
	}
}

func (p *fileParser) intents(e entry) {
	if !e.given() {
		return
	}
	for _, i := range p.entries(e.value, "intents") {
		switch {
		case !nameOK.MatchString(i.name):
			p.complain(i.key, "an intent cannot be named %q; allowed: a lower-case letter, then letters, digits, _ and -", i.name)
		case i.name == IntentYes || i.name == IntentNo:
			p.complain(i.key, "the name %q is taken: its words stand under answers", i.name)
		default:
			p.intent(i)
		}
	}
	if len(p.a.tasks) == 0 {
		p.complain(e.key, "intents must hold at least one intent")
	}
	p.distinct()
}

func (p *fileParser) intent(e entry) {
	what := "the intent " + e.name
	s := p.section(e, what, "examples!", "slots", "say", "queue", "transfer", "priority", "skills", "before", "summary", "does", "call", "if", "otherwise", "hours", "closed")
	t := &task{name: e.name, line: lineOf(e.key)}
	t.examples = p.wordLists(s["examples"], "the examples of "+e.name, true)
	values := p.slots(s["slots"], t)
	said := slices.Concat(values, p.consult(s, t, values), timesOf(s["hours"]))
	t.say = p.text(s["say"], "what "+e.name+" says", said...)
	t.closing = p.closing(s, e.name)
	t.queue = p.queue(s["queue"], "the queue of "+e.name)
	t.transfer = p.transfer(s["transfer"], e.name, values)
	t.priority = p.priority(s["priority"])
	t.skills = p.skills(s["skills"], "the skills of "+e.name)
	t.before = p.text(s["before"], "the question before the hand-over of "+e.name)
	t.summary = p.text(s["summary"], "the summary of "+e.name, said...)
	t.does = p.oneOf(s["does"], "what "+e.name+" does", doesRepeat, doesHangup)
	p.sensible(e, t)
	p.a.tasks = append(p.a.tasks, t)
	p.a.byName[t.name] = t
}

// sensible refuses what would leave a caller without an answer.
func (p *fileParser) sensible(e entry, t *task) {
	switch {
	case t.does != "" && t.closing != nil:
		p.complain(e.key, "the intent %s does %s, so it can have no hours", t.name, t.does)
	case t.does != "" && (t.queue != "" || t.transfer != "" || len(t.slots) > 0):
		p.complain(e.key, "the intent %s does %s, so it can have no slots, no queue and no transfer", t.name, t.does)
	case t.does != "" && t.consult != nil:
		p.complain(e.key, "the intent %s does %s, so it can call no webhook", t.name, t.does)
	case t.queue != "" && t.transfer != "":
		p.complain(e.key, "the intent %s has both a queue and a transfer; keep one", t.name)
	case t.does == doesRepeat && t.say != nil:
		p.complain(e.key, "the intent %s repeats what was said, so it can say nothing else", t.name)
	case t.does != doesRepeat && t.say == nil:
		p.complain(e.key, "the intent %s lacks %q", t.name, "say")
	case t.queue == "" && t.consult == nil && t.skills != nil:
		p.complain(e.key, "the intent %s wants skills but has no queue", t.name)
	case t.queue == "" && t.transfer == "" && t.before != nil:
		p.complain(e.key, "the intent %s asks something before a hand-over but has no queue", t.name)
	}
}

// transfer reads a number to put callers through to: digits, perhaps after a plus, and
// values that they gave.
func (p *fileParser) transfer(e entry, intent string, values []string) string {
	if !e.given() {
		return ""
	}
	number := p.scalar(e, "the transfer of "+intent)
	for _, name := range variables(number) {
		if !slices.Contains(values, name) {
			p.complain(e.value, "the transfer of %s names {%s}, which is no slot of it", intent, name)
		}
	}
	if number == "" {
		p.complain(e.value, "the transfer of %s is empty; leave it out", intent)
	}
	digits := number
	for _, v := range values {
		digits = strings.ReplaceAll(digits, "{"+v+"}", "")
	}
	if digits = strings.TrimPrefix(digits, "+"); strings.Trim(digits, "0123456789") != "" {
		p.complain(e.value, "the transfer of %s is no number: write digits and {slots}, such as +33123456789", intent)
	}
	return number
}

// slots reads the values to ask for and gives their names.
func (p *fileParser) slots(e entry, t *task) (names []string) {
	if !e.given() {
		return nil
	}
	for _, i := range p.entries(e.value, "slots") {
		if !nameOK.MatchString(i.name) {
			p.complain(i.key, "a slot cannot be named %q; allowed: a lower-case letter, then letters, digits, _ and -", i.name)
		}
		p.unreserved(i, "a slot")
		names = append(names, i.name)
		t.slots = append(t.slots, p.slot(i, names))
	}
	return names
}

// A number of up to maxDigits digits is shown when it is as long as expected.
const maxDigits = 11

func (p *fileParser) slot(e entry, names []string) slot {
	before := names[:len(names)-1]
	s := p.section(e, "the slot "+e.name, slotKeys()...)
	out := slot{
		name:    e.name,
		ask:     p.text(s["ask"], "the question for "+e.name, before...),
		keypad:  p.text(s["keypad"], "the keypad question for "+e.name, before...),
		again:   p.text(s["again"], "the words when "+e.name+" was not understood"),
		invalid: p.text(s["invalid"], "the words when "+e.name+" cannot be taken"),
		several: p.text(s["several"], "the words when more than one "+e.name+" was heard"),
		confirm: p.text(s["confirm"], "the read-back of "+e.name, names...),
		capture: p.capture(s["capture"]),
	}
	p.captureOrQuestion(e, s)
	switch kind := p.kind(e, s, &out); {
	case kind == "card" && s["length"].given():
		p.complain(s["length"].key, "a card has no length of its own; leave it out")
	case kind == "card":
		out.kind = ExpectCard
	case kind == "digits" && !s["length"].given():
		p.complain(e.key, "the slot %s lacks %q: the number of digits", e.name, "length")
	case kind != "" && kind != "digits":
		p.limits(e, s, &out)
	default:
		out.kind = ExpectDigits
		out.length = p.count(s["length"], "length", 1, maxDigits, 1)
	}
	for _, l := range p.a.languages {
		if t := out.confirm[l]; t != "" && !strings.Contains(t, "{"+e.name+"}") {
			p.complain(s["confirm"].key, "the read-back of %s in %s must hold {%s}", e.name, l, e.name)
		}
	}
	return out
}

// captureOrQuestion holds a slot to one way of asking.
func (p *fileParser) captureOrQuestion(e entry, s map[string]entry) {
	captured := s["capture"].given()
	for _, key := range []string{"ask", "confirm"} {
		if key == "confirm" && p.unconfirmed(s["kind"]) {
			continue
		}
		if !captured && !s[key].given() {
			p.complain(e.key, "the slot %s lacks %q", e.name, key)
		}
	}
	if !captured {
		return
	}
	for _, key := range []string{"ask", "keypad", "again", "invalid", "several", "confirm"} {
		if s[key].given() {
			p.complain(s[key].key, "the slot %s has a capture, so it has no %q", e.name, key)
		}
	}
	if s["kind"].given() && p.scalar(s["kind"], "the kind of "+e.name) != "card" {
		p.complain(s["capture"].key, "only a slot of kind card has a capture")
	}
}

// distinct refuses an example that stands for two intents: no classifier could
// tell them apart.
func (p *fileParser) distinct() {
	for _, l := range p.a.languages {
		owner := map[string]*task{}
		for _, t := range p.a.tasks {
			for _, example := range t.examples[l] {
				words := strings.Join(intent.Words(example), " ")
				if o := owner[words]; o != nil && o != t {
					p.complaints = append(p.complaints, complaint{t.line, fmt.Sprintf("the intents %s and %s have the same example in %s: %q", o.name, t.name, l, example)})
				}
				owner[words] = t
			}
		}
	}
}
