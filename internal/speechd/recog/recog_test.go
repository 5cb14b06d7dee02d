package recog_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/recog"
	"github.com/callward/callward/internal/speechd/speechtest"
)

// wide brings telephone audio to the rate of the engine.
func wide(pcm []int16) []int16 { return audio.NewResampler(8000, recog.SampleRate).Write(pcm) }

// say gives an utterance as a stream cuts it: with a quarter of a second of the
// silence before and after it.
func say(t *testing.T, voice, text string) []int16 {
	t.Helper()
	pcm := speechtest.Say(t, voice, text)
	return wide(pcm[50*8 : len(pcm)-750*8])
}

func prepare(t *testing.T, e *recog.Engine, spec recog.Spec) *recog.Task {
	t.Helper()
	task, err := e.Prepare(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

func final(t *testing.T, e *recog.Engine, spec recog.Spec, pcm []int16) recog.Result {
	t.Helper()
	r, err := e.Final(t.Context(), prepare(t, e, spec), pcm)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func examples(phrases ...string) []recog.Hint { return hints("example", phrases...) }

func hints(class string, phrases ...string) []recog.Hint {
	var out []recog.Hint
	for _, p := range phrases {
		out = append(out, recog.Hint{Phrase: p, Class: class})
	}
	return out
}

func energy() []recog.Hint {
	return examples("what are your opening hours", "i want to pay my bill by card", "give a meter reading", "i have a power cut")
}

// A heard is what a caller says to a question, and what is understood.
type heard struct {
	expect recog.Expect
	length int
	hints  []recog.Hint
	voice  string
	text   string
}

func (h heard) check(t *testing.T, e *recog.Engine, language string) {
	t.Helper()
	spec := recog.Spec{Languages: []string{language}, Expect: h.expect, Length: h.length, Hints: h.hints}
	r := final(t, e, spec, say(t, h.voice, h.text))
	if r.Text != h.text || r.Language != language {
		t.Errorf("%s: %q is understood as %q (%s)", h.voice, h.text, r.Text, r.Language)
	}
	if r.Confidence < 0.5 || r.Confidence > 1 {
		t.Errorf("%s: %q has confidence %.2f", h.voice, h.text, r.Confidence)
	}
}

func TestEnglishAnswersAreUnderstood(t *testing.T) {
	e := speechtest.Engine(t, "en")
	for _, h := range []heard{
		{recog.Digits, 5, nil, "flite-awb", "four two three one seven"},
		{recog.Digits, 5, nil, "flite-rms", "nine zero eight six five"},
		{recog.Card, 0, nil, "flite-rms", "four one one one one one one one one one one one one one one one"},
		{recog.YesNo, 0, nil, "flite-slt", "yes please"},
		{recog.YesNo, 0, nil, "flite-awb", "no thank you"},
		{recog.Menu, 0, hints("menu", "billing", "technical support", "emergency"), "flite-slt", "technical support"},
		{recog.Menu, 0, hints("menu", "billing", "technical support", "emergency"), "flite-rms", "billing please"},
		{recog.Free, 0, energy(), "flite-rms", "what are your opening hours"},
		{recog.Free, 0, energy(), "flite-rms", "i want to pay my bill by card"},
	} {
		h.check(t, e, "en")
	}
}

func TestFrenchAnswersAreUnderstood(t *testing.T) {
	e := speechtest.Engine(t, "fr")
	for _, h := range []heard{
		{recog.YesNo, 0, nil, "espeak-fr", "oui"},
		{recog.Digits, 4, nil, "espeak-fr", "trois deux cinq huit"},
		{recog.Menu, 0, hints("menu", "facture", "panne de courant"), "espeak-fr", "panne de courant"},
	} {
		h.check(t, e, "fr")
	}
}

func TestOfTwoLanguagesTheOneSpokenIsHeard(t *testing.T) {
	e := speechtest.Engine(t, "en", "fr")
	spec := recog.Spec{Languages: []string{"fr-FR", "en"}, Expect: recog.YesNo}
	if r := final(t, e, spec, say(t, "flite-rms", "yes please")); r.Language != "en" || r.Text != "yes please" {
		t.Errorf("English is heard as %s: %q", r.Language, r.Text)
	}
	if r := final(t, e, spec, say(t, "espeak-fr", "oui merci")); r.Language != "fr" || r.Text != "oui merci" {
		t.Errorf("French is heard as %s: %q", r.Language, r.Text)
	}
}

func TestWhatIsNoSpeechHasNoWords(t *testing.T) {
	e := speechtest.Engine(t, "en")
	for name, pcm := range map[string][]int16{
		"silence":  speechtest.Silence(1500),
		"zeros":    make([]int16, 8000),
		"noise":    speechtest.Noise(1500),
		"nothing":  nil,
		"a sample": {1},
		"a click":  speechtest.Noise(60),
	} {
		for _, spec := range []recog.Spec{{Expect: recog.Digits, Length: 5}, {Expect: recog.Card}, {Hints: energy()}} {
			spec.Languages = []string{"en"}
			if r := final(t, e, spec, wide(pcm)); r.Text != "" || len(r.Words) > 0 || r.Confidence != 0 {
				t.Errorf("%s, kind %d: understood as %q with confidence %.2f", name, spec.Expect, r.Text, r.Confidence)
			}
		}
	}
}

func TestASentenceIsNotTakenForTheDigitsThatWereAskedFor(t *testing.T) {
	e := speechtest.Engine(t, "en")
	pcm := say(t, "flite-rms", "i want to pay my bill by card")
	for _, hints := range [][]recog.Hint{nil, energy()} {
		spec := recog.Spec{Languages: []string{"en"}, Expect: recog.Digits, Length: 5, Hints: hints}
		if r := final(t, e, spec, pcm); onlyDigits(r) && r.Confidence > 0.5 {
			t.Errorf("with %d hints it is taken for %q with confidence %.2f", len(hints), r.Text, r.Confidence)
		}
	}
}

func onlyDigits(r recog.Result) bool {
	digits := strings.Fields("oh zero one two three four five six seven eight nine")
	return len(r.Words) > 0 && !slices.ContainsFunc(r.Words, func(w recog.Word) bool { return !slices.Contains(digits, w.Text) })
}

func TestWordTimesLieWithinTheAudioInOrder(t *testing.T) {
	e := speechtest.Engine(t, "en")
	pcm := say(t, "flite-rms", "what are your opening hours")
	r := final(t, e, recog.Spec{Languages: []string{"en"}, Hints: energy()}, pcm)
	var texts []string
	at := recog.SampleRate / 10 // the voice begins after 250 ms
	for _, w := range r.Words {
		texts = append(texts, w.Text)
		if w.Start < at || w.End <= w.Start || w.End > len(pcm) {
			t.Errorf("%q lies from %d to %d of %d, after %d", w.Text, w.Start, w.End, len(pcm), at)
		}
		if w.Confidence <= 0 || w.Confidence > 1 {
			t.Errorf("%q has confidence %.2f", w.Text, w.Confidence)
		}
		at = w.End
	}
	if strings.Join(texts, " ") != r.Text || len(texts) != 5 {
		t.Errorf("the words of %q are %q", r.Text, texts)
	}
}

// follow writes audio piece by piece and gives the partials that differ.
func follow(t *testing.T, l *recog.Live, pcm []int16, piece int) []string {
	t.Helper()
	var partials []string
	for p := range slices.Chunk(pcm, piece) {
		if taken, err := l.Write(p); err != nil || !taken {
			t.Fatalf("a piece is taken: %v, %v", taken, err)
		}
		if text := l.Text(); len(partials) == 0 || partials[len(partials)-1] != text {
			partials = append(partials, text)
		}
	}
	return partials
}

func TestPartialsGrowToTheFinal(t *testing.T) {
	e := speechtest.Engine(t, "en")
	task := prepare(t, e, recog.Spec{Languages: []string{"en"}, Hints: energy()})
	l, err := e.Live(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	partials := follow(t, l, say(t, "flite-rms", "i want to pay my bill by card"), recog.SampleRate/25)
	if partials[0] != "" || len(partials) < 4 {
		t.Errorf("partials %q", partials)
	}
	if got := l.Text(); !strings.Contains(got, "pay my bill by card") || l.Language() != "en" {
		t.Errorf("the last partial is %q in %q", got, l.Language())
	}
}

// The library holds back the first frames and then gives them at once; more than
// a dozen at once it cannot take.
func TestPartialsMayBeWrittenInPiecesOfAnySize(t *testing.T) {
	e := speechtest.Engine(t, "en")
	task := prepare(t, e, recog.Spec{Languages: []string{"en"}, Hints: energy()})
	pcm := say(t, "flite-rms", "i want to pay my bill by card")
	for _, piece := range []int{159, 700, 960, 1600, 5568, len(pcm)} {
		l, err := e.Live(t.Context(), task)
		if err != nil {
			t.Fatal(err)
		}
		partials := follow(t, l, pcm, piece)
		if got := partials[len(partials)-1]; !strings.HasPrefix(got, "i want to pay my bill") {
			t.Errorf("pieces of %d: the last partial is %q", piece, got)
		}
		l.Close()
		l.Close()
	}
}

func TestTheDecodersAreBoundedAndFreedByClose(t *testing.T) {
	e := small(t, recog.Config{Decoders: 3})
	for length := range 6 {
		prepare(t, e, recog.Spec{Languages: []string{"en"}, Expect: recog.Digits, Length: length + 1})
		if n := e.Decoders(); n > 3 {
			t.Fatalf("%d decoders are alive after task %d", n, length)
		}
	}
	task := prepare(t, e, recog.Spec{Languages: []string{"en"}, Expect: recog.YesNo})
	var lives []*recog.Live
	for range 5 { // more than there are decoders: the others go without
		l, err := e.Live(t.Context(), task)
		if err != nil {
			t.Fatal(err)
		}
		lives = append(lives, l)
	}
	if n := e.Decoders(); n > 3 {
		t.Errorf("%d decoders are alive with %d utterances", n, len(lives))
	}
	if taken, err := lives[4].Write(make([]int16, 640)); !taken || err != nil || lives[4].Text() != "" || lives[4].Language() != "" {
		t.Errorf("an utterance without a decoder: taken %v, %v, %q", taken, err, lives[4].Text())
	}
	e.Close()
	for _, l := range lives {
		l.Close()
	}
	if n := e.Decoders(); n != 0 {
		t.Errorf("%d decoders are alive after Close", n)
	}
}

// small makes an engine of English alone that has so many decoders and turns, and so on.
func small(t *testing.T, cfg recog.Config) *recog.Engine {
	t.Helper()
	if err := recog.CheckDir(recog.EnglishDir); err != nil {
		t.Skipf("SKIPPED: %v: apt-get install pocketsphinx-en-us", err)
	}
	cfg.Models = []recog.ModelConfig{{Language: "en", Dir: recog.EnglishDir}}
	e, err := recog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func TestFinalsThatComeTogetherAreAllRightAndLeaveTheDecodersBounded(t *testing.T) {
	e := small(t, recog.Config{Decoders: 4, Threads: 2})
	task := prepare(t, e, recog.Spec{Languages: []string{"en"}, Expect: recog.YesNo})
	texts := []string{"yes please", "no thank you", "yes", "no"}
	results := make([]recog.Result, len(texts))
	errs := make([]error, len(texts))
	var all sync.WaitGroup
	for i, text := range texts {
		pcm := say(t, "flite-rms", text)
		all.Go(func() { results[i], errs[i] = e.Final(t.Context(), task, pcm) })
	}
	all.Wait()
	for i, text := range texts {
		if errs[i] != nil || results[i].Text != text {
			t.Errorf("%q is understood as %q, %v", text, results[i].Text, errs[i])
		}
	}
	if n := e.Decoders(); n > 4 {
		t.Errorf("%d decoders are alive", n)
	}
}

func TestAFinalThatIsNoLongerWantedEnds(t *testing.T) {
	e := small(t, recog.Config{Decoders: 4, Threads: 1})
	task := prepare(t, e, recog.Spec{Languages: []string{"en"}, Expect: recog.YesNo})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// A turn may still be won against the end of the context, but not every time.
	var err error
	for range 100 {
		if _, err = e.Final(ctx, task, nil); err != nil {
			break
		}
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestEqualSpecsShareTheirDecoders(t *testing.T) {
	e := speechtest.Engine(t, "en")
	spec := recog.Spec{Languages: []string{"en"}, Expect: recog.Digits, Length: 5, Hints: energy()}
	prepare(t, e, spec)
	one := e.Decoders()
	prepare(t, e, spec)
	if n := e.Decoders(); n != one || one != 3 {
		t.Errorf("%d decoders for a spec, %d for the same again; it needs three", one, n)
	}
	spec.Hints = energy()[:1] // only the open answer is another
	prepare(t, e, spec)
	if n := e.Decoders(); n != one+1 {
		t.Errorf("%d decoders with other hints, not %d", n, one+1)
	}
}

// Of a task for digits there are the decoders of its open answer, its grammar and the loop of
// phones; other hints make for another open answer.
func TestWhatIsNotToHelpMakesNoDecoders(t *testing.T) {
	for _, c := range []struct {
		without recog.Without
		want    int
	}{
		{recog.Without{}, 4},
		{recog.Without{Grammars: true}, 3},
		{recog.Without{Hints: true}, 3},
		{recog.Without{Grammars: true, Hints: true}, 2},
	} {
		e := small(t, recog.Config{Without: c.without})
		for _, hints := range [][]recog.Hint{energy(), energy()[:1]} {
			prepare(t, e, recog.Spec{Languages: []string{"en"}, Expect: recog.Digits, Length: 5, Hints: hints})
		}
		if n := e.Decoders(); n != c.want {
			t.Errorf("without %+v there are %d decoders, not %d", c.without, n, c.want)
		}
	}
}

func TestALanguageWithoutAModelIsRefusedOrLeftOut(t *testing.T) {
	e := speechtest.Engine(t, "en")
	if _, err := e.Prepare(t.Context(), recog.Spec{Languages: []string{"de", "fr"}}); !errors.Is(err, recog.ErrLanguage) {
		t.Errorf("error %v", err)
	}
	if _, err := e.Prepare(t.Context(), recog.Spec{}); !errors.Is(err, recog.ErrLanguage) {
		t.Errorf("no language at all: error %v", err)
	}
	task := prepare(t, e, recog.Spec{Languages: []string{"de", "en-GB", "en"}, Expect: recog.YesNo})
	if got := task.Languages(); !slices.Equal(got, []string{"en"}) {
		t.Errorf("the task listens for %v", got)
	}
	if !e.Understands("en-US") || e.Understands("fr") || !slices.Equal(e.Languages(), []string{"en"}) {
		t.Errorf("the engine understands %v", e.Languages())
	}
	if _, err := recog.New(recog.Config{Models: []recog.ModelConfig{{Language: "de", Dir: recog.EnglishDir}}}); !errors.Is(err, recog.ErrLanguage) {
		t.Errorf("a model of a language that nothing is known of: %v", err)
	}
}

func TestAFolderThatIsNoModelIsRefusedByTheNameOfWhatItLacks(t *testing.T) {
	all := []string{"mdef", "means", "variances", "transition_matrices", "feat.params", "mixture_weights", "en.dict"}
	for _, missing := range all {
		dir := filepath.Join(t.TempDir(), "model")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range all {
			if name != missing {
				touch(t, filepath.Join(dir, name))
			}
		}
		_, err := recog.New(recog.Config{Models: []recog.ModelConfig{{Language: "en", Dir: dir}}})
		if !errors.Is(err, recog.ErrModelFiles) || !strings.Contains(fmt.Sprint(err), missing) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}

func touch(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTheDictionaryIsFoundInTheModelAboveItOrBesideIt(t *testing.T) {
	for _, place := range []string{"model/en.dict", "en.dict", "model-big/cmudict-en-us.dict"} {
		root := t.TempDir()
		for _, dir := range []string{"model", "model-big", "other"} {
			if err := os.Mkdir(filepath.Join(root, dir), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		touch(t, filepath.Join(root, place))
		touch(t, filepath.Join(root, "other", "fr.dict"))
		got, err := recog.FindDict(recog.ModelConfig{Language: "en-US", Dir: filepath.Join(root, "model")})
		if err != nil || got != filepath.Join(root, place) {
			t.Errorf("%s: found %q, %v", place, got, err)
		}
	}
}

// A phrase in letters that no voice of the language can name stays silent.
func TestAMenuOfPhrasesThatNobodyCanPronounceHearsNothing(t *testing.T) {
	e := speechtest.Engine(t, "en")
	t.Setenv("PATH", t.TempDir()) // without espeak-ng, that is any word not in the dictionary
	spec := recog.Spec{Languages: []string{"en"}, Expect: recog.Menu, Hints: hints("menu", "xqzzt")}
	if r := final(t, e, spec, wide(speechtest.Noise(500))); r.Text != "" {
		t.Errorf("noise is understood as %q", r.Text)
	}
}
