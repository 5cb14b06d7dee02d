package assistant_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

// randomLine writes an assistant with intents of any make: with slots, queues, questions
// before a hand-over, hours and rules.
func randomLine(t *rapid.T) (*assistant.Assistant, int) {
	n := rapid.IntRange(1, 6).Draw(t, "intents")
	both := func(text string) string {
		return fmt.Sprintf("{en: %q, fr: %q}", text+" in English", text+" en français")
	}
	closed := func() string {
		return fmt.Sprintf("closed: {say: %s%s}", both("We are closed until {opens_next}"), rapid.SampledFrom([]string{"", ", then: goodbye", ", queue: night"}).Draw(t, "closed"))
	}
	var intents, keys strings.Builder
	for i := range n {
		fmt.Fprintf(&keys, "    %d: {intent: i%d, say: %s}\n", i+1, i, both(fmt.Sprint("Press ", i+1)))
		fmt.Fprintf(&intents, "  i%d:\n    say: %s\n    examples: {en: [example %c], fr: [exemple %c]}\n", i, both(fmt.Sprint("Intent ", i)), 'a'+i, 'a'+i)
		if rapid.Bool().Draw(t, "queue") {
			fmt.Fprintf(&intents, "    queue: q%d\n", i)
			if rapid.Bool().Draw(t, "before") {
				fmt.Fprintf(&intents, "    before: %s\n", both("Before that?"))
			}
		}
		if rapid.Bool().Draw(t, "hours") {
			fmt.Fprintf(&intents, "    hours: office\n    %s\n", closed())
		}
		slots := rapid.IntRange(0, 3).Draw(t, "slots")
		if slots > 0 {
			intents.WriteString("    slots:\n")
		}
		for s := range slots {
			kind := rapid.SampledFrom([]string{"card", "digits, length: 1", "digits, length: 4", "digits, length: 11"}).Draw(t, "kind")
			fmt.Fprintf(&intents, "      s%d: {kind: %s, ask: %s, confirm: %s}\n", s, kind, both("Key it in."), both(fmt.Sprintf("Is {s%d} right?", s)))
		}
	}
	human := ""
	if rapid.Bool().Draw(t, "human has hours") {
		human = "  hours: office\n  " + closed() + "\n"
	}
	rules := ""
	if rapid.Bool().Draw(t, "rules") {
		rules = "handover: [{misunderstandings: 1, queue: patient}, {intent: i0, closed: office, queue: late}]\n"
	}
	file := strings.NewReplacer(
		"languages: [en]", "languages: [en, fr]",
		"  greeting: {en: What do you want?}\n", "  greeting: "+both("What?")+"\n  language: {ask: "+both("Which?")+", keys: {8: en, 9: fr}, words: {en: [English], fr: [français]}}\n",
		"  queue: desk\n", "  queue: desk\n"+human,
		"    1: {intent: hours, say: {en: Hours are one.}}\n", keys.String(),
		small[strings.Index(small, "  hours:\n"):], intents.String(),
	).Replace(small)
	file = bilingual(file) + "hours: {office: {week: {mon-fri: 08:00-18:00}}}\n" + rules
	a, err := assistant.Parse("random.yaml", []byte(file))
	if err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	return a, n
}

// bilingual gives every text that is there in English alone in French as well.
func bilingual(file string) string {
	lines := strings.Split(file, "\n")
	for i, l := range lines {
		var out strings.Builder
		for rest := l; ; {
			before, after, found := strings.Cut(rest, "{en: ")
			out.WriteString(before)
			if !found {
				break
			}
			text, tail, _ := strings.Cut(after, "}")
			for strings.Count(text, "{") > strings.Count(text, "}") { // a value in it
				more, end, _ := strings.Cut(tail, "}")
				text, tail = text+"}"+more, end
			}
			if strings.Contains(text, "fr: ") {
				out.WriteString("{en: " + text + "}")
			} else {
				out.WriteString("{en: " + text + ", fr: " + text + "}")
			}
			rest = tail
		}
		lines[i] = out.String()
	}
	return strings.Join(lines, "\n")
}

