package assistant

import (
	"cmp"
	"slices"
	"time"
)

// A Capture has a card taken by keypad: number, date and code are keyed in, and go to the
// tenant's tokeniser. The dialogue is told how that ended, and the last four digits; none
// of the others is ever known here.
type Capture struct {
	Number, Expiry Line // what asks for them
	Code           Line // the same; without a text no code is asked for

	WrongNumber, WrongExpiry, WrongCode Line // said before the question is put again
	NothingKeyed                        Line

	Wait    Line // said while the card is checked, if that is not done at once
	Slow    Line // said when the tokeniser did not answer, before it is asked again
	Refused Line // said when the card was not taken, before the caller tries another

	Tries   int           // wrong entries, silences and refusals, the last of which ends it
	Silence time.Duration // without a key, from the end of the question
}

// capture is the texts of a Capture, and what is said when it came to nothing.
type capture struct {
	number, expiry, code                Text
	wrongNumber, wrongExpiry, wrongCode Text
	nothingKeyed                        Text
	wait, slow, refused, failed         Text
	tries                               int
	silence                             time.Duration
}

// What is taken where the file says nothing: a caller has to find the card first.
const (
	defaultCaptureTries   = 3
	defaultCaptureSilence = 20 * time.Second
)

// Captures lists where the file asks for cards by keypad, as file:line. That needs a
// tokeniser, and only the server knows whether there is one.
func (a *Assistant) Captures() []string { return slices.Clone(a.captures) }

func (p *fileParser) capture(e entry) *capture {
	if !e.given() {
		return nil
	}
	p.a.captures = append(p.a.captures, p.at(e.key))
	s := p.section(e, "capture", "number!", "expiry!", "code", "wrong_number!", "wrong_expiry!", "wrong_code", "nothing_keyed!",
		"wait!", "slow!", "refused!", "failed!", "tries", "silence")
	if s["code"].given() != s["wrong_code"].given() {
		p.complain(cmp.Or(s["code"].key, s["wrong_code"].key), "capture: %q and %q go together", "code", "wrong_code")
	}
	return &capture{
		number:       p.text(s["number"], "the question for the card number"),
		expiry:       p.text(s["expiry"], "the question for the date of expiry"),
		code:         p.text(s["code"], "the question for the security code"),
		wrongNumber:  p.text(s["wrong_number"], "the words after a wrong card number"),
		wrongExpiry:  p.text(s["wrong_expiry"], "the words after a wrong date"),
		wrongCode:    p.text(s["wrong_code"], "the words after a wrong security code"),
		nothingKeyed: p.text(s["nothing_keyed"], "the words when nothing was keyed"),
		wait:         p.text(s["wait"], "the words while the card is checked"),
		slow:         p.text(s["slow"], "the words when that takes long"),
		refused:      p.text(s["refused"], "the words when the card is refused"),
		failed:       p.text(s["failed"], "the words when no card could be taken"),
		tries:        p.count(s["tries"], "tries", 1, 9, defaultCaptureTries),
		silence:      p.duration(s["silence"], "silence", 5*time.Second, 2*time.Minute, defaultCaptureSilence),
	}
}

// texts lists what a capture says.
func (c *capture) texts() []Text {
	if c == nil {
		return nil
	}
	return []Text{
		c.number, c.expiry, c.code, c.wrongNumber, c.wrongExpiry, c.wrongCode, c.nothingKeyed, c.wait, c.slow, c.refused, c.failed,
	}
}

// in gives the lines in a language.
func (c *capture) in(a *Assistant, language string) *Capture {
	out := &Capture{
		Number: a.line(c.number, language), Expiry: a.line(c.expiry, language),
		WrongNumber: a.line(c.wrongNumber, language), WrongExpiry: a.line(c.wrongExpiry, language),
		NothingKeyed: a.line(c.nothingKeyed, language),
		Wait:         a.line(c.wait, language), Slow: a.line(c.slow, language), Refused: a.line(c.refused, language),
		Tries: c.tries, Silence: c.silence,
	}
	if c.code != nil {
		out.Code, out.WrongCode = a.line(c.code, language), a.line(c.wrongCode, language)
	}
	return out
}

// capturing has the card of the current slot taken.
func (d *Dialogue) capturing(reason string, before []Line) Step {
	c := d.task.slots[d.slot].capture
	return Step{Say: before, Capture: c.in(d.a, cmp.Or(d.language, d.a.languages[0])), Reason: reason}
}

// captured takes what came of it.
func (d *Dialogue) captured(in Input) Step {
	s := d.task.slots[d.slot]
	switch in.Kind {
	case InputCaptured:
		d.misses = 0
		if step, over := d.exhausted(&s, in.Text.String()); over {
			return step
		}
		d.values[s.name] = in.Text.String()
		d.slot++
		return d.advance(s.name + " was taken by keypad")
	case InputUncaptured:
		return d.uncaptured(s)
	default:
		return d.misunderstood("no key for " + s.name)
	}
}

// uncaptured fetches those who would have got the caller with the card.
func (d *Dialogue) uncaptured(s slot) Step {
	reason := s.name + " could not be taken by keypad: to a human"
	lines := d.lines(s.capture.failed)
	if d.pending != nil || d.task.queue == "" {
		step := d.fetchHuman(reason)
		step.Say = append(lines, step.Say...)
		return step
	}
	p := Place{Queue: d.task.queue, Priority: d.task.priority, Skills: d.task.skills, Summary: d.summary()}
	p.Intent.Name = d.task.name
	return d.place(p, append(lines, d.lines(d.a.human.say)...), reason)
}
