package app

import (
	"fmt"
	"slices"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/yamlfile"
	"github.com/callward/callward/router/queue"
)

// A Queue is where callers wait for a human, who must have all of its Skills. docs/queues.md
// says what each of these does.
type Queue struct {
	Skills    []string `koanf:"skills"`   // gas, or gas=3 for a level
	Strategy  string   `koanf:"strategy"` // which agent; empty: longest_idle
	Penalty   *int     `koanf:"penalty"`  // highest penalty of agents asked at first; none: any
	Fan       int      `koanf:"fan"`      // phones rung at once by ring_all; 0: 8
	JoinEmpty string   `koanf:"join_empty"`
	Overflow  string   `koanf:"overflow"` // queue that takes whom this one does not; empty: none
	MaxLength int      `koanf:"max_length"`

	RingTimeout time.Duration `koanf:"ring_timeout"` // 0: the tenant's, as the next
	WrapUp      time.Duration `koanf:"wrap_up"`
	MaxWait     time.Duration `koanf:"max_wait"`
	Ageing      time.Duration `koanf:"ageing"`
	Target      time.Duration `koanf:"target"`
	Short       time.Duration `koanf:"short_abandon"`
	Ladder      []Rung        `koanf:"ladder"`

	Callback  Callbacks  `koanf:"callback"`
	Voicemail Voicemails `koanf:"voicemail"`

	// Hours names hours of the assistants whose callers come here; Closed is the queue that
	// takes them at other times, if they are not told to call again.
	Hours  string `koanf:"hours"`
	Closed string `koanf:"closed"`
	// Whisper is what an agent hears before the caller is joined: tell (what the caller
	// wants), ask (the same; key 1 takes the caller, key 2 declines) or none.
	Whisper string `koanf:"whisper"`

	// Number takes the callers outside, in place of agents here; By says how they get
	// there: bridge (the default), refer or join.
	Number string `koanf:"number"`
	By     string `koanf:"by"`
}

// A Rung is what changes once a caller has waited in a queue for After.
type Rung struct {
	After    time.Duration `koanf:"after"`
	Level    int           `koanf:"level"`
	Drop     []string      `koanf:"drop"`
	Penalty  *int          `koanf:"penalty"`
	Priority int           `koanf:"priority"`
}

// settings puts a queue in the words of package queue.
func (q Queue) settings() queue.Settings {
	s := queue.Settings{
		Strategy: queue.Strategy(q.Strategy), Skills: q.Skills, Penalty: q.Penalty, Fan: q.Fan,
		Ring: q.RingTimeout, WrapUp: q.WrapUp, Ageing: q.Ageing, MaxLength: q.MaxLength, MaxWait: q.MaxWait,
		JoinEmpty: q.JoinEmpty, Overflow: q.Overflow, Target: q.Target, Short: q.Short,
	}
	for _, r := range q.Ladder {
		s.Ladder = append(s.Ladder, queue.Rung(r))
	}
	return s
}

const whisperNone = "none"

func whispers() []string { return []string{whisperNone, string(call.BriefTell), string(call.BriefAsk)} }

// briefs says by queue what agents are told before a caller is joined.
func (t Tenant) briefs() map[string]call.Brief {
	out := map[string]call.Brief{}
	for name, q := range t.Queues {
		if q.Whisper != "" && q.Whisper != whisperNone {
			out[name] = call.Brief(q.Whisper)
		}
	}
	return out
}

// rings gives by queue how long a phone rings, where that is not as usual in the tenant.
func (t Tenant) rings() map[string]time.Duration {
	out := map[string]time.Duration{}
	for name, q := range t.Queues {
		if q.RingTimeout > 0 {
			out[name] = q.RingTimeout
		}
	}
	return out
}

// sentBrief says what a colleague is told to whom an agent sends a caller.
func (t Tenant) sentBrief() call.Brief {
	if t.SentWhisper == whisperNone {
		return call.BriefNone
	}
	return call.Brief(t.SentWhisper)
}

// settingsOf gives the settings of all queues.
func settingsOf(queues map[string]Queue) map[string]queue.Settings {
	out := make(map[string]queue.Settings, len(queues))
	for name, q := range queues {
		out[name] = q.settings()
	}
	return out
}

