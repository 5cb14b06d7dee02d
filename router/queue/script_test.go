package queue_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/callward/callward/router/queue"
)

// A key that a script makes up itself would not be declared, and a Cluster may
// refuse it or, worse, find it on another node.
func TestScriptsTouchDeclaredKeysOnly(t *testing.T) {
	command := regexp.MustCompile(`redis\.call\('(\w+)', ([^,)]+)`)
	declared := regexp.MustCompile(`^(CALLS|AGENTS|WAIT|OFFERS|TIMERS|NODES|EVENTS|SEQ|READY|QUEUES|TALLY|PACE|OUTS|LOST|key)$`)
	for name, text := range queue.Sources() {
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			if m[1] == "PUBLISH" || declared.MatchString(m[2]) {
				continue
			}
			t.Errorf("%s: %s on %s", name, m[1], m[2])
		}
		if n := strings.Count(text, "redis.call("); n != len(command.FindAllString(text, -1)) {
			t.Errorf("%s: a redis.call that this test cannot read", name)
		}
	}
}

// read and write take a key: it must be one of the declared ones too.
func TestDocumentsLiveInDeclaredKeys(t *testing.T) {
	access := regexp.MustCompile(`\b(?:read|write)\((\w+),`)
	for name, text := range queue.Sources() {
		for _, m := range access.FindAllStringSubmatch(text, -1) {
			if m[1] != "CALLS" && m[1] != "AGENTS" && m[1] != "key" {
				t.Errorf("%s: document in %s", name, m[1])
			}
		}
	}
}

func TestEachScriptSaysWhatItTakesAndReturns(t *testing.T) {
	for name, text := range queue.Sources() {
		switch name {
		case "keys.lua", "pool.lua", "tally.lua", "ready.lua", "line.lua", "back.lua", "carry.lua", "crew.lua", "pick.lua", "match.lua", "clock.lua":
			continue
		}
		for _, want := range []string{"-- " + strings.TrimSuffix(name, ".lua") + " ", "-- KEYS as in keys.lua", "-- Returns "} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: header lacks %q", name, want)
			}
		}
	}
}
