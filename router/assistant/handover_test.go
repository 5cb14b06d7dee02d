package assistant_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// ruled is the small line with rules, one a line.
func ruled(t *testing.T, rules ...string) *assistant.Assistant {
	t.Helper()
	return parsed(t, withRules(rules...))
}

func withRules(rules ...string) string {
	return small + ofOffice + "anger: {en: [damn, fed up]}\nhandover:\n  - " + strings.Join(rules, "\n  - ") + "\n"
}

func heard(text, name string, confidence float64) assistant.Input {
	return assistant.Input{Kind: assistant.InputSaid, Text: redact.Authored(text), Intent: intent.Result{Name: name, Confidence: confidence}, At: inHours}
}

func TestARuleHandsOverForAnIntentSaidOrKeyed(t *testing.T) {
	a := ruled(t, "{name: open, intent: [hours], queue: doors, priority: 2, say: {en: To the doors.}}")
	d, _ := opened(a, inHours, assistant.Caller{})
	s := d.Next(heard("when", "hours", 0.9))
	goesTo(t, s, "doors", 2)
	says(t, s, "To the doors.")
	if s.Place.Intent.Name != "hours" || s.Reason != "intent hours at 0.90, minimum 0.50: handover rule open (intent): queue doors" {
		t.Errorf("%+v %s", s.Place, s.Reason)
	}
	d, _ = opened(a, inHours, assistant.Caller{})
	goesTo(t, d.Next(assistant.Input{Kind: assistant.InputKeyed, Text: redact.Authored("1")}), "doors", 2)
	d, _ = opened(a, inHours, assistant.Caller{})
	if s := d.Next(heard("code", "code", 0.9)); s.Place != nil {
		t.Errorf("another intent: %+v", s)
	}
}

func TestTheFirstRuleThatHoldsCounts(t *testing.T) {
	a := ruled(t, "{intent: hours, closed: office, queue: night}", "{intent: hours, language: en, queue: first}", "{intent: hours, queue: second}")
	d, _ := opened(a, inHours, assistant.Caller{})
	goesTo(t, d.Next(heard("when", "hours", 0.9)), "first", 0)
	d, _ = opened(a, afterHours, assistant.Caller{})
	goesTo(t, d.Next(asked("hours", afterHours)), "night", 0)
}

func TestARuleHandsOverWhatIsHardlyUnderstood(t *testing.T) {
	d, _ := opened(ruled(t, "{confidence_below: 0.2, queue: patient}"), inHours, assistant.Caller{})
	if s := d.Next(heard("mm", "hours", 0.3)); s.Place != nil {
		t.Errorf("%+v", s)
	}
	s := d.Next(heard("mm", "hours", 0.1))
	goesTo(t, s, "patient", 0)
	says(t, s, "Wait.")
}

func TestARuleHandsOverAfterSoManyMisunderstandings(t *testing.T) {
	d, _ := opened(ruled(t, "{misunderstandings: 1, queue: patient}"), inHours, assistant.Caller{})
	goesTo(t, d.Next(assistant.Input{Kind: assistant.InputSilence, At: inHours}), "patient", 0)
	d, _ = opened(ruled(t, "{misunderstandings: 2, queue: patient}"), inHours, assistant.Caller{})
	if s := d.Next(heard("mm", "", 0)); s.Place != nil {
		t.Errorf("%+v", s)
	}
	goesTo(t, d.Next(heard("mm", "", 0)), "patient", 0)
}

func TestARuleHandsOverWhoIsAngryUnlessTheWishLeadsToHumans(t *testing.T) {
	a := parsed(t, strings.Replace(withRules("{name: anger, anger: true, queue: calm, priority: 6}"), "    say: {en: Nine to five.}\n", "    say: {en: Nine to five.}\n    queue: tills\n", 1))
	d, _ := opened(a, inHours, assistant.Caller{})
	if s := d.Next(heard("the damned thing", "", 0)); s.Place != nil {
		t.Errorf("a part of a word: %+v", s)
	}
	goesTo(t, d.Next(heard("I am FED UP with it", "code", 0.9)), "calm", 6)
	d, _ = opened(a, inHours, assistant.Caller{})
	goesTo(t, d.Next(heard("damn the hours", "hours", 0.9)), "tills", 0)
}

func TestAFavouredNumberCountsOnlyIfItIsBelieved(t *testing.T) {
	a := ruled(t, `{name: vip, caller: ["+33155500100", "+331555002*"], straight: true, queue: vip, priority: 9, say: {en: Welcome.}}`)
	for c, want := range map[assistant.Caller]bool{
		{Number: "+33155500100", Trust: "A"}:                      true,
		{Number: "+33155500299", Trust: "A"}:                      true,
		{Number: "+33155500299", Trust: "none", Believed: true}:   true,
		{Number: "+33155500299", Trust: "failed", Believed: true}: false,
		{Number: "+33155500100", Trust: "B"}:                      false,
		{Number: "+33155500100", Trust: "none"}:                   false,
		{Number: "+33155500100"}:                                  false,
		{Number: "+331555001001", Trust: "A"}:                     false,
		{Number: "+33155500300", Trust: "A"}:                      false,
		{Trust: "A"}:                                              false,
	} {
		_, s := opened(a, inHours, c)
		if (s.Place != nil) != want {
			t.Errorf("%+v: %+v", c, s)
		}
		if want {
			goesTo(t, s, "vip", 9)
			says(t, s, "A machine speaks.", "Welcome.")
			if !s.Say[0].Disclosure || s.Reason != "handover rule vip (caller): queue vip" {
				t.Errorf("%+v", s)
			}
		}
	}
}

