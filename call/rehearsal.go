package call

import (
	"slices"
	"time"
)

// A Rehearsal is what decides in a live call, without what surrounds it there: no leg, no
// sound, no clock. Whoever holds it tells it what happens and performs its actions, in
// text. Like a machine it is pure; it is not safe for concurrent use.
type Rehearsal struct{ machine *machine }

// Rehearse makes the call that New would make of s, of which only what the machine needs
// has to be set: Assistant, Languages, Heard, Trouble, Times, Redaction, Outside.
func Rehearse(s Setup) *Rehearsal { return &Rehearsal{newMachine(s)} }

// Step tells the call that ev happened at now and gives what is to be done, in order.
func (r *Rehearsal) Step(now time.Time, ev Event) []Action { return r.machine.step(now, ev) }

// Deadline is when the next Tick is due; zero if none is.
func (r *Rehearsal) Deadline() time.Time { return r.machine.deadline() }

// State is where the call stands.
func (r *Rehearsal) State() State { return r.machine.state }

// Languages are those still in question; one once it is settled.
func (r *Rehearsal) Languages() []string { return slices.Clone(r.machine.languages) }

// Minds reports whether the caller may come to say something in a language.
func (r *Rehearsal) Minds(language string) bool { return r.machine.minds(language) }

// Intent is what the call is about, by the assistant's name for it; empty if that is not
// known yet.
func (r *Rehearsal) Intent() string { return r.machine.script.Intent() }

// Values gives the values of the intent's slots.
func (r *Rehearsal) Values() map[string]string { return r.machine.script.Values() }

// Idle reports whether nothing more comes of what happened so far, until the caller says
// or keys something, or has been silent for as long as may be.
func (r *Rehearsal) Idle() bool {
	m := r.machine
	return !m.turn.speaking() && !slices.ContainsFunc([]timer{
		timerBudget, timerGiveUp, timerKeys, timerBargeIn, timerResume, timerChoose, timerToken, timerHook, timerMoment,
	}, func(t timer) bool { return !m.timers[t].IsZero() })
}
