package rehearsal

import (
	"regexp"
	"strings"
	"testing"

	"github.com/callward/callward/router/assistant"
)

func TestABadFileSaysWhereAndWhatIsAllowed(t *testing.T) {
	const top = "version: 1\nassistant: line.yaml\n"
	for what, tc := range map[string]struct{ file, message string }{
		"empty":             {"", "s.yaml:1: the file must hold one YAML document"},
		"no YAML":           {"a: [", "s.yaml:1: "},
		"nested":            {strings.Repeat("[", 40), "s.yaml:1: nested too deeply"},
		"a list":            {"- a", "s.yaml:1: the file must be a mapping"},
		"other version":     {"version: 2\nassistant: line.yaml\nscenarios: {}", `s.yaml:1: unknown version "2"; allowed: 1`},
		"no scenario":       {top + "scenarios: {}", "s.yaml:3: scenarios must hold at least one scenario"},
		"no assistant":      {"version: 1\nscenarios: {}", `the file lacks "assistant"`},
		"missing assistant": {"version: 1\nassistant: gone.yaml\nscenarios: {}", "s.yaml:2: the assistant cannot be read: "},
		"key of the file":   {top + "scenario: {}", `s.yaml:3: unknown key "scenario" in the file (did you mean "scenarios"?); allowed: version, `},
		"language":          {top + "language: de\nscenarios: {}", `s.yaml:3: unknown language "de"; allowed: en, fr, choice`},
		"no turns":          {head + "    language: en", `s.yaml:4: the scenario "s" lacks "turns"`},
		"empty turns":       {head + "    turns: []", "s.yaml:5: turns must be a list of at least one turn"},
		"key of a scenario": {head + "    turn: [silence: true]", `s.yaml:5: unknown key "turn" in the scenario "s" (did you mean "turns"?); allowed: language, `},
		"scenario twice":    {head + "    turns: [silence: true]\n  s:\n    turns: [silence: true]", `s.yaml:6: `},
		"no act":            {head + "    turns:\n      - bot: x", "s.yaml:6: a turn must have one of say, keys, silence, recognizer"},
		"two acts":          {head + "    turns:\n      - bot: x\n        say: x\n        keys: 1", "s.yaml:6: a turn must have one of say"},
		"key of a turn":     {head + "    turns:\n      - say: x\n        bott: x", `s.yaml:7: unknown key "bott" in a turn (did you mean "bot"?); allowed: say, `},
		"intent":            {head + "    turns:\n      - say: x\n        intent: huors", `s.yaml:7: unknown intent "huors" (did you mean "hours"?); allowed: hours, reading, trouble, pay, yes, no, none`},
		"least":             {head + "    turns:\n      - say: x\n        intent: {name: hours, least: 2}", "s.yaml:7: least must be a confidence above 0 and up to 1"},
		"slot":              {head + "    turns:\n      - say: x\n        slot: {reding: 1}", `s.yaml:7: unknown slot "reding" (did you mean "reading"?); allowed: reading, card`},
		"queue":             {head + "    turns:\n      - say: x\n        queue: poeple", `s.yaml:7: unknown queue "poeple" (did you mean "people"?); allowed: people, none`},
		"priority":          {head + "    turns:\n      - say: x\n        priority: 10", "s.yaml:7: priority must be a whole number from 0 to 9"},
		"hangup":            {head + "    turns:\n      - say: x\n        hangup: later", "s.yaml:7: hangup must be true or false"},
		"keys":              {head + "    turns:\n      - keys: A1", "s.yaml:6: keys cannot be pressed that no telephone has"},
		"silence":           {head + "    turns:\n      - silence: long", "s.yaml:6: silence must be true, which is until the bot waits no longer, or a duration up to 10m0s, such as 8s"},
		"recognizer":        {head + "    turns:\n      - recognizer: bakc", `s.yaml:6: unknown state of the recognizer "bakc" (did you mean "back"?); allowed: lost, back`},
		"empty words":       {head + "    turns:\n      - say:", "s.yaml:6: say is empty"},
		"other language":    {head + "    turns:\n      - say: {de: guten Tag}", `s.yaml:6: unknown language "de" in say; allowed: en, fr`},
		"hears":             {head + "    hears: fr\n    turns: [silence: true]", `s.yaml:5: unknown language "fr" in hears; allowed: en, none`},
		"date":              {head + "    date: Monday\n    turns: [silence: true]", "s.yaml:5: date must be a day, such as 2026-01-05"},
		"tokeniser":         {head + "    tokeniser: tired\n    turns: [silence: true]", `s.yaml:5: unknown answer of the tokeniser "tired"; allowed: taken, refused, down`},
		"host to dial":      {head + "    dial: line@host\n    turns: [keys: 1]", "s.yaml:5: dial must be a number or a user, such as line-en, without a host"},
		"silence by voice":  {head + "    dial: line\n    turns: [silence: true]", "s.yaml:5: a scenario with dial can have no turn but say and keys"},
		"withhold":          {head + "    withhold: [phones]\n    turns: [silence: true]", `s.yaml:5: withhold: "phones" is not known; allowed: phone, `},
		"card":              {head + "    withhold: phone\n    card: all\n    turns: [silence: true]", `s.yaml:6: card: "all" is not known; allowed: last4, `},
	} {
		t.Run(what, func(t *testing.T) {
			load := lineOfStories()
			if strings.Contains(tc.file, "gone.yaml") {
				load = func(name string) (*assistant.Assistant, error) { _, err := Read(name); return nil, err }
			}
			if _, err := parse("s.yaml", []byte(tc.file), load); err == nil || !strings.Contains(err.Error(), tc.message) {
				t.Errorf("got  %v\nwant %s", err, tc.message)
			}
		})
	}
}

