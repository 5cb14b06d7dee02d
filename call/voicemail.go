package call

import (
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/queue"
)

// This file is for callers who leave a message for the people of a queue: those who would
// rather do so than wait, whom the queue does not take, or who come when it is closed.
// Recognizers go on hearing the caller: what they tell is what may be read of the message,
// and what is withheld of that is silence in its sound. Without them none is taken.

// A Voicemail says when the callers of a queue may leave a message, and how long it may be.
type Voicemail struct {
	After   time.Duration // of waiting, it is offered; 0: not to those who wait
	Nobody  bool          // who cannot wait may: nobody is at work, it is full, or the wait was too long
	Closed  bool          // who comes outside its hours may
	Longest time.Duration
	Silence time.Duration // after which it is over
}

// mailStage is how far a caller's message has come.
type mailStage int

const (
	mailNone    mailStage = iota
	mailOffered           // the caller was told of it
	mailAsked             // hears what is to be done
	mailRecords
	mailSettles // it is over, but for words that a recognizer owes
	mailKeeps   // it is being kept
	mailOver    // the caller hears what came of it
)

// mailing is that message.
type mailing struct {
	stage  mailStage
	queue  string
	told   int // announcements since it was offered last
	began  time.Time
	ended  time.Time
	voiced bool // something was said
	text   redact.Safe
	open   []utteranceAt // those of which the final has yet to come
	lost   bool          // no recognizer hears it any more
	gone   *goneCaller   // nil: is on the line
}

// utteranceAt says where on the session's clock an utterance began.
type utteranceAt struct {
	id string
	at time.Duration
}

// goneCaller says why the caller's leg ended.
type goneCaller struct {
	cause  Cause
	detail string
}

const (
	// shortMessage is what nobody has said anything in.
	shortMessage = time.Second
	// settleLeast is how long a recognizer may take to tell that it hears something: so
	// long what was said last is waited for, at least.
	settleLeast = 700 * time.Millisecond
)

// mailWords are those by which callers ask for it.
//
//nolint:gochecknoglobals // a read-only table
var mailWords = map[string][]string{
	"en": {"message", "voicemail", "voice mail", "answering machine"},
	"fr": {"message", "messagerie", "répondeur"},
}

// mayRecord reports whether somebody looks at what the caller would say.
func (m *machine) mayRecord() bool { return len(m.languages) == 1 && m.listens() }

// offerMessage gives the line that offers it with an announcement, if it is time for it.
func (m *machine) offerMessage(now time.Time) (assistant.Line, bool) {
	v := m.voicemails[m.place.queue]
	if v.After == 0 || now.Sub(m.place.since) < v.After || !m.mayRecord() || m.moving.ask != 0 {
		return assistant.Line{}, false
	}
	m.mail.told++
	if m.mail.stage == mailOffered && m.mail.told%repeatOffer != 0 {
		return assistant.Line{}, false
	}
	line, ok := m.assistant.VoicemailLine(assistant.VoicemailOffer, m.languages[0])
	if !ok {
		return line, false
	}
	m.mail = mailing{stage: mailOffered}
	m.write(Entry{Kind: KindMessage, Queue: m.place.queue, Reason: "offered"})
	m.expectBack(redact.Expect{}, assistant.ExpectFree, m.waitWords())
	return line, true
}

// mayLeaveMessage reports whether a caller who waits may ask for it.
func (m *machine) mayLeaveMessage() bool {
	return m.state == StateQueued && m.mail.stage == mailOffered && m.back.stage <= backOffered && !m.closing
}

// leaveMessage takes a caller who asks for it out of the line.
func (m *machine) leaveMessage(now time.Time, how string) {
	name := m.place.queue
	m.write(Entry{Kind: KindMessage, Queue: name, Reason: "asked for by the caller, " + how})
	m.do(Leave{Ticket: m.place.ticket, Reason: queue.ToMessage})
	m.askMessage(now, name)
}

