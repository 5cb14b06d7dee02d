package assistant_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// randomInput draws anything that may happen in a call.
func randomInput(t *rapid.T) assistant.Input {
	in := assistant.Input{Kind: rapid.SampledFrom([]assistant.InputKind{
		assistant.InputStart, assistant.InputSaid, assistant.InputSaid, assistant.InputSaid, assistant.InputSaid,
		assistant.InputKeyed, assistant.InputKeyed, assistant.InputSilence, assistant.InputUnheard, assistant.InputDeaf,
		assistant.InputCaptured, assistant.InputUncaptured, assistant.InputHooked,
	}).Draw(t, "kind")}
	in.At = friday()
	digits := rapid.SampledFrom([]string{"", "1", "2", "3", "4", "9", "12", "48213", "123456789"})
	switch in.Kind {
	case assistant.InputSaid:
		in.Language = rapid.SampledFrom([]string{"", "en", "fr", "xx"}).Draw(t, "language")
		in.Text = redact.Authored(rapid.SampledFrom([]string{"", "yes", "no", "oui", "non non", "yes no", "English", "français", "mm", "tuesday", "mardi ou mercredi", "forty euros", "five euros", "le matin", "75011"}).Draw(t, "text"))
		in.Intent = intent.Result{
			Name: rapid.SampledFrom([]string{
				"", "opening_hours", "invoice_due", "meter_reading", "pay_by_card", "power_cut",
				"complaint", "person", "moving", "payment_plan", "pay", "repeat", "goodbye", "yes", "no", "unheard_of",
			}).Draw(t, "intent"),
			Confidence: rapid.Float64Range(0, 1).Draw(t, "confidence"),
		}
		fallthrough
	case assistant.InputKeyed:
		for range rapid.IntRange(0, 2).Draw(t, "numbers") {
			in.Numbers = append(in.Numbers, redact.Authored(digits.Draw(t, "number")))
		}
		if rapid.Bool().Draw(t, "card") {
			in.Findings = []redact.Finding{{
				Kind:  rapid.SampledFrom([]redact.Kind{redact.Card, redact.Number, redact.Code}).Draw(t, "finding"),
				Last4: rapid.SampledFrom([]string{"", "1111"}).Draw(t, "last4"), Luhn: rapid.Bool().Draw(t, "luhn"),
			}}
		}
	case assistant.InputCaptured:
		in.Text = redact.Authored("1111")
	case assistant.InputHooked:
		in.Answer = randomAnswer(t)
	case assistant.InputStart, assistant.InputSilence, assistant.InputUnheard, assistant.InputDeaf, assistant.InputUncaptured:
	}
	return in
}

func randomStart(t *rapid.T) assistant.Start {
	return assistant.Start{
		Language:   rapid.SampledFrom([]string{"", "en", "fr", "xx"}).Draw(t, "fixed"),
		KeypadOnly: rapid.SampledFrom([][]string{nil, {"fr"}, {"en"}, {"en", "fr"}}).Draw(t, "keypad"),
	}
}

// check holds what is true of every step.
func check(t *rapid.T, s assistant.Step) {
	ways := 0
	for _, way := range []bool{s.Listen != nil, s.Capture != nil, s.Hook != nil, s.Place != nil, s.Hangup} {
		if way {
			ways++
		}
	}
	if ways != 1 {
		t.Fatalf("a step must listen, have a card taken, ask a webhook, place or hang up: %+v", s)
	}
	if s.Reason == "" {
		t.Fatalf("no reason: %+v", s)
	}
	for _, l := range s.Say {
		if l.Text == "" || l.Language == "" || l.Disclosure == l.Interruptible {
			t.Fatalf("a bad line: %+v", l)
		}
	}
	if l := s.Listen; l != nil && (l.Timeout <= 0 || l.KeypadOnly != (len(l.Languages) == 0)) {
		t.Fatalf("bad listening: %+v", l)
	}
	if p := s.Place; p != nil && p.Queue == "" {
		t.Fatalf("no queue: %+v", p)
	}
}

func over(s assistant.Step) bool { return s.Place != nil || s.Hangup }

func TestFromEveryStateSilenceLeadsToAHumanOrGoodbye(t *testing.T) {
	a := exampleLine(t)
	rapid.Check(t, func(t *rapid.T) {
		d := a.Start(randomStart(t))
		for range rapid.IntRange(0, 20).Draw(t, "inputs") {
			check(t, d.Next(randomInput(t)))
		}
		for range 3 {
			s := d.Next(assistant.Input{Kind: rapid.SampledFrom([]assistant.InputKind{assistant.InputSilence, assistant.InputUnheard}).Draw(t, "nothing")})
			check(t, s)
			if over(s) {
				return
			}
		}
		t.Fatal("three silences and still listening")
	})
}

func TestSilenceLeadsAwayFromACardToo(t *testing.T) {
	a := payLine(t)
	rapid.Check(t, func(t *rapid.T) {
		d := a.Start(assistant.Start{})
		for range rapid.IntRange(0, 20).Draw(t, "inputs") {
			check(t, d.Next(randomInput(t)))
		}
		for range 3 {
			if s := d.Next(assistant.Input{Kind: assistant.InputSilence}); over(s) {
				return
			}
		}
		t.Fatal("three silences and still waiting")
	})
}

func TestTheLegalOpeningComesFirstAndOnce(t *testing.T) {
	a := exampleLine(t)
	rapid.Check(t, func(t *rapid.T) {
		start := randomStart(t)
		d := a.Start(start)
		first := d.Next(randomInput(t))
		check(t, first)
		languages := a.Languages()
		if slices.Contains(languages, start.Language) {
			languages = []string{start.Language}
		}
		for i, l := range languages {
			if line := first.Say[i]; !line.Disclosure || line.Interruptible || line.Language != l {
				t.Fatalf("line %d is no legal opening in %s: %+v", i, l, line)
			}
		}
		for range rapid.IntRange(0, 20).Draw(t, "inputs") {
			s := d.Next(randomInput(t))
			if slices.ContainsFunc(s.Say, func(l assistant.Line) bool { return l.Disclosure }) {
				t.Fatalf("the legal opening was said twice: %+v", s)
			}
		}
	})
}

func TestWhatIsOverStaysOver(t *testing.T) {
	a := exampleLine(t)
	rapid.Check(t, func(t *rapid.T) {
		d := a.Start(randomStart(t))
		var last assistant.Step
		for range 30 {
			s := d.Next(randomInput(t))
			if over(last) && (s.Place != last.Place || s.Hangup != last.Hangup || len(s.Say) != 0) {
				t.Fatalf("after %+v came %+v", last, s)
			}
			last = s
		}
	})
}

func TestTheSameInputsGiveTheSameSteps(t *testing.T) {
	a := exampleLine(t)
	rapid.Check(t, func(t *rapid.T) {
		start := randomStart(t)
		one, two := a.Start(start), a.Start(start)
		for range 15 {
			in := randomInput(t)
			s, r := one.Next(in), two.Next(in)
			if s.Reason != r.Reason || len(s.Say) != len(r.Say) || s.Language != r.Language {
				t.Fatalf("%+v, but %+v", s, r)
			}
		}
	})
}
