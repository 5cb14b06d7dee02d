package recog

import (
	"slices"
	"testing"

	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/voice"
)

// hiss gives so many samples of white noise up to a level.
func hiss(n int, level int32, seed uint32) []int16 {
	out := make([]int16, n)
	for i := range out {
		seed = seed*1664525 + 1013904223
		out[i] = int16(int32(seed) / (1 << 16) * level / (1 << 15)) //nolint:gosec // below level.
	}
	return out
}

func TestHissHasNoVoice(t *testing.T) {
	for seed := range uint32(20) {
		wide := audio.NewResampler(8000, SampleRate).Write(hiss(16000, 2000, seed))
		if hasVoice(wide) {
			t.Errorf("hiss %d has a voice", seed)
		}
	}
	if hasVoice(nil) || hasVoice(make([]int16, 16000)) {
		t.Error("nothing has a voice")
	}
}

func TestTheShortestWordsHaveAVoiceEvenBesideHiss(t *testing.T) {
	speaker := voice.New(voice.Config{})
	for _, v := range slices.Concat(speaker.Voices("en"), speaker.Voices("fr")) {
		for _, word := range []string{"six", "it", "oui", "no"} {
			to := audio.NewResampler(v.Rate, 8000)
			var said []int16
			if err := speaker.Speak(t.Context(), v, voice.Style{}, word, func(pcm []int16) error {
				said = append(said, to.Write(pcm)...)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			for i, h := range hiss(len(said), 300, 5) {
				said[i] += h
			}
			if !hasVoice(audio.NewResampler(8000, SampleRate).Write(said)) {
				t.Errorf("%s: %q has no voice", v.Name, word)
			}
		}
	}
}
