package call

import (
	"time"

	"github.com/callward/callward/router/assistant"
)

// This file is for callers who are called back before the agent's phone rings, where a queue
// wants that: the agent is held meanwhile, and nobody waits for a phone that is not answered.
// A caller for whom the agent then does not come waits on the line, at the old place.

// mostBoost is by how much a caller may pass others: see queue.Entry.
const mostBoost = 24 * time.Hour

// cameFirst speaks to a caller who has answered: the legal opening, and who calls.
func (m *machine) cameFirst(now time.Time, c Came) {
	m.place.back, m.place.priority, m.place.skills, m.place.entered = true, c.Priority, c.Skills, c.Entered
	m.enter(StateOpening)
	say := m.disclosure(now)
	if l, ok := m.assistant.CallbackLine(assistant.CallbackHere, "", m.languages[0]); ok {
		say = append(say, l)
	}
	m.do(Attend{Languages: m.languages})
	m.speak(now, assistant.Step{Say: say})
}

// disclosure is the legal opening alone.
func (m *machine) disclosure(now time.Time) []assistant.Line {
	var say []assistant.Line
	for _, l := range m.script.Next(assistant.Input{Kind: m.opening(), At: now}).Say {
		if l.Disclosure {
			say = append(say, l)
		}
	}
	return say
}

// ringsBack rings the agent for such a caller.
func (m *machine) ringsBack() {
	m.enter(StateOffered)
	m.write(Entry{Kind: KindOffered, Queue: m.place.queue, Agent: m.place.agent, Reason: "the caller was called back first"})
	m.do(Ring{Offer: m.place.offer, Agent: m.place.agent, Timeout: m.rings(m.place.queue)}, Ringback{})
}

// waitsOn has a caller wait on the line whom the agent did not take: the callback is over,
// and the place is taken anew as if it had been from the beginning.
func (m *machine) waitsOn(now time.Time) {
	was := m.place
	m.tickets++
	m.place = place{
		queue: was.queue, priority: was.priority, skills: was.skills, ticket: m.tickets, since: now, boost: min(max(now.Sub(was.entered), 0), mostBoost),
	}
	m.note = Note{Language: m.languages[0], Skills: was.skills}
	m.enter(StateQueued)
	m.enqueue()
	m.set(timerPosition, now, m.times.Position)
	m.announce(now, m.message(assistant.Returned))
}
