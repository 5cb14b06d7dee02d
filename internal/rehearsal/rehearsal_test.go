package rehearsal

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/callward/callward/router/assistant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func run(t *testing.T, files ...*File) []Result {
	t.Helper()
	var results []Result
	if err := Run(t.Context(), files, "", func(r Result) { results = append(results, r) }); err != nil {
		t.Fatal(err)
	}
	return results
}

func TestTheScenariosOfTheExampleLineGoAsExpected(t *testing.T) {
	names, err := filepath.Glob("../../assistants/rehearsals/*.yaml")
	if err != nil || len(names) < 2 {
		t.Fatalf("no scenarios: %v", err)
	}
	var files []*File
	for _, name := range names {
		f, err := Read(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Scenarios) < 20 {
			t.Errorf("%s has %d scenarios only", name, len(f.Scenarios))
		}
		for _, want := range append(f.Assistant.Intents(), assistant.IntentYes, none) {
			if !expects(f, want) {
				t.Errorf("%s: no turn expects the intent %s", name, want)
			}
		}
		files = append(files, f)
	}
	for _, r := range run(t, files...) {
		if !r.Passed {
			t.Error(r)
		}
	}
}

func expects(f *File, intent string) bool {
	return slices.ContainsFunc(f.Scenarios, func(s Scenario) bool {
		return slices.ContainsFunc(s.Turns, func(t Turn) bool { return t.Expect.Intent == intent })
	})
}

