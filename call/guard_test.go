package call_test

import (
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
)

// A caller reads a card to the agent: of four seconds of voice the agent hears what came
// before the first digits, and all again once the card is over. Without that policy the
// agent hears all, and no recognizer does.
func TestAnAgentIsKeptFromACardIfPolicySaysSo(t *testing.T) {
	t.Parallel()
	for name, mute := range map[string]bool{"mute": true, "hear": false} {
		tone := 4 * time.Second
		if !mute {
			tone = 12 * time.Second // of which a busy machine may drop some
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBenchWith(t, []asrtest.Turn{
				{Text: "my bill is wrong"},
				{
					Partials: []string{"my card", "my card number is", "my card number is four five three nine one"},
					Text:     "my card number is four five three nine one four eight eight zero three four three six four six seven",
				},
				{Text: "did you get that"},
			})
			b.muteAgents = mute
			b.agents.answer = append(b.agents.answer, picksUp)
			b.agent("anna")
			caller, done := b.dial("c1")
			b.await(call.KindBotDone)
			b.speaks(caller)
			b.await(call.KindBridged)
			before := b.hears.Samples()
			agent := b.agents.peers[0]
			from := agent.ear.frames()
			caller.session.Play(media.NewTone(300, tone))
			eventually(t, "the agent hears the caller", func() bool { return agent.ear.heardSince(from, 5) })
			if mute {
				if e := b.await(call.KindMuted); e.Agent != "anna" || e.Reason == "" {
					t.Errorf("the journal says %+v", e)
				}
				b.await(call.KindUnmuted)
				if agent.ear.heardSince(from, 120) {
					t.Error("the agent heard the card")
				}
			} else {
				eventually(t, "the agent hears the card", func() bool { return agent.ear.heardSince(from, 120) })
			}
			if heard := b.hears.Samples() > before+media.Rate; heard != mute {
				t.Errorf("a recognizer heard the caller: %v", heard)
			}
			from = agent.ear.frames()
			caller.session.Play(media.NewTone(300, 0))
			eventually(t, "the agent hears the caller again", func() bool { return agent.ear.heardSince(from, 20) })
			agent.leave()
			b.ended(done)
			if s := b.story(); strings.Contains(s, "four") || strings.Contains(s, "[card") || strings.Contains(s, "did you get") {
				t.Errorf("what was said to the agent stands in the journal:\n%s", s)
			}
			b.clean()
		})
	}
}
