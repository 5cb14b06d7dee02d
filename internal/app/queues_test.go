package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/router/queue"
)

const queueFile = `version: 1
tenants:
  acme:
    queues:
      billing:
        skills: [gas=3]
        strategy: skill_first
        penalty: 0
        ring_timeout: 15s
        ageing: 2m
        max_length: 20
        max_wait: 5m
        join_empty: no
        overflow: technical
        ladder:
          - {after: 30s, level: 1, penalty: 2}
          - {after: 60s, drop: [gas], priority: 1}
      technical:
    rona: 0
    agents:
      ann: {password: x, queues: [billing, technical=2], skills: [gas=3, fr]}
`

func TestAQueueIsReadAsItIsWritten(t *testing.T) {
	c := mustLoad(t, queueFile, nil, nil)
	s := c.Tenants["acme"].Queues["billing"].settings()
	if s.Strategy != queue.SkillFirst || *s.Penalty != 0 || s.Ring != 15*time.Second || s.JoinEmpty != queue.JoinNobody ||
		s.Overflow != "technical" || len(s.Ladder) != 2 || *s.Ladder[0].Penalty != 2 || s.Ladder[1].Priority != 1 {
		t.Fatalf("settings %+v", s)
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if *c.Tenants["acme"].Rona != 0 || c.Tenants["acme"].RonaPause != defaultRonaPause {
		t.Fatalf("rona %d, pause %s", *c.Tenants["acme"].Rona, c.Tenants["acme"].RonaPause)
	}
}

func TestAQueueThatCannotWorkIsNamed(t *testing.T) {
	for name, tc := range map[string]struct{ old, new, want string }{
		"strategy":   {"skill_first", "skil_first", `callward.yaml:7: tenants[acme].queues[billing].strategy: "skil_first" is not known; allowed: longest_idle, round_robin, fewest_calls, least_talk, skill_first, ring_all, linear (did you mean "skill_first"?)`},
		"skill":      {"skills: [gas=3]\n", "skills: [gaz]\n", `callward.yaml:6: tenants[acme].queues[billing].skills[0]: no agent has the skill: "gaz" is not known; allowed: fr, gas (did you mean "gas"?)`},
		"level":      {"skills: [gas=3]\n", "skills: [gas=12]\n", `callward.yaml:6: tenants[acme].queues[billing].skills[0]: "gas=12": need a whole number from 1 to 9`},
		"overflow":   {"overflow: technical", "overflow: tecnical", `callward.yaml:14: tenants[acme].queues[billing].overflow: "tecnical" is not known; allowed: technical (did you mean "technical"?)`},
		"circle":     {"      technical:\n", "      technical: {overflow: billing}\n", "callward.yaml:14: tenants[acme].queues[billing].overflow: leads back to billing"},
		"agent":      {"[billing, technical=2]", "[biling]", `there is no queue "biling"; allowed: billing, technical (did you mean "billing"?)`},
		"penalty":    {"technical=2", "technical=x", `callward.yaml:21: tenants[acme].agents[ann].queues[1]: penalty of "technical=x": need a whole number from 0 to 9`},
		"join":       {"join_empty: no", "join_empty: never", `join_empty: "never" is not known; allowed: yes, paused, no`},
		"ladder":     {"after: 60s", "after: 6m", "ladder[1]: after 6m0s comes when the wait has ended at 5m0s"},
		"drop":       {"drop: [gas]", "drop: [gsa]", `ladder[1].drop[0]: no agent has the skill: "gsa" is not known; allowed: fr, gas (did you mean "gas"?)`},
		"max length": {"max_length: 20", "max_length: -1", "max_length -1: allowed: 0 (any) and more"},
		"key":        {"max_length: 20", "maxlength: 20", `unknown key "maxlength" in tenants[acme].queues[billing]; allowed: ageing, by, callback, closed, fan, hours, join_empty, ladder, max_length`},
		"rona":       {"rona: 0", "rona: -2", "callward.yaml:19: tenants[acme].rona: negative; allowed: 0 (any number) and more"},
		"zone":       {"rona: 0", "zone: Mars", `tenants[acme].zone: "Mars" is no time zone`},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(queueFile, tc.old) {
				t.Fatalf("the file has no %q", tc.old)
			}
			_, err := load(t, strings.Replace(queueFile, tc.old, tc.new, 1), nil, nil)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got  %v\nwant …%s…", err, tc.want)
			}
		})
	}
}

// A skill that an assistant wants and nobody has is refused with the assistant's own line.
func TestASkillThatAnAssistantWantsAndNobodyHasIsRefused(t *testing.T) {
	dir := t.TempDir()
	wants := func(skill string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "mine.yaml"), append(slices.Clone(assistants.Energy), "skills: {en: ["+skill+"]}\n"...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const agents = "agents: {ann: {password: x, queues: [billing], skills: [gas=3, english]}}"
	c := "version: 1\nassistants: " + dir + "\ntenants: {acme: {numbers: {'1': {assistant: mine}}, queues: {billing: {}, technical: {}, emergency: {}}, " + agents + "}}\n"
	wants("english=2")
	mustLoad(t, c, nil, nil)
	wants("englsh")
	_, err := load(t, c, nil, nil)
	if err == nil || !strings.Contains(err.Error(), "mine.yaml:") ||
		!strings.Contains(err.Error(), `wants a skill that no agent of this tenant has: "englsh" is not known; allowed: english, gas (did you mean "english"?)`) {
		t.Errorf("%v", err)
	}
	mustLoad(t, strings.Replace(c, ", "+agents, "", 1), nil, nil) // nothing can be told of agents that are not in the file
	p := plan{loaded: Loaded{assistants: mustRead(t, dir)}}
	if got := p.allSkills(Tenant{Numbers: map[string]Number{"1": {Assistant: "mine"}}}); !slices.Equal(got, []string{"englsh=9"}) {
		t.Errorf("the demo agent has %v", got)
	}
}

func mustRead(t *testing.T, dir string) map[string]authored {
	t.Helper()
	all, err := readAssistants(dir)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