func TestWhoIsHandedOverAnywayGoesWhereARuleSays(t *testing.T) {
	rules := []string{`{name: vip, caller: "+33*", priority: 9}`, "{name: doubtful, trust: [failed], queue: checks}", `{called: "0800*", closed: office, queue: night}`}
	a := ruled(t, rules...)
	for c, want := range map[assistant.Caller]struct {
		queue    string
		priority int
	}{
		{Number: "+33155500100", Trust: "A"}:      {"desk", 9},
		{Number: "+33155500100", Trust: "failed"}: {"checks", 0},
		{Called: "0800123"}:                       {"desk", 0},
	} {
		d, s := opened(a, inHours, c)
		if s.Place != nil {
			t.Errorf("%+v at once: %+v", c, s)
		}
		d.Next(heard("mm", "", 0))
		goesTo(t, d.Next(heard("mm", "", 0)), want.queue, want.priority)
	}
	d, _ := opened(a, afterHours, assistant.Caller{Called: "0800123"})
	nonsense := assistant.Input{Kind: assistant.InputSaid, At: afterHours}
	d.Next(nonsense)
	s := d.Next(nonsense)
	goesTo(t, s, "night", 0)
	if !strings.HasSuffix(s.Reason, "; handover rule 3 (called, closed): queue night") {
		t.Error(s.Reason)
	}
}

func TestNoRuleNamesACallerInTheJournal(t *testing.T) {
	_, s := opened(ruled(t, `{caller: "+33155500100", straight: true, queue: vip}`), inHours, assistant.Caller{Number: "+33155500100", Trust: "A"})
	if strings.Contains(s.Reason, "155500") {
		t.Error(s.Reason)
	}
}

func TestBadRulesAreToldWithTheLineAndWhatIsAllowed(t *testing.T) {
	for name, c := range map[string]struct{ rule, want string }{
		"unknown key":      {"{intnt: hours}", `small.yaml:49: unknown key "intnt" in handover rule 1 (did you mean "intent"?); allowed: name, intent`},
		"unknown intent":   {"{intent: huors, queue: q}", `small.yaml:49: the intent of handover rule 1 cannot be "huors" (did you mean "hours"?); allowed: hours, code`},
		"unknown trust":    {"{name: x, trust: D, queue: q}", `small.yaml:49: the trust of handover rule x cannot be "D"; allowed: A, B, C, none, failed`},
		"unknown language": {"{language: de, queue: q}", `small.yaml:49: the language of handover rule 1 cannot be "de"; allowed: en`},
		"unknown hours":    {"{closed: offic, queue: q}", `small.yaml:49: the hours of handover rule 1 cannot be "offic" (did you mean "office"?)`},
		"confidence":       {"{confidence_below: 2, queue: q}", "small.yaml:49: confidence_below must be a number above 0 and below 1"},
		"never so many":    {"{misunderstandings: 3, queue: q}", "small.yaml:49: misunderstandings must be a whole number from 1 to 2"},
		"no number":        {"{caller: anna, queue: q}", `small.yaml:49: a caller of handover rule 1 cannot be "anna"; allowed: digits`},
		"anger":            {"{anger: yes, queue: q}", "small.yaml:49: anger must be true or false"},
		"nothing":          {"{trust: A}", "small.yaml:49: handover rule 1 changes nothing; give it a queue, a priority or skills"},
		"not straight":     {"{intent: hours, straight: true, queue: q}", "small.yaml:49: handover rule 1 cannot be straight: it hangs on what callers say"},
		"queue":            {"{trust: A, queue: the q}", `small.yaml:49: the queue of handover rule 1 cannot be "the q"`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := assistant.Parse("small.yaml", []byte(withRules(c.rule))); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	for file, want := range map[string]string{
		small + "handover: {anger: true}\n":             "small.yaml:46: handover must be a list of at least one rule",
		small + "handover: []\n":                        "small.yaml:46: handover must be a list of at least one rule",
		small + "handover: [{anger: true, queue: q}]\n": `small.yaml:46: handover rule 1 needs words that show anger: the file has no section "anger"`,
		small + "anger: {en: []}\n":                     `small.yaml:46: anger has none in the language "en"`,
	} {
		if _, err := assistant.Parse("small.yaml", []byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// Nobody who tells the line what it is for may seem angry.
func TestNoExampleOfTheLineButComplaintsIsAngry(t *testing.T) {
	a := exampleLine(t)
	for _, l := range a.Languages() {
		for _, e := range a.Examples(l) {
			d := a.Start(assistant.Start{Language: l})
			d.Next(assistant.Input{})
			s := d.Next(assistant.Input{Kind: assistant.InputSaid, Text: redact.Authored(e.Text)})
			if strings.Contains(s.Reason, "anger") && e.Intent != "complaint" {
				t.Errorf("%s: %q of %s", l, e.Text, e.Intent)
			}
		}
	}
}