func TestAFailureSaysWhichTurnAndWhy(t *testing.T) {
	f, err := Read("testdata/must-fail.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, f)[0]
	const want = `FAIL  testdata/must-fail.yaml:7: a reading that comes out as another
      turn 2, say (line 11)
        slot reading: expected 48219; came 48213
        queue: expected billing; came none
      so far:
             0  call    opening
                bot     Hello, this is Lumenco. You are talking to an automatic voice assistant, not a person.
                bot     How can I help you today?
             1  caller  I would like to send you the reading of my meter
                call    intent meter_reading at `
	if got := r.String(); r.Passed || !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := r.String(); !strings.Contains(got, "2  caller  four eight two one three") || strings.Contains(got, "3  caller") {
		t.Errorf("the story does not end with the turn that failed:\n%s", got)
	}
}

// head begins the scenarios of these tests; their assistant is that of the stories of calls.
const head = "version: 1\nassistant: line.yaml\nscenarios:\n  s:\n"

func lineOfStories(edit ...string) func(string) (*assistant.Assistant, error) {
	return func(string) (*assistant.Assistant, error) {
		data, err := os.ReadFile("../../call/testdata/line.yaml")
		if err != nil {
			return nil, err
		}
		return assistant.Parse("line.yaml", []byte(strings.NewReplacer(edit...).Replace(string(data))))
	}
}

// perform plays one scenario that stands below head.
func performText(t *testing.T, scenario string, edit ...string) Result {
	t.Helper()
	f, err := parse("s.yaml", []byte(head+scenario), lineOfStories(edit...))
	if err != nil {
		t.Fatal(err)
	}
	return run(t, f)[0]
}

func TestEveryExpectationCanFail(t *testing.T) {
	const say = "    turns:\n      - say: here is my meter reading\n        "
	for what, tc := range map[string]struct{ scenario, message string }{
		"intent":      {say + "intent: hours", "intent: expected hours; came reading at "},
		"none":        {say + "intent: none", "intent: expected none; came reading at "},
		"least":       {say + "intent: {name: reading, least: 1}", "intent: expected reading at 1.00 or more; came reading at 0."},
		"unsure":      {"    turns:\n      - say: the elephant is here\n        intent: hours", "intent: expected hours; came none: "},
		"bot":         {say + "bot: [the five digits, the six digits]", `bot: expected "the six digits"; came "Tell me the five digits."`},
		"bot_never":   {say + "bot_never: FIVE", `bot_never: expected nothing that contains "FIVE"; came "Tell me the five digits."`},
		"bot_exactly": {say + "bot_exactly: the five digits.", `bot_exactly: expected "the five digits."; came "Tell me the five digits."`},
		"silent bot":  {say + "bot_exactly: []", `bot_exactly: expected nothing; came "Tell me the five digits."`},
		"slot":        {say + "slot: {reading: 12345}", "slot reading: expected 12345; came none"},
		"queue":       {say + "queue: people", "queue: expected people; came none"},
		"priority":    {say + "priority: 3", "priority: expected 3; came 0"},
		"summary":     {say + "summary: reading", `summary: expected "reading"; came nothing`},
		"transfer":    {say + "transfer: 112", "transfer: expected 112; came none"},
		"hangup":      {say + "hangup: true", "hangup: expected true; came false"},
		"shown":       {say + "shown: my metre", `shown: expected "my metre"; came "here is my meter reading"`},
		"hidden":      {say + "hidden: meter reading", `hidden: expected nothing of it anywhere; came "meter reading" in "here is my meter reading"`},
		"reason":      {say + "reason: by key", `reason: expected "by key"; came "intent reading at `},
		"language":    {"    language: choice\n    turns:\n      - keys: 2\n        language: en", "language: expected en; came fr"},
		"opening":     {"    opening: {bot: A person}\n    turns: [silence: true]", "opening (line 5)\n        bot: expected \"A person\"; came \"You speak with a machine. / How can I help you?\""},
		"after the end": {
			"    turns:\n      - say: what are your opening hours\n      - say: no thank you\n        hangup: true\n      - say: hello",
			"turn 3, say (line 9)\n        say: expected that it can happen; came the call has ended",
		},
		"in a queue": {"    turns:\n      - say: my bill is wrong\n      - keys: 1", "turn 2, keys (line 7)\n        keys: expected that it can happen; came the caller is with humans or waits for one"},
	} {
		t.Run(what, func(t *testing.T) {
			if r := performText(t, tc.scenario); r.Passed || !strings.Contains(r.String(), tc.message) {
				t.Errorf("want %q in\n%s\n%s", tc.message, r, r.Told())
			}
		})
	}
}

func TestWhatIsHiddenStaysSoInTheTurnsThatFollow(t *testing.T) {
	r := performText(t, `    turns:
      - say: here is my meter reading
        hidden: "4539148803436467"
      - say: I spell 453914
      - say: it is eight eight zero three four
`)
	if r.Passed || r.Fault.Turn != 3 || r.Fault.Failures[0].What != "hidden" {
		t.Errorf("got %s\n%s", r, r.Told())
	}
}

func TestANumberLeaksInFiguresAndInWords(t *testing.T) {
	const card = "4539 1488 0343 6467"
	for text, want := range map[string]string{
		"[card ••••6467]":                        "",
		"it begins with 453914":                  "",
		"ends in 6, 4, 6, 7.":                    "",
		"48213":                                  "",
		"1, 4, 8, 8, 0":                          "14880",
		"ah one four eight eight oh":             "14880",
		"un quatre huit huit zéro":               "14880",
		"card 4539148 8":                         "45391",
		"nothing one four then eight eight zero": "",
	} {
		if got := leak(text, card); got != want {
			t.Errorf("%q leaks %q, want %q", text, got, want)
		}
	}
}

func TestACardIsKeyedForATokeniser(t *testing.T) {
	const keyed = `    turns:
      - say: I want to pay
        bot: Key in your card number
      - keys: 4539148803436467
        bot_exactly: Key in the date.
      - keys: 1230
        bot_exactly: Key in the code.
      - keys: 123
        hidden: 4539148803436467
`
	for tokeniser, rest := range map[string]string{
		"taken":   "        queue: people\n        bot: The card 6, 4, 6, 7 is noted.\n        summary: Pays by the card 6467.\n        slot: {card: 6467}\n        priority: 0",
		"refused": "        bot: [Your card was refused., Key in your card number.]",
		"down":    "        bot: [Your card is being checked., It takes longer., Your card cannot be taken.]\n        queue: people",
	} {
		if r := performText(t, "    tokeniser: "+tokeniser+"\n"+keyed+rest); !r.Passed {
			t.Error(r)
		}
	}
	if r := performText(t, "    date: 2031-02-01\n"+keyed); r.Passed || !strings.Contains(r.String(), "That date is not right.") {
		t.Errorf("the date of the call does not count:\n%s", r)
	}
	if r := performText(t, "    turns:\n      - say: I want to pay\n      - say: \"no\"\n        shown: \"no\""); r.Passed || !strings.Contains(r.String(), "no recognizer listens") {
		t.Errorf("the caller is heard while a card is keyed:\n%s", r)
	}
}

func TestACallerIsPutThroughToANumberOutside(t *testing.T) {
	r := performText(t, "    turns:\n      - say: my bill is wrong\n        transfer: \"+33123456789\"\n        queue: none",
		"    say: {en: I am sorry to hear that., fr: J'en suis désolé.}\n    queue: people", "    say: {en: I am sorry to hear that., fr: J'en suis désolé.}\n    transfer: \"+33123456789\"")
	if !r.Passed {
		t.Error(r)
	}
}

func TestAPolicyCounts(t *testing.T) {
	const turns = "    turns:\n      - say: my mail is jean at example dot com\n        "
	if r := performText(t, "    withhold: [email, phone]\n    card: nothing\n"+turns+"shown: \"[email]\"\n        hidden: example dot com"); !r.Passed {
		t.Error(r)
	}
	if r := performText(t, turns+"shown: jean at example"); !r.Passed {
		t.Error(r)
	}
}

func TestAScenarioComesOutTheSameEveryTime(t *testing.T) {
	const scenario = "    language: choice\n    turns:\n      - say: quels sont vos horaires\n      - silence: 20s\n      - recognizer: lost\n      - silence: 30s\n"
	if a, b := performText(t, scenario), performText(t, scenario); !slices.Equal(a.Story, b.Story) || len(a.Story) == 0 {
		t.Errorf("first\n%s\nthen\n%s", a.Told(), b.Told())
	}
}

func TestReportsTellOfFailures(t *testing.T) {
	bad, err := Read("testdata/must-fail.yaml")
	if err != nil {
		t.Fatal(err)
	}
	good, err := parse("s.yaml", []byte(head+"    turns: [silence: true]"), lineOfStories())
	if err != nil {
		t.Fatal(err)
	}
	results := run(t, bad, good)
	var out bytes.Buffer
	if err := WriteJUnit(&out, results); err != nil {
		t.Fatal(err)
	}
	var suites junitSuites
	if err := xml.Unmarshal(out.Bytes(), &suites); err != nil {
		t.Fatal(err)
	}
	if suites.Tests != 2 || suites.Failures != 1 || len(suites.Suites) != 2 {
		t.Fatalf("got %s", &out)
	}
	failure := suites.Suites[0].Cases[0].Failure
	if failure == nil || !strings.Contains(failure.Message, "turn 2, say (line 11); ") || suites.Suites[1].Cases[0].Failure != nil {
		t.Errorf("got %s", &out)
	}
	out.Reset()
	if err := WriteJSON(&out, results); err != nil {
		t.Fatal(err)
	}
	var report struct {
		Passed    bool
		Failed    int
		Scenarios []Result
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	if report.Passed || report.Failed != 1 || report.Scenarios[0].Fault.Failures[0] != (Failure{"slot reading", "48219", "48213"}) || len(report.Scenarios[1].Story) == 0 {
		t.Errorf("got %s", &out)
	}
}

func TestARunThatIsGivenUpSaysSo(t *testing.T) {
	f, err := parse("s.yaml", []byte(head+"    turns: [silence: true]"), lineOfStories())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Run(ctx, []*File{f}, "", func(Result) {}); err == nil {
		t.Error("no error")
	}
}
