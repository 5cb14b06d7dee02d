package vad

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// levels are the loudness of the noise, below the speech.
var levels = []struct { //nolint:gochecknoglobals // a table
	name string
	snr  float64
	most float64 // percent of frames that may be missed, and taken for speech
}{{"clean", 0, 6}, {"15 dB", 15, 8}, {"5 dB", 5, 15}}

// TestFigures prints how much speech is missed and how much else is taken for it,
// frame by frame, on speakers and on halves of noises that training did not hear:
// digits among silences, of which 22 % are speech; the labels are the spans of the
// files. CALLWARD_VAD_SCENES is how many scenes of 90 s there are of each speaker in
// each noise.
func TestFigures(t *testing.T) {
	dir := shared(t)
	scenes, _ := strconv.Atoi(os.Getenv("CALLWARD_VAD_SCENES"))
	f := figures{rows: make(map[string]*[3]tally)}
	for _, speaker := range []string{"lucas", "theo"} {
		clips := digits(t, dir, speaker)
		for _, noise := range []string{"", "noise1", "noise4"} {
			var sound []float64
			if noise != "" {
				sound = floats(wav(t, filepath.Join(dir, "noise", noise+".wav")))
				sound = sound[len(sound)/2:]
			}
			for seed := range max(scenes, 1) {
				f.hear(clips, speaker, noise, sound, uint64(seed)) //nolint:gosec // small
			}
		}
	}
	for i, l := range levels {
		if all := f.rows["all"][i]; all.missed() > l.most || all.alarmed() > l.most {
			t.Errorf("%s: the detector has lost its hearing", l.name)
		}
	}
	t.Logf("\n%s", f.table())
}

type figures struct {
	rows  map[string]*[3]tally
	spent time.Duration
	heard int
}

// hear counts a scene in each of its rows: one for clean sound, two for a noise.
func (f *figures) hear(clips [][]int16, speaker, noise string, sound []float64, seed uint64) {
	for i, l := range levels {
		if (noise == "") != (l.snr == 0) {
			continue
		}
		s := digitScene(rand.New(rand.NewPCG(seed, 1)), clips)
		if noise != "" {
			s.add(sound, l.snr)
		}
		began := time.Now()
		var c tally
		c.hear(&s)
		f.spent += time.Since(began)
		f.heard += len(s.speech)
		for _, row := range []string{"all", speaker, noise} {
			if row != "" {
				f.row(row)[i].sum(c)
			}
		}
	}
}

func (f *figures) row(name string) *[3]tally {
	if f.rows[name] == nil {
		f.rows[name] = new([3]tally)
	}
	return f.rows[name]
}

// table stands beside what others reach by the same method (60 digits of the same
// set, the same noises), as measured on one machine.
func (f *figures) table() string {
	var b strings.Builder
	line := func(name, clean, much, more, us string) {
		fmt.Fprintf(&b, "%-22s %13s %13s %13s %8s\n", name, clean, much, more, us)
	}
	line("missed / false alarm, %", "clean", "15 dB", "5 dB", "us/20 ms")
	for _, name := range []string{"lucas", "theo", "noise1", "noise4", "all"} {
		var cells [3]string
		for i := range cells {
			if c := f.rows[name][i]; c.speech > 0 {
				cells[i] = fmt.Sprintf("%.1f / %.1f", c.missed(), c.alarmed())
			}
		}
		us := ""
		if name == "all" {
			us = fmt.Sprintf("%.1f", float64(f.spent.Microseconds())/float64(f.heard))
		}
		line(name, cells[0], cells[1], cells[2], us)
	}
	line("Silero v5", "6 / 6", "5 / 5", "12 / 9", "70-90")
	line("WebRTC, mode 3", "0 / 14", "3 / 17", "25 / 22", "4-7")
	frames := 0
	for _, c := range f.rows["all"] {
		frames += c.speech + c.rest
	}
	fmt.Fprintf(&b, "%d frames of 20 ms", frames)
	return b.String()
}

type tally struct{ speech, rest, miss, alarm int }

func (c *tally) hear(s *scene) {
	d := New(Config{})
	s.frames(1, func(pcm []int16, speech bool) {
		d.Frame(pcm)
		switch {
		case speech:
			c.speech++
			if !d.Speech() {
				c.miss++
			}
		default:
			c.rest++
			if d.Speech() {
				c.alarm++
			}
		}
	})
}

func (c *tally) sum(o tally) {
	c.speech, c.rest, c.miss, c.alarm = c.speech+o.speech, c.rest+o.rest, c.miss+o.miss, c.alarm+o.alarm
}

func (c *tally) missed() float64  { return 100 * float64(c.miss) / float64(c.speech) }
func (c *tally) alarmed() float64 { return 100 * float64(c.alarm) / float64(c.rest) }
