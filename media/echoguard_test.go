package media

import (
	"math"
	"testing"
	"time"

	"github.com/callward/callward/media/vad"
)

// babble is a tone that comes and goes like syllables.
func babble(frame int, amplitude float64) []int16 {
	pcm := make([]int16, FrameSamples)
	for i := range pcm {
		t := float64(frame*FrameSamples+i) / Rate
		pcm[i] = int16(amplitude * (0.55 + 0.45*math.Sin(2*math.Pi*4*t)) * math.Sin(2*math.Pi*300*t))
	}
	return pcm
}

func TestOurEchoIsKnownAndWhoSpeaksOverItIsHeard(t *testing.T) {
	for _, c := range []struct {
		name       string
		echo       float64 // part of ours that comes back
		delay      int     // frames
		over       float64 // how loud somebody speaks, beside us
		recognized bool    // as no echo
	}{
		{"-20 dB after 40 ms", 0.1, 2, 0, false},
		{"-20 dB after 200 ms", 0.1, 10, 0, false},
		{"-30 dB", 0.03, 3, 0, false},
		{"a voice as loud as ours", 0.1, 2, 1, true},
		{"a voice that is 6 dB weaker", 0.1, 2, 0.5, true},
		{"a weak voice without an echo", 0, 2, 0.3, true},
	} {
		var e echoGuard
		echoes := 0
		for f := range 200 {
			e.send(babble(f, 8000))
			back := babble(max(0, f-c.delay), 8000*c.echo)
			talks := f >= 150
			if talks {
				for i, s := range babble(f*3, 8000*c.over) {
					back[i] += s
				}
			}
			if is := e.echoes(back, false); f >= 100 && f < 150 && !is {
				t.Errorf("%s: frame %d of the echo is taken for a voice", c.name, f)
			} else if talks && f < 165 && is {
				echoes++
			}
		}
		if c.recognized && echoes > 5 || !c.recognized && echoes < 14 {
			t.Errorf("%s: %d of 15 frames are taken for an echo", c.name, echoes)
		}
	}
	var e echoGuard
	for range echoReach {
		e.send(nil)
	}
	if e.echoes(babble(1, 50), false) {
		t.Error("there is no echo of silence")
	}
}

func TestAGuardedFrameBeginsNothingAndEndsNothing(t *testing.T) {
	d := vad.New(vad.Config{})
	for f := range 100 {
		if d.Guarded(babble(f, 8000), true) != vad.Same || d.Speaking() {
			t.Fatal("speech began in an echo")
		}
	}
}

// What was played before and after a pause is the source, without a gap or a doubled
// sample, and nothing of it is heard between.
func TestAPausedSourceGoesOnWhereItStopped(t *testing.T) {
	s, w := agreed(t, Options{NoVAD: true})
	pcm := make([]int16, Rate)
	for i := range pcm {
		pcm[i] = int16(i%8000 + 1000)
	}
	var sent []int16
	s.HearSent(sinkFunc(func(f *Frame) { sent = append(sent, f.PCM...) }))
	s.Play(NewClip(pcm))
	n := int64(0)
	ticks := func(k int) {
		for range k {
			n++
			s.tick(w, n)
		}
	}
	ticks(10)
	s.Pause()
	before := len(sent)
	ticks(25)
	for i, v := range sent[before:] {
		if v != 0 {
			t.Fatalf("sample %d of the pause is %d", i, v)
		}
	}
	s.Resume()
	ticks(45)
	var heard []int16
	for _, v := range sent {
		if v != 0 {
			heard = append(heard, v)
		}
	}
	if len(heard) != len(pcm) {
		t.Fatalf("%d samples of %d were played", len(heard), len(pcm))
	}
	for i := range pcm {
		if heard[i] != pcm[i] {
			t.Fatalf("sample %d is %d, want %d", i, heard[i], pcm[i])
		}
	}
	s.Play(NewClip(pcm))
	s.Pause()
	ticks(3)
	s.Flush()
	s.Play(NewTone(500, 100*time.Millisecond))
	before = len(sent)
	ticks(5)
	if heard := sent[before:]; level(heard[160:480]) == 0 {
		t.Error("a flush does not end the pause")
	}
}

type sinkFunc func(*Frame)

func (f sinkFunc) WriteFrame(frame *Frame) { f(frame) }
