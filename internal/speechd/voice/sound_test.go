package voice

import (
	"encoding/binary"
	"io"
	"math"
	"slices"
	"testing"
	"time"
)

const (
	promptEN = "You can ask for our opening hours, pay an invoice by card, or speak with a person."
	promptFR = "Vous pouvez demander nos horaires, payer une facture par carte, ou parler avec une personne."
)

func prompt(v Voice) string {
	if v.speaks("fr") {
		return promptFR
	}
	return promptEN
}

// installed gives a speaker with every voice of the catalogue.
func installed(t *testing.T) *Speaker {
	t.Helper()
	s := New(Config{})
	if missing := s.Missing(); len(missing) > 0 {
		t.Skipf("SKIPPED: %v are not here: apt-get install flite espeak-ng", missing)
	}
	return s
}

func say(t *testing.T, s *Speaker, v Voice, style Style, text string) []int16 {
	t.Helper()
	var out []int16
	err := s.Speak(t.Context(), v, style, text, func(pcm []int16) error {
		out = append(out, pcm...)
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	return out
}

func length(v Voice, pcm []int16) time.Duration {
	return time.Duration(len(pcm)) * time.Second / time.Duration(v.Rate)
}

// level is the mean level in dBFS.
func level(pcm []int16) float64 {
	sum := 0.0
	for _, s := range pcm {
		sum += float64(s) * float64(s) / (32768 * 32768)
	}
	return 10 * math.Log10(sum/float64(max(len(pcm), 1))+1e-12)
}

// pitch is the median fundamental frequency in Hz, by autocorrelation of the
// loud parts.
func pitch(v Voice, pcm []int16) float64 {
	pcm, rate := coarse(pcm, v.Rate)
	var found []float64
	frame, floor := rate/20, level(pcm)
	for ; len(pcm) >= 2*frame; pcm = pcm[frame:] {
		if level(pcm[:frame]) > floor {
			found = append(found, float64(rate)/float64(period(pcm[:2*frame], rate/400, rate/50)))
		}
	}
	slices.Sort(found)
	return found[len(found)/2]
}

// coarse brings the rate down to about 5 kHz: a voice's pitch lies far below,
// and the search goes with the square of the rate.
func coarse(pcm []int16, rate int) ([]int16, int) {
	by := rate / 5000
	var out []int16
	for ; len(pcm) >= by; pcm = pcm[by:] {
		sum := 0
		for _, s := range pcm[:by] {
			sum += int(s)
		}
		out = append(out, int16(sum/by))
	}
	return out, rate / by
}

// period is the lag from least to most at which a piece is most like itself. A
// shorter one wins when it is nearly as good: multiples of it fit as well.
func period(pcm []int16, least, most int) int {
	best, at := 0.0, least
	for lag := least; lag < most; lag++ {
		cross, energy := 0.0, 1.0
		for i := range len(pcm) - lag {
			cross += float64(pcm[i]) * float64(pcm[i+lag])
			energy += float64(pcm[i])*float64(pcm[i]) + float64(pcm[i+lag])*float64(pcm[i+lag])
		}
		if r := 2 * cross / energy; r > best*1.1 {
			best, at = r, lag
		}
	}
	return at
}

func TestEveryVoiceSpeaksAtItsRateAndAsLoudAsTheOthers(t *testing.T) {
	s := installed(t)
	for _, v := range s.Voices("") {
		t.Run(v.Name, func(t *testing.T) {
			if got := madeAt(t, s, v); got != v.Rate {
				t.Errorf("made at %d Hz, not %d", got, v.Rate)
			}
			pcm := say(t, s, v, Style{}, prompt(v))
			if d := length(v, pcm); d < 3*time.Second || d > 9*time.Second {
				t.Errorf("15 words last %v", d)
			}
			if l := level(pcm); math.Abs(l+21) > 2 {
				t.Errorf("a mean level of %.1f dBFS, want -21", l)
			}
			if !slices.ContainsFunc(pcm, func(s int16) bool { return s < -3000 }) || slices.Contains(pcm, math.MinInt16) {
				t.Error("too quiet, or clipped")
			}
		})
	}
}

// madeAt is the rate in the header that the voice's program writes.
func madeAt(t *testing.T, s *Speaker, v Voice) int {
	t.Helper()
	wav, err := s.speech(t.Context(), v, Style{}, "yes")
	if err != nil {
		t.Fatal(err)
	}
	defer wav.Close()
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(wav, header); err != nil {
		t.Fatal(err)
	}
	return int(binary.LittleEndian.Uint32(header[24:]))
}

// oneOfEach is a voice of each program and kind of synthesis.
func oneOfEach() []string { return []string{"flite-slt", "flite-kal", "espeak-en-us", "espeak-fr"} }

func TestRatePitchAndVolumeChangeWhatTheySay(t *testing.T) {
	s := installed(t)
	for _, name := range oneOfEach() {
		t.Run(name, func(t *testing.T) {
			v, err := s.Find(name, "")
			if err != nil {
				t.Fatal(err)
			}
			normal := say(t, s, v, Style{}, prompt(v))
			ratio := func(style Style) float64 {
				return float64(len(say(t, s, v, style, prompt(v)))) / float64(len(normal))
			}
			within(t, "length at rate 2", ratio(Style{Rate: 2}), 0.4, 0.7)
			within(t, "length at rate 0.5", ratio(Style{Rate: 0.5}), 1.5, 2.6)
			within(t, "length at rate 1", ratio(Style{Rate: 1}), 1, 1)
			high, low := say(t, s, v, Style{Pitch: 6}, prompt(v)), say(t, s, v, Style{Pitch: -6}, prompt(v))
			t.Logf("%.0f Hz, %.0f at +6 semitones, %.0f at -6", pitch(v, normal), pitch(v, high), pitch(v, low))
			within(t, "pitch at +6 semitones", pitch(v, high)/pitch(v, normal), 1.2, 1.7)
			within(t, "pitch at -6 semitones", pitch(v, low)/pitch(v, normal), 0.6, 0.9)
			loud, quiet := say(t, s, v, Style{Volume: 3}, prompt(v)), say(t, s, v, Style{Volume: -10}, prompt(v))
			within(t, "level at +3 dB", level(loud)-level(normal), 2, 3.1)
			within(t, "level at -10 dB", level(quiet)-level(normal), -11, -9)
		})
	}
}

func within(t *testing.T, what string, got, low, high float64) {
	t.Helper()
	if got < low || got > high {
		t.Errorf("%s: %.2f times, or dB, the normal; want %.2f to %.2f", what, got, low, high)
	}
}

func TestAStyleBeyondItsLimitsIsBroughtToThem(t *testing.T) {
	s := installed(t)
	for _, name := range oneOfEach() {
		v, err := s.Find(name, "")
		if err != nil {
			t.Fatal(err)
		}
		wild := say(t, s, v, Style{Rate: 1e9, Pitch: -1e9, Volume: 1e9}, "Hello there.")
		limit := say(t, s, v, Style{Rate: fastest, Pitch: -pitchRange, Volume: loudest}, "Hello there.")
		if !slices.Equal(wild, limit) {
			t.Errorf("%s: another sound beyond the limits than at them", name)
		}
	}
}
