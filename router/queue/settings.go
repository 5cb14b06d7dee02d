package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A Strategy picks one agent, or several, among those who can take a caller. In each,
// agents who have not failed the caller come first, then those of the lowest penalty.
type Strategy string

// The strategies. What they leave open is decided by who is idle longest.
const (
	LongestIdle Strategy = "longest_idle" // the default
	RoundRobin  Strategy = "round_robin"  // who was offered a caller longest ago, taken or not
	FewestCalls Strategy = "fewest_calls" // answered today
	LeastTalk   Strategy = "least_talk"   // time in talks that ended today
	SkillFirst  Strategy = "skill_first"  // the highest levels of the skills that are wanted, added up
	RingAll     Strategy = "ring_all"     // all at once, up to Settings.Fan; the first to answer has the caller
	Linear      Strategy = "linear"       // always the first by name
)

// Strategies lists the strategies.
func Strategies() []string {
	return []string{
		string(LongestIdle), string(RoundRobin), string(FewestCalls), string(LeastTalk),
		string(SkillFirst), string(RingAll), string(Linear),
	}
}

// What a queue does with a caller for whom nobody is at work.
const (
	JoinAlways = "yes"    // lets them wait: the default
	JoinPaused = "paused" // lets them wait if somebody is paused at least
	JoinNobody = "no"     // takes nobody unless somebody is at work
)

// Settings say how a queue treats its callers. A zero field means what its comment
// states, and a zero Settings is a queue with nothing special.
type Settings struct {
	Strategy Strategy // LongestIdle
	Skills   []string // what an agent must have, as gas or gas=3: none
	Penalty  *int     // highest penalty of agents who are asked at first, 0 to 9: any
	Fan      int      // agents rung at once by RingAll: 8

	Ring   time.Duration // how long an agent may take to answer: the pool's
	WrapUp time.Duration // after a talk: the pool's; negative: none

	// Ageing is the wait that makes up for one step of priority; 0: priority is strict.
	Ageing time.Duration

	MaxLength int           // callers who may wait: any number
	MaxWait   time.Duration // after which the caller overflows, or is told that nobody comes: never
	JoinEmpty string        // JoinAlways
	Overflow  string        // queue that takes whom this one does not, or no longer: none

	Ladder []Rung // what changes while a caller waits, in the order of After

	Target time.Duration // within which the service level wants an answer: 20 s
	Short  time.Duration // who leaves before counts as no abandoned caller: 5 s
}

// A Rung is what changes once a caller has waited in the queue for After. A caller who
// climbs keeps place and age.
type Rung struct {
	After    time.Duration
	Level    int      // no skill is wanted above this level any more; 0: as before
	Drop     []string // skills that are wanted no more
	Penalty  *int     // agents up to this penalty are asked too; nil: as before
	Priority int      // added to the caller's
}

// Check says what is wrong with settings that stand alone; whether the queues they name
// exist is for Configure.
func (s Settings) Check() error {
	var errs []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	want(s.Strategy == "" || slices.Contains(Strategies(), string(s.Strategy)), "strategy %q is not known; allowed: %s", s.Strategy, strings.Join(Strategies(), ", "))
	want(slices.Contains([]string{"", JoinAlways, JoinPaused, JoinNobody}, s.JoinEmpty), "join_empty %q is not known; allowed: yes, paused, no", s.JoinEmpty)
	want(s.Penalty == nil || *s.Penalty >= 0 && *s.Penalty <= maxLevel, "penalty: allowed: 0 to %d", maxLevel)
	want(s.Fan >= 0 && s.Fan <= maxFan, "fan %d: allowed: 1 to %d", s.Fan, maxFan)
	want(s.MaxLength >= 0, "max_length %d: allowed: 0 (any) and more", s.MaxLength)
	want(s.Overflow == "" || checkName("overflow", s.Overflow) == nil, "overflow %q is not a name", s.Overflow)
	for what, d := range map[string]time.Duration{"ring": s.Ring, "ageing": s.Ageing, "max_wait": s.MaxWait, "target": s.Target, "short": s.Short} {
		want(d == 0 || d >= time.Second && d <= maxBoost, "%s %s: allowed: 1s to %s", what, d, maxBoost)
	}
	want(s.WrapUp <= maxBoost, "wrap_up %s: allowed: up to %s", s.WrapUp, maxBoost)
	errs = append(errs, checkLevels("skill", s.Skills, 1), s.checkLadder())
	return errors.Join(errs...)
}

// maxFan bounds the phones that ring for one caller.
const maxFan = 20

func (s Settings) checkLadder() error {
	last := time.Duration(0)
	for i, r := range s.Ladder {
		switch {
		case r.After < time.Second || r.After <= last:
			return fmt.Errorf("ladder[%d]: after %s: allowed: 1s and more, and more than the rung before", i, r.After)
		case s.MaxWait > 0 && r.After >= s.MaxWait:
			return fmt.Errorf("ladder[%d]: after %s comes when the wait has ended at %s", i, r.After, s.MaxWait)
		case r.Level < 0 || r.Level > maxLevel:
			return fmt.Errorf("ladder[%d]: level %d: allowed: 1 to %d", i, r.Level, maxLevel)
		case r.Penalty != nil && (*r.Penalty < 0 || *r.Penalty > maxLevel):
			return fmt.Errorf("ladder[%d]: penalty %d: allowed: 0 to %d", i, *r.Penalty, maxLevel)
		case r.Priority < 0 || r.Priority > MaxPriority:
			return fmt.Errorf("ladder[%d]: priority %d: allowed: 0 to %d", i, r.Priority, MaxPriority)
		case r.Level == 0 && len(r.Drop) == 0 && r.Penalty == nil && r.Priority == 0:
			return fmt.Errorf("ladder[%d] changes nothing; give level, drop, penalty or priority", i)
		}
		if err := checkNames("skill", r.Drop); err != nil {
			return fmt.Errorf("ladder[%d]: drop: %w", i, err)
		}
		last = r.After
	}
	return nil
}

