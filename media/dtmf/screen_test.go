package dtmf

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// throughScreen silences the frames of pcm that the screen says hold a key. It gives a frame more
// than it takes.
func throughScreen(pcm []int16) (out []int16, blanked int) {
	var s Screen
	held := make([]int16, look)
	for ; len(pcm) >= look; pcm = pcm[look:] {
		if s.Next(pcm[:look]) {
			blanked++
			held = make([]int16, look)
		}
		out = append(out, held...)
		held = pcm[:look]
	}
	return out, blanked
}

func loudest(pcm []int16) (most int16) {
	for _, v := range pcm {
		most = max(most, v, -v)
	}
	return most
}

func TestNothingOfAKeyPassesTheScreen(t *testing.T) {
	const all = "0123456789*#ABCD"
	for _, c := range []struct {
		name         string
		on, off      int
		drift, twist float64
		level        float64
	}{
		{"a long press", 200, 100, 0, 0, 1},
		{"the shortest that counts", 40, 40, 0, 0, 1},
		{"too short to count", 30, 100, 0, 0, 1},
		{"1.5 % above", 50, 50, 0.015, 0, 1},
		{"1.5 % below", 50, 50, -0.015, 0, 1},
		{"the high tone 8 dB stronger", 50, 50, 0, 8, 1},
		{"the low tone 6 dB stronger", 50, 50, 0, -6, 1},
		{"weak", 50, 50, 0, 0, aboveLeast / 2},
	} {
		for from := 0; from < look; from += 3 {
			pcm := make([]int16, 2*look+from)
			for _, d := range []byte(all) {
				pcm = append(pcm, quieter(toneOn(d, c.on, c.off, c.drift, c.twist), c.level)...)
			}
			out, _ := throughScreen(append(pcm, make([]int16, 4*look)...))
			if most := loudest(out); most > 0 {
				t.Errorf("%s, from sample %d: a sample of %d passes", c.name, from, most)
			}
		}
	}
}

func TestNoKeyIsReadBehindTheScreenInNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 400 {
		pcm := toneOn("0123456789*#"[n%12], 70, 70, 0, 0)
		for i := range pcm {
			pcm[i] += int16(r.NormFloat64() * 1200) // 10 dB below
		}
		out, _ := throughScreen(append(make([]int16, look+n%look), pcm...))
		for at := 0; at+look <= len(out); at += hop / 4 {
			if d := toneBy(out[at:at+look], &counted); d != 0 {
				t.Errorf("%c passes at sample %d", d, at)
			}
		}
	}
}

func TestWhatIsNoKeyPassesTheScreen(t *testing.T) {
	for name, pcm := range map[string][]int16{
		"silence": make([]int16, 10*look),
		"5 % off": toneOn('5', 200, 0, 0.05, 0),
	} {
		if _, blanked := throughScreen(pcm); blanked > 0 {
			t.Errorf("%s: %d frames are silenced", name, blanked)
		}
	}
}

// Of people's voices hardly a frame is taken for a key.
func TestVoicesPassTheScreen(t *testing.T) {
	dir := os.Getenv("CALLWARD_TESTDATA")
	if dir == "" {
		dir = "../../../shared"
	}
	frames, silenced := 0, 0
	for _, d := range []string{"en", "fr", "digits"} {
		files, err := filepath.Glob(filepath.Join(dir, "data", "speech", d, "*.wav"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			pcm := telephone(t, f)
			_, n := throughScreen(pcm)
			frames, silenced = frames+len(pcm)/look, silenced+n
		}
	}
	if frames == 0 {
		t.Skipf("SKIPPED: no recordings of people in %s: set CALLWARD_TESTDATA", dir)
	}
	t.Logf("%d of %d frames are silenced: %.3f %%", silenced, frames, 100*float64(silenced)/float64(frames))
	if silenced*200 > frames {
		t.Errorf("more than 0.5 %%")
	}
}

func TestTheScreenAllocatesNothing(t *testing.T) {
	var s Screen
	pcm := toneOn('5', 20, 0, 0, 0)
	if n := testing.AllocsPerRun(100, func() { s.Next(pcm) }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func BenchmarkScreen(b *testing.B) {
	var s Screen
	pcm := toneOn('5', 20, 0, 0, 0)
	for b.Loop() {
		s.Next(pcm)
	}
}
