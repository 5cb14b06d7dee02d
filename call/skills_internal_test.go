package call

import (
	"os"
	"strings"
	"testing"

	"github.com/callward/callward/router/assistant"
)

// skilled is the test line whose trouble needs people with skills.
func skilled(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/line.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const before = "    say: {en: I am sorry to hear that."
	return []byte(strings.Replace(string(data), before, "    skills: [billing=2]\n"+before, 1) + "skills: {en: [english], fr: [french]}\n")
}

// An agent who sends a caller on has heard what it is about: only the language still counts
// in the next queue, and nothing for a colleague.
func TestWhoIsSentOnNeedsSomebodyOfTheLanguageAlone(t *testing.T) {
	a, err := assistant.Parse("skilled", skilled(t))
	if err != nil {
		t.Fatal(err)
	}
	lines.Store("skilled", a)
	begin := "call line=skilled languages=en heard=en\ninvited\nanswered\nsound\nline-done samples=16000\nline-done\n" +
		"final utt=1 text=\"my bill is wrong\"\nintent trouble conf=0.88\nplaced\nsound\nline-done\nreserved offer=7 agent=anna\nagent-answered offer=7\n"
	for asked, want := range map[string]string{
		"asked ask=1 queue=people": "enqueue 2 people 0 wants english\n",
		"asked ask=1 agent=boris":  "enqueue 2 agent.boris 0\n",
	} {
		story := play(t, begin+"\n"+asked+"\n")
		if !strings.Contains(story, "enqueue 1 people 0 wants billing=2,english\n") || !strings.Contains(story, want) {
			t.Errorf("%s:\n%s", asked, story)
		}
	}
	story := play(t, "call line=skilled languages=en,fr heard=fr cut-off=people skills=billing,french\ninvited\nanswered\nsound\nline-done samples=16000\nline-done\nline-done\n")
	if !strings.Contains(story, "enqueue 1 people 2 wants billing,french resuming\n") {
		t.Errorf("who was cut off:\n%s", story)
	}
}
