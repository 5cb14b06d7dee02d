package e2e

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/internal/callgen/voice"
	"github.com/callward/callward/internal/callgen/wav"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/sip"
)

const messageYAML = `version: 1
trunks:
  local: {from: [127.0.0.1]}
tenants:
  acme:
    numbers: {"+33100000000": {language: en}}
    queues: {billing: {join_empty: no, voicemail: {when: [nobody], silence: 20s}}, technical: {}, emergency: {}}
`

// A caller whom nobody can take leaves a message by voice, and says a card number in it. What
// people of the queue read and hear has the request and not the card. The recognizer is one
// that hears every word: digits that are misheard are words, and heard.
func TestAMessageThatIsSpokenIsThereWithoutTheCardThatIsSaidInIt(t *testing.T) {
	needs(t, "flite")
	t.Parallel()
	const request, card, spoken = "please call me back about my bill", "4526018159083012", "four five two six oh one eight one five nine oh eight three oh one two"
	judge := newJudgeOf(t, "en", request, spoken, "what are your opening hours", "i want to give my meter reading")
	file, script := filepath.Join(t.TempDir(), "callward.yaml"), filepath.Join(t.TempDir(), "script.txt")
	write(t, file, messageYAML)
	write(t, script, strings.Join([]string{"a person please", request, spoken}, "\n")+"\n")
	l := startLine(t, "--config", file, "--asr", startScripted(t, script)).ready()

	caller := newSpeaker(t, l, listens(t, l))
	caller.calls("+33611111111")
	caller.after(call.KindBotDone, "")
	caller.says("a person please")
	caller.after(call.KindBotPlayed, "Please leave a message after the tone")
	caller.says(request)
	caller.after(call.KindCallerSaid, "call me back")
	caller.says(spoken)
	caller.after(call.KindCallerSaid, "[card")
	_ = caller.leg.Hangup(t.Context(), sip.Normal)
	caller.after(call.KindMessage, "kept")

	var list []console.MessageView
	body := l.get("/api/v1/messages?tenant=acme")
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list) != 1 {
		t.Fatalf("messages %s: %v", body, err)
	}
	m := list[0]
	if m.Call != caller.id || m.Queue != "billing" || m.State != "new" || strings.Contains(m.Caller, "611111111") ||
		!strings.Contains(m.Text.String(), request) || !strings.Contains(m.Text.String(), "[card") || leak(body, card) != "" {
		t.Errorf("message %s", body)
	}
	if found := leak(l.out.String(), card); found != "" {
		t.Errorf("the log has %s of the card", found)
	}
	sound, err := wav.Read(strings.NewReader(l.get("/api/v1/messages/" + string(m.Call) + "/sound")))
	if err != nil {
		t.Fatal(err)
	}
	heard := mediatest.Sounding(sound.PCM)
	said, err := voice.Default("en").Render(t.Context(), spoken)
	if err != nil {
		t.Fatal(err)
	}
	if !judge.among(said)[spoken] {
		t.Error("the judge does not know the card when it hears it")
	}
	if words := judge.among(sound.PCM); !words[request] || words[spoken] {
		t.Errorf("in the sound of the message are %v, and %d samples of %d that the card takes", words, len(heard), len(said))
	}
}
