package call

import (
	"fmt"
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

// This file waits for a webhook. The caller is told within the budget that it takes a
// moment, then hears music; who says something else meanwhile is served, and the answer
// to what is over is dropped.

// hooking is the webhook that is being asked; the zero hooking is none.
type hooking struct {
	number int
	name   string
	since  time.Time
	filled bool // the caller was told that it takes a moment
	music  bool // and hears some
}

// hookGrace is how much later than it may be at the latest a webhook counts as lost that
// says nothing, not even that.
const hookGrace = time.Second

// consult asks the webhook that a step wants, unless it is being asked, and waits once the
// step's lines are said.
func (m *machine) consult(now time.Time, step assistant.Step) {
	h := step.Hook
	if m.hook.number != h.Number {
		m.hook = hooking{number: h.Number, name: h.Webhook.Name, since: now}
		m.set(timerHook, now, h.Webhook.Timeout+hookGrace)
		m.do(AskHook{Number: h.Number, Question: m.question(h)})
	}
	if len(step.Say) > 0 { // it ends what is played meanwhile
		m.stop(timerMoment)
		m.hook.filled, m.hook.music = false, false
		m.speak(now, step)
		return
	}
	m.awaitHook(now)
}

// question makes what leaves the call safe, as what is said is made.
func (m *machine) question(h *assistant.Hook) assistant.Question {
	q := assistant.Question{Webhook: h.Webhook, Language: m.languages[0], Fields: map[string]redact.Safe{}}
	for _, f := range h.Fields {
		q.Fields[f.Name] = f.Value.Safe(m.redactor.Speech)
	}
	return q
}

// awaitHook gives the caller a sound within what is left of the budget.
func (m *machine) awaitHook(now time.Time) {
	m.enter(StateThinking)
	due := m.timers[timerBudget]
	m.stop(timerBudget)
	m.stop(timerGiveUp)
	switch {
	case m.hook.music, !m.timers[timerMoment].IsZero(): // that goes on
	case due.IsZero():
		m.set(timerMoment, now, m.times.Budget)
	default:
		m.timers[timerMoment] = due
	}
}

// expireHook is the end of the caller's patience, or of the webhook's time.
func (m *machine) expireHook(now time.Time, t timer) {
	switch {
	case m.hook.number == 0 || !m.hears():
	case t == timerHook:
		m.hooked(now, Hooked{Number: m.hook.number, Answer: assistant.Answer{Outcome: assistant.Failed, Why: "nothing came of it"}})
	case m.hook.filled || m.lap.filler:
		m.hook.music = true
		m.do(Hold{})
	default:
		m.hook.filled = true
		m.filler("the webhook " + m.hook.name + " has yet to answer")
		m.set(timerMoment, now, 2*m.times.Budget) // the filler takes a part of it
	}
}

// hooked takes what came of a webhook. The journal says how that went, not what it said.
func (m *machine) hooked(now time.Time, ev Hooked) {
	if m.hook.number == 0 || ev.Number != m.hook.number || !m.hears() {
		m.write(Entry{Kind: KindHook, Reason: fmt.Sprintf("webhook %d: the answer came too late and is dropped", ev.Number)})
		return
	}
	reason := m.hook.name + ": " + string(ev.Answer.Outcome)
	if ev.Answer.Why != "" {
		reason += ": " + ev.Answer.Why
	}
	m.write(Entry{Kind: KindHook, Reason: reason, Duration: now.Sub(m.hook.since)})
	m.dropHook()
	m.hush()
	m.lap.hooked = now
	m.next(now, assistant.Input{Kind: assistant.InputHooked, Answer: ev.Answer})
}

// dropHook forgets the webhook, because it has answered or the call goes elsewhere.
func (m *machine) dropHook() {
	m.hook = hooking{}
	m.stop(timerHook)
	m.stop(timerMoment)
}
