package assistant

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/callward/callward/redact"
)

// Start says how a dialogue begins.
type Start struct {
	Language   string   // fixed by the number dialled; empty: the caller chooses
	KeypadOnly []string // languages that no recognizer understands
	Trouble    bool     // for recognition that there should be is down: the caller is told
	Caller     Caller
}

// A Dialogue is one call's way through an assistant. It is not safe for
// concurrent use.
type Dialogue struct {
	a        *Assistant
	language string // empty while it is being chosen
	deaf     map[string]bool
	trouble  bool
	state    state
	misses   int // not understood or silent, in a row
	task     *task
	slot     int
	values   map[string]string // of the task's slots
	pending  *Place            // a hand-over that waits for "anything else?"
	before   Text              // the question that it waits for
	said     []Line            // last, to be repeated
	listen   *Listen
	capture  *Capture
	hook     *Hook             // that is being asked
	hooks    int               // asked so far
	results  map[string]string // of the task's webhook
	over     *Step
	caller   Caller
	now      time.Time // of the newest input; zero: not known
	newest   Input     // that input
	menu     bool      // who answers by key is read the keys
	refused  bool      // it was said that no human is there
	calls    int       // for a sign of life, in a row
	guarded
}

type state uint8

const (
	unopened   state = iota
	choosing         // the language
	asking           // what the caller wants
	filling          // a slot
	confirming       // a slot
	capturing        // a card, for a slot
	consulting       // a webhook, for the task
	offering         // anything else
)

// Start begins a dialogue.
func (a *Assistant) Start(s Start) *Dialogue {
	d := &Dialogue{a: a, trouble: s.Trouble, caller: s.Caller, deaf: map[string]bool{}, values: map[string]string{}}
	for _, l := range s.KeypadOnly {
		d.deaf[l] = true
	}
	switch {
	case slices.Contains(a.languages, s.Language):
		d.language = s.Language
	case len(a.languages) == 1:
		d.language = a.languages[0]
	}
	return d
}

// Next takes what happened and gives what to do. The first Step is the opening,
// whatever the Input; after a Place or a Hangup the same is given again.
func (d *Dialogue) Next(in Input) Step {
	if d.newest = in; !in.At.IsZero() {
		d.now = in.At
	}
	step := d.flagged(d.react(in))
	step.Language = d.language
	if d.task != nil {
		step.Intent = d.task.name
	}
	if step.Place != nil || step.Hangup {
		if step.Language == "" {
			step.Language = d.a.languages[0]
		}
		d.over = &Step{Language: step.Language, Intent: step.Intent, Place: step.Place, Hangup: step.Hangup, Reason: "the dialogue is over"}
		return step
	}
	d.said, d.listen, d.capture = step.Say, step.Listen, step.Capture
	return step
}

func (d *Dialogue) react(in Input) Step {
	switch {
	case d.over != nil:
		return *d.over
	case in.Kind == InputDeaf:
		return d.deafen()
	case d.state == unopened:
		return d.open()
	case in.Kind == InputStart:
		return d.repeat("started twice")
	case in.Kind == InputHooked && d.state != consulting:
		return d.repeat("an answer that nobody waits for")
	case in.Kind == InputSilence:
		return d.unanswered("silence", d.a.again.nothingHeard)
	case in.Kind == InputUnheard:
		return d.unanswered("a voice without words", d.sorry())
	}
	if step, refused := d.refuse(in); refused {
		return step
	}
	if step, ok := d.machine(in); ok {
		return step
	}
	if step, ok := d.present(in); ok {
		return step
	}
	if step, ok := d.overruled(in); ok {
		return step
	}
	return d.answer(in)
}

// answer takes the answer to the question of the current state.
func (d *Dialogue) answer(in Input) Step {
	switch d.state {
	case choosing:
		return d.choose(in)
	case filling:
		return d.fill(in)
	case confirming:
		return d.confirm(in)
	case capturing:
		return d.captured(in)
	case consulting:
		return d.consulted(in)
	case offering:
		return d.offered(in)
	default:
		return d.asked(in)
	}
}

// open gives the legal opening, then the first question.
func (d *Dialogue) open() Step {
	lines := d.lines(d.a.opening.disclosure)
	for i := range lines {
		lines[i].Interruptible = false
		lines[i].Disclosure = true
	}
	if d.trouble {
		lines = append(lines, d.lines(d.a.messages[Apology])...)
	}
	d.state = asking
	if step, ok := d.straight(lines); ok {
		return step
	}
	if d.language == "" {
		d.state = choosing
		return d.question("opening, the caller chooses the language", lines)
	}
	return d.question("opening", append(lines, d.greeting()...))
}

