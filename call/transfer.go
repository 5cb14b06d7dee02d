package call

import (
	"cmp"
	"strconv"
	"time"

	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/queue"
)

// This file is the way to a human: the place in the queue, the agent's phone,
// the bridge, and the way back into the queue when nobody answers.

// join takes the caller to a human; the bot may go on speaking meanwhile.
func (m *machine) join(now time.Time, p assistant.Place) {
	to := Destination{Queue: p.Queue}
	if p.Number.Text != "" {
		to = Destination{Number: p.Number.Text, Shown: p.Number.Safe(m.redactor.Speech), By: ByBridge}
	} else if out, ok := m.outside[p.Queue]; ok {
		to = out
	}
	if to.Number == "" {
		m.note = Note{Intent: p.Intent.Name, Summary: p.Summary.Safe(m.redactor.Speech), Language: m.languages[0], Skills: p.Skills}
		m.write(Entry{Kind: KindQueued, Queue: p.Queue, Text: m.note.Summary, Reason: wantsSkills(p.Skills)})
		if !m.note.Summary.Empty() {
			m.summary = m.note.Summary
		}
		if m.queued.IsZero() {
			m.queued = now
		}
	}
	m.head(now, to, p.Priority, p.Skills)
}

// head sets out for a destination, where whoever takes the caller must have the skills.
func (m *machine) head(now time.Time, to Destination, priority int, skills []string) {
	if to.Number != "" { // it is called once all is said: nothing may cut that
		m.place = place{number: to.Number, by: to.By, shown: to.Shown}
		m.write(Entry{Kind: KindTransfer, Text: to.Shown, Reason: "by " + string(to.By)})
		m.enter(StateQueued)
		return
	}
	m.tickets++
	m.place = place{queue: to.Queue, priority: priority, skills: skills, ticket: m.tickets, since: now}
	m.back, m.mail = returning{}, mailing{}
	if to.Agent != "" {
		m.place.queue, m.place.direct = DirectQueue(to.Agent), true
	}
	m.enter(StateQueued)
	m.place.resumes, m.resuming = m.resuming, false
	m.enqueue()
	if m.place.direct {
		m.set(timerReach, now, m.times.Reach)
		return
	}
	first := m.times.Position
	for _, after := range []time.Duration{m.callbacks[to.Queue].After, m.voicemails[to.Queue].After} {
		if after > 0 {
			first = min(first, after)
		}
	}
	m.set(timerPosition, now, first)
}

// enqueue asks for the place that the caller is to have.
func (m *machine) enqueue() {
	m.do(Enqueue{
		Ticket: m.place.ticket, Queue: m.place.queue, Priority: m.place.priority, Skills: m.place.skills, Note: m.note, Resume: m.place.resumes, Boost: m.place.boost,
	})
}

// wait plays what callers hear until somebody is there: music in a queue, the
// ringing tone while a phone rings.
func (m *machine) wait(now time.Time) {
	switch {
	case m.place.number != "" && m.place.offer == 0:
		m.outwards()
	case m.place.back && m.state == StateOpening:
		m.ringsBack()
	case m.state == StateOffered, m.place.direct:
		m.do(Ringback{})
	case m.state == StateQueued:
		m.do(Hold{})
		if !m.place.told {
			m.set(timerHold, now, m.times.Hold)
		}
	}
}

// tellHold says that nobody is free, once that is true.
func (m *machine) tellHold(now time.Time) {
	if m.state == StateQueued && !m.turn.speaking() {
		m.place.told = true
		m.announce(now, m.message(assistant.Hold))
	}
}

// queueing takes what queue and agent answer.
func (m *machine) queueing(now time.Time, ev Event) {
	switch ev := ev.(type) {
	case Placed:
		if ev.Ticket == m.place.ticket {
			m.placed()
		}
	case PlaceFailed:
		if ev.Ticket == m.place.ticket {
			m.placeFailed(now, ev)
		}
	case PositionIs:
		m.position(now, ev)
	case NumberChecked:
		m.numberChecked(now, ev)
	case CallbackIs:
		m.callbackIs(now, ev)
	case Reserved:
		m.reserved(now, ev)
	case AgentRinging:
		m.ringing(ev)
	case AgentAnswered:
		m.answered(ev)
	case AgentFailed:
		m.failed(now, ev)
	case AgentGone:
		m.agentGone(now, ev)
	case AgentHolds:
		m.agentHolds(ev)
	default:
		m.transferring(now, ev)
	}
}

func (m *machine) placeFailed(now time.Time, f PlaceFailed) {
	m.write(Entry{Kind: KindTrouble, Queue: m.place.queue, Reason: f.Reason})
	if f.Final {
		m.do(Leave{Ticket: f.Ticket, Reason: queue.GaveWay})
	}
	if m.moving.ask != 0 {
		m.unreached(now, queue.Unreachable)
		return
	}
	m.place.tries++
	if f.Final || m.place.tries >= queueTries {
		if !m.nobodyThere(now) {
			m.unable(now)
		}
		return
	}
	m.set(timerRetry, now, m.times.Retry)
}

