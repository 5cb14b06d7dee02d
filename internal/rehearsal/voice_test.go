package rehearsal

import (
	"testing"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/callgen"
	"github.com/callward/callward/redact"
)

func TestARealCallIsJudgedTurnByTurn(t *testing.T) {
	f, err := parse("s.yaml", []byte(head+`    dial: line
    opening: {bot: You speak with a machine., hangup: false}
    turns:
      - say: what are your opening hours
        intent: hours
        bot: We are open
        language: en
      - keys: 1
        intent: trouble
        slot: {reading: 12345}
        bot: Goodbye
        hangup: true
`), lineOfStories())
	if err != nil {
		t.Fatal(err)
	}
	text := redact.Authored
	entries := []call.Entry{
		{Kind: callgen.KindDialing, Text: text("sip:line@host")},
		{Kind: call.KindBotSaid, Text: text("You speak with a machine.")},
		{Kind: call.KindBotDone},
		{Kind: callgen.KindSaid, Text: text("what are your opening hours")},
		{Kind: call.KindCallerSaid, Text: text("what are your opening ours")},
		{Kind: call.KindIntent, Intent: &call.Scored{Name: "hours", Confidence: 0.8}},
		{Kind: call.KindBotSaid, Text: text("We are open all day.")},
		{Kind: call.KindBotDone, Language: "en"},
		{Kind: callgen.KindKeyed, Text: text("1")},
		{Kind: call.KindCallerKeyed, Text: text("1")},
		{Kind: call.KindBotSaid, Text: text("Goodbye.")},
		{Kind: call.KindEnded, Reason: "served"},
		{Kind: callgen.KindHungUp, Reason: "the line ended the call"},
	}
	heardOf := func(entries ...call.Entry) *heard {
		h := &heard{scenario: &f.Scenarios[0], minimum: f.Assistant.MinConfidence()}
		for _, e := range entries {
			h.take(e)
		}
		h.judge()
		return h
	}
	if h := heardOf(entries...); h.fault != nil || h.n != 2 {
		t.Errorf("turn %d: %v", h.n, h.fault)
	}
	entries[5].Intent = &call.Scored{Name: "trouble", Confidence: 0.8}
	if h := heardOf(entries...); h.fault == nil || h.fault.Turn != 1 || h.fault.Failures[0] != (Failure{"intent", "hours", "trouble at 0.80"}) {
		t.Errorf("got %v", h.fault)
	}
}

func TestALineThatDoesNotAnswerIsBlamed(t *testing.T) {
	f, err := parse("s.yaml", []byte(head+"    dial: line\n    turns: [keys: 1]"), lineOfStories())
	if err != nil {
		t.Fatal(err)
	}
	var results []Result
	if err := (Line{Host: "no host"}).Call(t.Context(), []*File{f}, func(r Result) { results = append(results, r) }); err != nil {
		t.Fatal(err)
	}
	if len(results) != 1 || results[0].Passed || results[0].Fault.Failures[0].What != "voice" {
		t.Errorf("got %v", results)
	}
}
