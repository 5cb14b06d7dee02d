package e2e

import (
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/recog"
	"github.com/callward/callward/router/assistant"
)

// A judge is a recognizer whose grammar and language model hold every prompt of
// the line and nothing else: it says which of them a sound is, or that it is
// none.
type judge struct {
	t       *testing.T
	engine  *recog.Engine
	task    *recog.Task
	prompts []string
	mu      sync.Mutex // one sound at a time, so that the calls beside it get their share
}

func newJudge(t *testing.T, lang string) *judge {
	t.Helper()
	a, err := assistant.Parse(assistants.EnergyFile, assistants.Energy)
	if err != nil {
		t.Fatal(err)
	}
	j := &judge{t: t}
	spec := recog.Spec{Languages: []string{lang}, Expect: recog.Menu}
	for _, p := range a.Prompts(lang) {
		p = plain(p)
		j.prompts = append(j.prompts, p)
		spec.Hints = append(spec.Hints, recog.Hint{Phrase: p, Class: "menu"}, recog.Hint{Phrase: p, Class: "example"})
	}
	j.engine, err = recog.New(recog.Config{Models: []recog.ModelConfig{modelOf(t, lang)}, Threads: 1, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(j.engine.Close)
	if j.task, err = j.engine.Prepare(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	return j
}

// modelOf gives the acoustic model of a language.
func modelOf(t *testing.T, lang string) recog.ModelConfig {
	t.Helper()
	if lang == "fr" {
		_, dir, _ := strings.Cut(frenchModel(t)[1], "=")
		return recog.ModelConfig{Language: lang, Dir: dir}
	}
	if _, err := os.Stat(recog.EnglishDir); err != nil {
		t.Skipf("SKIPPED: %s is not there: run `deploy/setup.sh`", recog.EnglishDir)
	}
	return recog.ModelConfig{Language: lang, Dir: recog.EnglishDir}
}

// hear gives the prompt that the sound is, or nothing: the one whose words are
// nearest to what was recognized, if most of them were.
func (j *judge) hear(pcm []int16) string {
	if loudness(pcm) < 50 {
		return ""
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	r := audio.NewResampler(rate, recog.SampleRate)
	res, err := j.engine.Final(j.t.Context(), j.task, append(r.Write(pcm), r.Flush()...))
	if err != nil {
		j.t.Error(err)
		return ""
	}
	heard := strings.Fields(plain(strings.ReplaceAll(res.Text, "' ", "'")))
	best, least := "", 0.5
	for _, p := range j.prompts {
		words := strings.Fields(p)
		if d := float64(distance(heard, words)) / float64(max(len(words), len(heard))); d < least {
			best, least = p, d
		}
	}
	return best
}

// distance is how many words must be changed, added or dropped to make b of a.
func distance(a, b []string) int {
	row := make([]int, len(b)+1)
	for k := range row {
		row[k] = k
	}
	for i := range a {
		corner := row[0]
		row[0] = i + 1
		for k := range b {
			change := corner
			if a[i] != b[k] {
				change++
			}
			corner = row[k+1]
			row[k+1] = min(change, row[k]+1, row[k+1]+1)
		}
	}
	return row[len(b)]
}