// Configure tells the pool what its queues are like, by name; the others have nothing
// special. Callers who wait keep their places. While nodes differ, as they are reloaded one
// after the other, the last to speak says what a queue is like, and one that was named before
// is closed when no node that is alive names it any more.
func (r *Redis) Configure(ctx context.Context, queues map[string]Settings) error {
	args := []any{}
	for _, name := range slices.Sorted(maps.Keys(queues)) {
		s := queues[name]
		if err := errors.Join(checkName("queue", name), s.Check()); err != nil {
			return fmt.Errorf("configure queue %s: %w", name, err)
		}
		if _, ok := queues[s.Overflow]; s.Overflow != "" && !ok {
			return fmt.Errorf("configure queue %s: overflow to %q, which is no queue", name, s.Overflow)
		}
		doc, err := json.Marshal(s.doc())
		if err != nil {
			return fmt.Errorf("configure queue %s: %w", name, err)
		}
		args = append(args, name, string(doc))
	}
	r.settings.Store(&settings{args: args, queues: maps.Clone(queues)})
	if err := r.tellSettings(ctx); err != nil {
		return fmt.Errorf("configure the queues: %w", err)
	}
	return nil
}

// tellSettings says what Configure was told last, to a Redis that may not know.
func (r *Redis) tellSettings(ctx context.Context) error {
	s := r.settings.Load()
	if s == nil {
		return nil
	}
	return r.change(ctx, r.scripts.configure, append([]any{r.cfg.Node}, s.args...)...).Err()
}

// settings is what Configure was told, and the same as its script takes it.
type settings struct {
	queues map[string]Settings
	args   []any
}

// of gives the settings of a queue; of none where nothing was told.
func (s *settings) of(queue string) Settings {
	if s == nil {
		return Settings{}
	}
	return s.queues[queue]
}

// A settingsDoc is Settings as the scripts read them; times in ms.
type settingsDoc struct {
	Strategy  Strategy  `json:"strategy,omitempty"`
	Skills    string    `json:"skills,omitempty"`
	Penalty   *int      `json:"penalty,omitempty"`
	Fan       int       `json:"fan,omitempty"`
	Ring      int64     `json:"ring,omitempty"`
	WrapUp    int64     `json:"wrapup,omitempty"`
	Ageing    int64     `json:"ageing,omitempty"`
	MaxLength int       `json:"max_length,omitempty"`
	MaxWait   int64     `json:"max_wait,omitempty"`
	JoinEmpty string    `json:"join_empty,omitempty"`
	Overflow  string    `json:"overflow,omitempty"`
	Target    int64     `json:"target,omitempty"`
	Short     int64     `json:"short,omitempty"`
	Ladder    []rungDoc `json:"ladder,omitempty"`
}

type rungDoc struct {
	After    int64  `json:"after"`
	Level    int    `json:"level,omitempty"`
	Drop     string `json:"drop,omitempty"`
	Penalty  *int   `json:"penalty,omitempty"`
	Priority int    `json:"priority,omitempty"`
}

func (s Settings) doc() settingsDoc {
	d := settingsDoc{
		Strategy: s.Strategy, Skills: strings.Trim(list(s.Skills, 1), " ="), Penalty: s.Penalty, Fan: s.Fan,
		Ring: s.Ring.Milliseconds(), WrapUp: s.WrapUp.Milliseconds(), Ageing: s.Ageing.Milliseconds(),
		MaxLength: s.MaxLength, MaxWait: s.MaxWait.Milliseconds(), Overflow: s.Overflow,
		JoinEmpty: strings.TrimPrefix(s.JoinEmpty, JoinAlways),
		Target:    s.Target.Milliseconds(), Short: s.Short.Milliseconds(),
	}
	for _, r := range s.Ladder {
		d.Ladder = append(d.Ladder, rungDoc{
			After: r.After.Milliseconds(), Level: r.Level, Drop: strings.Join(r.Drop, " "), Penalty: r.Penalty, Priority: r.Priority,
		})
	}
	return d
}

// wants gives what a caller with these skills of their own needs of an agent after so
// many rungs: skills with their least levels, and the highest penalty, maxLevel for any.
// scripts/pick.lua has the same.
func (s Settings) wants(step int, own []string) (need map[string]int, penalty int) {
	need, penalty = make(map[string]int), maxLevel
	for _, skill := range append(slices.Clone(s.Skills), own...) {
		name, level, _ := SplitLevel(skill, 1)
		need[name] = max(need[name], level)
	}
	if s.Penalty != nil {
		penalty = *s.Penalty
	}
	for _, r := range s.Ladder[:min(step, len(s.Ladder))] {
		for name, level := range need {
			if r.Level > 0 {
				need[name] = min(level, r.Level)
			}
		}
		for _, name := range r.Drop {
			delete(need, name)
		}
		if r.Penalty != nil {
			penalty = *r.Penalty
		}
	}
	return need, penalty
}
