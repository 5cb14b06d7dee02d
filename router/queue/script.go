package queue

import (
	"context"
	"embed"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed scripts/*.lua
var sources embed.FS

// A script is one transition or question, ready to run by its hash.
type script struct {
	*redis.Script
	keys []int // that it takes, by their number among keyNames
}

// A scripts holds every script of the package.
type scripts struct {
	enqueue, leave, ringing, accept, reject, complete *script
	agentSet, reap, join, heartbeat, part, configure  *script
	offers, position, outlook, figures                *script
	snapshot, leftovers, mine                         *script
	lead, advance, resign, present                    *script
	callback, dial, reached, postpone, lost           *script
}

// allScripts are the same for every pool.
var allScripts = sync.OnceValue(loadScripts) //nolint:gochecknoglobals // made once

// shared is what transitions are made from.
func shared() library {
	var text strings.Builder
	for _, part := range []string{"keys", "pool", "tally", "ready", "line", "back", "carry", "crew", "pick", "match", "clock"} {
		text.WriteString(source(part))
	}
	return newLibrary(text.String(),
		"resume", "here", "today", "length", "staffed", "withdrawn", "putback", "drop", "unserved", "sweep", "wake", "climb", "elsewhere", "shutter",
		"best", "narrowest", "walk", "pair", "move")
}

func loadScripts() scripts {
	all, keys := shared(), newLibrary(source("keys"))
	transition := func(name string) *script {
		return newScript(all, "local function main()\n"+source(name)+"end\nlocal reply = main()\nsave()\nreturn reply\n")
	}
	reading := func(name string) *script { return newScript(keys, source(name)) }
	return scripts{
		enqueue: transition("enqueue"), leave: transition("leave"),
		ringing: transition("ringing"), accept: transition("accept"),
		reject: transition("reject"), complete: transition("complete"),
		agentSet: transition("agent_set"), reap: transition("reap"), configure: transition("configure"),
		join: transition("join"), heartbeat: transition("heartbeat"), present: transition("present"), part: transition("part"),
		callback: transition("callback"), dial: transition("dial"), reached: transition("reached"), postpone: transition("postpone"),
		offers: reading("offers"), mine: reading("mine"), position: reading("position"), outlook: reading("outlook"),
		figures: reading("figures"), snapshot: reading("snapshot"), leftovers: reading("leftovers"), lost: reading("lost"),
		lead: reading("lead"), advance: reading("advance"), resign: reading("resign"),
	}
}

// newScript puts a script behind what it uses of a library, and declares the keys it uses.
func newScript(l library, text string) *script {
	s, text := new(script), comment.ReplaceAllString(text, "")
	text = declared.ReplaceAllStringFunc(l.link(text), func(line string) string {
		name, number, _ := strings.Cut(strings.TrimSuffix(line, "]"), "[")
		n, err := strconv.Atoi(number)
		if err != nil {
			panic(err) // the folder is embedded: a slip of ours
		}
		s.keys = append(s.keys, n-1)
		return name + "[" + strconv.Itoa(len(s.keys)) + "]"
	}) + text
	s.Script = redis.NewScript(text)
	return s
}

func source(name string) string {
	text, err := sources.ReadFile("scripts/" + name + ".lua")
	if err != nil {
		panic(err) // the folder is embedded: a name without a file is a slip of ours
	}
	return string(text) + "\n"
}

// keyNames are those of scripts/keys.lua, in its order.
func keyNames() []string {
	return []string{"calls", "agents", "wait", "offers", "timers", "nodes", "ev", "seq", "ready", "queues", "tally", "pace", "outs", "dead", "lost"}
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
func (r *Redis) change(ctx context.Context, s *script, args ...any) *redis.Cmd {
	now, known := r.now(), ""
	if r.doubt.Load() {
		known = strconv.FormatInt(r.highest.Load(), 10)
	}
	all := []any{
		now.UnixMilli(), r.hints, r.cfg.Events,
		r.cfg.Ring.Milliseconds(), r.cfg.WrapUp.Milliseconds(), r.cfg.Rest.Milliseconds(),
		day(now, r.cfg.Zone), r.misses, known,
	}
	return r.run(ctx, s, append(all, args...)...)
}

func (r *Redis) run(ctx context.Context, s *script, args ...any) *redis.Cmd {
	r.stats.scripts.Add(1)
	keys := make([]string, len(s.keys))
	for i, n := range s.keys {
		keys[i] = r.keys[n]
	}
	cmd := s.Run(ctx, r.cfg.Client, keys, args...)
	if cmd.Err() != nil {
		r.stats.failures.Add(1)
	}
	return cmd
}

// now is the time of the pool.
func (r *Redis) now() time.Time { return r.clock.now() }

// day numbers the days where the pool is, whose midnight ends the counts of a day.
func day(t time.Time, zone *time.Location) int64 {
	_, offset := t.In(zone).Zone()
	return (t.Unix() + int64(offset)) / int64(24*time.Hour/time.Second)
}

// local turns a time of the pool into one of this node's clock.
func (r *Redis) local(ms int64) time.Time {
	return time.UnixMilli(ms).Add(-time.Duration(r.offset.Load()))
}
