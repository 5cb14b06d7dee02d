package story

import (
	"fmt"
	"strings"
	"testing"

	"github.com/callward/callward/call"
	"github.com/callward/callward/redact"
)

func decision(rule, input string) call.Entry {
	return call.Entry{Kind: call.KindDecision, Reason: rule, Outcome: &call.Outcome{Input: input, Does: call.DoesAsk}}
}

func said(text string) call.Entry {
	return call.Entry{Kind: call.KindCallerSaid, Text: redact.Authored(text)}
}

// shape names the turns of a journal, what is in each, and whether it was decided upon.
func shape(entries ...call.Entry) string {
	var out []string
	for _, t := range Turns(call.Record{Journal: entries}) {
		kinds := make([]string, len(t.Entries))
		for i, e := range t.Entries {
			kinds[i] = string(e.Kind)
		}
		line := fmt.Sprintf("%d %s: %s", t.N, t.Act, strings.Join(kinds, " "))
		if t.Decision() != nil {
			line += " (" + t.Decision().Reason + ")"
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func TestAJournalFallsIntoTurns(t *testing.T) {
	e := func(k call.Kind) call.Entry { return call.Entry{Kind: k} }
	for what, tc := range map[string]struct {
		journal []call.Entry
		want    string
	}{
		"nothing": {nil, "0 opening: "},
		"words and silence": {
			[]call.Entry{e(call.KindAnswered), decision("opening", "start"), e(call.KindState), e(call.KindBotSaid), e(call.KindDisclosure), said("a"), e(call.KindIntent), decision("a", "said"), e(call.KindBotSaid), e(call.KindTurn), decision("b", "silence"), e(call.KindBotSaid), e(call.KindEnded)},
			"0 opening: call.answered decision bot.said disclosure (opening)\n1 said: caller.said intent decision bot.said turn (a)\n2 silence: decision bot.said call.ended (b)",
		},
		"a nod is no answer, and silence follows": {
			[]call.Entry{decision("opening", "start"), said("okay"), e(call.KindResumed), decision("b", "silence")},
			"0 opening: decision (opening)\n1 said: caller.said bot.resumed\n2 silence: decision (b)",
		},
		"a nod that answers what was being asked": {
			[]call.Entry{decision("opening", "start"), said("yes"), e(call.KindResumed), e(call.KindIntent), decision("a", "said")},
			"0 opening: decision (opening)\n1 said: caller.said bot.resumed intent decision (a)",
		},
		"a card by keypad": {
			[]call.Entry{decision("opening", "start"), said("pay"), decision("pay", "said"), {Kind: call.KindDecision, Reason: "not valid"}, e(call.KindBotSaid), e(call.KindCard), {Kind: call.KindDecision, Reason: "refused"}, e(call.KindCard), decision("taken", "captured"), e(call.KindQueued)},
			"0 opening: decision (opening)\n1 said: caller.said decision (pay)\n2 card: decision bot.said\n3 card: card decision\n4 card: card decision queue.entered (taken)",
		},
		"no recognizer from the start": {
			[]call.Entry{e(call.KindAnswered), decision("by keypad", "deaf"), e(call.KindCallerKeyed), decision("key", "keyed")},
			"0 opening: call.answered decision (by keypad)\n1 keyed: caller.keyed decision (key)",
		},
		"something that a later version knows": {
			[]call.Entry{decision("opening", "start"), said("a"), decision("ask the host", "said"), e("hook.answered"), decision("it says", "hook")},
			"0 opening: decision (opening)\n1 said: caller.said decision hook.answered (ask the host)\n2 other: decision (it says)",
		},
	} {
		t.Run(what, func(t *testing.T) {
			if got := shape(tc.journal...); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestEntriesAreTakenInTheOrderOfTheirNumbers(t *testing.T) {
	a, b := said("first"), said("second")
	a.Seq, b.Seq = 1, 2
	turns := Turns(call.Record{Journal: []call.Entry{b, a}})
	if got := turns[1].Caller().Text.String(); got != "first" {
		t.Errorf("the first turn is %q", got)
	}
}
