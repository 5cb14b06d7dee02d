package e2e

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/call"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	"github.com/callward/callward/router/assistant"
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
		{"--dtmf", "6"},
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
	judge := newJudge(t, l, lang)
	if got := judge.hear(make([]int16, 3*rate)); got != "" {
		t.Errorf("the judge hears %q in silence", got)
	}
	if got := judge.hear(noise(3 * rate)); got != "" {
		t.Errorf("the judge hears %q in noise", got)
	}
	verdicts := make([]string, len(asks[lang]))
	right := make([]bool, len(asks[lang]))
	dir := t.TempDir()
	atOnce(len(asks[lang]), 10, func(i int) {
		wav := filepath.Join(dir, fmt.Sprintf("%d.wav", i))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		v := l.call(ctx, "line-"+lang, append([]string{"--lang", lang, "--record", wav}, asks[lang][i]...)...)
		said := firstReply(v)
		if said.Samples == 0 {
			verdicts[i] = "the bot gave no reply\n" + v.story()
			return
		}
		heard := judge.hear(turnOf(readWAV(t, wav), 1, int(said.Samples)))
		right[i] = heard == plain(said.Text.String())
		verdicts[i] = fmt.Sprintf("said %q, heard %q", said.Text, heard)
	})
	for i, ok := range right {
		if !ok {
			t.Errorf("reply %d to %v: %s", i+1, asks[lang][i], verdicts[i])
		}
	}
	t.Logf("%s replies:\n%s", lang, strings.Join(verdicts, "\n"))
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

// A judge is a recognizer that knows every prompt of the line and nothing else.
type judge struct {
	t      *testing.T
	api    asrv1.AsrServiceClient
	config *asrv1.Config
}

func newJudge(t *testing.T, l *line, lang string) *judge {
	t.Helper()
	a, err := assistant.Parse(assistants.EnergyFile, assistants.Energy)
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(shortDir(t), "judge.sock")
	args := []string{"--listen", "unix:" + socket}
	if lang == "fr" {
		args = append(args, "--asr-model", frenchModel(t)[1])
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program(t, "speechd"), args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	j := &judge{t: t, api: asrv1.NewAsrServiceClient(conn), config: &asrv1.Config{
		Session:       &speechv1.Session{CallId: "judge", LanguageCode: lang},
		Format:        &speechv1.AudioFormat{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: rate},
		LanguageCodes: []string{lang},
		Expect:        asrv1.Expect_EXPECT_MENU,
		Endpointing:   &asrv1.Endpointing{Mode: asrv1.Endpointing_MODE_CLIENT},
	}}
	for _, p := range a.Prompts(lang) {
		j.config.Hints = append(j.config.Hints, &asrv1.Hint{Phrase: plain(p), Class: "menu"})
	}
	l.waitFor("the judge", time.Minute, func() bool {
		_, err := j.api.GetCapabilities(t.Context(), &asrv1.GetCapabilitiesRequest{})
		return err == nil
	})
	return j
}

// hear gives the prompt that the judge takes the audio for, or nothing.
func (j *judge) hear(pcm []int16) string {
	ctx, cancel := context.WithTimeout(j.t.Context(), time.Minute)
	defer cancel()
	s, err := j.api.StreamingRecognize(ctx)
	if err != nil {
		j.t.Error(err)
		return ""
	}
	send := func(r *asrv1.StreamingRecognizeRequest) {
		if err := s.Send(r); err != nil {
			j.t.Error(err)
		}
	}
	send(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Config{Config: j.config}})
	for at := 0; at < len(pcm); at += rate / 10 {
		send(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Audio{Audio: &asrv1.Audio{
			Data: littleEndian(pcm[at:min(at+rate/10, len(pcm))]), OffsetSamples: int64(at),
		}}})
	}
	if err := s.CloseSend(); err != nil {
		j.t.Error(err)
	}
	var heard []string
	for {
		r, err := s.Recv()
		if err != nil {
			return strings.Join(heard, " / ")
		}
		if t := r.GetTranscript(); t.GetIsFinal() && len(t.GetAlternatives()) > 0 {
			if text := t.GetAlternatives()[0].GetText(); text != "" {
				heard = append(heard, plain(text))
			}
		}
	}
}
