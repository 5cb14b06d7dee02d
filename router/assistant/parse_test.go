package assistant_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/router/assistant"
)

// small is a whole assistant in as few lines as can be; the tests break it.
const small = `version: 1
name: Small
languages: [en]
opening:
  disclosure: {en: A machine speaks.}
  greeting: {en: What do you want?}
answers:
  "yes": {key: 1, words: {en: ["yes"]}}
  "no": {key: 2, words: {en: ["no"]}}
  keys: {en: One or two.}
again:
  not_understood: {en: Sorry?}
  nothing_heard: {en: Hello?}
human:
  say: {en: Wait.}
  queue: desk
more: {ask: {en: More?}, what: {en: Tell me.}, goodbye: {en: Bye.}}
keypad:
  intro: {en: Keys.}
  wrong: {en: Wrong key.}
  keys:
    1: {intent: hours, say: {en: Hours are one.}}
messages:
  hold: {en: Hold.}
  position: {en: "Number {position}."}
  next: {en: Next.}
  connecting: {en: Here.}
  returned: {en: Again.}
  still_there: {en: Thanks.}
  filler: {en: Um.}
  apology: {en: Pardon.}
  unable: {en: Nobody.}
intents:
  hours:
    say: {en: Nine to five.}
    examples: {en: [opening hours, when are you open]}
  code:
    say: {en: "Your code {code} is noted."}
    slots:
      code:
        kind: digits
        length: 4
        ask: {en: The code?}
        confirm: {en: "Is {code} right?"}
    examples: {en: [I have a code]}
`

func TestTheSmallestAssistantIsValid(t *testing.T) {
	a, err := assistant.Parse("small.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Name(); got != "Small" {
		t.Errorf("name %q", got)
	}
}

