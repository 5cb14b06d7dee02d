package call

import (
	"fmt"
	"slices"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/payment"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

// This file takes a card by keypad: number, date and code, one after the other, and then
// the tokeniser's word on them. From the first question until that is over nobody hears
// the caller, and every key sounds the same. What is keyed is in one buffer, which is
// overwritten on every way out; the code as soon as the tokeniser has answered for good.

// taking is a card that is being taken.
type taking struct {
	*assistant.Capture

	card     *payment.Card
	field    payment.Field
	misses   int    // wrong entries, silences and refusals
	tries    int    // how often the tokeniser was asked for this entry
	checking bool   // it is asked, or about to be asked again
	again    bool   // it is asked again once the caller has been told
	deaf     []Deaf // recognizers that were lost meanwhile
}

// tokenTries is how often the tokeniser is asked for one entry of a card, each time with
// the same key.
const tokenTries = 2

// How the taking of a card may end, for metrics.
const (
	captureTaken   = "taken"
	captureRefused = "refused"   // by the tokeniser; the caller may try again
	captureFailed  = "failed"    // the tokeniser did not answer
	captureGivenUp = "given up"  // too many wrong entries
	captureLeft    = "abandoned" // the call went elsewhere
)

// take begins to take a card.
func (m *machine) take(now time.Time, step assistant.Step) {
	m.taking = &taking{Capture: step.Capture, card: payment.NewCard()}
	m.owed, m.shown, m.lap = make(map[string][]string), redact.Safe{}, lap{}
	m.do(Shield{On: true})
	m.askCard(now, payment.Number, step.Say...)
}

// askCard puts the question for a field, after what is said before.
func (m *machine) askCard(now time.Time, f payment.Field, before ...assistant.Line) {
	t := m.taking
	t.field = f
	t.card.Clear(f)
	question := map[payment.Field]assistant.Line{payment.Number: t.Number, payment.Expiry: t.Expiry, payment.Code: t.Code}[f]
	m.speak(now, assistant.Step{Say: append(before, question)})
}

// listenCard takes what happens on the caller's side meanwhile: the keys count, words are
// not heard.
func (m *machine) listenCard(now time.Time, ev Event) {
	switch ev := ev.(type) {
	case VoiceStarted:
		m.voice, m.began = true, now
	case VoiceStopped:
		m.voice = false
	case Pressed:
		m.cardKey(now, ev.Key)
	case Relieved:
		m.relieved(ev)
	case Deaf:
		m.taking.deaf = append(m.taking.deaf, ev)
	case Regained: // before anybody was told
		m.taking.deaf = slices.DeleteFunc(m.taking.deaf, func(d Deaf) bool { return d.Language == ev.Language })
		m.regained(ev.Language)
	}
}

// cardKey takes a key: '*' begins the entry again, or the whole card if nothing of the
// entry is there yet, '#' ends it.
func (m *machine) cardKey(now time.Time, k media.Key) {
	t, key := m.taking, k.Byte()
	digit := key >= '0' && key <= '9'
	empty := t.card.Empty(t.field)
	if t.checking || m.turn.locked() || !digit && key != '*' && (key != '#' || empty) { // a '#' after a full entry closes it once more
		return
	}
	if m.turn.speaking() {
		m.write(Entry{Kind: KindBargeIn})
		m.hush()
		m.enter(StateListening)
	}
	m.do(Beep{})
	m.stop(timerSilence)
	m.stop(timerKeys)
	switch {
	case key == '#':
		m.cardEntered(now)
	case digit:
		t.card.Press(t.field, key)
		if t.card.Whole(t.field) {
			m.cardEntered(now)
			return
		}
		m.set(timerKeys, now, m.cardPause(now))
	case empty && t.field != payment.Number:
		t.card.Wipe()
		m.askCard(now, payment.Number)
	default:
		t.card.Clear(t.field)
		m.set(timerSilence, now, t.Silence)
	}
}

// cardPause is how long the next key may take: long while digits are missing, for they
// are read off a card.
func (m *machine) cardPause(now time.Time) time.Duration {
	if m.taking.card.Good(m.taking.field, now) {
		return m.times.Key
	}
	return m.times.CardKey
}

// cardEntered judges an entry that is complete.
func (m *machine) cardEntered(now time.Time) {
	m.stop(timerKeys)
	t := m.taking
	if !t.card.Good(t.field, now) {
		m.wrongCard(now, "the "+t.field.String()+" of the card is not valid", t.field, t.wrong(t.field))
		return
	}
	switch {
	case t.field == payment.Number:
		m.askCard(now, payment.Expiry)
	case t.field == payment.Expiry && t.Code.Text != "":
		m.askCard(now, payment.Code)
	default:
		m.entries++
		t.tries = 0
		m.tokenize(now)
	}
}

func (t *taking) wrong(f payment.Field) assistant.Line {
	return map[payment.Field]assistant.Line{payment.Number: t.WrongNumber, payment.Expiry: t.WrongExpiry, payment.Code: t.WrongCode}[f]
}

// wrongCard asks for a field anew, or gives up.
func (m *machine) wrongCard(now time.Time, why string, f payment.Field, say assistant.Line) {
	t := m.taking
	t.misses++
	count := fmt.Sprintf("%s, %d of %d", why, t.misses, t.Tries)
	if t.misses >= t.Tries {
		m.write(Entry{Kind: KindDecision, Reason: count + ": no further try"})
		m.untaken(now, captureGivenUp)
		return
	}
	m.write(Entry{Kind: KindDecision, Reason: count + ": ask again"})
	m.askCard(now, f, say)
}

// expireCard takes a timer that means something else meanwhile; false: it does not.
func (m *machine) expireCard(now time.Time, t timer) bool {
	switch {
	case t == timerToken:
		m.unanswered(now, payment.ErrLate.Error(), true)
	case t == timerSilence:
		m.cardSilent(now)
	case t == timerKeys:
		m.cardEntered(now)
	case t == timerBudget && m.taking.checking && !m.turn.speaking():
		m.cardWaits(now)
	default:
		return false
	}
	return true
}

// cardSilent is a caller who keys nothing.
func (m *machine) cardSilent(now time.Time) {
	m.wrongCard(now, "nothing was keyed", m.taking.field, m.taking.NothingKeyed)
}

// cardSpoken is the end of what was said to the caller meanwhile.
func (m *machine) cardSpoken(now time.Time) {
	t := m.taking
	switch {
	case t.again:
		m.tokenize(now)
	case t.checking: // there is nothing to say until the tokeniser has answered
		m.enter(StateThinking)
		m.do(Hold{})
	default:
		m.write(Entry{Kind: KindBotDone})
		m.enter(StateListening)
		m.set(timerSilence, now, t.Silence)
	}
}

// tokenize gives the card to the tokeniser. What is answered within the budget is not
// announced.
func (m *machine) tokenize(now time.Time) {
	t := m.taking
	t.checking, t.again = true, false
	t.tries++
	m.enter(StateThinking)
	m.do(Tokenize{Entry: m.entries, Try: t.tries, Card: t.card})
	m.set(timerToken, now, m.times.Token)
	m.set(timerBudget, now, m.times.Budget)
}

// cardWaits tells the caller that the card is being checked.
func (m *machine) cardWaits(now time.Time) {
	if m.taking.tries > 1 { // that has been said
		m.do(Hold{})
		return
	}
	m.speak(now, assistant.Step{Say: []assistant.Line{m.taking.Wait}})
}

// tokenized takes the tokeniser's word.
func (m *machine) tokenized(now time.Time, ev Tokenized) {
	t := m.taking
	if t == nil || !t.checking || t.again || ev.Entry != m.entries || ev.Try != t.tries {
		return // that try was given up
	}
	m.stop(timerToken)
	m.stop(timerBudget)
	if ev.Err != nil {
		m.unanswered(now, ev.Err.Error(), payment.Passing(ev.Err))
		return
	}
	m.hush()
	t.card.Clear(payment.Code)
	m.write(Entry{Kind: KindCard, Text: ev.Outcome.Text()})
	if ev.Outcome.Refused != payment.Taken {
		m.do(Captured{How: captureRefused})
		m.refusedCard(now, ev.Outcome.Refused)
		return
	}
	m.do(Captured{How: captureTaken, Card: ev.Outcome})
	m.taken(now, assistant.Input{Kind: assistant.InputCaptured, Text: redact.Authored(ev.Outcome.LastFour)})
}

// unanswered is a tokeniser that did not say what became of the card. It is asked once
// more with the same key, when the caller knows.
func (m *machine) unanswered(now time.Time, why string, passing bool) {
	t := m.taking
	m.write(Entry{Kind: KindTrouble, Reason: fmt.Sprintf("%s, %d of %d", why, t.tries, tokenTries)})
	m.hush()
	if !passing || t.tries >= tokenTries {
		m.untaken(now, captureFailed)
		return
	}
	t.again = true
	m.speak(now, assistant.Step{Say: []assistant.Line{t.Slow}})
}

// refusedCard lets the caller correct what was wrong, or try another card.
func (m *machine) refusedCard(now time.Time, why payment.Reason) {
	t := m.taking
	t.checking = false
	field, say := payment.Number, t.Refused
	switch {
	case why == payment.InvalidNumber:
		say = t.WrongNumber
	case why == payment.InvalidExpiry:
		field, say = payment.Expiry, t.WrongExpiry
	case why == payment.InvalidCode && t.Code.Text != "":
		field, say = payment.Code, t.WrongCode
	}
	if field == payment.Number {
		t.card.Wipe()
	}
	m.wrongCard(now, "the card was refused", field, say)
}

// untaken gives up: the script fetches a human.
func (m *machine) untaken(now time.Time, how string) {
	m.do(Captured{How: how})
	m.taken(now, assistant.Input{Kind: assistant.InputUncaptured})
}

// taken ends the taking of a card, and lets the script go on.
func (m *machine) taken(now time.Time, in assistant.Input) {
	lost := m.taking.deaf
	m.unshield()
	m.keypad = keypad{last: now, over: true} // keys that follow without a pause are more of the card
	m.next(now, in)
	for _, d := range lost {
		m.deaf(now, d)
	}
}

// dropCard forgets a card, if one was being taken, because the call goes elsewhere.
func (m *machine) dropCard() {
	if m.taking != nil {
		m.do(Captured{How: captureLeft})
		m.unshield()
	}
}

// unshield overwrites the card and lets the caller be heard.
func (m *machine) unshield() {
	m.taking.card.Wipe()
	m.taking = nil
	m.stop(timerSilence)
	m.stop(timerKeys)
	m.stop(timerToken)
	m.do(Shield{})
}

// forget overwrites what a machine that has failed may hold of a card.
func (m *machine) forget() {
	if m.taking != nil {
		m.taking.card.Wipe()
	}
}
