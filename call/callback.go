package call

import (
	"slices"
	"strings"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
	"github.com/callward/callward/router/queue"
)

// This file is for callers who would rather be called back than wait. It is offered to
// them, they ask for it by a word or a key, the number is settled, and their place waits
// for them. What happens then is in back.go.

// A CallbackOffer says when the callers of a queue are offered to be called back.
type CallbackOffer struct {
	After time.Duration // of waiting; 0: not for that
	Wait  time.Duration // as soon as the wait is expected to be longer; 0: not for that
	queue.Callback
}

// backStage is how far a caller's wish to be called back has come.
type backStage int

const (
	backNone     backStage = iota
	backOffered            // the caller was told of it
	backConfirms           // is asked whether the number is right
	backKeys               // keys another one
	backChecks             // it is being looked at
	backAsked              // the queue is told
)

// returning is that wish.
type returning struct {
	stage  backStage
	told   int    // announcements since it was offered last
	number string // E.164
	how    string // the wish came
	unsure bool   // the queue was asked, and has not said whether the place is kept
}

// repeatOffer is every how many announcements it is offered anew.
const repeatOffer = 3

// numberKeys is how many digits a number has that is keyed without a '#' at its end.
const numberKeys = 10

// The words by which callers ask for it, and answer.
//
//nolint:gochecknoglobals // read-only tables
var (
	backWords = map[string][]string{
		"en": {"call back", "callback", "call me back", "called back", "call me"},
		"fr": {"rappel", "rappels", "rappeler", "rappelé", "rappelée", "rappelez", "rappelle", "rappelez-moi"},
	}
	yesWords = map[string][]string{
		"en": {"yes", "yeah", "yep", "correct", "right", "okay", "ok", "sure"},
		"fr": {"oui", "ouais", "d'accord", "exact", "ok", "c'est ça"},
	}
	noWords = map[string][]string{
		"en": {"no", "nope", "wrong", "wait"},
		"fr": {"non", "attendre", "attends", "j'attends"},
	}
)

// says reports whether one of some phrases is in a text, word by word.
func says(list []string, text redact.Safe) bool {
	words := " " + strings.Join(intent.Words(text.String()), " ") + " "
	return slices.ContainsFunc(list, func(p string) bool {
		return strings.Contains(words, " "+strings.Join(intent.Words(p), " ")+" ")
	})
}

// offerCallback gives the line that offers it with an announcement, if it is time for it.
func (m *machine) offerCallback(now time.Time, p PositionIs) (assistant.Line, bool) {
	o, ok := m.callbacks[m.place.queue]
	late := o.After > 0 && now.Sub(m.place.since) >= o.After || o.Wait > 0 && p.Wait > o.Wait
	if !ok || m.moving.ask != 0 || len(m.languages) > 1 || m.back.stage == backNone && !late {
		return assistant.Line{}, false
	}
	m.back.told++
	if m.back.stage > backOffered || m.back.stage == backOffered && m.back.told%repeatOffer != 0 {
		return assistant.Line{}, false
	}
	line, ok := m.assistant.CallbackLine(assistant.CallbackOffer, "", m.languages[0])
	if !ok {
		return line, false
	}
	m.back.stage, m.back.told = backOffered, 0
	m.write(Entry{Kind: KindCallback, Queue: m.place.queue, Reason: "offered"})
	m.expectBack(redact.Expect{}, assistant.ExpectFree, m.waitWords())
	return line, true
}

// waitWords are those by which a caller who waits may ask for something.
func (m *machine) waitWords() (words []string) {
	if m.back.stage > backNone {
		words = append(words, backWords[m.languages[0]]...)
	}
	if m.mail.stage == mailOffered {
		words = append(words, mailWords[m.languages[0]]...)
	}
	return words
}

// expectBack tells redactor and recognizer what the caller may say.
func (m *machine) expectBack(r redact.Expect, e assistant.Expect, phrases []string) {
	m.redactor.Expect(r)
	m.do(Attend{Languages: m.languages, Expect: e, Length: r.Length, Phrases: phrases})
}

// mayAskBack reports whether what a waiting caller says or keys is for us.
func (m *machine) mayAskBack() bool {
	return m.state == StateQueued && m.back.stage > backNone && m.back.stage < backChecks && !m.closing
}

func (m *machine) heardWaiting(now time.Time, h Heard) {
	if h.Language != m.languages[0] {
		return
	}
	if !h.Final {
		m.owe(h.Language, h.Utterance)
		m.redactor.Partial(h.Utterance, h.Words)
		return
	}
	m.paid(h.Language, h.Utterance)
	res := m.redactor.Final(h.Utterance, h.Words)
	if res.Text.Empty() {
		return
	}
	m.said(h, res)
	l, back := h.Language, m.back.stage
	switch {
	case m.mayLeaveMessage() && says(mailWords[l], res.Text):
		m.leaveMessage(now, "by voice")
	case back == backOffered && says(backWords[l], res.Text):
		m.back.how = "by voice"
		m.confirmBack(now, m.callable)
	case back == backConfirms && says(noWords[l], res.Text):
		m.goOnWaiting(now)
	case back == backConfirms && says(yesWords[l], res.Text):
		m.askBack()
	case back == backKeys && len(res.Numbers) == 1:
		m.checkNumber(res.Numbers[0].String())
	}
}

