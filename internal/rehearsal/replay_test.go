package rehearsal

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/story"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// exportOf plays a scenario and gives what a server would have exported of the call, read
// as replays read it.
func exportOf(t *testing.T, f *File, s *Scenario, classifiers map[string]*intent.Classifier) story.Sourced {
	t.Helper()
	st := newStage(t.Context(), f, s, qualified(classifiers))
	r := call.Record{
		Tenant: "default", Call: call.ID(s.Name), Assistant: f.Assistant.Name(), Languages: s.Languages, Heard: s.Heard, Trouble: s.Trouble,
		State: call.StateEnded.String(), Started: s.Begins, Answered: s.Begins,
		Caller: s.Caller.Number, Trust: s.Caller.Trust, Believed: s.Caller.Believed, Called: s.Caller.Called,
	}
	for n := range s.Turns {
		if err := st.play(n, &s.Turns[n]); err != nil {
			t.Fatalf("%s: turn %d: %v", s.Name, n, err)
		}
		r.Journal = append(r.Journal, st.turn.entries...)
	}
	for i := range r.Journal {
		r.Journal[i].Seq = uint64(i + 1)
	}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	read, err := story.Read("r.json", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return read[0]
}

// replayerOf replays with one assistant, whatever the record says.
func replayerOf(a *assistant.Assistant) *Replayer {
	return &Replayer{Find: func(string) (*assistant.Assistant, error) { return a, nil }}
}

func replay(t *testing.T, p *Replayer, r story.Sourced) Replay {
	t.Helper()
	out, err := p.Replay(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCallsOfTheExampleLineGoTheSameAgain(t *testing.T) {
	names, err := filepath.Glob("../../assistants/rehearsals/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all []Replay
	for _, name := range names {
		f, err := Read(name)
		if err != nil {
			t.Fatal(err)
		}
		p := replayerOf(f.Assistant)
		classifiers, err := p.classifiers(t.Context(), f.Assistant, f.Assistant.Languages())
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.Scenarios {
			r := replay(t, p, exportOf(t, f, &f.Scenarios[i], classifiers))
			if r.Changed > 0 || r.Skipped != "" {
				t.Errorf("%s: %s\n%s", name, f.Scenarios[i].Name, r.Told())
			}
			all = append(all, r)
		}
	}
	if sum := Sum(all); sum.Same < 9*sum.Turns/10 || sum.Calls < 40 {
		t.Errorf("of %+v hardly anything was replayed", sum)
	} else {
		t.Log(sum)
	}
}

// recorded plays the turns of one scenario below head, on the line of the stories.
func recorded(t *testing.T, scenario string) (*assistant.Assistant, story.Sourced) {
	t.Helper()
	f, err := parse("s.yaml", []byte(head+scenario), lineOfStories())
	if err != nil {
		t.Fatal(err)
	}
	s := &f.Scenarios[0]
	classifiers := make(map[string]*intent.Classifier)
	if err := train(t.Context(), "", f.Assistant, s.Heard, classifiers); err != nil {
		t.Fatal(err)
	}
	return f.Assistant, exportOf(t, f, s, classifiers)
}

func edited(t *testing.T, edit ...string) *assistant.Assistant {
	t.Helper()
	a, err := lineOfStories(edit...)("")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const threeTurns = `    turns:
      - say: here is my meter reading
      - keys: 48213
      - say: "yes"
      - silence: true
`

func TestATurnThatGoesAnotherWayIsShownAndEndsTheReplay(t *testing.T) {
	_, r := recorded(t, threeTurns)
	got := replay(t, replayerOf(edited(t, "length: 5", "length: 6")), r)
	if got.Same != 2 || got.Changed != 1 || got.Left != 2 {
		t.Errorf("got %+v", got)
	}
	const want = `   2  keyed    “48213”
        then  a value for reading → asks whether reading is right; known: reading = 48213
        now   no value for reading, 1 of 2: ask again → asks for reading
   3  said     “yes”  not replayed: by then the caller had heard something else`
	if text := got.String(); !strings.HasPrefix(text, "CHANGED  r.json:1: call s, 2026-01-05 10:00:00: 5 turns, 2 same, 1 changed, 2 not replayed\n") || !strings.HasSuffix(text, want) {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestOtherWordsInAPromptAreNoOtherDecision(t *testing.T) {
	_, r := recorded(t, threeTurns)
	got := replay(t, replayerOf(edited(t, "Tell me the five digits.", "Five digits please.", "Goodbye.", "Bye.")), r)
	if got.Same != 5 || got.Changed != 0 || got.Left != 0 {
		t.Errorf("got\n%s", got.Told())
	}
}

func TestAnotherQueueIsAnotherDecision(t *testing.T) {
	_, r := recorded(t, "    turns:\n      - say: my bill is wrong\n")
	got := replay(t, replayerOf(edited(t, "    queue: people\n    summary: {en: A wrong bill.", "    queue: bills\n    summary: {en: A wrong bill.")), r)
	if got.Changed != 1 || got.Turns[1].Then.Outcome.Queue != "people" || got.Turns[1].Now.Outcome.Queue != "bills" {
		t.Errorf("got\n%s", got.Told())
	}
}

func TestACardIsReplayedByAnotherWithTheSameMask(t *testing.T) {
	a, r := recorded(t, "    turns:\n      - say: I want to pay\n      - keys: 4111111111111111\n      - keys: 1229\n      - keys: 737\n")
	got := replay(t, replayerOf(a), r)
	if got.Same != 3 || got.Changed+got.Left != 0 {
		t.Errorf("got\n%s", got.Told())
	}
	last := got.Turns[2]
	if last.Now.Outcome.Values["card"].String() != "[card ••••1111]" || !strings.Contains(last.Note, "another card") {
		t.Errorf("got %+v", last)
	}
	if strings.Contains(fmt.Sprintf("%+v", got), cardWith("", "1111")) {
		t.Error("the other card is shown")
	}
}

func TestWhatCannotBeReplayedSaysWhy(t *testing.T) {
	const question = "    turns:\n      - say: what are your opening hours\n      - say: no thank you\n"
	for what, tc := range map[string]struct {
		edit       func(*call.Record)
		same, left int
		note       string // of the last turn
	}{
		"as it is":                {func(*call.Record) {}, 3, 0, ""},
		"another recogniser, too": {func(r *call.Record) { find(r, call.KindIntent).Rivals = []call.Scored{{Name: "fr"}} }, 3, 0, ""},
		"a service that understood": {func(r *call.Record) {
			e := find(r, call.KindIntent)
			e.Reason = "understood by acme"
			find(r, call.KindCallerSaid).Text = find(r, call.KindBotSaid).Text // which no classifier takes for the hours
		}, 3, 0, ""},
		"masked words": {func(r *call.Record) { unmarshal(t, find(r, call.KindCallerSaid), `{"text":"[number] it is"}`) }, 1, 2, "could not be replayed"},
		"masked keys": {func(r *call.Record) {
			e := find(r, call.KindCallerSaid)
			unmarshal(t, e, `{"kind":"caller.keyed","text":"[number]"}`)
			input(r, 1, call.InputKeyed)
		}, 1, 2, "could not be replayed"},
		"a webhook": {func(r *call.Record) { input(r, 1, "hook") }, 1, 2, "could not be replayed"},
		"no words":  {func(r *call.Record) { find(r, call.KindCallerSaid).Kind = "caller.waved" }, 1, 2, "could not be replayed"},
	} {
		t.Run(what, func(t *testing.T) {
			a, r := recorded(t, question)
			tc.edit(&r.Record)
			got := replay(t, replayerOf(a), r)
			if got.Same != tc.same || got.Left != tc.left || got.Changed != 0 || !strings.Contains(got.Turns[len(got.Turns)-1].Note, tc.note) {
				t.Errorf("got %+v\n%s", got, got.Told())
			}
		})
	}
}

func find(r *call.Record, k call.Kind) *call.Entry {
	for i := range r.Journal {
		if r.Journal[i].Kind == k {
			return &r.Journal[i]
		}
	}
	return &call.Entry{}
}

// input changes what the nth decision of the dialogue answers.
func input(r *call.Record, n int, to string) {
	for i := range r.Journal {
		if o := r.Journal[i].Outcome; o != nil {
			if n == 0 {
				o.Input = to
			}
			n--
		}
	}
}

func unmarshal(t *testing.T, e *call.Entry, text string) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), e); err != nil {
		t.Fatal(err)
	}
}

func TestACallThatCannotBeReplayedIsSkippedWithTheReason(t *testing.T) {
	a, r := recorded(t, threeTurns)
	for want, edit := range map[string]func(*call.Record){
		"no assistant served it":                   func(r *call.Record) { r.Assistant = "" },
		"its record does not say what was decided": func(r *call.Record) { r.Languages = nil },
		"the assistant does not speak de any more": func(r *call.Record) { r.Languages = []string{"de"} },
		"the call ended before, or the server was": func(r *call.Record) { r.Journal = nil },
	} {
		bad := r
		edit(&bad.Record)
		got := replay(t, replayerOf(a), bad)
		if !strings.Contains(got.Skipped, want) || len(got.Turns) > 0 || !strings.HasPrefix(got.String(), "skipped  r.json:1: call s: ") {
			t.Errorf("%s: %+v", want, got)
		}
	}
	p := &Replayer{Find: func(string) (*assistant.Assistant, error) { return nil, fmt.Errorf("there is none of that name") }}
	if got := replay(t, p, r); got.Skipped != "there is none of that name" {
		t.Errorf("got %+v", got)
	}
}

func TestReplaysAreReported(t *testing.T) {
	_, r := recorded(t, threeTurns)
	other := r
	other.Assistant = ""
	p := replayerOf(edited(t, "length: 5", "length: 6"))
	replays := []Replay{replay(t, p, r), replay(t, p, other)}
	var b bytes.Buffer
	if err := WriteReplayJSON(&b, replays); err != nil {
		t.Fatal(err)
	}
	var back struct {
		Summary Summary
		Calls   []Replay
	}
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || back.Summary != (Summary{Calls: 2, Skipped: 1, Turns: 5, Same: 2, Changed: 1, Left: 2}) || len(back.Calls[0].Turns) != 5 {
		t.Errorf("%v %+v", err, back)
	}
	b.Reset()
	if err := WriteReplayJUnit(&b, replays); err != nil {
		t.Fatal(err)
	}
	var suites junitSuites
	if err := xml.Unmarshal(b.Bytes(), &suites); err != nil || suites.Tests != 2 || suites.Failures != 1 || suites.Suites[0].Skipped != 1 {
		t.Errorf("%v\n%s", err, b.String())
	}
	if got := Sum(replays).String(); got != "2 calls, 5 turns: 2 same, 1 changed, 2 not replayed; 1 calls were skipped" {
		t.Error(got)
	}
}

func TestACardThatStandsInHasItsDigitsAndItsCheckDigit(t *testing.T) {
	for last := range 10000 {
		n := cardWith("", fmt.Sprintf("%04d", last))
		if len(n) != 16 || !luhn(n) || !strings.HasSuffix(n, fmt.Sprintf("%04d", last)) {
			t.Fatalf("for %04d: %s", last, n)
		}
	}
	if n := cardWith("545454", "0006"); !strings.HasPrefix(n, "545454") || !luhn(n) {
		t.Error(n)
	}
	text, masks := standIn("card [card ••••1111], code [code]")
	if strings.Contains(text, "••••") || !strings.Contains(text, "[code]") || len(masks) != 2 {
		t.Errorf("%q %q", text, masks)
	}
}

// A turn in which the caller spoke and no words came of it happens so again.
func TestAVoiceWithoutWordsIsOneInTheReplayToo(t *testing.T) {
	a, r := recorded(t, threeTurns)
	last := slices.IndexFunc(r.Journal, func(e call.Entry) bool {
		return e.Kind == call.KindDecision && e.Outcome != nil && e.Outcome.Input == call.InputSilence
	})
	was := *r.Journal[last].Outcome
	was.Input = call.InputUnheard
	r.Journal[last].Outcome = &was
	r.Journal[last].Reason = strings.Replace(r.Journal[last].Reason, "silence", "a voice without words", 1)
	got := replay(t, replayerOf(a), r)
	if got.Same != 5 || got.Turns[4].Act != story.Unheard {
		t.Errorf("got %s", got.Told())
	}
}
