package call

import (
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callward/callward/media"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

const orderLine = "../router/assistant/testdata/webhooks/orders.yaml"

// hookedEvent is what a story says of a webhook: the one that is asked, or that of a number.
func hookedEvent(m *machine, args map[string]string) Event {
	ev := Hooked{Number: m.hook.number, Answer: assistant.Answer{Outcome: assistant.Outcome(args["0"]), Why: args["why"]}}
	if n, err := strconv.Atoi(args["number"]); err == nil {
		ev.Number = n
	}
	if ev.Answer.Outcome == assistant.Answered {
		ev.Answer.Results = make(map[string]redact.Safe)
		for name, value := range args {
			ev.Answer.Results[name] = redact.Authored(value)
		}
	}
	return ev
}

// atAWebhook gives a machine that has just asked one.
func atAWebhook(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, now: time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)}
	for _, line := range []string{
		"call languages=en heard=en line=" + orderLine, "invited", "answered", "sound", "line-done samples=16000", "line-done", `final utt=1 text="i want to complain"`, "intent complaint conf=0.9",
	} {
		s.happen(line)
	}
	if s.m.hook.number != 1 {
		t.Fatal("no webhook is asked")
	}
	return s
}

// whileAsked is what may happen meanwhile.
func whileAsked(t *rapid.T, m *machine) Event {
	words := redact.RawText(rapid.SampledFrom([]string{"", "where is my order", "yes", "mm", "wait"}).Draw(t, "words"))
	switch rapid.IntRange(0, 11).Draw(t, "what") {
	case 0:
		return SpeakStarted{Turn: m.turn.number}
	case 1, 2:
		return LineDone{Turn: m.turn.number, Line: m.turn.current, Samples: 1}
	case 3, 4:
		return Heard{Language: "en", Utterance: strconv.Itoa(rapid.IntRange(1, 4).Draw(t, "utterance")), Final: rapid.Bool().Draw(t, "final"), Words: words, Confidence: 0.9}
	case 5:
		return Understood{Seq: m.classify, Language: "en", Result: intent.Result{
			Name: rapid.SampledFrom([]string{"order", "complaint", "hours", "repeat", "yes"}).Draw(t, "intent"), Confidence: rapid.Float64Range(0, 1).Draw(t, "confidence"),
		}}
	case 6:
		return Pressed{Key: media.NewKey(rapid.SampledFrom([]byte("0123456789*#")).Draw(t, "key"))}
	case 7:
		return rapid.SampledFrom([]Event{Deaf{Language: "en", Reason: "unavailable"}, Regained{Language: "en"}}).Draw(t, "recognition")
	case 8:
		return rapid.SampledFrom([]Event{VoiceStarted{}, VoiceStopped{}}).Draw(t, "voice")
	case 9:
		return SpeakFailed{Turn: m.turn.number, Reason: "no voice"}
	case 10:
		return Hooked{Number: rapid.IntRange(1, 3).Draw(t, "number"), Answer: assistant.Answer{Outcome: assistant.Failed}}
	default:
		return Tick{}
	}
}

// A webhook that says nothing never leaves a call where it is, nor a caller in silence for
// longer than it takes until music begins.
func TestAWebhookThatSaysNothingNeverHoldsACall(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := atAWebhook(t)
		m, now := s.m, s.now
		for range rapid.IntRange(0, 30).Draw(r, "events") {
			now = now.Add(time.Second / 4)
			m.step(now, whileAsked(r, m))
		}
		silent := now
		for range 60 {
			switch {
			case m.place.taken(), m.ended(), m.hook.number == 0:
				return
			case m.turn.speaking(): // what is said is played
				m.step(now, SpeakStarted{Turn: m.turn.number})
				m.step(now, LineDone{Turn: m.turn.number, Line: m.turn.current, Samples: 1})
				silent = now
				continue
			}
			d := m.deadline()
			if d.IsZero() {
				r.Fatalf("nothing is to happen in state %s", m.state)
			}
			now = later(now, d)
			for _, a := range m.step(now, Tick{}) {
				switch a.(type) {
				case Fill, Hold, Speak:
					silent = now
				}
			}
			if !m.hook.music && now.Sub(silent) > 2*m.times.Budget {
				r.Fatalf("the caller hears nothing for %s", now.Sub(silent))
			}
		}
		r.Fatalf("still waiting in state %s", m.state)
	})
}