func (m *machine) pressedWaiting(now time.Time, k media.Key) {
	key := k.Byte()
	if key == '3' && m.mayLeaveMessage() {
		m.leaveMessage(now, "by key")
		return
	}
	if !m.mayAskBack() {
		return
	}
	if m.back.stage == backKeys {
		m.set(timerKeys, now, m.times.CardKey)
		if res, complete := m.redactor.Press(key); complete {
			m.keyedBack(now, res)
		}
		return
	}
	switch {
	case key == '1' && m.back.stage == backOffered:
		m.back.how = "by key"
		m.confirmBack(now, m.callable)
	case key == '1':
		m.askBack()
	case key == '2' && m.back.stage == backConfirms:
		m.confirmBack(now, "")
	}
}

// keyedBack takes the number that was keyed.
func (m *machine) keyedBack(now time.Time, res redact.Result) {
	m.stop(timerKeys)
	m.write(Entry{Kind: KindCallerKeyed, Text: res.Text})
	if len(res.Numbers) != 1 {
		m.cannotCallBack(now, "no number was keyed")
		return
	}
	m.checkNumber(res.Numbers[0].String())
}

func (m *machine) checkNumber(number string) {
	m.back.stage = backChecks
	m.do(CheckNumber{Number: number})
}

// numberChecked takes whether a number that the caller gave may be called.
func (m *machine) numberChecked(now time.Time, c NumberChecked) {
	switch {
	case m.back.stage != backChecks || m.state != StateQueued:
	case c.Number == "":
		m.cannotCallBack(now, c.Reason)
	default:
		m.confirmBack(now, c.Number)
	}
}

// confirmBack asks whether a number is the one to call; without one, for one.
func (m *machine) confirmBack(now time.Time, number string) {
	language, digits := m.languages[0], ""
	message := assistant.CallbackNumber
	m.back.stage, m.back.number = backKeys, number
	if number != "" {
		m.back.stage, message, digits = backConfirms, assistant.CallbackConfirm, number[max(0, len(number)-lastDigits):]
		m.expectBack(redact.Expect{Kind: redact.ExpectYesNo}, assistant.ExpectYesNo, slices.Concat(yesWords[language], noWords[language]))
	} else {
		m.expectBack(redact.Expect{Kind: redact.ExpectDigits, Length: numberKeys}, assistant.ExpectDigits, nil)
	}
	line, _ := m.assistant.CallbackLine(message, digits, language)
	lines := []assistant.Line{line}
	if number != "" {
		line, _ = m.assistant.CallbackLine(assistant.CallbackChoice, "", language)
		lines = append(lines, line)
	}
	m.announce(now, lines...)
}

// lastDigits is how much of a number is said.
const lastDigits = 4

// askBack asks the queue for it: the caller has said yes.
func (m *machine) askBack() {
	m.back.stage = backAsked
	m.write(Entry{Kind: KindCallback, Queue: m.place.queue, Reason: "asked for by the caller, " + m.back.how + ", and the number confirmed", Text: redact.Authored("…" + m.back.number[max(0, len(m.back.number)-2):])})
	m.tellBack()
}

// tellBack tells the queue what was asked for; again, if it did not answer.
func (m *machine) tellBack() {
	o := m.callbacks[m.place.queue].Callback
	o.Number, o.Language = m.back.number, m.languages[0]
	m.do(AskCallback{Ticket: m.place.ticket, Callback: o})
}

// unsureBack is a queue that does not say whether the place is kept: the caller hears that
// they are not forgotten, and goes on waiting until it does. To hang up loses nothing.
func (m *machine) unsureBack(now time.Time, why string) {
	m.set(timerRetry, now, m.times.Retry)
	if m.back.unsure || m.state != StateQueued {
		return
	}
	m.back.unsure = true
	m.write(Entry{Kind: KindTrouble, Queue: m.place.queue, Reason: "a callback is asked for again: " + why})
	m.announce(now, m.message(assistant.StillThere))
}

// callbackIs takes what the queue says of it.
func (m *machine) callbackIs(now time.Time, c CallbackIs) {
	switch {
	case c.Ticket != m.place.ticket || m.back.stage != backAsked:
	case c.Unsure:
		m.unsureBack(now, c.Reason)
	case !c.Kept && m.state != StateQueued: // an agent was faster
		m.back.stage, m.back.unsure = backOffered, false
	case !c.Kept:
		m.cannotCallBack(now, c.Reason)
	default:
		m.write(Entry{Kind: KindCallback, Queue: m.place.queue, Reason: "the place is kept"})
		m.place, m.timers = place{}, [timerCount]time.Time{}
		m.goodbye = CauseCallback
		line, _ := m.assistant.CallbackLine(assistant.CallbackDone, "", m.languages[0])
		m.do(Hush{})
		m.speak(now, assistant.Step{Say: []assistant.Line{line}, Hangup: true})
	}
}

func (m *machine) cannotCallBack(now time.Time, why string) {
	m.write(Entry{Kind: KindCallback, Queue: m.place.queue, Reason: "not possible: " + why})
	line, _ := m.assistant.CallbackLine(assistant.CallbackFailed, "", m.languages[0])
	m.backToMusic(now, line)
}

func (m *machine) goOnWaiting(now time.Time) {
	m.write(Entry{Kind: KindCallback, Queue: m.place.queue, Reason: "the caller would rather wait"})
	m.backToMusic(now, m.message(assistant.StillThere))
}

func (m *machine) backToMusic(now time.Time, l assistant.Line) {
	m.stop(timerKeys)
	m.back.stage, m.back.told, m.back.unsure = backOffered, 0, false
	m.expectBack(redact.Expect{}, assistant.ExpectFree, m.waitWords())
	m.announce(now, l)
}
