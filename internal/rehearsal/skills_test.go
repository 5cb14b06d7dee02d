package rehearsal

import (
	"os"
	"strings"
	"testing"

	"github.com/callward/callward/router/assistant"
)

func TestAScenarioExpectsTheSkillsThatAreWanted(t *testing.T) {
	load := func(string) (*assistant.Assistant, error) {
		data, err := os.ReadFile("../../call/testdata/line.yaml")
		if err != nil {
			return nil, err
		}
		const before = "    say: {en: I am sorry to hear that."
		return assistant.Parse("line.yaml", []byte(strings.Replace(string(data), before, "    skills: [billing=2]\n"+before, 1)+"skills: {en: [english], fr: [french]}\n"))
	}
	const turns = "    language: en\n    turns:\n      - {say: my bill is wrong, queue: people, skills: "
	for skills, want := range map[string]string{
		"[english, billing=2]": "",
		"[english]":            "skills: expected english; came billing=2, english",
		"none":                 "skills: expected none; came billing=2, english",
		"[englsh]":             `(did you mean "english"?)`,
	} {
		f, err := parse("s.yaml", []byte(head+turns+skills+"}\n"), load)
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		default:
			if r := run(t, f)[0]; !r.Passed {
				got = r.String()
			}
		}
		if !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: got %s, want %q", skills, got, want)
		}
	}
}
