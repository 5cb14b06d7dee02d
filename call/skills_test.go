package call_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/router/queue"
)

// A caller waits for somebody who can do what the caller's wish needs, and speaks the language,
// while others are idle; the ladder of the queue then lowers the level.
func TestACallerMeetsWhoHasTheSkillsOfTheWishAndTheLanguage(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/line.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const before = "    say: {en: I am sorry to hear that."
	text := strings.Replace(string(data), before, "    skills: [billing=2]\n"+before, 1) + "skills: {en: [english], fr: [french]}\n"
	file := filepath.Join(t.TempDir(), "skilled.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	b := newBenchOn(t, file, "my bill is wrong")
	b.briefs = map[string]call.Brief{"people": call.BriefTell}
	b.agents.answer = append(b.agents.answer, picksUp)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(b.queues.Configure(t.Context(), map[string]queue.Settings{"people": {Ladder: []queue.Rung{{After: time.Second, Level: 1}}}}))
	for agent, skills := range map[string][]string{"anna": {"english", "gas=9"}, "boris": {"french", "billing=9"}, "carla": {"english", "billing"}} {
		must(b.queues.SetAgent(t.Context(), queue.Agent{ID: agent, State: queue.Available, Queues: []string{"people"}, Skills: skills}))
	}
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	if queued := b.await(call.KindQueued); queued.Reason != "wants billing=2, english" {
		t.Errorf("the journal says %+v", queued)
	}
	eventually(t, "the caller waits with skills", func() bool {
		s, err := b.queues.Snapshot(t.Context())
		return err == nil && len(s.Calls) == 1 && slices.Equal(s.Calls[0].Skills, []string{"billing=2", "english"})
	})
	if met := b.await(call.KindBridged); met.Agent != "carla" || b.count(call.KindOffered) != 1 {
		t.Errorf("the caller met %s:\n%s", met.Agent, b.story())
	}
	caller.leave()
	b.ended(done)
	b.clean()
}
