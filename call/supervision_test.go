package call_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
	"github.com/callward/callward/media/mediatest"
)

// A voice is somebody on the line who says one tone.
type voice struct {
	*peer

	hz  float64
	ear *mediatest.Ear
}

func (p *peer) voice(hz float64) voice {
	v := voice{p, hz, mediatest.NewEar()}
	p.session.Hear(v.ear)
	p.session.Play(media.NewTone(hz, 0))
	return v
}

// hears waits for a quarter of a second in which the tones of others, and nothing else,
// are heard.
func (v voice) hears(t *testing.T, others ...voice) {
	t.Helper()
	v.ear.Forget()
	why := ""
	if v.ear.Until(patience, func(pcm []int16) (ok bool) {
		const span = media.Rate / 4
		if len(pcm) < span {
			return false
		}
		ok, why = onlyOf(pcm[len(pcm)-span:], others)
		return ok
	}) {
		return
	}
	t.Fatalf("who says %v Hz does not hear %d others alone: %s", v.hz, len(others), why)
}

func onlyOf(pcm []int16, others []voice) (ok bool, why string) {
	if len(others) == 0 {
		level := mediatest.Level(pcm)
		return level < 30, fmt.Sprintf("a level of %.0f", level)
	}
	sum, even := 0.0, true
	for _, o := range others {
		share := mediatest.Share(pcm, o.hz)
		sum, even = sum+share, even && share*float64(len(others)) > 0.7
		why += fmt.Sprintf(" %.2f of %v Hz", share, o.hz)
	}
	return even && sum > 0.95, why
}

// supervise calls a supervisor into c1 and gives who answers.
func (b *bench) supervise(mode call.Mode, hz float64) (c *call.Call, id string, v voice) {
	b.t.Helper()
	c, ok := b.calls.Find("acme", "c1")
	if !ok {
		b.t.Fatal("there is no call")
	}
	b.agents.mu.Lock()
	n := len(b.agents.peers)
	b.agents.answer = append(b.agents.answer, picksUp)
	b.agents.mu.Unlock()
	r := call.SuperviseRequest{Key: "once", Mode: mode, To: call.Destination{Agent: "boss"}, Phone: "boss", By: "eva"}
	s, err := c.Supervise(b.t.Context(), r)
	if err != nil {
		b.t.Fatal(err)
	}
	if again, err := c.Supervise(b.t.Context(), r); err != nil || again.ID != s.ID {
		b.t.Errorf("asked again: %+v, %v", again, err)
	}
	other := r
	if other.Mode = call.Barge; mode == call.Barge {
		other.Mode = call.Listen
	}
	if _, err := c.Supervise(b.t.Context(), other); !errors.Is(err, call.ErrOtherWish) {
		b.t.Errorf("asked for something else with the same key: %v", err)
	}
	eventually(b.t, "the supervisor is on", func() bool {
		all, _ := c.Supervisions(b.t.Context())
		return len(all) == 1 && all[0].On
	})
	b.agents.mu.Lock()
	defer b.agents.mu.Unlock()
	return c, s.ID, b.agents.peers[n].voice(hz)
}

