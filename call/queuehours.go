package call

import (
	"slices"
	"time"

	"github.com/callward/callward/router/assistant"
)

// QueueHours say when the people of a queue are there.
type QueueHours struct {
	Hours  string // a name among the assistant's hours
	Closed string // the queue that takes its callers at other times; empty: they are told, and the call ends
}

// inHours gives a step as the hours of the queue that it leads to have it: to that one, to
// another, or to none, with what is said then. The legal opening is given all the same.
func (m *machine) inHours(now time.Time, step assistant.Step) assistant.Step {
	for range len(m.hours) + 1 {
		if step.Place == nil || m.assistant.OpenAt(m.hours[step.Place.Queue].Hours, now) {
			break
		}
		h := m.hours[step.Place.Queue]
		m.write(Entry{Kind: KindDecision, Queue: step.Place.Queue, Reason: "the queue is closed: hours " + h.Hours})
		if h.Closed == "" {
			say := slices.DeleteFunc(slices.Clone(step.Say), func(l assistant.Line) bool { return !l.Disclosure })
			say = append(say, m.assistant.ClosedLine(h.Hours, now, m.languages[0]))
			if m.voicemails[step.Place.Queue].Closed && m.mayRecord() {
				m.summary = step.Place.Summary.Safe(m.redactor.Speech)
				return assistant.Step{Say: append(say, m.mailTo(step.Place.Queue)), Language: step.Language}
			}
			m.goodbye = CauseClosed
			return assistant.Step{Say: say, Hangup: true, Language: step.Language}
		}
		to := *step.Place
		to.Queue, step.Place = h.Closed, &to
	}
	return step
}
