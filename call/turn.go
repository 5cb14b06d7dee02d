package call

import (
	"fmt"
	"slices"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

// This file is turn-taking: what the bot says, when the caller may interrupt,
// and what the caller is taken to have said.

// speak starts the turn that says what step says; with nothing to say, what
// comes after it happens at once.
func (m *machine) speak(now time.Time, step assistant.Step) {
	m.stop(timerBargeIn)
	m.stop(timerResume)
	m.turn = turn{number: m.turn.number + 1, lines: step.Say, then: step, lap: m.lap}
	m.lap = lap{}
	if len(step.Say) == 0 {
		m.turnDone(now)
		return
	}
	lines := make([]Line, len(step.Say))
	for i, l := range step.Say {
		lines[i] = m.line(l)
		m.turn.texts = append(m.turn.texts, lines[i].Text)
		m.write(Entry{Kind: KindBotSaid, Text: lines[i].Text, Language: lines[i].Language})
	}
	m.do(Speak{Turn: m.turn.number, Lines: lines})
	m.set(timerBudget, now, m.times.Budget)
	m.set(timerGiveUp, now, m.times.GiveUp)
	m.show()
}

// line makes what is said safe: values of the caller are masked like the
// caller's own words. The redactor hears every line, for it minds what was asked.
func (m *machine) line(l assistant.Line) Line {
	heard := m.redactor.Speech(l.Text)
	text := l.Safe(func(string) redact.Safe { return heard })
	return Line{Text: text, Language: l.Language, Authored: !l.Filled}
}

// show enters the state that the line being played belongs to.
func (m *machine) show() {
	switch {
	case m.place.taken():
	case m.turn.locked():
		m.enter(StateOpening)
	default:
		m.enter(StateSpeaking)
	}
}

// locked reports whether a line that may not be interrupted is still to be
// played, or being played.
func (t turn) locked() bool {
	for _, l := range t.lines[min(t.current, len(t.lines)):] {
		if !l.Interruptible {
			return true
		}
	}
	return false
}

// speaking reports whether lines of the turn are still to be played.
func (t turn) speaking() bool { return t.current < len(t.lines) }

// spoken takes what playing the turn's lines brought.
func (m *machine) spoken(now time.Time, ev Event) {
	switch ev := ev.(type) {
	case SpeakStarted:
		if ev.Turn == m.turn.number {
			m.turn.started, m.turn.lap.audio = true, now
			m.stop(timerBudget)
			m.stop(timerGiveUp)
		}
	case Sounded:
		if ev.Turn == m.turn.number {
			m.sounded(now)
		}
	case LineDone:
		if ev.Turn == m.turn.number && ev.Line == m.turn.current && m.turn.speaking() {
			m.lineDone(now, ev.Samples)
		}
	case SpeakFailed:
		if ev.Turn == m.turn.number {
			m.giveUp(now, ev.Reason)
		}
	}
}

func (m *machine) lineDone(now time.Time, samples int64) {
	line := m.turn.lines[m.turn.current]
	kind, proof := KindBotPlayed, ""
	if line.Disclosure {
		kind, proof = KindDisclosure, hash(line.Text)
	}
	m.write(Entry{Kind: kind, Text: m.turn.texts[m.turn.current], Hash: proof, Samples: samples, Language: line.Language})
	m.turn.current++
	m.joinOpened(now)
	if !m.turn.speaking() {
		m.turnDone(now)
		return
	}
	m.show()
	if m.voice && !m.turn.paused { // it began where nobody could interrupt
		m.pause(now)
	}
	m.takePending(now)
}

// turnDone is the end of what the bot had to say.
func (m *machine) turnDone(now time.Time) {
	m.stop(timerBudget)
	m.stop(timerGiveUp)
	m.resume("it had been played") // what follows is not held
	switch then := m.turn.then; {
	case m.mail.stage == mailAsked:
		m.record(now)
	case m.place.taken():
		m.wait(now)
	case then.Hangup:
		m.end(m.goodbye, "")
	case m.taking != nil:
		m.cardSpoken(now)
	case m.hook.number != 0:
		m.awaitHook(now)
	case m.takePending(now):
	default:
		m.write(Entry{Kind: KindBotDone})
		m.turn.wordless = 0
		m.yield(now, then.Listen)
		if nod := m.turn.nod; nod != nil { // the question was answered while it was asked
			m.turn.nod = nil
			m.ask(now, m.languages[0], guess{text: *nod, heard: 1})
		}
	}
}

// yield gives the caller the floor.
func (m *machine) yield(now time.Time, l *assistant.Listen) {
	m.enter(StateListening)
	if l != nil && l.Timeout > 0 {
		m.set(timerSilence, now, l.Timeout)
	}
}

// takePending hears what was said or keyed while nothing could interrupt.
func (m *machine) takePending(now time.Time) bool {
	if m.pending == nil || m.turn.locked() {
		return false
	}
	in := *m.pending
	m.pending = nil
	m.hush()
	m.next(now, in)
	return true
}

// fill breaks the silence that the bot owes the caller a sound for.
func (m *machine) fill() {
	if m.turn.filled {
		return
	}
	m.turn.filled = true
	m.filler("")
}

// filler plays the sound that says that somebody is there.
func (m *machine) filler(reason string) {
	m.lap.filler, m.turn.lap.filler = true, true
	m.write(Entry{Kind: KindFiller, Reason: reason})
	m.do(Fill{Language: m.languages[0]})
}

// giveUp ends a turn that cannot be spoken. A call that waits for an agent goes
// on with music; any other goes to a human, with an apology if that can be said.
func (m *machine) giveUp(now time.Time, reason string) {
	m.write(Entry{Kind: KindTrouble, Reason: reason})
	m.hush()
	if m.place.taken() || m.goodbye != CauseDone { // what can be said is, and no human is left to fetch
		m.turnDone(now)
		return
	}
	m.dropCard()
	m.dropHook()
	to, ok := m.assistant.FallbackAt(now, m.languages[0])
	if !ok {
		m.unable(now)
		return
	}
	m.stop(timerSilence)
	m.stop(timerKeys)
	m.stop(timerChoose)
	m.guesses = make(map[string]guess)
	m.join(now, to)
	m.speak(now, assistant.Step{Say: []assistant.Line{m.message(assistant.Apology)}})
}

// hush stops the turn where it is.
func (m *machine) hush() {
	m.do(Hush{})
	m.music = false
	m.turn.current, m.turn.paused, m.turn.nod = len(m.turn.lines), false, nil
	m.stop(timerBudget)
	m.stop(timerGiveUp)
	m.stop(timerBargeIn)
	m.stop(timerResume)
}

// interruptible reports whether the caller may speak over what is played. Where a card is
// keyed or a message is left no word interrupts, and a prompt that stopped for a voice would
// never go on.
func (m *machine) interruptible() bool {
	return m.hears() && m.taking == nil && m.mail.stage <= mailOffered && m.state == StateSpeaking && m.turn.speaking() && !m.turn.locked() && !m.turn.then.Hangup
}

// pause holds the prompt at the first sound of the caller's voice. What it is shows
// later: if it goes on, or says what is understood, it is an interruption.
func (m *machine) pause(now time.Time) {
	if !m.interruptible() || !m.listens() {
		return
	}
	m.stop(timerResume)
	if !m.turn.paused {
		m.turn.paused, m.turn.over = true, overlap{}
		m.write(Entry{Kind: KindPaused})
		m.do(Pause{})
	}
	m.turn.over.begin(m.began)
	m.set(timerBargeIn, m.began, max(now.Sub(m.began), m.times.BargeIn-m.turn.over.spoken))
}

// voiceOver is the end of a voice over a prompt: what it was shows by its words, or by
// their absence.
func (m *machine) voiceOver(now time.Time) {
	m.stop(timerBargeIn)
	if !m.turn.paused {
		return
	}
	m.turn.over.end(now)
	m.set(timerResume, now, m.times.Resume)
	m.weighPause()
}

// weighPause decides about a voice that has stopped by what a recognizer takes for
// all of it.
func (m *machine) weighPause() {
	over := &m.turn.over
	switch {
	case !m.turn.paused || m.voice:
	case over.nods && over.eager:
		m.resume(reasonNod)
	case over.nods: // more may follow
		m.set(timerResume, over.ended, m.times.Nod)
	case over.eager && over.asked == 0:
		m.asides++
		over.asked = -m.asides
		m.do(Classify{Seq: over.asked, Language: over.language, Text: over.text})
	}
}

// weighed takes what the words over a prompt mean, as far as they are known. Those
// that end it do so with their final, which has the rest of them.
func (m *machine) weighed(now time.Time, u Understood) {
	over := &m.turn.over
	u.Result = m.assistant.Plainly(over.language, over.text, u.Result)
	switch {
	case u.Seq != over.asked || !m.turn.paused || m.voice:
	case u.Result.Name == assistant.IntentYes:
		m.resume(reasonNod)
	case over.interruptedBy(guess{heard: over.heard, intent: u.Result}):
		m.set(timerResume, now, m.times.Words)
	default:
		m.resume(reasonUnclear)
	}
}

// resume lets a prompt go on where it stopped.
func (m *machine) resume(why string) {
	m.stop(timerBargeIn)
	m.stop(timerResume)
	if m.turn.paused {
		m.turn.paused, m.turn.wordless = false, 0
		m.write(Entry{Kind: KindResumed, Reason: why})
		m.do(Resume{})
	}
}

// goOn resumes for words that were no reason to stop, unless the caller speaks again by
// now: what that is shows when it ends, or goes on.
func (m *machine) goOn(why string) {
	if !m.voice {
		m.resume(why)
	}
}

// longVoice is a voice over a prompt that goes on and on: an interruption, whether or
// not its words are known yet; unless all that is known is a "yes", which may be long.
func (m *machine) longVoice(now time.Time) {
	if m.turn.over.nods && !m.turn.over.granted {
		m.turn.over.granted = true
		m.set(timerBargeIn, now, m.times.BargeIn/2)
		return
	}
	m.bargeIn(now)
}

// nodded takes a word that says no more than "I hear you": the prompt goes on. If the
// last line asks for a yes, it is the answer.
func (m *machine) nodded(h Heard, res redact.Result) {
	m.said(h, res)
	m.nod(h.Language, res)
}

func (m *machine) nod(language string, res redact.Result) {
	if m.turn.current == len(m.turn.lines)-1 && m.asksForYes(language) {
		m.turn.nod = &res
	}
	m.goOn(reasonNod)
}

// asksForYes reports whether a word of assent answers what the turn asks.
func (m *machine) asksForYes(language string) bool {
	l := m.turn.then.Listen
	return l != nil && slices.ContainsFunc(l.Phrases, func(p string) bool { return backchannel(language, redact.Authored(p)) })
}

// listens reports whether a recognizer hears the caller.
func (m *machine) listens() bool {
	return slices.ContainsFunc(m.languages, func(l string) bool { return m.hearing[l] })
}

// bargeIn gives the prompt up for the caller.
func (m *machine) bargeIn(now time.Time) {
	if !m.interruptible() {
		return
	}
	m.write(Entry{Kind: KindBargeIn})
	m.hush()
	m.yield(now, nil)
}

// listen takes what the caller's side sounds like and says.
func (m *machine) listen(now time.Time, ev Event) {
	if m.taking != nil {
		m.listenCard(now, ev)
		return
	}
	if m.mail.stage > mailOffered {
		m.listenMail(now, ev)
		return
	}
	switch ev := ev.(type) {
	case VoiceStarted:
		m.voice, m.began, m.lap = true, now, lap{}
		if m.state == StateListening {
			m.stop(timerBudget)
		}
		m.pause(now)
		m.stop(timerSilence)
	case VoiceStopped:
		m.voice, m.lap.stopped = false, now.Add(-voiceTail)
		m.spoke(now)
		m.voiceOver(now)
		m.await(now)
	case SpeechBegan:
		m.owe(ev.Language, ev.Utterance)
	case SpeechOver:
		m.lap.over = now
	case SpeechDropped:
		m.owed[ev.Language] = slices.DeleteFunc(m.owed[ev.Language], func(id string) bool { return id == ev.Utterance })
	case Heard:
		if m.overhears() {
			m.overhear(now, ev)
			return
		}
		if m.mayAskBack() || m.mayLeaveMessage() {
			m.heardWaiting(now, ev)
			return
		}
		m.heard(now, ev)
	case Understood:
		m.understood(now, ev)
	case Pressed:
		if m.mayAskBack() || m.mayLeaveMessage() {
			m.pressedWaiting(now, ev.Key)
			return
		}
		m.pressed(now, ev.Key)
	case Relieved:
		m.relieved(ev)
		m.hearAgain(now)
	case Deaf:
		m.deaf(now, ev)
	case Regained:
		m.regained(ev.Language)
	}
}

// await is what a caller who has stopped speaking waits for. Words that were heard
// are answered within the budget, if only by a filler; a noise, or a pause between
// the digits of a card, is no reason for one.
func (m *machine) await(now time.Time) {
	m.rearm(now)
	if m.state == StateListening && !m.shown.Empty() {
		m.set(timerBudget, now, m.times.Budget)
	}
}

// rearm starts the wait for the caller's words anew after a sound that may have
// been none.
func (m *machine) rearm(now time.Time) {
	if m.state == StateListening && m.turn.then.Listen != nil {
		m.set(timerSilence, now, m.turn.then.Listen.Timeout)
	}
}

// owe notes that a recognizer has yet to say what an utterance was.
func (m *machine) owe(language, id string) {
	if !slices.Contains(m.owed[language], id) {
		m.owed[language] = append(m.owed[language], id)
	}
}

// paid takes a final: the recognizer owes neither that utterance any more
// nor one before it, for they come in order.
func (m *machine) paid(language, id string) {
	m.turn.waits = 0
	if i := slices.Index(m.owed[language], id); i >= 0 {
		m.owed[language] = m.owed[language][i+1:]
	}
}

// owes reports whether a recognizer has yet to say what it heard.
func (m *machine) owes() bool {
	for _, l := range m.languages {
		if m.hearing[l] && len(m.owed[l]) > 0 {
			return true
		}
	}
	return false
}

// mostWaits is how many silences pass because a recognizer is late.
const mostWaits = 2

// silent is the end of the caller's time to speak. One who spoke is not told that
// nothing was heard, merely because the recognizer is late: a filler says that
// somebody is there, and after mostWaits of them a human is fetched.
func (m *machine) silent(now time.Time) {
	switch {
	case !m.owes():
		m.next(now, m.nothing())
	case m.turn.waits < mostWaits:
		m.turn.waits++
		m.filler(fmt.Sprintf("recognition is late, %d of %d", m.turn.waits, mostWaits))
		m.rearm(now)
	default:
		m.giveUp(now, "recognition took too long")
	}
}

func (m *machine) heard(now time.Time, h Heard) {
	if h.Final {
		m.paid(h.Language, h.Utterance)
	} else {
		m.owe(h.Language, h.Utterance)
	}
	if len(m.languages) > 1 {
		m.compare(now, h)
		return
	}
	if h.Language != m.languages[0] {
		return
	}
	if !h.Final {
		m.partial(now, h)
		return
	}
	m.lap.final = now
	res := m.redactor.Final(h.Utterance, h.Words)
	if res.Text.Empty() {
		m.shown = redact.Safe{}
		m.stop(timerBudget)
		m.goOn(reasonNoWords)
		m.rearm(now)
		return
	}
	if m.interruptible() && backchannel(h.Language, res.Text) {
		m.nodded(h, res)
		return
	}
	m.said(h, res)
	if !m.hears() {
		return
	}
	if m.halted(h.Language, res.Text) {
		m.write(Entry{Kind: KindDecision, Reason: "words that only ask for silence: no answer"})
		m.stop(timerBudget)
		m.bargeIn(now)
		m.rearm(now)
		return
	}
	m.ask(now, h.Language, guess{text: res, heard: h.Confidence})
}

// halted reports whether the caller only wants the bot to be silent, where it would
// listen next: what comes then is the answer, and "wait" is none. Over a prompt, a short
// word that is taken for it may as well be another.
func (m *machine) halted(language string, text redact.Safe) bool {
	over := m.interruptible() && m.turn.over.spoken >= shortVoice
	return (over || m.state == StateListening) && m.turn.then.Listen != nil && only(halts[language], text)
}

// hears reports whether the caller's words are for the bot.
func (m *machine) hears() bool {
	return !m.place.taken() && m.goodbye == CauseDone && m.state != StateRinging
}

func (m *machine) partial(now time.Time, h Heard) {
	text := m.redactor.Partial(h.Utterance, h.Words)
	if text.Empty() {
		return
	}
	if shown := text.After(m.redactor.Released()); shown != m.shown {
		m.shown = shown
		m.write(Entry{Kind: KindCallerPart, Utterance: h.Utterance, Text: shown, Language: h.Language})
		m.stop(timerSilence)
		if !m.voice { // a late one: the caller has stopped already
			m.await(now)
		}
	}
	m.turn.over.told(h, text)
	m.weighPause()
}

func (m *machine) said(h Heard, res redact.Result) {
	m.shown, m.turn.wordless = redact.Safe{}, 0
	m.write(Entry{Kind: KindCallerSaid, Utterance: h.Utterance, Text: res.Text.After(res.Released), Language: h.Language})
}

// writeHeld writes the number with which the caller's last words ended, if it waited for more
// to be decided about: no more is heard.
func (m *machine) writeHeld() {
	if text := m.redactor.Settle(); !text.Empty() {
		m.write(Entry{Kind: KindCallerSaid, Text: text})
	}
}

// ask has one language's hypothesis classified.
func (m *machine) ask(now time.Time, language string, g guess) {
	m.stop(timerSilence)
	m.classify++
	m.guesses = map[string]guess{language: g}
	if m.state == StateListening {
		m.enter(StateThinking)
		m.set(timerBudget, now, m.times.Budget)
		m.set(timerGiveUp, now, m.times.GiveUp)
	}
	m.do(Classify{Seq: m.classify, Language: language, Text: g.text.Text})
}

// compare collects the finals of several recognizers: the language of a call on
// a bilingual number is that in which the caller's first words make most sense.
// Partials are not shown before that, for half of them are nonsense.
func (m *machine) compare(now time.Time, h Heard) {
	if !h.Final || !m.hears() {
		if !h.Final {
			m.stop(timerSilence)
			if !m.voice {
				m.rearm(now)
			}
		}
		return
	}
	m.lap.final = now
	res := m.redactor.Final(h.Language+h.Utterance, h.Words)
	if res.Text.Empty() {
		m.rearm(now)
		return
	}
	m.stop(timerSilence)
	if len(m.guesses) == 0 || m.timers[timerChoose].IsZero() {
		m.guesses = make(map[string]guess)
		m.classify++
		m.set(timerChoose, now, m.times.Choose)
	}
	m.guesses[h.Language] = guess{text: res, heard: h.Confidence}
	m.do(Classify{Seq: m.classify, Language: h.Language, Text: res.Text})
}

func (m *machine) understood(now time.Time, u Understood) {
	if u.Seq < 0 {
		m.weighed(now, u)
		return
	}
	g, ok := m.guesses[u.Language]
	if !ok || u.Seq != m.classify {
		return
	}
	if u.Err != nil {
		m.write(Entry{Kind: KindTrouble, Reason: "the classifier failed: " + u.Err.Error()})
	}
	g.intent, g.decided = m.assistant.Plainly(u.Language, g.text.Text, u.Result), true
	m.guesses[u.Language] = g
	if m.allDecided() || m.timers[timerChoose].IsZero() {
		m.decide(now)
	}
}

// allDecided reports whether every recognizer that listens has been heard.
func (m *machine) allDecided() bool {
	for _, l := range m.languages {
		if g, ok := m.guesses[l]; m.hearing[l] && (!ok || !g.decided) {
			return false
		}
	}
	return true
}

// decide takes the best guess for what the caller said.
func (m *machine) decide(now time.Time) {
	m.stop(timerChoose)
	if !m.hears() {
		return
	}
	best := ""
	for _, l := range m.languages {
		if g, ok := m.guesses[l]; ok && g.decided && (best == "" || g.sure(l) > m.guesses[best].sure(best)) {
			best = l
		}
	}
	if best == "" {
		return
	}
	g, rivals := m.guesses[best], m.rivals(best)
	m.guesses = make(map[string]guess)
	if len(m.languages) > 1 {
		m.said(Heard{Language: best}, g.text)
	}
	m.lap.intent = now
	e := intentEntry(g, best)
	e.Rivals = rivals
	m.write(e)
	if m.interruptible() {
		switch {
		case g.intent.Name == assistant.IntentYes:
			m.nod(best, g.text)
			return
		case !m.turn.over.interruptedBy(g) && !assistant.AsksForMachine(best, g.text.Text):
			m.goOn(reasonUnclear)
			return
		}
		m.bargeIn(now)
	}
	m.give(now, assistant.Input{
		Kind: assistant.InputSaid, Language: best, Intent: g.intent,
		Text: g.text.Text, Numbers: g.text.Numbers, Findings: g.text.Findings,
	})
}

func intentEntry(g guess, language string) Entry {
	e := Entry{Kind: KindIntent, Language: language, Intent: &Scored{Name: g.intent.Name, Confidence: g.intent.Confidence}, Reason: g.intent.Reason}
	for _, s := range g.intent.Top {
		e.Top = append(e.Top, Scored{Name: s.Name, Confidence: s.Confidence})
	}
	return e
}

// give hands an answer to the script, or keeps it until the opening is over.
func (m *machine) give(now time.Time, in assistant.Input) {
	if m.state == StateOpening && m.turn.locked() {
		m.pending = &in
		return
	}
	if m.turn.speaking() {
		m.hush()
	}
	m.next(now, in)
}

// keypad is what is known of keys that follow each other without a pause.
type keypad struct {
	last    time.Time // when the newest one came
	entered int       // keys of the entry in progress
	choices int       // complete entries of one key
	over    bool      // an entry is complete, and what follows is more of it
}

// mostChoices is how many menus can be gone through without a pause: the language,
// the menu, and one more.
const mostChoices = 3

// goesOn takes a key that came at now, and reports whether it counts. Digits after
// an entry of several do not: a card that is keyed where five digits are wanted
// must neither answer the questions that follow nor be shown in their journal, bit
// by bit. Nor does the '#' that closes an entry which was complete without it;
// after that a new entry may begin at once.
func (p *keypad) goesOn(now time.Time, pause time.Duration, key byte) bool {
	if now.Sub(p.last) >= pause {
		*p = keypad{}
	}
	p.last = now
	switch {
	case key == '#' && (p.over || p.entered == 0):
		p.over, p.entered = p.choices >= mostChoices, 0
		return false
	case p.over, key > '9': // A to D have no meaning here
		return false
	case key == '*':
		p.entered = 0
	case key != '#':
		p.entered++
	}
	return true
}

// complete notes that the entry in progress is whole, by this key.
func (p *keypad) complete(key byte) {
	if p.entered == 1 {
		p.choices++
	}
	p.over = p.entered > 1 && key != '#' || p.choices >= mostChoices
	p.entered = 0
}

func (m *machine) pressed(now time.Time, k media.Key) {
	if !m.hears() || !m.keypad.goesOn(now, m.times.Key, k.Byte()) {
		return
	}
	m.bargeIn(now)
	m.stop(timerSilence)
	res, complete := m.redactor.Press(k.Byte())
	if complete {
		m.keypad.complete(k.Byte())
		m.keyed(now, res)
		return
	}
	m.set(timerKeys, now, m.times.Key)
}

func (m *machine) keyed(now time.Time, res redact.Result) {
	m.stop(timerKeys)
	if res.Text.Empty() {
		m.rearm(now)
		return
	}
	m.owed = make(map[string][]string) // who answers by key waits for no words
	m.lap = lap{}                      // no words
	m.write(Entry{Kind: KindCallerKeyed, Text: res.Text})
	m.give(now, assistant.Input{Kind: assistant.InputKeyed, Text: res.Text, Numbers: res.Numbers, Findings: res.Findings})
}

// relieved notes that the caller is heard by another engine.
func (m *machine) relieved(r Relieved) {
	reason := fmt.Sprintf("%s gives way to %s: %s; %s heard again", r.From, r.To, r.Reason, r.Replayed.Round(10*time.Millisecond))
	if r.From == r.To {
		reason = fmt.Sprintf("%s is asked anew: %s; %s heard again", r.From, r.Reason, r.Replayed.Round(10*time.Millisecond))
	}
	m.write(Entry{Kind: KindRelieved, Language: r.Language, Reason: reason, Duration: r.Took})
}

// deaf goes on without a recognizer: with keys alone when none is left.
func (m *machine) deaf(now time.Time, d Deaf) {
	if !m.hearing[d.Language] {
		return
	}
	delete(m.hearing, d.Language)
	m.write(Entry{Kind: KindTrouble, Reason: "recognition of " + d.Language + " is lost: " + d.Reason})
	for _, l := range m.languages {
		if m.hearing[l] {
			return
		}
	}
	if m.hears() {
		m.give(now, assistant.Input{Kind: assistant.InputDeaf})
	}
}

// minds reports whether the caller may come to say something in a language.
func (m *machine) minds(language string) bool {
	return slices.Contains(m.languages, language) && m.script.Minds(language)
}

// regained has the caller heard again. What is being said goes on: the next question is
// put to a caller who may speak.
func (m *machine) regained(language string) {
	if m.hearing[language] || !m.minds(language) {
		return
	}
	m.hearing[language] = true
	if m.pending != nil && m.pending.Kind == assistant.InputDeaf { // it was lost and regained within the opening
		m.pending = nil
	}
	m.script.Regain(language)
	m.write(Entry{Kind: KindRegained, Language: language})
}
