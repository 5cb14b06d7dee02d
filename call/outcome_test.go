package call

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/payment"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// talking is a call whose bot is heard to its end at once, and whose words mean what a
// test says.
type talking struct {
	*machine

	now     time.Time
	means   intent.Result
	entries []Entry
}

func talk(t *testing.T, s Setup) *talking {
	t.Helper()
	s.Assistant = testAssistant(t)
	c := &talking{machine: newMachine(s), now: time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)}
	c.happen(Invited{})
	return c
}

func (c *talking) happen(events ...Event) {
	for ; len(events) > 0; events = events[1:] {
		c.now = c.now.Add(10 * time.Second) // so that nothing is an interruption
		for _, a := range c.step(c.now, events[0]) {
			events = append(events, c.perform(a)...)
		}
	}
}

func (c *talking) perform(a Action) (soon []Event) {
	switch a := a.(type) {
	case Answer:
		soon = []Event{Answered{}}
	case Speak:
		soon = []Event{SpeakStarted{Turn: a.Turn}}
		for n := range a.Lines {
			soon = append(soon, LineDone{Turn: a.Turn, Line: n})
		}
	case Classify:
		soon = []Event{Understood{Seq: a.Seq, Language: a.Language, Result: c.means}}
	case Tokenize:
		soon = []Event{Tokenized{Entry: a.Entry, Try: a.Try, Outcome: payment.Outcome{Token: "t", LastFour: a.Card.LastFour()}}}
	case Write:
		c.entries = append(c.entries, a.Entry)
	}
	return soon
}

func (c *talking) say(text, means string) {
	c.means = intent.Result{Name: means, Confidence: 0.9, Top: []intent.Scored{{Name: means, Confidence: 0.9}, {Name: "hours", Confidence: 0.1}}}
	c.happen(Heard{Language: c.languages[0], Utterance: text, Final: true, Words: redact.RawText(text), Confidence: 0.9})
}

// key presses keys, each before the entry counts as complete.
func (c *talking) key(keys string) {
	for _, k := range []byte(keys) {
		c.now = c.now.Add(-9 * time.Second)
		c.happen(Pressed{Key: media.NewKey(k)})
	}
}

// outcomes gives those of the dialogue's decisions as JSON, in order.
func (c *talking) outcomes(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, e := range c.entries {
		if e.Kind != KindDecision || e.Outcome == nil {
			continue
		}
		data, err := json.Marshal(e.Outcome)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(data))
	}
	return out
}

func TestEveryDecisionSaysWhatItComesTo(t *testing.T) {
	c := talk(t, Setup{Languages: []string{"en"}, Heard: []string{"en"}})
	c.say("here is my meter reading", "reading")
	c.happen(Tick{})
	c.say("four eight two one three", "none")
	c.say("yes", assistant.IntentYes)
	c.say("my bill is wrong", "trouble")
	want := []string{
		`{"input":"start","does":"ask","asks":"request","language":"en"}`,
		`{"input":"said","does":"ask","asks":"value","slot":"reading","intent":"reading","language":"en"}`,
		`{"input":"silence","does":"ask","asks":"value","slot":"reading","intent":"reading","language":"en","misses":1}`,
		`{"input":"said","does":"ask","asks":"confirmation","slot":"reading","intent":"reading","language":"en","misses":1,"values":{"reading":"48213"}}`,
		`{"input":"said","does":"ask","asks":"more","intent":"reading","language":"en","values":{"reading":"48213"}}`,
		`{"input":"said","does":"queue","intent":"trouble","language":"en","queue":"people"}`,
	}
	if got := c.outcomes(t); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestACardIsInNoOutcomeButForItsLastFourDigits(t *testing.T) {
	c := talk(t, Setup{Languages: []string{"en"}, Heard: []string{"en"}})
	c.say("I want to pay", "pay")
	c.key("4111111111111111#")
	c.key("1229")
	c.key("737")
	got := strings.Join(c.outcomes(t), "\n")
	if want := `"input":"captured","does":"queue","intent":"pay","language":"en","queue":"people","values":{"card":"[card ••••1111]"}}`; !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant %s", got, want)
	}
	if !strings.Contains(got, `"input":"said","does":"capture","asks":"card","slot":"card"`) || strings.Contains(got, "41111") || strings.Contains(got, "737") {
		t.Errorf("got\n%s", got)
	}
}

func TestValuesAreReadOnceMoreBeforeTheyAreShown(t *testing.T) {
	m := newMachine(Setup{Assistant: testAssistant(t), Languages: []string{"en"}})
	m.script.Next(assistant.Input{})
	m.script.Next(assistant.Input{Kind: assistant.InputSaid, Intent: intent.Result{Name: "reading", Confidence: 1}})
	m.script.Next(assistant.Input{Kind: assistant.InputSaid, Numbers: []redact.Safe{redact.Authored("48213")}})
	if got := m.values()["reading"].String(); got != "48213" {
		t.Errorf("the reading is shown as %q", got)
	}
	before := m.redactor.Sensitive()
	for range 20 {
		m.values()
	}
	if m.redactor.Sensitive() != before {
		t.Error("the call's redactor has heard what is only written down")
	}
}

func TestTheChoiceBetweenTwoLanguagesIsExplained(t *testing.T) {
	c := talk(t, Setup{Languages: []string{"en", "fr"}, Heard: []string{"en", "fr"}})
	c.means = intent.Result{Name: "trouble", Confidence: 0.12}
	c.happen(Heard{Language: "en", Utterance: "e", Final: true, Words: redact.RawText("kill sun voice or air")})
	c.means = intent.Result{Name: "hours", Confidence: 0.91}
	c.step(c.now, Heard{Language: "fr", Utterance: "f", Final: true, Words: redact.RawText("quels sont vos horaires")})
	for _, a := range c.step(c.now, Understood{Seq: c.classify, Language: "fr", Result: c.means}) {
		c.happen(c.perform(a)...)
	}
	i := slices.IndexFunc(c.entries, func(e Entry) bool { return e.Kind == KindIntent })
	if i < 0 {
		t.Fatalf("no intent in %+v", c.entries)
	}
	if e := c.entries[i]; e.Language != "fr" || !slices.Equal(e.Rivals, []Scored{{Name: "en", Confidence: 0.12}}) {
		t.Errorf("got %+v", e)
	}
}

func TestARecordSaysInWhichLanguagesTheCallBegan(t *testing.T) {
	s := Setup{Assistant: testAssistant(t), Languages: []string{"en", "fr"}, Heard: []string{"en"}, Trouble: true}
	r := newRecorder(s, time.Time{}).r
	if !slices.Equal(r.Languages, s.Languages) || !slices.Equal(r.Heard, s.Heard) || !r.Trouble {
		t.Errorf("got %+v", r)
	}
}