func (b *bench) must(_ call.Supervision, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func TestASupervisorHearsAndIsHeardAsTheModeSays(t *testing.T) {
	t.Parallel()
	b := newBench(t, "my bill is wrong")
	b.agents.answer = append(b.agents.answer, picksUp)
	b.agent("anna")
	dialled, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(dialled)
	b.await(call.KindBridged)
	caller, agent := dialled.voice(400), b.agents.peers[0].voice(700)
	c, id, boss := b.supervise(call.Listen, 1100)

	boss.hears(t, caller, agent)
	agent.hears(t, caller)
	caller.hears(t, agent)

	b.must(c.ChangeSupervision(t.Context(), id, call.Whisper, "eva"))
	agent.hears(t, caller, boss)
	caller.hears(t, agent)

	b.must(c.ChangeSupervision(t.Context(), id, call.Barge, "eva"))
	caller.hears(t, agent, boss)
	agent.hears(t, caller, boss)
	boss.hears(t, caller, agent)

	b.must(c.ChangeSupervision(t.Context(), id, call.TakeOver, "eva"))
	caller.hears(t, boss)
	boss.hears(t, caller)
	<-agent.done
	if r := c.Record(); !r.TakenOver || r.Agent != "boss" {
		t.Errorf("taken over: %+v", r)
	}
	if _, err := c.ChangeSupervision(t.Context(), id, call.Whisper, "eva"); !errors.Is(err, call.ErrNotNow) {
		t.Errorf("who has the caller may whisper: %v", err)
	}
	boss.leave()
	b.ended(done)
	if r := c.Record(); !r.TakenOver || r.Agent != "boss" {
		t.Errorf("it ended so: %+v", r)
	}
	for _, want := range []string{"listen, by eva", "whisper, by eva", "barge, by eva", "take-over, by eva"} {
		if s := b.storyOf("c1"); !strings.Contains(s, want) {
			t.Errorf("the journal does not tell %q:\n%s", want, s)
		}
	}
	b.clean()
}

// A supervisor hears the bot, takes the caller from it, and gives the caller back: the bot
// is silent and answers nothing meanwhile, and then asks what it had asked.
func TestASupervisorTakesACallerFromTheBotAndHandsBack(t *testing.T) {
	t.Parallel()
	b := newBench(t, "what are your opening hours", "what are your opening hours")
	dialled, done := b.dial("c1")
	b.await(call.KindBotDone)
	c, id, boss := b.supervise(call.Listen, 1100)
	if _, err := c.ChangeSupervision(t.Context(), id, call.Barge, "eva"); !errors.Is(err, call.ErrNotNow) {
		t.Errorf("barges in where no agent talks: %v", err)
	}
	boss.ear.Forget()
	b.speaks(dialled)
	b.await(call.KindIntent)
	if !boss.ear.Until(patience, func(pcm []int16) bool { return mediatest.Level(pcm[max(0, len(pcm)-media.Rate/4):]) > 300 }) {
		t.Error("the supervisor does not hear the bot")
	}
	eventually(t, "the bot asks for more", func() bool { return b.count(call.KindBotDone) == 2 })
	b.must(c.ChangeSupervision(t.Context(), id, call.TakeOver, "eva"))
	intents, said := b.count(call.KindIntent), b.count(call.KindBotSaid)
	caller := dialled.voice(400)
	caller.hears(t, boss)
	boss.hears(t, caller)
	dialled.session.Flush()
	time.Sleep(time.Second)
	if b.count(call.KindIntent) != intents || b.count(call.KindBotSaid) != said {
		t.Errorf("the bot goes on in a call that was taken over:\n%s", b.story())
	}
	b.must(c.ChangeSupervision(t.Context(), id, call.HandBack, "eva"))
	eventually(t, "the bot asks again", func() bool { return b.count(call.KindBotSaid) > said && b.count(call.KindBotDone) == 3 })
	if r := c.Record(); r.TakenOver || r.Agent != "" {
		t.Errorf("handed back: %+v", r)
	}
	if err := c.EndSupervision(t.Context(), id, "eva"); err != nil {
		t.Fatal(err)
	}
	<-boss.done
	dialled.leave()
	b.ended(done)
	if s := b.storyOf("c1"); !strings.Contains(s, "hand-back, by eva") || !strings.Contains(s, "supervision.ended") {
		t.Errorf("the journal does not tell all:\n%s", s)
	}
	b.clean()
}

// Policy lets agents hear card numbers: a supervisor who listens hears none all the same, nor
// the digits before those by which it is known. Until then they have not come to him.
func TestASupervisorHearsNoCardThatIsSaidToAnAgent(t *testing.T) {
	t.Parallel()
	b := newBenchWith(t, []asrtest.Turn{
		{Text: "my bill is wrong"},
		{
			Partials: []string{"my card", "my card number is", "my card number is four five three nine one"},
			Text:     "my card number is four five three nine one four eight eight zero three four three six four six seven",
		},
		{Text: "did you get that"},
	})
	b.more = func(s *call.Setup) { // a busy machine is slow to recognize the number, and to say it
		s.ListenDelay, s.Times.Muted = 7*time.Second, time.Minute
	}
	b.agents.answer = append(b.agents.answer, picksUp)
	b.agent("anna")
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	b.await(call.KindBridged)
	agent := b.agents.peers[0]
	_, _, boss := b.supervise(call.Listen, 1100)
	boss.session.Flush()
	from := agent.ear.frames()
	boss.ear.Forget()
	caller.session.Play(media.NewTone(300, 0)) // of which a busy machine may drop some
	eventually(t, "the agent hears all", func() bool { return agent.ear.heardSince(from, 230) })
	caller.session.Flush()
	time.Sleep(2 * time.Second) // the number is over
	caller.session.Play(media.NewTone(700, 0))
	const span = media.Rate / 4
	if !boss.ear.Until(patience, func(pcm []int16) bool {
		return len(pcm) > span && mediatest.Share(pcm[len(pcm)-span:], 700) > 0.7
	}) {
		t.Error("the supervisor does not hear the caller again")
	}
	for pcm := boss.ear.PCM(); len(pcm) > span; pcm = pcm[span:] {
		if mediatest.Level(pcm[:span]) > 30 && mediatest.Share(pcm[:span], 300) > 0.1 {
			t.Fatal("the supervisor heard some of the card")
		}
	}
	caller.leave()
	b.ended(done)
	b.clean()
}
