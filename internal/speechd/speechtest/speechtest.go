// Package speechtest makes telephone audio for tests of the speech backend, from
// the voices that are installed, and skips a test aloud where they are not.
package speechtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/recog"
	"github.com/callward/callward/internal/speechd/voice"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// Say gives a text as a caller says it: 8 kHz, through mu-law, with silence
// before and after.
func Say(tb testing.TB, name, text string) []int16 {
	tb.Helper()
	speaker := voice.New(voice.Config{})
	v, err := speaker.Find(name, "")
	if err != nil {
		tb.Skipf("SKIPPED: no voice %s here: apt-get install flite espeak-ng", name)
	}
	out := Silence(300)
	r := audio.NewResampler(v.Rate, 8000)
	err = speaker.Speak(tb.Context(), v, voice.Style{}, text, func(pcm []int16) error {
		out = append(out, r.Write(pcm)...)
		return nil
	})
	if err != nil {
		tb.Fatalf("speak a test sentence: %v", err)
	}
	out = append(out, r.Flush()...)
	return overTelephone(tb, append(out, Silence(1000)...))
}

func overTelephone(tb testing.TB, pcm []int16) []int16 {
	tb.Helper()
	const law = speechv1.Encoding_ENCODING_MULAW
	out, err := audio.Decode(law, audio.Encode(law, pcm))
	if err != nil {
		tb.Fatalf("mu-law: %v", err)
	}
	return out
}

// Silence gives so many milliseconds of a quiet line.
func Silence(ms int) []int16 {
	out := make([]int16, ms*8)
	seed := uint32(1)
	for i := range out {
		seed = seed*1664525 + 1013904223
		out[i] = int16(seed>>29) - 4 //nolint:gosec // from -4 to 3.
	}
	return out
}

// Noise gives so many milliseconds of steady noise.
func Noise(ms int) []int16 {
	out := make([]int16, ms*8)
	seed := uint32(7)
	for i := range out {
		seed = seed*1664525 + 1013904223
		out[i] = int16(seed>>20) - 2048 //nolint:gosec // from -2048 to 2047.
	}
	return out
}

// Engine gives an engine that understands English, and French if the test model
// is there; a test that needs a language that is missing is skipped aloud.
func Engine(tb testing.TB, languages ...string) *recog.Engine {
	tb.Helper()
	var models []recog.ModelConfig
	for _, code := range languages {
		dir := recog.EnglishDir
		if code == "fr" {
			dir = filepath.Join(shared(tb), "models", "cmusphinx-fr-5.2-ci256")
		}
		if err := recog.CheckDir(dir); err != nil {
			tb.Skipf("SKIPPED: no %s model: %v (English: apt-get install pocketsphinx-en-us; French: set CALLWARD_TESTDATA)", code, err)
		}
		models = append(models, recog.ModelConfig{Language: code, Dir: dir})
	}
	e, err := recog.New(recog.Config{Models: models})
	if err != nil {
		tb.Fatalf("load models: %v", err)
	}
	tb.Cleanup(e.Close)
	return e
}

// shared finds the folder of test data, CALLWARD_TESTDATA or ../shared beside
// the repository.
func shared(tb testing.TB) string {
	tb.Helper()
	if dir := os.Getenv("CALLWARD_TESTDATA"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(filepath.Dir(dir), "shared")
		}
	}
	return ""
}
