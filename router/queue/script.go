package queue

import (
	"context"
	"embed"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed scripts/*.lua
var sources embed.FS

// A scripts holds every script of the package, ready to run by its hash.
type scripts struct {
	enqueue, leave, ringing, accept, reject, complete *redis.Script
	agentSet, reap, join, heartbeat, part, configure  *redis.Script
	offers, position, outlook, figures                *redis.Script
	snapshot, leftovers                               *redis.Script
	lead, advance, resign                             *redis.Script
	callback, dial, reached, postpone, lost           *redis.Script
}

func loadScripts() scripts {
	return scripts{
		enqueue: transition("enqueue"), leave: transition("leave"),
		ringing: transition("ringing"), accept: transition("accept"),
		reject: transition("reject"), complete: transition("complete"),
		agentSet: transition("agent_set"), reap: transition("reap"),
		join: transition("join"), heartbeat: transition("heartbeat"), part: transition("part"),
		configure: transition("configure"), outlook: reading("outlook"), figures: reading("figures"),
		offers: reading("offers"), position: reading("position"),
		snapshot: reading("snapshot"), leftovers: reading("leftovers"),
		lead: reading("lead"), advance: reading("advance"), resign: reading("resign"),
		callback: transition("callback"), dial: transition("dial"), reached: transition("reached"), postpone: transition("postpone"),
		lost: reading("lost"),
	}
}

// transition makes a script that changes something, reading one that does not.
func transition(name string) *redis.Script {
	var text strings.Builder
	for _, part := range []string{"keys", "pool", "tally", "ready", "line", "back", "crew"} {
		text.WriteString(source(part))
	}
	text.WriteString("local function match(all)\nif settled() and not all then return end\n" + source("pick") + source("match") + "end\n")
	text.WriteString(source(name))
	return redis.NewScript(text.String())
}

func reading(name string) *redis.Script { return redis.NewScript(source("keys") + source(name)) }

func source(name string) string {
	text, err := sources.ReadFile("scripts/" + name + ".lua")
	if err != nil {
		panic(err) // the folder is embedded: a name without a file is a slip of ours
	}
	return string(text) + "\n"
}

// keyNames are what every script declares, in the order of scripts/keys.lua.
func keyNames() []string {
	return []string{"calls", "agents", "wait", "idle", "offers", "timers", "nodes", "ev", "seq", "ready", "queues", "tally", "pace", "outs", "dead", "lost"}
}

// keys puts a pool's prefix before them.
func keys(prefix string) []string {
	names := keyNames()
	for i := range names {
		names[i] = prefix + names[i]
	}
	return names
}

// key gives one of them, for what Go reads itself.
func (r *Redis) key(name string) string { return r.keys[slices.Index(keyNames(), name)] }

// change runs a transition: the pool's settings go before its own arguments.
func (r *Redis) change(ctx context.Context, s *redis.Script, args ...any) *redis.Cmd {
	now := r.now()
	all := []any{
		now.UnixMilli(), r.hints, r.cfg.Events,
		r.cfg.Ring.Milliseconds(), r.cfg.WrapUp.Milliseconds(), r.cfg.Rest.Milliseconds(),
		day(now, r.cfg.Zone), max(r.cfg.Misses, 0), max(r.cfg.MissedPause.Milliseconds(), 0),
	}
	return r.run(ctx, s, append(all, args...)...)
}

func (r *Redis) run(ctx context.Context, s *redis.Script, args ...any) *redis.Cmd {
	r.stats.scripts.Add(1)
	cmd := s.Run(ctx, r.cfg.Client, r.keys, args...)
	if cmd.Err() != nil {
		r.stats.failures.Add(1)
	}
	return cmd
}

// now is the time of the pool.
func (r *Redis) now() time.Time {
	if r.cfg.Now != nil {
		return r.cfg.Now()
	}
	return time.Now().Add(time.Duration(r.offset.Load()))
}

// day numbers the days where the pool is, whose midnight ends the counts of a day.
func day(t time.Time, zone *time.Location) int64 {
	_, offset := t.In(zone).Zone()
	return (t.Unix() + int64(offset)) / int64(24*time.Hour/time.Second)
}

// local turns a time of the pool into one of this node's clock.
func (r *Redis) local(ms int64) time.Time {
	return time.UnixMilli(ms).Add(-time.Duration(r.offset.Load()))
}