// queues checks the queues of a tenant: each by itself, and whether what they name exists.
func (k *checker) queues(path string, t Tenant) {
	k.want(*t.Rona >= 0, path+".rona", "negative; allowed: 0 (any number) and more")
	k.want(t.RonaPause >= time.Second, path+".rona_pause", "too short; allowed: 1s and more")
	_, err := time.LoadLocation(t.Zone)
	k.want(err == nil, path+".zone", "%q is no time zone; write one such as Europe/Paris", t.Zone)
	k.word(path+".sent_whisper", t.SentWhisper, whispers())
	skills := skillsOf(t.Agents)
	for _, name := range names(t.Queues) {
		q, place := t.Queues[name], path+".queues["+name+"]"
		k.name(place, name)
		k.word(place+".strategy", q.Strategy, queue.Strategies())
		k.word(place+".join_empty", q.JoinEmpty, []string{queue.JoinAlways, queue.JoinPaused, queue.JoinNobody})
		k.word(place+".whisper", q.Whisper, whispers())
		k.overflow(place+".overflow", name, t.Queues)
		k.closed(place+".closed", name, t.Queues)
		for i, s := range q.Skills {
			k.skill(fmt.Sprintf("%s.skills[%d]", place, i), s, skills)
		}
		for i, r := range q.Ladder {
			for j, s := range r.Drop {
				k.skill(fmt.Sprintf("%s.ladder[%d].drop[%d]", place, i, j), s, skills)
			}
		}
		k.callback(place+".callback", q, t)
		k.voicemail(place+".voicemail", q)
		s := q.settings()
		if s.Strategy, s.JoinEmpty, s.Skills = "", "", nil; s.Check() != nil {
			k.want(false, place, "%v", s.Check())
		}
	}
}

// word holds a value to those that are allowed, or none.
func (k *checker) word(path, value string, allowed []string) {
	k.want(value == "" || slices.Contains(allowed, value), path, "%s", unknown(value, allowed))
}

// skill refuses what no agent has: its callers would wait for ever. Without agents in the
// file nothing can be told of it.
func (k *checker) skill(path, s string, known []string) {
	name, _, err := queue.SplitLevel(s, 1)
	k.want(err == nil, path, "%v", err)
	k.want(len(known) == 0 || slices.Contains(known, name), path, "no agent has the skill: %s", unknown(name, known))
}

func skillsOf(agents map[string]Agent) []string {
	all := map[string]bool{}
	for _, a := range agents {
		for _, s := range a.Skills {
			name, _, _ := queue.SplitLevel(s, 1)
			all[name] = true
		}
	}
	return names(all)
}

// overflow follows where callers are sent on: it must end.
func (k *checker) overflow(path, from string, queues map[string]Queue) {
	to := queues[from].Overflow
	if to == "" {
		return
	}
	q, ok := queues[to]
	others := slices.DeleteFunc(names(queues), func(n string) bool { return n == from || queues[n].Number != "" })
	switch {
	case !ok:
		k.want(false, path, "%s", unknown(to, others))
		return
	case q.Number != "":
		k.want(false, path, "queue %s is outside: callers who wait cannot go there; allowed: %s", to, orNobody(others))
		return
	}
	seen := map[string]bool{from: true}
	for ; to != ""; to = queues[to].Overflow {
		if seen[to] {
			k.want(false, path, "leads back to %s: callers would go around", to)
			return
		}
		seen[to] = true
	}
}

// staffed checks what an agent serves and knows.
func (k *checker) staffed(path string, a Agent, t Tenant) {
	for i, q := range a.Queues {
		name, _, err := queue.SplitLevel(q, 0)
		place := fmt.Sprintf("%s.queues[%d]", path, i)
		k.want(err == nil, place, "penalty of %v", err)
		_, ok := t.Queues[name]
		k.want(ok, place, "there is no queue %q; allowed: %s%s", name, queueNames(t), yamlfile.Nearest(name, names(t.Queues)))
	}
	for i, s := range a.Skills {
		name, _, err := queue.SplitLevel(s, 1)
		place := fmt.Sprintf("%s.skills[%d]", path, i)
		k.want(err == nil, place, "level of %v", err)
		k.name(place, name)
	}
}

// zone is the tenant's, which Check has seen.
func (t Tenant) zone() *time.Location {
	z, err := time.LoadLocation(t.Zone)
	if err != nil {
		return time.UTC
	}
	return z
}
