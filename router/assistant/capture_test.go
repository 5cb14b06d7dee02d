package assistant_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

const capture = `  pay:
    say: {en: "Thanks for {card}."}
    queue: tills
    slots:
      card:
        kind: card
        capture:
          number: {en: Number?}
          expiry: {en: Date?}
          code: {en: Code?}
          wrong_number: {en: No number.}
          wrong_expiry: {en: No date.}
          wrong_code: {en: No code.}
          nothing_keyed: {en: No keys.}
          wait: {en: Moment.}
          slow: {en: Longer.}
          refused: {en: Refused.}
          failed: {en: Failed.}
    examples: {en: [I want to pay]}
`

func payLine(t *testing.T) *assistant.Assistant {
	t.Helper()
	a, err := assistant.Parse("pay.yaml", []byte(small+capture))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// paying gives a dialogue in which the card is asked for, and the step that does.
func paying(t *testing.T) (*assistant.Dialogue, assistant.Step) {
	t.Helper()
	d := payLine(t).Start(assistant.Start{})
	d.Next(assistant.Input{Kind: assistant.InputStart})
	return d, d.Next(assistant.Input{Kind: assistant.InputSaid, Language: "en", Intent: intent.Result{Name: "pay", Confidence: 0.9}})
}

func TestACardIsAskedForByKeypadAndItsLastDigitsAreTheValue(t *testing.T) {
	d, s := paying(t)
	c := s.Capture
	if c == nil || s.Listen != nil || s.Place != nil || c.Number.Text != "Number?" || c.Code.Text != "Code?" || c.Tries != 3 || c.Silence != 20*time.Second {
		t.Fatalf("%+v, %+v", s, c)
	}
	s = d.Next(assistant.Input{Kind: assistant.InputCaptured, Text: redact.Authored("1111")})
	if s.Place == nil || s.Place.Queue != "tills" || len(s.Say) != 1 || s.Say[0].Text != "Thanks for 1, 1, 1, 1." || !s.Say[0].Filled {
		t.Errorf("%+v", s)
	}
}

func TestWhoseCardCannotBeTakenGetsThoseWhoWouldHaveHadIt(t *testing.T) {
	d, _ := paying(t)
	s := d.Next(assistant.Input{Kind: assistant.InputUncaptured})
	if s.Place == nil || s.Place.Queue != "tills" || len(s.Say) != 2 || s.Say[0].Text != "Failed." || s.Say[1].Text != "Wait." {
		t.Errorf("%+v", s)
	}
}

func TestACaptureThatIsLostIsBegunAgain(t *testing.T) {
	d, _ := paying(t)
	if s := d.Next(assistant.Input{Kind: assistant.InputDeaf}); s.Capture == nil || len(s.Say) != 1 {
		t.Errorf("without a recognizer: %+v", s)
	}
	if s := d.Next(assistant.Input{Kind: assistant.InputSilence}); s.Capture == nil {
		t.Errorf("after a silence: %+v", s)
	}
	if s := d.Next(assistant.Input{Kind: assistant.InputSaid}); s.Place == nil {
		t.Errorf("the second miss: %+v", s)
	}
}

func TestErrorsOfACaptureTellTheLine(t *testing.T) {
	whole := small + capture
	for name, c := range map[string]struct{ from, to, want string }{
		"no question": {"          number: {en: Number?}\n", "", `pay.yaml:52: capture lacks "number"`},
		"half a code": {"          wrong_code: {en: No code.}\n", "", `pay.yaml:55: capture: "code" and "wrong_code" go together`},
		"both ways":   {"        capture:", "        confirm: {en: \"{card}?\"}\n        capture:", `pay.yaml:52: the slot card has a capture, so it has no "confirm"`},
		"digits":      {"kind: card", "kind: digits\n        length: 4", "pay.yaml:53: only a slot of kind card has a capture"},
		"neither":     {"        ask: {en: The code?}\n", "", `: the slot code lacks "ask"`},
		"a typo":      {"          wait:", "          weight:", `unknown key "weight" in capture`},
		"a value":     {"{en: Refused.}", "{en: \"Refused {card}.\"}", "there is no value {card} here"},
		"tries":       {"{en: Failed.}\n", "{en: Failed.}\n          tries: 0\n", "tries must be"},
	} {
		if !strings.Contains(whole, c.from) {
			t.Fatalf("%s: nothing to change", name)
		}
		_, err := assistant.Parse("pay.yaml", []byte(strings.Replace(whole, c.from, c.to, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %q, got %v", name, c.want, err)
		}
	}
}

func TestTheExampleOfACaptureIsValidAndIsRendered(t *testing.T) {
	data, err := os.ReadFile("../../internal/e2e/testdata/payments.yaml")
	if err != nil {
		t.Fatal(err)
	}
	a, err := assistant.Parse("payments.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	if at := a.Captures(); len(at) != 1 || !strings.HasPrefix(at[0], "payments.yaml:") {
		t.Errorf("captures at %q", at)
	}
	for _, l := range a.Languages() {
		if all := a.Prompts(l); !slices.ContainsFunc(all, func(p string) bool { return strings.Contains(p, "hash key") || strings.Contains(p, "dièse") }) {
			t.Errorf("the question is not rendered ahead in %s", l)
		}
	}
}
