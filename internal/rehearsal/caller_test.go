package rehearsal

import (
	"strings"
	"testing"
)

func TestACallComesWhenAndFromWhomTheScenarioSays(t *testing.T) {
	const hours = "    queue: people\n    hours: desk\n    closed: {say: {en: Nobody is there., fr: Personne.}}\n    summary: {en: A wrong bill."
	edit := []string{"    queue: people\n    summary: {en: A wrong bill.", hours, "hours:\n  office: ", "hours:\n  desk: {zone: America/Toronto, week: {mon-fri: 09:00-17:00}}\n  office: "}
	const turns = "    turns:\n      - say: my bill is wrong\n        "
	for begins, want := range map[string]string{
		"at: 2026-01-05 09:00":            "queue: people",
		"at: 2026-01-05 08:59":            "bot: Nobody is there.",
		"at: 2026-01-05T08:59":            "bot: Nobody is there.",
		"at: 2026-01-05T14:00:00Z":        "queue: people",
		`at: "2026-01-05T13:58:00Z"`:      "bot: Nobody is there.",
		"date: 2026-01-05 13:00":          "bot: Nobody is there.",
		"language: en":                    "bot: Nobody is there.", // as always: Monday at ten, UTC
		"at: 2026-01-05T17:00:00.5-05:00": "queue: none",
	} {
		if r := performText(t, "    "+begins+"\n"+turns+want, edit...); !r.Passed {
			t.Errorf("%s\n%s", begins, r)
		}
	}
	for caller, queue := range map[string]string{
		"trust: A": "people", "trust: trunk": "people", "trust: B": "none", "trust: failed": "none", "trust: none": "none", "called: line": "none",
	} {
		r := performText(t, "    caller: \"+33155500777\"\n    "+caller+"\n    opening: {queue: "+queue+"}\n    turns: [silence: true]")
		if !r.Passed {
			t.Errorf("%s\n%s", caller, r)
		}
	}
}

func TestABadMomentOrCallerSaysWhatIsAllowed(t *testing.T) {
	for what, tc := range map[string]struct{ scenario, message string }{
		"no time":     {"    at: 2026-01-05\n    turns: [silence: true]", "s.yaml:5: at must be a date and a time on the clock of the line, such as 2026-12-25 10:30"},
		"twice":       {"    date: 2026-01-05\n    at: 2026-01-05 10:00\n    turns: [silence: true]", `s.yaml:6: a scenario has either "at" or "date"`},
		"trust":       {"    trust: D\n    turns: [silence: true]", `s.yaml:5: unknown trust "D"; allowed: A, B, C, none, failed, trunk`},
		"at by voice": {"    dial: line\n    at: 2026-01-05 10:00\n    turns: [keys: 1]", `s.yaml:6: a scenario with dial can have no "at": real calls have their own`},
	} {
		if _, err := parse("s.yaml", []byte(head+tc.scenario), lineOfStories()); err == nil || !strings.Contains(err.Error(), tc.message) {
			t.Errorf("%s: got %v, want %s", what, err, tc.message)
		}
	}
}