// nobodyThere lets a caller whom a queue does not take leave a message; false: not there.
func (m *machine) nobodyThere(now time.Time) bool {
	name := m.place.queue
	line, ok := m.assistant.VoicemailLine(assistant.VoicemailNobody, m.languages[0])
	if !ok || !m.voicemails[name].Nobody || !m.mayRecord() {
		return false
	}
	m.askMessage(now, name, line)
	return true
}

// askMessage tells the caller what to do, and records after that.
func (m *machine) askMessage(now time.Time, name string, before ...assistant.Line) {
	m.place, m.timers = place{}, [timerCount]time.Time{}
	m.do(Hush{})
	m.speak(now, assistant.Step{Say: append(before, m.mailTo(name))})
}

// mailTo sets out to take a message for a queue, and gives the line that says how.
func (m *machine) mailTo(name string) assistant.Line {
	m.mail, m.goodbye = mailing{stage: mailAsked, queue: name}, CauseMessage
	line, ok := m.assistant.VoicemailLine(assistant.VoicemailRecord, m.languages[0])
	if !ok {
		return m.message(assistant.Connecting)
	}
	return line
}

// record begins to record.
func (m *machine) record(now time.Time) {
	if m.mail.lost {
		m.mail.stage = mailKeeps
		m.messageKept(now, MessageKept{})
		return
	}
	v := m.voicemails[m.mail.queue]
	m.mail.stage, m.mail.began, m.mail.voiced = mailRecords, now, m.voice
	m.forgetWords()
	m.redactor.Settle()
	m.redactor.Expect(redact.Expect{})
	m.do(Attend{Languages: m.languages}, StartMessage{})
	m.enter(StateListening)
	m.set(timerMail, now, v.Longest)
	if !m.voice {
		m.set(timerSilence, now, v.Silence)
	}
}

// listenMail takes what happens on the caller's side meanwhile.
func (m *machine) listenMail(now time.Time, ev Event) {
	records := m.mail.stage == mailRecords
	switch ev := ev.(type) {
	case VoiceStarted:
		m.voice, m.mail.voiced = true, m.mail.voiced || records
		m.stop(timerSilence)
	case VoiceStopped:
		m.voice = false
		if records {
			m.set(timerSilence, now, m.voicemails[m.mail.queue].Silence)
		}
	case SpeechBegan:
		m.mail.begins(ev.Utterance, ev.Began)
	case SpeechDropped:
		m.mail.ends(ev.Utterance)
	case Heard:
		m.mailHeard(ev)
	case Pressed:
		if records && ev.Key.Byte() == '#' {
			m.endMessage(now, "the caller has done, by key")
		}
	case Deaf:
		m.mailDeaf(now, ev)
	case Regained:
		m.regained(ev.Language)
	case Relieved:
		m.relieved(ev)
	}
	m.settleMessage()
}

// begins notes an utterance of which the final has yet to come.
func (l *mailing) begins(id string, at time.Duration) {
	for _, u := range l.open {
		if u.id == id {
			return
		}
	}
	l.open = append(l.open, utteranceAt{id, at})
}

// ends takes the end of an utterance: those before it are over, too.
func (l *mailing) ends(id string) {
	for i, u := range l.open {
		if u.id == id {
			l.open = l.open[i+1:]
			return
		}
	}
}

// mailHeard looks at what is said in a message.
func (m *machine) mailHeard(h Heard) {
	if h.Language != m.languages[0] {
		return
	}
	if !h.Final {
		m.mail.begins(h.Utterance, h.Began)
		m.redactor.Partial(h.Utterance, h.Words)
		return
	}
	m.mail.ends(h.Utterance)
	res := m.redactor.Final(h.Utterance, h.Words)
	if len(res.Mute) > 0 {
		m.do(MuteMessage{Spans: res.Mute})
	}
	if res.Text.Empty() {
		return
	}
	m.said(h, res)
	if m.mail.stage > mailAsked && m.mail.stage < mailKeeps {
		m.mail.text = res.Text.After(res.Released).After(m.mail.text)
	}
}