// greeting asks for the first time what the caller wants. By keypad the menu
// does that.
func (d *Dialogue) greeting() []Line {
	c := d.a.opening.closing
	switch shut := c.shut(d.now); {
	case shut && d.byKeypad():
		return append(d.excuse(c), d.lines(d.a.keypad.intro)...)
	case shut:
		return d.excuse(c)
	case d.byKeypad():
		return d.lines(d.a.keypad.intro)
	}
	return d.timed(c, d.lines(d.a.opening.greeting))
}

// choose takes the language from a key, from its name or from the language that
// the first words were understood in.
func (d *Dialogue) choose(in Input) Step {
	if in.Kind == InputKeyed {
		if l, ok := d.a.opening.choice.keys[in.key()]; ok {
			return d.speak(l, "language by key")
		}
		return d.misunderstood("no language has this key")
	}
	if l := d.a.named(in.Text); l != "" {
		return d.speak(l, "language by name")
	}
	if t, l := d.sure(in), in.Language; t != nil && slices.Contains(d.a.languages, l) {
		if t.does == doesRepeat { // the choice is made by that, and need not be said again
			return d.speak(l, "language by the words that ask to repeat")
		}
		d.language = l
		if step, ok := d.straight(nil); ok {
			return step
		}
		return d.asked(in)
	}
	return d.misunderstood("neither a language nor a request")
}

func (d *Dialogue) speak(language, reason string) Step {
	d.language = language
	d.misses = 0
	d.state = asking
	if step, ok := d.straight(nil); ok {
		return step
	}
	return d.question(reason, d.greeting())
}

// named gives the language that text calls by its name.
func (a *Assistant) named(text redact.Safe) string {
	found := ""
	for _, l := range a.languages {
		if containsAny(text, a.opening.choice.words[l]) {
			if found != "" {
				return "" // "not English, French": ask again
			}
			found = l
		}
	}
	return found
}

// sure gives the task that was understood well enough to act on, if any.
func (d *Dialogue) sure(in Input) *task {
	if in.Kind != InputSaid || in.Intent.Confidence < d.a.listening.minimum {
		return nil
	}
	t := d.a.byName[in.Intent.Name]
	if t != nil && t.does == doesHangup && d.state != offering && in.Intent.Confidence < d.verySureFrom() {
		return nil // who hung up on a caller cannot take it back
	}
	return t
}

// asked takes the answer to an open question.
func (d *Dialogue) asked(in Input) Step {
	if in.Kind == InputKeyed {
		return d.picked(in)
	}
	if t := d.sure(in); t != nil {
		return d.begin(t, in, d.because(in))
	}
	if t := d.a.cardTask(); t != nil && card(in.Findings) != nil {
		return d.begin(t, in, "a card number was given")
	}
	return d.unsure(in)
}

// picked takes a key of the menu.
func (d *Dialogue) picked(in Input) Step {
	for _, k := range d.a.keypad.keys {
		if k.key == in.key() {
			step := d.begin(d.a.byName[k.task], Input{}, "intent "+k.task+" by key")
			step.Picked = k.task
			return step
		}
	}
	return d.misunderstood("the menu has no such key")
}

func (d *Dialogue) because(in Input) string {
	return fmt.Sprintf("intent %s at %.2f, minimum %.2f", in.Intent.Name, in.Intent.Confidence, d.a.listening.minimum)
}

// unsure asks again because no intent was good enough.
func (d *Dialogue) unsure(in Input) Step {
	switch {
	case in.Intent.Name == "":
		return d.misunderstood("no intent")
	case in.Intent.Confidence < d.a.listening.minimum:
		return d.misunderstood(fmt.Sprintf("intent %s at %.2f is below %.2f", in.Intent.Name, in.Intent.Confidence, d.a.listening.minimum))
	}
	return d.misunderstood("intent " + in.Intent.Name + " answers no question")
}

// begin does what a task is for. Values that came with the request are taken.
func (d *Dialogue) begin(t *task, in Input, reason string) Step {
	if r := d.rule(whenAsked, t.name); r != nil {
		d.task, d.slot = t, 0
		clear(d.values)
		return d.ruled(r, t.name, reason)
	}
	d.misses, d.menu = 0, false
	switch {
	case t.does == doesRepeat:
		return d.repeat(reason)
	case t.does == doesHangup && d.pending != nil:
		return d.place(*d.pending, nil, reason+", with a hand-over waiting")
	}
	d.task, d.slot = t, 0
	clear(d.values)
	d.hook, d.results = nil, nil
	if t.closing.shut(d.now) {
		return d.closed(t.closing, reason)
	}
	return d.advance(along(reason, d.takeAlong(0, in)))
}

