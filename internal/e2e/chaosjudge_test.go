package e2e

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// A verdict is what the events of a pool come to: each script wrote what it did, in the
// order in which it was done.
type verdict struct {
	line     []string          // calls that entered and have not ended, as they entered
	state    map[string]string // call -> waiting, offered, talking
	agent    map[string]string // agent -> call offered or talking
	since    map[string]int64  // call -> ms of the last offer
	ends     map[string]int    // kind of end -> calls
	late     time.Duration     // longest from an offer's deadline until the caller waited again
	doubles  int
	overtook int
	offers   int
}

func judgeStorm(t *testing.T, client redis.UniversalClient, onTheWire int64) {
	t.Helper()
	entries, err := client.XRange(t.Context(), "cw:{acme/main}:ev", "-", "+").Result()
	if err != nil {
		t.Fatal(err)
	}
	v := &verdict{state: map[string]string{}, agent: map[string]string{}, since: map[string]int64{}, ends: map[string]int{}}
	for _, e := range entries {
		v.event(e.Values)
	}
	t.Logf("%d offers, ends %v; %d offered or rung twice in Redis, %d on the wire; %d overtook; %d never ended; requeued at most %s after the deadline",
		v.offers, v.ends, v.doubles, onTheWire, v.overtook, len(v.line), v.late)
	if v.doubles+v.overtook+len(v.line) > 0 || onTheWire > 0 || v.ends["completed"] == 0 {
		t.Errorf("want talks, and nobody doubled, overtaken or lost: never ended %v", v.line)
	}
	if v.late > 2*time.Second { // one is promised; a machine under test is slower
		t.Errorf("a caller waited %s after the deadline of an offer", v.late)
	}
}

func (v *verdict) event(fields map[string]any) {
	field := func(name string) string { s, _ := fields[name].(string); return s }
	at, _ := strconv.ParseInt(field("at"), 10, 64)
	call, agent := field("call"), field("agent")
	switch kind := field("kind"); kind {
	case "entered":
		v.state[call] = "waiting"
		v.line = append(v.line, call)
	case "offered":
		v.offered(call, agent)
		v.since[call] = at
	case "answered":
		v.state[call] = "talking"
	case "returned":
		if field("reason") == "timeout" {
			v.late = max(v.late, time.Duration(at-v.since[call])*time.Millisecond-chaosRing)
		}
		v.state[call] = "waiting"
		v.free(call)
	case "left", "completed", "lost":
		v.ends[kind]++
		delete(v.state, call)
		v.line = slices.DeleteFunc(v.line, func(c string) bool { return c == call })
		v.free(call)
	}
}

func (v *verdict) offered(call, agent string) {
	v.offers++
	if v.state[call] != "waiting" || v.agent[agent] != "" {
		v.doubles++
	}
	for _, earlier := range v.line[:max(0, slices.Index(v.line, call))] {
		if v.state[earlier] == "waiting" {
			v.overtook++
			break
		}
	}
	v.state[call], v.agent[agent] = "offered", call
}

func (v *verdict) free(call string) {
	for agent, c := range v.agent {
		if c == call {
			delete(v.agent, agent)
		}
	}
}

// replaceOnce puts one text in place of another, which must be there.
func replaceOnce(t *testing.T, text, old, by string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q is not there once", old)
	}
	return strings.Replace(text, old, by, 1)
}
