package app

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/rehearsal"
	"github.com/callward/callward/internal/story"
	"github.com/callward/callward/media"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/sip/siptest"
)

// The record interface of a server that runs is all that explain and replay have.
func TestACallOfARunningServerIsExplainedAndGoesTheSameAgain(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "s.sock")
	speaks(t, socket, asrtest.Say("when are you open", "no"))
	s := serveApp(t, "", "--speech", "unix:"+socket)
	s.eventually("speech to be ready", s.speech.isReady)
	_, session, _ := speaking(t, siptest.NewPhone(t, "caller", nil), s.uri("line-en"))
	server, err := story.ParseServer(s.HTTP().String(), DefaultTenant)
	if err != nil {
		t.Fatal(err)
	}
	latest := func() call.Record {
		calls, err := server.Latest(t.Context(), 1)
		if err != nil || len(calls) == 0 {
			return call.Record{}
		}
		r, _ := server.Record(t.Context(), calls[0].Call)
		return r.Record
	}
	for n := range 2 { // the question, and whether there is more
		s.eventually("the bot to listen", func() bool { return latest().State == call.StateListening.String() && decisions(latest()) == n+1 })
		session.Play(media.NewTone(300, 800*time.Millisecond))
		s.eventually("a decision", func() bool { return decisions(latest()) == n+2 })
	}
	s.eventually("the end", func() bool { return latest().State == call.StateEnded.String() })
	r, err := server.Record(t.Context(), latest().Call)
	if err != nil {
		t.Fatal(err)
	}
	explains(t, r.Record)
	goesTheSame(t, r)
}

func decisions(r call.Record) int {
	n := 0
	for _, e := range r.Journal {
		if e.Outcome != nil {
			n++
		}
	}
	return n
}

func explains(t *testing.T, r call.Record) {
	t.Helper()
	var b strings.Builder
	if err := story.Print(&b, story.Tell(r, "en"), story.Style{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"caller       “when are you open”", "taken for    hours ", "rule         intent hours at ", "then         asks whether there is anything else",
		"bot          Nine to five.", "rule         there is nothing else", "then         says goodbye", "end          served", " s until the answer (endpoint ",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
}

func goesTheSame(t *testing.T, r story.Sourced) {
	t.Helper()
	a, err := readAssistant(filepath.Join(small(t), "energy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p := rehearsal.Replayer{Find: func(string) (*assistant.Assistant, error) { return a.Assistant, nil }}
	again, err := p.Replay(t.Context(), r)
	if err != nil || again.Same != 3 || again.Changed+again.Left != 0 {
		t.Errorf("%v\n%s", err, again.Told())
	}
}