// mailDeaf ends a message that no recognizer hears any more: it is not kept.
func (m *machine) mailDeaf(now time.Time, d Deaf) {
	delete(m.hearing, d.Language)
	m.write(Entry{Kind: KindTrouble, Reason: "recognition of " + d.Language + " is lost: " + d.Reason})
	if m.listens() || m.mail.stage > mailSettles {
		return
	}
	m.mail.lost, m.mail.open = true, nil
	if m.mail.stage == mailRecords {
		m.endMessage(now, "nobody hears what is said any more")
	}
}

// endMessage is the end of the recording; what was said last is waited for.
func (m *machine) endMessage(now time.Time, why string) {
	m.mail.stage, m.mail.ended = mailSettles, now
	m.write(Entry{Kind: KindMessage, Queue: m.mail.queue, Reason: "over: " + why})
	m.timers = [timerCount]time.Time{}
	m.do(EndUtterance{})
	m.enter(StateThinking)
	m.set(timerRetry, now, settleLeast)
	m.set(timerMail, now, m.times.GiveUp)
	if m.mail.gone == nil {
		m.set(timerBudget, now, m.times.Budget)
	}
}

// settleMessage keeps a message once nothing that was said in it is unknown.
func (m *machine) settleMessage() {
	if m.mail.stage == mailSettles && len(m.mail.open) == 0 && m.timers[timerRetry].IsZero() {
		m.keepMessage()
	}
}

// keepMessage has it kept. What is still unknown of it is not.
func (m *machine) keepMessage() {
	m.stop(timerMail)
	m.stop(timerRetry)
	m.do(m.toKeep())
	m.mail.stage = mailKeeps
}

// toKeep says what is to be kept.
func (m *machine) toKeep() EndMessage {
	l := &m.mail
	e := EndMessage{
		Queue: l.queue, Language: m.languages[0], Intent: m.script.Intent(), Summary: m.summary, Text: l.text, Cut: -1,
	}
	if !l.ended.IsZero() {
		e.Length = l.ended.Sub(l.began)
	}
	switch {
	case l.lost:
		e.Drop = "no recognizer heard all of it"
	case !l.voiced || !l.ended.IsZero() && e.Length < shortMessage:
		e.Drop = "nothing was said"
	case len(l.open) > 0:
		e.Cut = l.open[0].at
	}
	return e
}

// dropMail ends a message because the call ends: what is known of it is kept.
func (m *machine) dropMail() {
	if m.mail.stage == mailRecords || m.mail.stage == mailSettles {
		m.do(m.toKeep())
	}
	m.mail = mailing{}
}

// messageKept takes what became of it.
func (m *machine) messageKept(now time.Time, ev MessageKept) {
	if m.mail.stage != mailKeeps {
		return
	}
	m.stop(timerBudget)
	m.mail.stage = mailOver
	message := assistant.VoicemailDone
	if !ev.Kept {
		message, m.goodbye = assistant.VoicemailFailed, CauseNoMessage
	}
	if gone := m.mail.gone; gone != nil {
		if ev.Kept {
			gone = &goneCaller{cause: CauseMessage}
		}
		m.end(gone.cause, gone.detail)
		return
	}
	line, _ := m.assistant.VoicemailLine(message, m.languages[0])
	m.speak(now, assistant.Step{Say: []assistant.Line{line}, Hangup: true})
}

// goneWithMessage reports whether a caller who has hung up leaves a message that is being
// taken: the call ends once it is kept.
func (m *machine) goneWithMessage(now time.Time, cause Cause, detail string) bool {
	if m.mail.stage < mailRecords || m.mail.stage > mailKeeps {
		return false
	}
	m.mail.gone = &goneCaller{cause, detail}
	m.stop(timerBudget)
	if m.mail.stage == mailRecords {
		m.endMessage(now, "the caller hung up")
	}
	return true
}

// expireMail takes a timer that means something else meanwhile; false: it does not.
func (m *machine) expireMail(now time.Time, t timer) bool {
	records, settles := m.mail.stage == mailRecords, m.mail.stage == mailSettles
	switch {
	case t == timerSilence && records:
		m.endMessage(now, "silence")
	case t == timerMail && records:
		m.endMessage(now, "it is as long as it may be")
	case t == timerMail && settles:
		m.keepMessage()
	case t == timerRetry && settles:
		m.settleMessage()
	default:
		return false
	}
	return true
}
