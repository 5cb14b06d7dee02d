package media

import (
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// recorded is a session that is not paced: each frame of the test is heard and sent.
type recorded struct {
	*Recorder

	session *Session
	frames  int64
}

func newRecorded(t *testing.T, before int, c RecorderConfig) *recorded {
	t.Helper()
	s, _ := agreed(t, Options{})
	r := &recorded{session: s}
	r.hear(before)
	r.Recorder = NewRecorder(s, c)
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// hear lets frames be heard and sent that are 1 on the left and 2 on the right.
func (r *recorded) hear(frames int) {
	for range frames {
		left, right := make([]int16, FrameSamples), make([]int16, FrameSamples)
		for i := range left {
			left[i], right[i] = 1, 2
		}
		tell(r.session.heard.Load(), &Frame{PCM: left, Rate: Rate, At: r.frames * FrameSamples})
		tell(r.session.sent.Load(), &Frame{PCM: right, Rate: Rate})
		r.frames++
	}
}

// read gives all that is to be had of the recording at once, by channel.
func (r *recorded) read(t *testing.T) (left, right []int16) {
	t.Helper()
	pcm := make([]int16, 998)
	for n := r.take(pcm); n > 0; n = r.take(pcm) {
		for i := 0; i < n; i += 2 {
			left, right = append(left, pcm[i]), append(right, pcm[i+1])
		}
	}
	return left, right
}

// silent gives the stretches that are zero.
func silent(pcm []int16) (out []stretch) {
	for i, x := range pcm {
		at := int64(i)
		switch n := len(out); {
		case x != 0:
		case n > 0 && out[n-1].to == at:
			out[n-1].to++
		default:
			out = append(out, stretch{at, at + 1})
		}
	}
	return out
}

func TestARecordingIsHeldBackAndMutedBeforeItIsRead(t *testing.T) {
	r := newRecorded(t, 50, RecorderConfig{Delay: 2 * time.Second}) // it begins 1 s after the session
	r.hear(101)
	if left, _ := r.read(t); len(left) > 0 {
		t.Fatalf("%d samples are read within the delay", len(left))
	}
	r.Mute(Left, 1500*time.Millisecond, 2*time.Second)
	r.Mute(Both, 2500*time.Millisecond, 2600*time.Millisecond)
	r.Mute(Left, 20*time.Second, 21*time.Second) // which nobody has said yet
	r.Mute(Left, 3*time.Second, 3*time.Second)
	r.Mute(Left, 0, 1100*time.Millisecond) // it began within
	r.hear(100)
	left, right := r.read(t)
	if len(left) != 2*Rate {
		t.Errorf("%d samples are read with 2 s held back of 4", len(left))
	}
	if got, want := silent(left), []stretch{{0, 800}, {4000, 8000}, {12000, 12800}}; !slices.Equal(got, want) {
		t.Errorf("silent on the left: %v, want %v", got, want)
	}
	if got, want := silent(right), []stretch{{12000, 12800}}; !slices.Equal(got, want) {
		t.Errorf("silent on the right: %v, want %v", got, want)
	}
	if r.Late() != 0 {
		t.Errorf("%d samples were late", r.Late())
	}
	r.Mute(Left, 1900*time.Millisecond, 2100*time.Millisecond) // 100 ms of it was muted in time
	r.Mute(Left, 1900*time.Millisecond, 2100*time.Millisecond)
	r.Mute(Left, 2900*time.Millisecond, 3100*time.Millisecond)
	if r.Late() != 1600 {
		t.Errorf("%d samples were late, want 1600", r.Late())
	}
	_ = r.Close()
	left, _ = r.read(t)
	if len(left) != 2*Rate || silent(left)[0] != (stretch{0, 800}) {
		t.Errorf("%d samples follow, silent: %v", len(left), silent(left))
	}
	if _, err := r.Read(t.Context(), make([]int16, 2)); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// A recognizer counts from its own first audio, which is not the recording's: the tap
// that feeds it tells where that lies.
func TestARecognizersTimesAreFoundInTheRecording(t *testing.T) {
	for _, rate := range []int{Rate, WideRate} {
		r := newRecorded(t, 37, RecorderConfig{Delay: time.Minute})
		r.hear(13)
		heard := 0
		ear := NewTap(rate, func(pcm []int16, _ bool) { heard += len(pcm) })
		if _, ok := ear.Began(); ok {
			t.Error("it began before it heard anything")
		}
		r.session.Hear(ear)
		r.hear(200)
		began, ok := ear.Began()
		if !ok || began != 50*FrameTime || heard != 200*rate/50 {
			t.Fatalf("began at %v, %v, and heard %d samples", began, ok, heard)
		}
		r.Mute(Left, began+time.Second, began+2*time.Second)
		r.hear(1) // a frame is whole with the next
		_ = r.Close()
		left, _ := r.read(t)
		if got, want := silent(left), []stretch{{13*FrameSamples + Rate, 13*FrameSamples + 2*Rate}}; !slices.Equal(got, want) {
			t.Errorf("at %d Hz: silent: %v, want %v", rate, got, want)
		}
	}
}

func TestMutingARecordingAllocatesNothingWhereItIsMade(t *testing.T) {
	r := newRecorded(t, 0, RecorderConfig{Delay: time.Second})
	r.Mute(Both, 0, time.Hour)
	left, right := Frame{PCM: make([]int16, FrameSamples), Rate: Rate}, Frame{PCM: make([]int16, FrameSamples), Rate: Rate}
	if n := testing.AllocsPerRun(100, func() {
		tell(r.session.heard.Load(), &left)
		tell(r.session.sent.Load(), &right)
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

// Whatever is muted, in whatever order, is muted, and nothing else while there are few.
func TestMutesMuteWhatTheyAreTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const length = 3000
		var m mutes
		told := make([]bool, length)
		late, want := int64(0), int64(0)
		many := rapid.Bool().Draw(t, "many")
		now := rapid.Int64Range(0, length).Draw(t, "now")
		count := rapid.IntRange(1, 30).Draw(t, "count")
		if many {
			count = mostMutes + 50
		}
		for i := range count {
			x := stretch{from: rapid.Int64Range(0, length).Draw(t, "from")}
			if many {
				x.from = int64(i*7919%count) * length / int64(count)
			}
			x.to = min(x.from+rapid.Int64Range(0, 5+int64(length/count)).Draw(t, "length"), length)
			late += m.add(x, now)
			for i := x.from; i < x.to; i++ {
				if !told[i] && i < now {
					want++
				}
				told[i] = true
			}
		}
		if !many && late != want {
			t.Errorf("%d samples late, want %d", late, want)
		}
		pcm := make([]int16, 2*length)
		for i := range pcm {
			pcm[i] = 1
		}
		m.silence(pcm, 0)
		for i := range told {
			if heard := pcm[2*i] != 0; heard && told[i] || !heard && !told[i] && !many || pcm[2*i+1] == 0 {
				t.Fatalf("sample %d is heard: %v, %v", i, heard, m)
			}
		}
		if len(m) > mostMutes {
			t.Errorf("%d stretches", len(m))
		}
	})
}