// unable says that nobody can be reached, and ends the call.
func (m *machine) unable(now time.Time) {
	m.place, m.timers = place{}, [timerCount]time.Time{}
	m.goodbye = CauseNoQueue
	m.do(Hush{})
	m.speak(now, assistant.Step{Say: []assistant.Line{m.message(assistant.Unable)}, Hangup: true})
}

// position says the caller's place, and how long the wait is expected to be: never more
// than was said before. Who is next is told no number; of a place that was given up nothing is
// said.
func (m *machine) position(now time.Time, p PositionIs) {
	if m.state != StateQueued || p.Ticket != m.place.ticket || p.Position < 1 || m.turn.speaking() || m.back.stage > backOffered {
		return
	}
	m.write(Entry{Kind: KindPosition, Queue: m.place.queue, Position: p.Position, Duration: p.Wait})
	lines := []assistant.Line{m.assistant.PositionLine(p.Position, m.languages[0])}
	minutes := m.place.promise.Tell(queue.Outlook{Wait: p.Wait, Known: p.Wait > 0})
	if l, ok := m.assistant.WaitLine(minutes, minutes == queue.More, m.languages[0]); ok && minutes > 0 && p.Position > 1 {
		lines = append(lines, l)
	}
	if l, ok := m.offerCallback(now, p); ok {
		lines = append(lines, l)
	}
	if l, ok := m.offerMessage(now); ok {
		lines = append(lines, l)
	}
	m.announce(now, lines...)
}

// reserved has the agent rung who is held for the caller. While another one still rings, the
// queue has seen before the phone did that nobody answers there: its time began earlier.
func (m *machine) reserved(now time.Time, r Reserved) {
	if m.state == StateOffered && r.Ticket == m.place.ticket && m.place.queue != "" && r.Offer > m.place.offer {
		m.failed(now, AgentFailed{Offer: m.place.offer, Reason: queue.NoAnswer})
	}
	if m.state != StateQueued || m.place.queue == "" || r.Ticket != m.place.ticket {
		m.do(Requeue{Offer: r.Offer, Reason: queue.GaveWay})
		return
	}
	m.stop(timerReach)
	m.stop(timerKeys)
	if m.back.stage != backAsked { // the agent may not answer
		m.back.stage = min(m.back.stage, backOffered)
	}
	m.place.offer, m.place.agent = r.Offer, r.Agent
	m.enter(StateOffered)
	m.write(Entry{Kind: KindOffered, Queue: m.place.queue, Agent: r.Agent, Reason: "offer " + strconv.FormatInt(r.Offer, 10)})
	m.do(Ring{Offer: r.Offer, Agent: r.Agent, Timeout: m.rings(m.place.queue)})
	if !m.turn.speaking() && m.moving.ask == 0 { // what is being said leads to a human already
		m.announce(now, m.message(assistant.Connecting))
	}
}

func (m *machine) answered(a AgentAnswered) {
	if m.state != StateOffered || a.Offer != m.place.offer {
		m.do(Release{Offer: a.Offer})
		return
	}
	m.place.agent = cmp.Or(a.Agent, m.place.agent)
	m.write(Entry{Kind: KindAgentAnswer, Queue: m.place.queue, Agent: m.place.agent, Text: m.place.shown})
	m.hush()
	m.timers = [timerCount]time.Time{}
	m.arrived()
	m.meet()
}

// meet joins the caller and whoever has answered.
func (m *machine) meet() {
	m.unhear()
	m.do(Bridge{Offer: m.place.offer})
	m.enter(StateBridged)
	m.write(Entry{Kind: KindBridged, Agent: m.place.agent, Text: m.place.shown, TakenOver: m.place.held})
	if m.place.by == ByJoin {
		m.handing = true
		m.do(Refer{Offer: m.place.offer, Number: m.place.number, Timeout: m.times.Ring, Joins: true})
	}
	m.holdMusic()
}

// failed puts the caller back in the old place.
func (m *machine) failed(now time.Time, f AgentFailed) {
	if m.handing && f.Offer == m.place.offer { // they stay joined here
		m.handing = false
		if !m.timers[timerAway].IsZero() {
			m.end(CauseAgent, "")
			return
		}
		m.write(Entry{Kind: KindAgentFailed, Text: m.place.shown, Reason: "not joined without us: " + string(f.Reason)})
		return
	}
	if m.state != StateOffered || f.Offer != m.place.offer {
		return
	}
	m.write(Entry{Kind: KindAgentFailed, Queue: m.place.queue, Agent: m.place.agent, Text: m.place.shown, Reason: string(f.Reason)})
	m.do(Requeue(f))
	switch {
	case m.closing:
		m.farewell(now)
		return
	case m.place.number != "" && m.place.by == ByRefer && f.Reason == Unsupported:
		m.place.by, m.place.offer = ByBridge, 0
		m.outwards()
		return
	case m.place.number != "" || m.place.direct:
		m.unreached(now, f.Reason)
		return
	}
	if m.place.back {
		m.waitsOn(now)
		return
	}
	m.place.offer, m.place.agent = 0, ""
	m.enter(StateQueued)
	m.announce(now, m.message(assistant.Returned))
}

// announce speaks over the music; the music comes back afterwards.
func (m *machine) announce(now time.Time, l ...assistant.Line) {
	m.do(Hush{})
	m.speak(now, assistant.Step{Say: l})
}