// advance asks for the next value, has one read back that came along, or finishes the
// task.
func (d *Dialogue) advance(reason string) Step {
	if d.slot < len(d.task.slots) {
		if v := d.values[d.task.slots[d.slot].name]; v != "" {
			return d.readBack(v, reason)
		}
		d.state = filling
		if d.task.slots[d.slot].capture != nil {
			d.state = capturing
		}
		return d.question(reason, nil)
	}
	if d.task.consult != nil {
		return d.consult(reason)
	}
	return d.finish(reason)
}

// fill takes a value for the current slot.
func (d *Dialogue) fill(in Input) Step {
	s := &d.task.slots[d.slot]
	v, why := d.read(s, in, true)
	if why == fine {
		d.values[s.name] = v
		d.takeAlong(d.slot+1, in)
		return d.readBack(v, "a value for "+s.name)
	}
	if t := d.instead(in); t != nil && why == missing { // two weekdays are no question for the hours
		return d.begin(t, in, d.because(in)+", instead of a value for "+s.name)
	}
	if why == missing && d.takeAlong(d.slot+1, in) > 0 {
		return d.question("no value for "+s.name+", but for another", nil)
	}
	return d.missedValue(why.String()+" for "+s.name, s.excuse(why, d.sorry()))
}

// readBack asks whether a value was understood, if the file has it asked.
func (d *Dialogue) readBack(value, reason string) Step {
	s := &d.task.slots[d.slot]
	if step, over := d.exhausted(s, value); over {
		return step
	}
	d.values[s.name] = value
	if s.confirm == nil {
		d.misses = 0
		d.slot++
		return d.advance(reason)
	}
	d.state = confirming
	return d.question(reason, nil)
}

// confirm takes the answer to a read-back.
func (d *Dialogue) confirm(in Input) Step {
	s := &d.task.slots[d.slot]
	if v, ok := d.corrected(s, in); ok {
		return d.readBack(v, "another value for "+s.name)
	}
	switch d.yesNo(in) {
	case yes:
		d.misses = 0
		d.slot++
		return d.advance(s.name + " is confirmed")
	case no:
		delete(d.values, s.name)
		d.state = filling
		return d.missedValue(s.name+" is denied", d.sorry())
	case unclear:
	}
	if v, why := d.read(s, in, false); why == fine && s.kind != ExpectYesNo {
		return d.readBack(v, "another value for "+s.name)
	}
	if t := d.instead(in); t != nil {
		return d.begin(t, in, d.because(in)+", instead of yes or no")
	}
	return d.misunderstood("neither yes nor no")
}

// finish says what the task says and hands over, hangs up or offers more.
func (d *Dialogue) finish(reason string) Step {
	t := d.task
	lines := d.timed(t.closing, d.filled(t.say))
	if t.does == doesHangup {
		return Step{Say: lines, Hangup: true, Reason: reason}
	}
	if t.queue == "" && t.transfer == "" {
		d.state = offering
		return d.question(reason, lines)
	}
	p := Place{Queue: t.queue, Priority: t.priority, Skills: t.skills, Summary: d.summary()}
	if t.transfer != "" {
		p.Number = fill(t.transfer, d.values, plain)
	}
	p.Intent.Name = t.name
	if t.before == nil {
		return d.place(p, lines, reason)
	}
	d.pending, d.before, d.state = &p, t.before, offering
	return d.question(reason+", the hand-over waits", lines)
}

// summary tells the agent what the call is about, earlier tasks first.
func (d *Dialogue) summary() Phrase {
	var p Phrase
	if t := d.task; t != nil {
		p = d.told(fill(t.summary[d.a.languages[0]], d.values, plain), d.a.languages[0])
		if p.Text == "" || len(variables(p.Text)) > 0 {
			p = d.brief() // not all values were given
		}
	}
	if d.pending != nil && p.Text != d.pending.Summary.Text {
		p.Text = strings.TrimSuffix(d.pending.Summary.Text+"; "+p.Text, "; ")
		p.Filled = p.Filled || d.pending.Summary.Filled
	}
	return p
}

// offered takes the answer to "anything else?".
func (d *Dialogue) offered(in Input) Step {
	if t := d.sure(in); t != nil {
		return d.begin(t, in, d.because(in))
	}
	switch d.yesNo(in) {
	case yes:
		d.misses = 0
		d.state = asking
		if d.menu = in.Kind == InputKeyed; d.byKeypad() {
			return d.question("there is more", nil)
		}
		return d.question("there is more", d.lines(d.a.more.what))
	case no:
		return d.end("there is nothing else")
	case unclear:
	}
	if in.Kind == InputSaid && card(in.Findings) != nil {
		return d.asked(in)
	}
	return d.unsure(in)
}

