package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// A verdict is what the events of a pool come to: each script wrote what it did, in the
// order in which it was done.
type verdict struct {
	place    map[string]int64  // call -> the best score it ever had: who is put back keeps it
	state    map[string]string // call -> waiting, offered, talking
	agent    map[string]string // agent -> call offered or talking
	since    map[string]int64  // call -> ms of the last offer
	ends     map[string]int    // kind of end -> calls
	late     time.Duration     // longest from an offer's deadline until the caller waited again
	doubles  int
	overtook int
	offers   int
	tales    []string // of who overtook whom
	again    int      // entered again: their node was taken for dead, and was not, or Redis forgot them
}

func newVerdict() *verdict {
	return &verdict{place: map[string]int64{}, state: map[string]string{}, agent: map[string]string{}, since: map[string]int64{}, ends: map[string]int{}}
}

// patience is how late a caller may wait again after an offer's deadline.
func judgeStorm(t *testing.T, client redis.UniversalClient, onTheWire int64, patience time.Duration) {
	t.Helper()
	entries, err := client.XRange(t.Context(), "cw:{acme/main}:ev", "-", "+").Result()
	if err != nil {
		t.Fatal(err)
	}
	v := newVerdict()
	for _, e := range entries {
		v.event(e.Values)
	}
	t.Logf("%d offers, ends %v, %d put back; %d offered twice in Redis, %d rung twice; %d overtook; %d never ended; requeued at most %s after the deadline",
		v.offers, v.ends, v.again, v.doubles, onTheWire, v.overtook, len(v.state), v.late)
	if v.doubles+v.overtook+len(v.state) > 0 || onTheWire > 0 || v.ends["completed"] == 0 {
		t.Errorf("want talks, and nobody doubled, overtaken or lost: never ended %v, overtook %v", v.state, v.tales)
	}
	if v.late > patience {
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
		score, _ := strconv.ParseInt(field("score"), 10, 64)
		if best, known := v.place[call]; known {
			v.again++
			score = min(score, best)
		}
		v.place[call] = score
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
		v.free(call)
	}
}

func (v *verdict) offered(call, agent string) {
	v.offers++
	if v.state[call] != "waiting" || v.agent[agent] != "" {
		v.doubles++
	}
	for earlier, state := range v.state {
		if state == "waiting" && v.place[earlier] < v.place[call] {
			v.overtook++
			v.tales = append(v.tales, fmt.Sprintf("%s (%d) before %s (%d)", call, v.place[call], earlier, v.place[earlier]))
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
