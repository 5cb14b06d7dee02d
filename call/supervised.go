package call

import (
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/queue"
)

// This file is what supervisors do to the course of a call. Whoever only listens, whispers
// or barges in changes nothing of it, but that the caller is watched for cards even while
// he talks with a human: a supervisor hears no number that a recorder would not keep.

// kept is whom a supervisor took the caller from.
type kept struct {
	step assistant.Step // what the bot said last, and wanted to hear
	from place          // the queue or the human, if it was not the bot
}

// supervising takes what supervisors do.
func (m *machine) supervising(now time.Time, ev Event) {
	switch ev := ev.(type) {
	case Supervised:
		m.supervised(ev.On)
	case TakenOver:
		m.takenOver(now, ev)
	case HandedBack:
		m.handedBack(now, ev)
	}
}

// supervised has recognizers watch for cards while a supervisor is there.
func (m *machine) supervised(on bool) {
	m.guarded.watched = on
	if m.state != StateBridged || m.guarded.agents {
		return
	}
	if on {
		m.redactor.Expect(redact.Expect{})
		m.do(Rehear{Languages: m.languages})
		return
	}
	m.stop(timerMuted)
	m.redactor.Settle()
	m.redactor.Expect(redact.Expect{})
	m.do(Unhear{})
}

// untakable says why no supervisor can take the caller now; empty: one can.
func (m *machine) untakable() string {
	switch {
	case m.state == StateRinging, m.state == StateOpening:
		return "the legal opening is not over"
	case m.state == StateEnded, m.closing, m.goodbye != CauseDone:
		return "the call is being ended"
	case m.taking != nil:
		return "a card is being taken"
	case m.handing, m.moving.ask != 0:
		return "the caller is being put through to somebody"
	case m.place.held:
		return "a supervisor has taken the call"
	}
	return ""
}

// takenOver gives the caller to a supervisor who is on the line: the bot, the queue or the
// agent lets go.
func (m *machine) takenOver(now time.Time, t TakenOver) {
	if m.untakable() != "" {
		m.do(Release{Offer: t.Offer})
		return
	}
	m.kept = kept{m.turn.then, m.place}
	switch m.state {
	case StateBridged:
		m.do(Part{})
	case StateOffered:
		m.do(Unring{m.place.offer})
	default:
	}
	m.hush()
	m.letGo(queue.GaveWay)
	m.pending, m.timers = nil, [timerCount]time.Time{}
	if m.guarded.veil { // in the middle of a number: what follows of it is no more for anybody
		m.set(timerMuted, now, m.times.Muted)
	}
	m.forgetWords()
	m.expects(nil)
	m.do(Attend{Languages: m.languages})
	m.place = place{offer: t.Offer, agent: t.Agent, held: true}
	m.meet()
}

// forgetWords has nothing that was said so far be answered.
func (m *machine) forgetWords() {
	m.classify++
	m.guesses, m.owed = make(map[string]guess), make(map[string][]string)
	m.shown = redact.Safe{}
}

// handedBack has the bot go on where it was: it puts its last question again, with all
// that it knows. Who waited, or talked with an agent, waits again.
func (m *machine) handedBack(now time.Time, h HandedBack) {
	if !m.holds(h.Offer) {
		return
	}
	m.do(Part{})
	was := m.kept
	m.kept, m.place = kept{}, place{}
	m.timers = [timerCount]time.Time{}
	m.redactor.Settle() // what was said to the supervisor is for nobody else
	m.forgetWords()
	switch {
	case was.from.taken():
		if m.toQueue(now, was.from, place{}) {
			m.place.told = true
			m.announce(now, m.message(assistant.Hold))
		}
	case was.step.Listen == nil:
		m.next(now, assistant.Input{Kind: assistant.InputSilence})
	default:
		m.attend(was.step)
		m.speak(now, was.step)
	}
}

// holds reports whether a supervisor has the caller.
func (m *machine) holds(offer int64) bool {
	return m.state == StateBridged && m.place.held && m.place.offer == offer && !m.closing
}