// end is the good way out: to the human who was promised, or goodbye.
func (d *Dialogue) end(reason string) Step {
	if d.pending != nil {
		return d.place(*d.pending, d.lines(d.a.human.say), reason)
	}
	return Step{Say: d.lines(d.a.more.goodbye), Hangup: true, Reason: reason}
}

// fetchHuman is the other way out.
func (d *Dialogue) fetchHuman(reason string) Step {
	if d.pending != nil {
		return d.place(*d.pending, d.lines(d.a.human.say), reason)
	}
	h := d.a.human
	if h.closing.shut(d.now) {
		return d.nobody(reason)
	}
	p := Place{Queue: h.queue, Priority: h.priority, Skills: h.skills, Summary: d.summary()}
	return d.place(p, d.lines(h.say), reason)
}

// misunderstood asks the question again, or gives up.
func (d *Dialogue) misunderstood(why string) Step { return d.askAgain(why, d.sorry()) }

// askAgain says why the question is put again, or gives up.
func (d *Dialogue) askAgain(why string, say Text) Step {
	given := d.missed()
	if r := d.rule(whenMissed, ""); r != nil {
		return d.ruled(r, "", why)
	}
	if given {
		return d.fetchHuman(fmt.Sprintf("%s, %d of %d: to a human", why, d.misses, d.a.listening.tries))
	}
	return d.question(fmt.Sprintf("%s, %d of %d: ask again", why, d.misses, d.a.listening.tries), d.lines(say))
}

// unanswered says why the question is put again, or gives up: no words and no keys came.
func (d *Dialogue) unanswered(why string, say Text) Step {
	given := d.missed()
	if r := d.rule(whenMissed, ""); r != nil && d.state != offering {
		return d.ruled(r, "", why)
	}
	switch {
	case !given:
		return d.question(fmt.Sprintf("%s, %d of %d: ask again", why, d.misses, d.a.listening.tries), d.lines(say))
	case d.state == offering:
		return d.end(why + ": nothing else is wanted")
	}
	return d.fetchHuman(fmt.Sprintf("%s, %d of %d: to a human", why, d.misses, d.a.listening.tries))
}

func (d *Dialogue) missed() bool {
	d.misses++
	return d.misses >= d.a.listening.tries
}

func (d *Dialogue) sorry() Text {
	switch {
	case d.state == filling && d.task.slots[d.slot].again != nil:
		return d.task.slots[d.slot].again
	case d.state == asking && d.byKeypad():
		return d.a.keypad.wrong
	}
	return d.a.again.notUnderstood
}

// deafen goes on by keypad; the second time a human is fetched.
func (d *Dialogue) deafen() Step {
	opened, known := d.state != unopened, d.byKeypad()
	for _, l := range d.a.languages {
		d.deaf[l] = true
	}
	switch {
	case !opened:
		d.trouble = d.trouble || !known
		return d.open()
	case known:
		return d.fetchHuman("no recognizer, and no keys either")
	}
	return d.question("no recognizer: on by keypad", d.lines(d.a.messages[Apology]))
}

// Minds reports whether a language is that of the dialogue, or may be chosen yet.
func (d *Dialogue) Minds(language string) bool { return d.language == "" || d.language == language }

// Regain says that a language is understood again: the next question may be answered in
// words, and so may the last one if it is repeated.
func (d *Dialogue) Regain(language string) {
	delete(d.deaf, language)
	if d.listen == nil || !d.Minds(language) || slices.Contains(d.listen.Languages, language) {
		return
	}
	l := *d.listen
	l.Languages, l.KeypadOnly = append(slices.Clone(l.Languages), language), false
	d.listen = &l
}

// repeat says the last lines again and listens as before. The legal opening
// was heard to its end the first time.
func (d *Dialogue) repeat(reason string) Step {
	lines := slices.DeleteFunc(slices.Clone(d.said), func(l Line) bool { return l.Disclosure })
	return Step{Say: lines, Listen: d.listen, Capture: d.capture, Hook: d.hook, Reason: reason}
}

// byKeypad reports whether the caller can only use keys.
func (d *Dialogue) byKeypad() bool {
	if d.language != "" {
		return d.deaf[d.language]
	}
	return !slices.ContainsFunc(d.a.languages, func(l string) bool { return !d.deaf[l] })
}
