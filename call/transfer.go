package call

import (
	"strconv"
	"time"

	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/queue"
)

// This file is the way to a human: the place in the queue, the agent's phone,
// the bridge, and the way back into the queue when nobody answers.

// join asks for a place in a queue; the bot may go on speaking meanwhile.
func (m *machine) join(now time.Time, p assistant.Place) {
	m.place = place{queue: p.Queue, priority: p.Priority}
	m.write(Entry{Kind: KindQueued, Queue: p.Queue, Text: p.Summary.Safe(m.redactor.Speech)})
	m.enter(StateQueued)
	m.do(Enqueue{Queue: p.Queue, Priority: p.Priority})
	m.set(timerPosition, now, m.times.Position)
}

// wait plays music until somebody is there.
func (m *machine) wait(now time.Time) {
	if m.state != StateQueued && m.state != StateOffered {
		return
	}
	m.do(Hold{})
	if !m.place.told {
		m.set(timerHold, now, m.times.Hold)
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
		m.place.tries = 0
	case PlaceFailed:
		m.placeFailed(now, ev.Reason)
	case PositionIs:
		m.position(now, ev.Position)
	case Reserved:
		m.reserved(now, ev)
	case AgentAnswered:
		m.answered(ev)
	case AgentFailed:
		m.failed(now, ev)
	case AgentGone:
		if m.state == StateBridged && ev.Offer == m.place.offer {
			m.end(CauseAgent, "")
		}
	}
}

func (m *machine) placeFailed(now time.Time, reason string) {
	m.write(Entry{Kind: KindTrouble, Queue: m.place.queue, Reason: reason})
	m.place.tries++
	if m.place.tries >= queueTries {
		m.place = place{}
		m.goodbye = CauseNoQueue
		m.do(Hush{})
		m.speak(now, assistant.Step{Say: []assistant.Line{m.message(assistant.Unable)}, Hangup: true})
		return
	}
	m.set(timerRetry, now, m.times.Retry)
}

func (m *machine) position(now time.Time, n int) {
	if m.state != StateQueued || n < 1 || m.turn.speaking() {
		return
	}
	m.write(Entry{Kind: KindPosition, Queue: m.place.queue, Position: n})
	m.announce(now, m.assistant.PositionLine(n, m.languages[0]))
}

func (m *machine) reserved(now time.Time, r Reserved) {
	if m.state != StateQueued {
		m.do(Requeue{Offer: r.Offer, Reason: queue.GaveWay})
		return
	}
	m.place.offer, m.place.agent = r.Offer, r.Agent
	m.enter(StateOffered)
	m.write(Entry{Kind: KindOffered, Queue: m.place.queue, Agent: r.Agent, Reason: "offer " + strconv.FormatInt(r.Offer, 10)})
	m.do(Ring{Offer: r.Offer, Agent: r.Agent, Timeout: m.times.Ring})
	if !m.turn.speaking() { // what is being said leads to a human already
		m.announce(now, m.message(assistant.Connecting))
	}
}

func (m *machine) answered(a AgentAnswered) {
	if m.state != StateOffered || a.Offer != m.place.offer {
		m.do(Release(a))
		return
	}
	m.write(Entry{Kind: KindAgentAnswer, Queue: m.place.queue, Agent: m.place.agent})
	m.hush()
	m.timers = [timerCount]time.Time{}
	m.do(Unhear{}, Bridge(a))
	m.enter(StateBridged)
	m.write(Entry{Kind: KindBridged, Agent: m.place.agent})
}

// failed puts the caller back in the old place.
func (m *machine) failed(now time.Time, f AgentFailed) {
	if m.state != StateOffered || f.Offer != m.place.offer {
		return
	}
	m.write(Entry{Kind: KindAgentFailed, Queue: m.place.queue, Agent: m.place.agent, Reason: string(f.Reason)})
	m.do(Requeue(f))
	m.place.offer, m.place.agent = 0, ""
	m.enter(StateQueued)
	m.announce(now, m.message(assistant.Returned))
}

// announce speaks over the music; the music comes back afterwards.
func (m *machine) announce(now time.Time, l assistant.Line) {
	m.do(Hush{})
	m.speak(now, assistant.Step{Say: []assistant.Line{l}})
}
