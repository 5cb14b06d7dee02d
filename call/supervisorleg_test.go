package call_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
	"github.com/callward/callward/sip"
)

// A supervisor who comes by a leg, as browsers do, is heard and told of like one who is
// called; who cannot be answered leaves nobody on the call.
func TestASupervisorComesByALeg(t *testing.T) {
	b := newBench(t, "my bill is wrong")
	b.agents.answer = append(b.agents.answer, picksUp)
	b.agent("anna")
	dialled, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(dialled)
	b.await(call.KindBridged)
	caller, agent := dialled.voice(400), b.agents.peers[0].voice(700)
	c, _ := b.calls.Find("acme", "c1")

	deaf := newPeer(t, b.engine)
	deaf.offer = []byte("v=0")
	if _, err := c.Supervise(t.Context(), call.SuperviseRequest{Mode: call.Listen, Phone: "user:eva", By: "user:eva", Leg: deaf}); err != nil {
		t.Fatal(err)
	}
	if got := <-deaf.failed; got != sip.NotAcceptable {
		t.Errorf("an offer of nothing is refused for %s", got)
	}
	nobody := func() bool {
		all, err := c.Supervisions(t.Context())
		return err == nil && len(all) == 0
	}
	eventually(t, "nobody is on the call", nobody)

	eva := newPeerWith(t, b.engine, media.Options{})
	var err error
	if eva.offer, err = eva.session.Offer(); err != nil {
		t.Fatal(err)
	}
	s, err := c.Supervise(t.Context(), call.SuperviseRequest{Mode: call.Whisper, Phone: "user:eva", By: "user:eva", Leg: eva})
	if err != nil || !s.Browser || s.On {
		t.Fatalf("%+v, %v", s, err)
	}
	boss := eva.voice(1100)
	boss.hears(t, caller, agent)
	agent.hears(t, caller, boss)
	caller.hears(t, agent)
	b.agents.mu.Lock()
	if asked := len(b.agents.asked); asked != 1 {
		t.Errorf("%d phones were called, the agent's and others", asked)
	}
	b.agents.mu.Unlock()
	eva.leave()
	eventually(t, "nobody is on the call", nobody)
	dialled.leave()
	b.ended(done)
	if s := b.storyOf("c1"); !strings.Contains(s, "supervision   whisper, by user:eva") || strings.Contains(s, "whisper, is called") {
		t.Errorf("the journal tells otherwise:\n%s", s)
	}
	b.clean()
}