func TestAllThatIsWrongIsSaidAtOnce(t *testing.T) {
	_, err := parse("s.yaml", []byte(head+"    turns:\n      - say: x\n        intent: y\n      - keys: z\n        queue: z\n"), lineOfStories())
	if err == nil || strings.Count(err.Error(), "s.yaml:") != 3 {
		t.Errorf("got %v", err)
	}
}

func TestTheAssistantsOwnFaultsAreNamedInItsFile(t *testing.T) {
	_, err := parse("s.yaml", []byte(head), func(string) (*assistant.Assistant, error) {
		return assistant.Parse("line.yaml", []byte("version: 1\nnmae: x"))
	})
	if err == nil || !strings.Contains(err.Error(), `line.yaml:2: unknown key "nmae"`) {
		t.Errorf("got %v", err)
	}
}

// FuzzParse looks for panics, and for errors that do not say where.
func FuzzParse(f *testing.F) {
	f.Add([]byte(head + "    turns:\n      - say: x\n        intent: {name: hours, least: 0.5}\n        slot: {card: 1}\n"))
	f.Add([]byte(head + "    withhold: x\n    date: 2026-01-05 10:30\n    turns: [silence: 3s, keys: \"*#\", recognizer: lost, say: {en: a}]"))
	f.Add([]byte("a: &x [*x, *x]\n<<: *x\n? - b\n: !!int c"))
	load := lineOfStories()
	a, err := load("")
	if err != nil {
		f.Fatal(err)
	}
	place := regexp.MustCompile(`^f\.yaml:\d+: `)
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := parse("f.yaml", data, func(string) (*assistant.Assistant, error) { return a, nil })
		if err != nil {
			if !place.MatchString(err.Error()) {
				t.Errorf("the error does not say where: %v", err)
			}
			return
		}
		for _, s := range file.Scenarios {
			if len(s.Turns) < 2 || len(s.Languages) == 0 {
				t.Errorf("a scenario without turns or language was taken: %+v", s)
			}
		}
	})
}
