package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/internal/speechd/lexicon"
	"github.com/callward/callward/internal/speechd/lm"
	"github.com/callward/callward/internal/speechd/ps"
	"github.com/callward/callward/router/assistant"
)

// A judge is a recognizer whose grammar holds every prompt of the line and
// nothing else: it says which of them a sound is, or that it is none.
type judge struct {
	t   *testing.T
	dec *ps.Decoder
}

// The names of the judge's two searches.
const (
	asPrompt = "prompts"
	asPhones = "phones"
)

// leastFit is how much worse than any sequence of phones the best prompt may
// fit, for each frame. Prompts lie above, noise far below.
const leastFit = -60.0

func newJudge(t *testing.T, lang string) *judge {
	t.Helper()
	a, err := assistant.Parse(assistants.EnergyFile, assistants.Energy)
	if err != nil {
		t.Fatal(err)
	}
	g := lm.NewGrammar()
	end := g.State()
	var phrases [][]string
	for _, p := range a.Prompts(lang) {
		phrases = append(phrases, strings.Fields(plain(p)))
	}
	g.Phrases(lm.Start, end, phrases, 1)
	model, dictionary := modelOf(t, lang)
	lex, err := lexicon.Open(dictionary, lang)
	if err != nil {
		t.Fatal(err)
	}
	dict, silent := lex.Dict(t.Context(), g.Words())
	if len(silent) > 0 {
		t.Fatalf("the judge cannot pronounce %v", silent)
	}
	dec, err := ps.New(ps.Config{Model: model, Dict: dict, Args: []string{"-fwdflat", "no", "-bestpath", "no", "-logfn", "/dev/null"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dec.Close)
	if err := dec.AddGrammar(asPrompt, g.Text(end)); err != nil {
		t.Fatal(err)
	}
	if err := dec.AddPhoneLoop(asPhones); err != nil {
		t.Fatal(err)
	}
	return &judge{t, dec}
}

// modelOf gives the acoustic model of a language and its dictionary.
func modelOf(t *testing.T, lang string) (model, dictionary string) {
	t.Helper()
	if lang == "fr" {
		_, model, _ = strings.Cut(frenchModel(t)[1], "=")
		return model, filepath.Join(strings.TrimSuffix(model, "256"), "fr.dict")
	}
	const debian = "/usr/share/pocketsphinx/model/en-us/"
	if _, err := os.Stat(debian); err != nil {
		t.Skipf("SKIPPED: %s is not there: run `deploy/setup.sh`", debian)
	}
	return debian + "en-us", debian + "cmudict-en-us.dict"
}

// hear gives the prompt that the sound is, or nothing.
func (j *judge) hear(pcm []int16) string {
	if loudness(pcm) < 50 {
		return ""
	}
	prompt, fit, _ := j.decode(asPrompt, pcm)
	_, free, frames := j.decode(asPhones, pcm)
	perFrame := float64(fit-free) / float64(max(frames, 1))
	j.t.Logf("fit %.1f a frame: %s", perFrame, prompt)
	if perFrame < leastFit {
		return ""
	}
	return prompt
}

func (j *judge) decode(search string, pcm []int16) (words string, score, frames int) {
	if err := j.dec.Start(search, nil); err != nil {
		j.t.Fatal(err)
	}
	if err := j.dec.WriteAll(doubled(pcm)); err != nil {
		j.t.Fatal(err)
	}
	if err := j.dec.End(); err != nil {
		j.t.Fatal(err)
	}
	for _, s := range j.dec.Segments() {
		score += s.Score
	}
	words, _ = j.dec.Hypothesis()
	return words, score, j.dec.Frames()
}

// doubled brings telephone audio to the judge's rate.
func doubled(pcm []int16) []int16 {
	out := make([]int16, 2*len(pcm))
	for i, s := range pcm {
		next := s
		if i+1 < len(pcm) {
			next = pcm[i+1]
		}
		out[2*i], out[2*i+1] = s, int16((int(s)+int(next))/2)
	}
	return out
}
