package vad

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shared is the folder of speech samples; the test is skipped where it is not.
func shared(t *testing.T) string {
	t.Helper()
	root := os.Getenv("CALLWARD_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(root, "data", "speech")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("speech samples are missing: no folder data/speech in %s (set CALLWARD_TESTDATA)", root)
	}
	return dir
}

// wav reads 8 kHz mono PCM16.
func wav(t *testing.T, path string) []int16 {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b = b[strings.Index(string(b), "data")+8:]
	pcm := make([]int16, len(b)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return pcm
}

func digits(t *testing.T, dir string, speakers ...string) [][]int16 {
	t.Helper()
	var out [][]int16
	for _, s := range speakers {
		files, err := filepath.Glob(filepath.Join(dir, "digits", "*_"+s+"_*.wav"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no digits of %s: %v", s, err)
		}
		slices.Sort(files)
		for _, f := range files {
			out = append(out, even(wav(t, f)))
		}
	}
	return out
}

// even cuts what is 35 dB under the loudest 10 ms off both ends (one speaker's
// files are a third silence) and brings all speakers to one level (one is 20 dB
// under the others), so that a label means speech and a ratio to noise holds for
// each digit.
func even(pcm []int16) []int16 {
	const part = 80
	top := 1.0
	for i := 0; i+part <= len(pcm); i += part {
		top = max(top, energy(pcm[i:i+part]))
	}
	faint := func(p []int16) bool { return energy(p) < top/3000 }
	for len(pcm) > part && faint(pcm[:part]) {
		pcm = pcm[part:]
	}
	for len(pcm) > part && faint(pcm[len(pcm)-part:]) {
		pcm = pcm[:len(pcm)-part]
	}
	gain := 2000 / math.Sqrt(energy(pcm)/float64(len(pcm)))
	for i, v := range pcm {
		pcm[i] = int16(max(-32768, min(32767, gain*float64(v))))
	}
	return pcm
}

func energy(pcm []int16) float64 {
	sum := 1.0
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return sum
}

// scene is sound with the truth about its frames.
type scene struct {
	pcm    []float64
	speech []bool // by frame
	power  float64
}

// digitScene spreads 60 digits over 90 s of silence (22 % are speech): the
// labels are the spans of the files.
func digitScene(r *rand.Rand, clips [][]int16) scene {
	const seconds, count = 90, 60
	s := scene{pcm: make([]float64, seconds*8000)}
	inside := make([]bool, len(s.pcm))
	part := len(s.pcm) / count
	var n int
	for i := range count {
		clip := clips[r.IntN(len(clips))]
		at := i*part + r.IntN(max(1, part-len(clip)))
		for k, v := range clip[:min(len(clip), len(s.pcm)-at)] {
			s.pcm[at+k], inside[at+k] = float64(v), true
			s.power += float64(v) * float64(v)
			n++
		}
	}
	s.power /= float64(n)
	s.label(inside)
	return s
}

func (s *scene) label(inside []bool) {
	for f := 0; f+FrameSamples <= len(inside); f += FrameSamples {
		in := 0
		for _, v := range inside[f : f+FrameSamples] {
			if v {
				in++
			}
		}
		s.speech = append(s.speech, in*2 >= FrameSamples)
	}
}

// add mixes noise in, so many dB below the speech.
func (s *scene) add(noise []float64, snr float64) {
	power := 0.0
	for _, v := range noise {
		power += v * v / float64(len(noise))
	}
	gain := math.Sqrt(s.power / power / math.Pow(10, snr/10))
	for i := range s.pcm {
		s.pcm[i] += gain * noise[i%len(noise)]
	}
}

func (s *scene) frames(gain float64, each func(pcm []int16, speech bool)) {
	pcm := make([]int16, FrameSamples)
	for f, speech := range s.speech {
		for i := range pcm {
			pcm[i] = int16(max(-32768, min(32767, gain*s.pcm[f*FrameSamples+i])))
		}
		each(pcm, speech)
	}
}

func floats(pcm []int16) []float64 {
	out := make([]float64, len(pcm))
	for i, s := range pcm {
		out[i] = float64(s)
	}
	return out
}
