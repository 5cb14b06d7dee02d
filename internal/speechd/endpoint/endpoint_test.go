package endpoint

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// script is a Voice that reads "s" as a frame of speech and "." as none.
type script struct {
	text string
	at   int
}

func (s *script) Speech([]int16) bool {
	s.at++
	return s.text[s.at-1] == 's'
}

// play pushes a script through a detector and gives the events as letters, one
// a frame.
func play(d *Detector, text string) string {
	d.voice = &script{text: text}
	var out strings.Builder
	for range text {
		out.WriteByte(".SPETN"[d.Push(make([]int16, Frame))])
	}
	return out.String()
}

func frameCount(t time.Duration) int { return int(t / (20 * time.Millisecond)) }

func repeat(s string, t time.Duration) string { return strings.Repeat(s, frameCount(t)) }

func TestSilenceEndsAnUtterance(t *testing.T) {
	d := New(Config{Silence: 600 * time.Millisecond}, nil)
	got := play(d, repeat(".", 200*time.Millisecond)+repeat("s", time.Second)+repeat(".", time.Second))
	if n := strings.IndexByte(got, 'S'); n != 10+3 {
		t.Errorf("the start comes with frame %d, want 13: %s", n, got)
	}
	if n := strings.IndexByte(got, 'E'); n != 10+50+30-1 {
		t.Errorf("the end comes with frame %d, want 89: %s", n, got)
	}
	if d.SpeechStart() != 10*Frame || d.SpeechEnd() != 60*Frame {
		t.Errorf("speech from %d to %d", d.SpeechStart(), d.SpeechEnd())
	}
}

func TestAPauseIsReportedOnceAndAgainAfterMoreSpeech(t *testing.T) {
	d := New(Config{Silence: 600 * time.Millisecond, Eager: 200 * time.Millisecond}, nil)
	pause := repeat(".", 400*time.Millisecond)
	speech := repeat("s", 200*time.Millisecond)
	got := play(d, speech+pause+speech+pause)
	if strings.Count(got, "P") != 2 || strings.Contains(got, "E") {
		t.Errorf("events %s", got)
	}
}

func TestAClickIsNoUtterance(t *testing.T) {
	d := New(Config{}, nil)
	if got := play(d, "..s....ss.....s.s......"); strings.Contains(got, "S") {
		t.Errorf("events %s", got)
	}
}

func TestNothingSaidIsReportedOnce(t *testing.T) {
	d := New(Config{NoInput: time.Second}, nil)
	got := play(d, repeat(".", 3*time.Second))
	if strings.IndexByte(got, 'N') != 49 || strings.Count(got, "N") != 1 {
		t.Errorf("events %s", got)
	}
	d.Listen()
	if got := play(d, repeat(".", 2*time.Second)); strings.IndexByte(got, 'N') != 49 {
		t.Errorf("after Listen: events %s", got)
	}
}

func TestALongUtteranceIsCut(t *testing.T) {
	d := New(Config{MaxLength: time.Second}, nil)
	got := play(d, repeat("s", 1500*time.Millisecond))
	if strings.IndexByte(got, 'T') != 49 || strings.Count(got, "S") != 2 {
		t.Errorf("events %s", got)
	}
}

func TestAManualDetectorWaits(t *testing.T) {
	d := New(Config{Manual: true}, nil)
	if got := play(d, repeat("s", time.Second)+repeat(".", 5*time.Second)); strings.Contains(got, "E") {
		t.Errorf("events %s", got)
	}
	if !d.Speaking() {
		t.Error("the utterance is over")
	}
}

func TestWhatIsSkippedIsNotWaitedFor(t *testing.T) {
	d := New(Config{NoInput: time.Second}, nil)
	d.Skip(10 * Rate)
	if got := play(d, repeat(".", 980*time.Millisecond)); strings.Contains(got, "N") {
		t.Errorf("events %s", got)
	}
}

func TestEventsOfAnUtteranceComeInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := New(Config{Silence: 100 * time.Millisecond, Eager: 40 * time.Millisecond, MaxLength: time.Second}, nil)
		open := false
		frames := rapid.SliceOfN(rapid.SampledFrom([]string{"s", "."}), 0, 300).Draw(t, "frames")
		for i, e := range play(d, strings.Join(frames, "")) {
			switch {
			case e == 'S' && open, strings.ContainsRune("PET", e) && !open:
				t.Fatalf("frame %d: event %c, open %v", i, e, open)
			case e == 'S':
				open = true
			case e == 'E' || e == 'T':
				open = false
			}
		}
		if open != d.Speaking() {
			t.Fatalf("open %v, Speaking %v", open, d.Speaking())
		}
	})
}
