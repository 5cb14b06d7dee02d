package dtmf

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

var frequencies = map[byte][2]float64{
	'1': {697, 1209}, '2': {697, 1336}, '3': {697, 1477}, 'A': {697, 1633},
	'4': {770, 1209}, '5': {770, 1336}, '6': {770, 1477}, 'B': {770, 1633},
	'7': {852, 1209}, '8': {852, 1336}, '9': {852, 1477}, 'C': {852, 1633},
	'*': {941, 1209}, '0': {941, 1336}, '#': {941, 1477}, 'D': {941, 1633},
}

// toneOn is a key for ms, then ms of silence. Each sine is off by a part; high is how
// much stronger the high one is, in dB.
func toneOn(digit byte, onMS, offMS int, off, high float64) []int16 {
	f := frequencies[digit]
	pcm := make([]int16, 8*(onMS+offMS))
	for i := range 8 * onMS {
		t := float64(i) / 8000
		pcm[i] = int16(4000*math.Sin(2*math.Pi*f[0]*(1+off)*t) + 4000*math.Pow(10, high/20)*math.Sin(2*math.Pi*f[1]*(1+off)*t))
	}
	return pcm
}

// listen gives the keys that are heard in a sound, cut into frames from a sample on.
func listen(pcm []int16, from int) (heard string) {
	var t Tones
	pcm = append(make([]int16, from), pcm...)
	pcm = append(pcm, make([]int16, 4*look)...)
	for ; len(pcm) >= look; pcm = pcm[look:] {
		if d, ok := t.Frame(pcm[:look]); ok {
			heard += string(d)
		}
	}
	return heard
}

func TestEachKeyIsHeardOnceWhereverItFallsInAFrame(t *testing.T) {
	const all = "0123456789*#ABCD"
	for _, c := range []struct {
		name         string
		on, off      int
		drift, twist float64
	}{
		{"a long press", 200, 100, 0, 0},
		{"the shortest that counts", 40, 40, 0, 0},
		{"1.5 % above", 50, 50, 0.015, 0},
		{"1.5 % below", 50, 50, -0.015, 0},
		{"the high tone 4 dB stronger", 50, 50, 0, 4},
		{"the low tone 3 dB stronger", 50, 50, 0, -3},
	} {
		for from := 0; from < look; from += 7 {
			var pcm []int16
			for _, d := range []byte(all + "11" + "00") {
				pcm = append(pcm, toneOn(d, c.on, c.off, c.drift, c.twist)...)
			}
			if got := listen(pcm, from); got != all+"1100" {
				t.Errorf("%s, from sample %d: heard %q", c.name, from, got)
			}
		}
	}
}

func TestKeysAreHeardInNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	missed := 0
	for n := range 200 {
		pcm := toneOn("0123456789*#"[n%12], 70, 70, 0, 0)
		for i := range pcm {
			pcm[i] += int16(r.NormFloat64() * 700) // 15 dB below
		}
		if listen(pcm, n%look) != string("0123456789*#"[n%12]) {
			missed++
		}
	}
	if missed > 0 {
		t.Errorf("%d of 200 keys are not heard right", missed)
	}
}

func TestWhatIsNoKeyIsNotHeard(t *testing.T) {
	one := func(hz, amplitude float64, ms int) []int16 {
		pcm := make([]int16, 8*ms)
		for i := range pcm {
			pcm[i] = int16(amplitude * math.Sin(2*math.Pi*hz*float64(i)/8000))
		}
		return pcm
	}
	for name, pcm := range map[string][]int16{
		"a short blip": toneOn('5', 18, 50, 0, 0), "3.5 % off": toneOn('5', 100, 50, 0.035, 0),
		"one tone": one(770, 8000, 300), "ringing": one(425, 8000, 300), "twisted by 12 dB": toneOn('5', 100, 50, 0, 12),
		"twisted back by 9 dB": toneOn('5', 100, 50, 0, -9), "silence": make([]int16, 1600), "too weak": quieter(toneOn('5', 100, 50, 0, 0), belowLeast),
	} {
		for from := 0; from < look; from += 11 {
			if got := listen(pcm, from); got != "" {
				t.Errorf("%s, from sample %d: heard %q", name, from, got)
			}
		}
	}
}

// Factors that bring a key of toneOn, whose mean square is 1.6e7, from there to 1 dB below
// the least that counts, and to 1 dB above it.
const (
	belowLeast = 0.0223
	aboveLeast = 0.0281
)

func quieter(pcm []int16, by float64) []int16 {
	out := make([]int16, len(pcm))
	for i, s := range pcm {
		out[i] = int16(math.Round(by * float64(s)))
	}
	return out
}

func TestAWeakKeyIsHeard(t *testing.T) {
	for _, d := range []byte("159D") {
		pcm := quieter(toneOn(d, 100, 50, 0, 0), aboveLeast)
		for from := 0; from < look; from += 11 {
			if got := listen(pcm, from); got != string(d) {
				t.Errorf("from sample %d: heard %q, want %q", from, got, d)
			}
		}
	}
}

// People's voices, at 8 kHz, hold no key: a false one would press it for them.
func TestNoVoiceIsAKey(t *testing.T) {
	dir := os.Getenv("CALLWARD_TESTDATA")
	if dir == "" {
		dir = "../../../shared"
	}
	var files []string
	for _, d := range []string{"en", "fr", "digits", "noise"} {
		f, err := filepath.Glob(filepath.Join(dir, "data", "speech", d, "*.wav"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f...)
	}
	if len(files) == 0 {
		t.Skipf("SKIPPED: no recordings of people in %s: set CALLWARD_TESTDATA", dir)
	}
	seconds := 0
	for _, f := range files {
		pcm := telephone(t, f)
		seconds += len(pcm) / 8000
		for from := 0; from < look; from += 40 {
			if got := listen(pcm, from); got != "" {
				t.Errorf("%s: heard %q", filepath.Base(f), got)
			}
		}
	}
	t.Logf("%d s of %d recordings", seconds, len(files))
}

// telephone reads a WAV file of 16 bits, and takes every other sample if it is of
// 16 kHz: what folds down only makes it harder.
func telephone(t *testing.T, path string) []int16 {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil || len(b) < 44 {
		t.Fatalf("%s: %v", path, err)
	}
	step := int(binary.LittleEndian.Uint32(b[24:])) / 8000
	var pcm []int16
	for i := 44; i+2*step <= len(b); i += 2 * step {
		pcm = append(pcm, int16(binary.LittleEndian.Uint16(b[i:])))
	}
	return pcm
}

func TestHearingTonesAllocatesNothing(t *testing.T) {
	var tones Tones
	pcm := toneOn('5', 20, 0, 0, 0)
	if n := testing.AllocsPerRun(100, func() { tones.Frame(pcm) }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func BenchmarkTones(b *testing.B) {
	var tones Tones
	pcm := toneOn('5', 20, 0, 0, 0)
	for b.Loop() {
		tones.Frame(pcm)
	}
}