// keyed is keys as the call gives them: digits, or a card of which the last four show.
func keyed(keys string, at time.Time) assistant.Input {
	in := assistant.Input{Kind: assistant.InputKeyed, Text: redact.Authored(keys), Numbers: []redact.Safe{redact.Authored(keys)}, At: at}
	if len(keys) == 16 {
		in.Text, in.Numbers = redact.Authored("[card]"), nil
		in.Findings = []redact.Finding{{Kind: redact.Card, Luhn: true, Last4: keys[12:], Digits: 16}}
	}
	return in
}

// willing presses what the last question asks for, and no to whether there is more.
func willing(d *assistant.Dialogue, l *assistant.Listen, choice string) string {
	switch l.Expect {
	case assistant.ExpectDigits:
		return strings.Repeat("7", l.Length)
	case assistant.ExpectCard:
		return "4539148803436467"
	case assistant.ExpectYesNo:
		if len(d.Values()) > 0 { // a value is read back, or was
			return "1"
		}
		return "2"
	default:
		return choice
	}
}

func TestWithKeysAloneEveryIntentCanBeGoneThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, n := randomLine(t)
		at := rapid.SampledFrom([]time.Time{inHours, afterHours}).Draw(t, "at")
		d := a.Start(assistant.Start{KeypadOnly: []string{"en", "fr"}})
		d.Next(assistant.Input{At: at})
		s := d.Next(keyed(rapid.SampledFrom([]string{"8", "9"}).Draw(t, "language"), at))
		if s.Language == "" {
			t.Fatalf("no language: %+v", s)
		}
		choice := fmt.Sprint(rapid.IntRange(1, n).Draw(t, "intent"))
		if s = d.Next(keyed(choice, at)); !over(s) && d.Intent() != fmt.Sprintf("i%s", string(choice[0]-1)) {
			t.Fatalf("the key %s leads to %s: %+v", choice, d.Intent(), s)
		}
		confirmed := false
		for range 12 {
			check(t, s)
			if over(s) {
				return
			}
			if !s.Listen.KeypadOnly || len(s.Say) == 0 {
				t.Fatalf("a question that keys do not answer, or that is not put: %+v", s)
			}
			key := willing(d, s.Listen, choice)
			if s.Listen.Expect == assistant.ExpectYesNo && confirmed { // the values are there, and so is the question for more
				key = "2"
			}
			confirmed = s.Listen.Expect == assistant.ExpectYesNo
			s = d.Next(keyed(key, at))
		}
		t.Fatalf("twelve answers and no end: %+v", s)
	})
}

func TestFromEverywhereTheKeyForNoLeadsToAnEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, _ := randomLine(t)
		at := rapid.SampledFrom([]time.Time{inHours, afterHours}).Draw(t, "at")
		start := assistant.Start{KeypadOnly: rapid.SampledFrom([][]string{nil, {"en"}, {"en", "fr"}}).Draw(t, "deaf")}
		d := a.Start(start)
		s := d.Next(assistant.Input{At: at})
		for range rapid.IntRange(0, 20).Draw(t, "keys") {
			s = d.Next(keyed(rapid.SampledFrom([]string{"1", "2", "3", "8", "9", "0", "7777", "77777777777", "4539148803436467", "12"}).Draw(t, "key"), at))
			check(t, s)
		}
		for range 12 {
			if over(s) {
				return
			}
			s = d.Next(keyed("2", at))
			check(t, s)
		}
		t.Fatalf("twelve times no and no end: %+v", s)
	})
}

func TestWhoAsksForMoreByKeyIsReadTheKeys(t *testing.T) {
	d := exampleLine(t).Start(assistant.Start{Language: "en"})
	d.Next(assistant.Input{})
	d.Next(heard("when is it due", "invoice_due", 0.9))
	s := d.Next(keyed("1", time.Time{}))
	if l := len(s.Say); l != 9 || s.Listen.KeypadOnly || s.Listen.Expect != assistant.ExpectFree || !strings.Contains(s.Say[l-1].Text, "press zero") {
		t.Errorf("%+v", s)
	}
}
