package e2e

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/callward/callward/call"
)

// asks is what ten callers do, by voice and by keypad, to get a reply.
var asks = map[string][][]string{
	"en": {
		{"--say", "what are your opening hours"},
		{"--say", "when is my invoice due"},
		{"--say", "i want to give my meter reading"},
		{"--say", "i want to pay by card"},
		{"--say", "i want to speak to a person"},
		{"--dtmf", "1"},
		{"--dtmf", "2"},
		{"--dtmf", "3"},
		{"--dtmf", "4"},
		{"--dtmf", "5"},
	},
	"fr": {
		{"--say", "quels sont vos horaires"},
		{"--say", "je veux payer par carte"},
		{"--say", "relevé de compteur"},
		{"--say", "je veux parler à un conseiller"},
		{"--dtmf", "1"},
		{"--dtmf", "2"},
		{"--dtmf", "3"},
		{"--dtmf", "4"},
		{"--dtmf", "5"},
		{"--dtmf", "7"}, // not 6: at night another answer is given
	},
}

func TestEnglishRepliesAreTheRightSpeech(t *testing.T) {
	needs(t, "flite")
	t.Parallel()
	replies(t, startLine(t).ready(), "en")
}

func TestFrenchRepliesAreTheRightSpeech(t *testing.T) {
	needs(t, "espeak-ng")
	t.Parallel()
	replies(t, startLine(t, frenchModel(t)...).ready(), "fr")
}

// replies records ten replies and lets a recognizer, whose grammar holds every
// prompt of the line, say which one each is.
func replies(t *testing.T, l *line, lang string) {
	t.Helper()
	judge := newJudge(t, lang)
	if got := judge.hear(make([]int16, 3*rate)); got != "" {
		t.Errorf("the judge hears %q in silence", got)
	}
	if got := judge.hear(noise(3 * rate)); got != "" {
		t.Errorf("the judge hears %q in noise", got)
	}
	verdicts := make([]string, len(asks[lang]))
	right := make([]bool, len(asks[lang]))
	dir := t.TempDir()
	l.understood(len(asks[lang]), func(on *line, i int) (visit, bool) {
		wav := filepath.Join(dir, fmt.Sprintf("%d.wav", i))
		v := on.callTill(t.Context(), replied(), "line-"+lang, append([]string{"--lang", lang, "--record", wav}, asks[lang][i]...)...)
		said := firstReply(v)
		if said.Samples == 0 {
			verdicts[i] = "the bot gave no reply\n" + v.story()
			return v, false
		}
		if turns := v.all(call.KindTurn); slices.Contains(asks[lang][i], "--say") && (len(turns) == 0 || turns[0].Waterfall.Total < 500) {
			t.Errorf("how long the answer took is not told:\n%s", v.story())
		}
		heard := judge.hear(cut(readWAV(t, wav), v, said))
		right[i] = heard == plain(said.Text.String())
		verdicts[i] = fmt.Sprintf("said %q, heard %q", said.Text, heard)
		return v, right[i]
	})
	for i, ok := range right {
		if !ok {
			t.Errorf("reply %d to %v: %s", i+1, asks[lang][i], verdicts[i])
		}
	}
	t.Logf("%s replies:\n%s", lang, strings.Join(verdicts, "\n"))
}

// cut gives the part of a recording, which begins with the answer, that holds a
// line that was played.
func cut(pcm []int16, v visit, played call.Entry) []int16 {
	answered := v.all(call.KindAnswered)
	if len(answered) == 0 {
		return nil
	}
	const margin = rate / 5
	end := int(played.Time.Sub(answered[0].Time).Seconds() * rate)
	from := max(end-int(played.Samples)-margin, 0)
	return pcm[min(from, len(pcm)):min(end+margin, len(pcm))]
}

// replied reports the first line that was played after the caller's turn.
func replied() func(call.Entry) bool {
	asked := false
	return func(e call.Entry) bool {
		asked = asked || e.Kind == call.KindCallerSaid || e.Kind == call.KindCallerKeyed
		return asked && e.Kind == call.KindBotPlayed
	}
}

// firstReply is the first line that was played after the caller's turn.
func firstReply(v visit) call.Entry {
	asked := false
	for _, e := range v.entries {
		switch {
		case e.Kind == call.KindCallerSaid || e.Kind == call.KindCallerKeyed:
			asked = true
		case asked && e.Kind == call.KindBotPlayed:
			return e
		}
	}
	return call.Entry{}
}
