package call

import (
	"slices"
	"time"

	"github.com/callward/callward/router/assistant"
)

// This file is for callers who go to a human as soon as the legal opening is over. They
// join no queue before that: an agent who answers at once would cut it off.

// opens reports whether a step gives the legal opening.
func opens(step assistant.Step) bool {
	return slices.ContainsFunc(step.Say, func(l assistant.Line) bool { return l.Disclosure })
}

// joinOpened takes the caller's place once the opening has been played to its end. What
// was said or keyed meanwhile is for nobody any more.
func (m *machine) joinOpened(now time.Time) {
	then := m.turn.then
	if then.Place == nil || m.place.taken() || m.turn.locked() || !opens(then) {
		return
	}
	m.pending, m.guesses = nil, make(map[string]guess)
	m.stop(timerChoose)
	m.join(now, *then.Place)
}

// sure is how sure a guess is, where languages are compared: who asks whether a machine
// speaks, or calls out, has been understood, whatever a classifier makes of it.
func (g guess) sure(language string) float64 {
	if assistant.AsksForMachine(language, g.text.Text) || assistant.CallsOut(language, g.text.Text) {
		return 1
	}
	return g.intent.Confidence
}