func TestEveryErrorTellsFileLineAndWhatIsAllowed(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"unknown key": {"  greeting:", "  greting:", `small.yaml:6: unknown key "greting" in opening (did you mean "greeting"?); allowed: disclosure, greeting`},
		"no disclosure": {
			"  disclosure: {en: A machine speaks.}\n", "",
			`small.yaml:4: opening lacks "disclosure"`,
		},
		"empty disclosure":    {"{en: A machine speaks.}", `{en: " "}`, "small.yaml:5: the disclosure in en is empty"},
		"wrong version":       {"version: 1", "version: 2", `small.yaml:1: version "2" is not known; allowed: 1`},
		"no version":          {"version: 1\n", "", `small.yaml:1: the file lacks "version"`},
		"unknown language":    {"languages: [en]", "languages: [en, de]", `small.yaml:3: language "de" is not known; allowed: en, fr`},
		"language twice":      {"languages: [en]", "languages: [en, en]", `small.yaml:3: language "en" stands twice`},
		"language missing":    {"languages: [en]", "languages: [en, fr]", `small.yaml:5: the disclosure lacks the language "fr"`},
		"language not ours":   {"{en: Sorry?}", "{en: Sorry?, fr: Pardon?}", `small.yaml:12: not_understood: language "fr" is not among the languages of the file; allowed: en`},
		"no choice":           {"languages: [en]", "languages: [en, fr]", `small.yaml:4: opening lacks "language"`},
		"key twice":           {"name: Small", "name: Small\nname: Small", "small.yaml:3: "},
		"unknown intent":      {"{intent: hours,", "{intent: hour,", `small.yaml:22: the intent of key 1 cannot be "hour" (did you mean "hours"?); allowed: hours, code`},
		"no phone key":        {"    1: {intent", "    x: {intent", `small.yaml:22: an intent cannot be on the key "x"; allowed: 0 to 9`},
		"same key":            {`"no": {key: 2,`, `"no": {key: 1,`, "small.yaml:9: yes and no are on the same key 1"},
		"value not there":     {"{en: Nine to five.}", `{en: "Until {time}."}`, "small.yaml:35: what hours says: there is no value {time} here; allowed: none"},
		"value misspelt":      {"Your code {code}", "Your code {cod}", "small.yaml:38: what code says: there is no value {cod} here; allowed: {code}"},
		"no read-back":        {`"Is {code} right?"`, `"Is it right?"`, "small.yaml:44: the read-back of code in en must hold {code}"},
		"slot kind":           {"kind: digits", "kind: dates", `small.yaml:41: the kind of code cannot be "dates" (did you mean "date"?); allowed: digits, card, date, time, amount, number, postcode, phone, choice, yes_no, code`},
		"slot length":         {"length: 4", "length: 40", "small.yaml:42: length must be a whole number from 1 to 11"},
		"slot without length": {"        length: 4\n", "", `small.yaml:40: the slot code lacks "length": the number of digits`},
		"card with length":    {"kind: digits", "kind: card", "small.yaml:42: a card has no length of its own"},
		"queue name":          {"queue: desk", "queue: the desk", `small.yaml:16: the queue of human cannot be "the desk"; allowed: a lower-case letter`},
		"priority":            {"queue: desk", "queue: desk\n  priority: 12", "small.yaml:17: priority must be a whole number from 0 to 9"},
		"same example":        {"[I have a code]", "[Opening hours]", `small.yaml:37: the intents hours and code have the same example in en: "Opening hours"`},
		"no examples":         {"[I have a code]", "[]", `small.yaml:45: the examples of code has none in the language "en"`},
		"reserved intent":     {"  code:\n    say", "  yes:\n    say", `small.yaml:37: the name "yes" is taken: its words stand under answers`},
		"silent intent":       {"    say: {en: Nine to five.}\n", "", `small.yaml:34: the intent hours lacks "say"`},
		"repeat and say":      {"    say: {en: Nine to five.}\n", "    say: {en: Nine to five.}\n    does: repeat\n", "small.yaml:34: the intent hours repeats what was said, so it can say nothing else"},
		"hangup and queue":    {"    say: {en: Nine to five.}\n", "    say: {en: Nine to five.}\n    does: hangup\n    queue: desk\n", "small.yaml:34: the intent hours does hangup, so it can have no slots, no queue and no transfer"},
		"before without hand": {"    say: {en: Nine to five.}\n", "    say: {en: Nine to five.}\n    before: {en: More?}\n", "small.yaml:34: the intent hours asks something before a hand-over but has no queue"},
		"does":                {"    say: {en: Nine to five.}\n", "    say: {en: Nine to five.}\n    does: hang\n", `small.yaml:36: what hours does cannot be "hang" (did you mean "hangup"?); allowed: repeat, hangup`},
		"silence":             {"again:", "listening: {silence: 1h}\nagain:", "small.yaml:11: silence must be a duration from 1s to 1m0s, such as 6s"},
		"minimum":             {"again:", "listening: {minimum: 1.5}\nagain:", "small.yaml:11: minimum must be a number above 0 and below 1"},
		"not a mapping":       {"{en: Sorry?}", "Sorry?", "small.yaml:12: not_understood must be a mapping of keys to values"},
		"not a list":          {"[I have a code]", "I have a code", "small.yaml:45: the examples of code in en must be a list"},
		"not a text":          {"{en: Sorry?}", "{en: [Sorry]}", "small.yaml:12: not_understood in en must be a text"},
		"an alias":            {"{en: Sorry?}", "{en: *sorry}", "small.yaml:"},
		"no YAML":             {"languages: [en]", "languages: [en", "small.yaml:"},
		"two documents":       {"version: 1\n", "version: 1\n---\n", "small.yaml:1: the file must hold one YAML document"},
		"too deep":            {"languages: [en]", "languages: " + strings.Repeat("[", 10000), "small.yaml:3: nested too deeply"},
	} {
		t.Run(name, func(t *testing.T) {
			broken := strings.Replace(small, c.from, c.to, 1)
			if broken == small {
				t.Fatal("the test does not break the file")
			}
			_, err := assistant.Parse("small.yaml", []byte(broken))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAnEmptyFileIsRefused(t *testing.T) {
	for _, text := range []string{"", " \n", "# nothing\n", "[]", "x", "- a\n- b", "\x00", strings.Repeat("a", 5<<20)} {
		if _, err := assistant.Parse("a.yaml", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), "a.yaml:1: ") {
			t.Errorf("%.20q: got %v", text, err)
		}
	}
}

func TestAllErrorsAreToldAtOnceInOrder(t *testing.T) {
	broken := strings.NewReplacer("version: 1", "version: 3", "queue: desk", "queue: ''", "greeting:", "hi:").Replace(small)
	_, err := assistant.Parse("a.yaml", []byte(broken))
	if err == nil {
		t.Fatal("no error")
	}
	lines := regexp.MustCompile(`(?m)^a\.yaml:(\d+):`).FindAllStringSubmatch(err.Error(), -1)
	if len(lines) != 4 || lines[0][1] != "1" || lines[3][1] != "16" {
		t.Errorf("got %v", err)
	}
}

// FuzzParse looks for panics, and for errors that do not say where.
func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(withHours(ofDesk)))
	f.Add([]byte(withRules("{caller: '+33*', closed: office, straight: true, queue: q}", "{anger: true, say: {en: Oh.}}")))
	f.Add([]byte(ordersText(f)))
	f.Add([]byte("version: 1\nlanguages: [en]\nintents: {a: {examples: {en: [b]}}}"))
	f.Add([]byte("a: &x [*x, *x]\n<<: *x\n? - b\n: !!int c"))
	f.Add([]byte("opening:\n  - {: , ? }\n\t- |\n  >"))
	place := regexp.MustCompile(`^f\.yaml:\d+: `)
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := assistant.Parse("f.yaml", data)
		if err != nil {
			if !place.MatchString(err.Error()) {
				t.Errorf("the error does not say where: %v", err)
			}
			return
		}
		for _, l := range a.Languages() {
			if step := a.Start(assistant.Start{Language: l}).Next(assistant.Input{}); !step.Say[0].Disclosure || step.Say[0].Text == "" {
				t.Error("a file without disclosure was taken")
			}
		}
	})
}

// TestEveryPromptIsDistinct: a recognizer that knows all prompts must be able
// to tell which one was said, and so must a caller.
func TestEveryPromptIsDistinct(t *testing.T) {
	a, err := assistant.Parse(assistants.EnergyFile, assistants.Energy)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range a.Languages() {
		seen := map[string]string{}
		for _, p := range a.Prompts(l) {
			key := strings.ToLower(regexp.MustCompile(`\W`).ReplaceAllString(p, ""))
			if other, twice := seen[key]; twice {
				t.Errorf("%q and %q sound the same", p, other)
			}
			seen[key] = p
			if strings.ContainsAny(p, "0123456789{}") {
				t.Errorf("%q: spell numbers, so that every voice reads them", p)
			}
		}
	}
}
