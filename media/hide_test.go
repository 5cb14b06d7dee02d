package media_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/dtmf"
	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/media/sdp"
)

// keyTones are the keys 1 0 0 9, after 200 ms of a low hum and before as much of it.
func keyTones() []int16 {
	hum := mediatest.Tone(300, 200*time.Millisecond)
	pcm := append([]int16(nil), hum...)
	for _, pair := range [][2]float64{{697, 1209}, {941, 1336}, {941, 1336}, {852, 1477}} {
		low, high := mediatest.Tone(pair[0], 85*time.Millisecond), mediatest.Tone(pair[1], 85*time.Millisecond)
		for i := range low {
			low[i] = low[i]/2 + high[i]/2
		}
		pcm = append(append(pcm, low...), make([]int16, 93*media.Rate/1000)...)
	}
	return append(pcm, hum...)
}

// keysIn gives the keys that are heard in a sound.
func keysIn(pcm []int16) (keys string) {
	const frame = media.FrameSamples
	var tones dtmf.Tones
	for ; len(pcm) >= frame; pcm = pcm[frame:] {
		if d, ok := tones.Frame(pcm[:frame]); ok {
			keys += string(d)
		}
	}
	return keys
}

// besideHum is the level of the loudest 5 ms in which there is no hum.
func besideHum(pcm []int16) (most float64) {
	const block = media.Rate / 200
	for ; len(pcm) >= block; pcm = pcm[block:] {
		if level := mediatest.Level(pcm[:block]); mediatest.Share(pcm[:block], 300) < 0.5 {
			most = max(most, level)
		}
	}
	return most
}

// A caller's keys that are in the sound reach the bot, but neither the agent, nor a
// recording, nor a recognizer, and what is said around them reaches all.
// A busy machine may spoil a key, but not each time.
func TestHiddenKeysAreHeardByTheBotAlone(t *testing.T) {
	for name, hide := range map[string]bool{"hidden": true, "not hidden": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var faults []string
			for range 5 {
				if faults = keyedInSound(t, hide); len(faults) == 0 {
					return
				}
			}
			t.Error(strings.Join(faults, "\n"))
		})
	}
}

// keyedInSound has a caller key 1 0 0 9 in the sound, and says what of it was heard where it
// should not be, or not heard where it should.
func keyedInSound(t *testing.T, hide bool) (faults []string) {
	t.Helper()
	wrong := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	e := running(t, media.Config{})
	caller, agent := open(t, e), open(t, e)
	says, hears := peer(t, ""), peer(t, "")
	offer := strings.Replace(string(says.Offer("sendrecv")), " 101", "", 1)
	accept(t, caller, []byte(strings.Replace(offer, "a=rtpmap:101 telephone-event/8000\r\n", "", 1)))
	accept(t, agent, hears.Offer("sendrecv"))
	media.NewBridge(caller, agent)
	recognizer := ear(caller)
	recording := media.NewRecorder(caller, media.RecorderConfig{Delay: time.Minute})
	caller.HideKeys(hide)
	if err := says.Talk(addressOf(caller), 5, 1, keyTones()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(400 * time.Millisecond) // the hum behind them
	want := "1009"
	if pressed := keysOf(caller); pressed != want {
		wrong("the bot heard %q", pressed)
	}
	_ = recording.Close()
	left := rest(t, recording)
	if hide {
		want = ""
	}
	for who, pcm := range map[string][]int16{"agent": hears.PCM(g711.PCMU), "recognizer": recognizer.PCM(), "recording": left} {
		if got := keysIn(pcm); got != want {
			wrong("the %s heard %q, want %q", who, got, want)
		}
		if level := besideHum(pcm); hide && level > 100 {
			wrong("the %s heard something of them, at a level of %.0f", who, level)
		}
		if from, to := where(pcm, 300); to-from < 1000*time.Millisecond {
			wrong("the %s heard what was said around them from %v to %v", who, from, to)
		}
	}
	if n := caller.Stats().HiddenSamples; hide != (n > 0) {
		wrong("%d samples were hidden", n)
	}
	return faults
}

// rest gives the left of what is left of a closed recording.
func rest(t *testing.T, r *media.Recorder) (left []int16) {
	t.Helper()
	for pcm := make([]int16, 1000); ; {
		n, err := r.Read(t.Context(), pcm)
		if err != nil {
			return left
		}
		for i := 0; i < n; i += 2 {
			left = append(left, pcm[i])
		}
	}
}

// What a recognizer places is what the recording silences, though both began at other
// moments and may hear at other rates.
// A busy machine may spoil it, but not each time.
func TestWhatARecognizerPlacesIsMutedInTheRecording(t *testing.T) {
	t.Parallel()
	for _, codec := range []string{sdp.PCMU, sdp.G722, sdp.Opus} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			fault := ""
			for range 5 {
				if fault = mutedWherePlaced(t, codec); fault == "" {
					return
				}
			}
			t.Error(fault)
		})
	}
}

// mutedWherePlaced has a tone muted where a recognizer heard it, and says what is wrong with
// the recording.
func mutedWherePlaced(t *testing.T, codec string) (fault string) {
	t.Helper()
	a, b := widePair(t, running(t, media.Config{}), codec)
	pcm := mediatest.Tone(500, 2*time.Second)
	pcm = append(append(pcm, mediatest.Tone(1500, time.Second)...), mediatest.Tone(500, time.Second)...)
	a.Play(media.NewClip(pcm))
	recording := media.NewRecorder(b, media.RecorderConfig{Delay: time.Minute})
	if !ear(b).Until(patience, func(pcm []int16) bool { return len(pcm) > b.Rate()/2 }) {
		t.Fatal("nothing is heard")
	}
	var mu sync.Mutex
	var heard []int16
	recognizer := media.NewTap(media.Rate, func(pcm []int16, _ bool) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, pcm...)
	})
	b.Hear(recognizer)
	await(t, a, media.PlayDone)
	time.Sleep(400 * time.Millisecond)
	mu.Lock()
	from, to := where(heard, 1500)
	mu.Unlock()
	began, ok := recognizer.Began()
	if !ok || to-from < 900*time.Millisecond || to-from > 1500*time.Millisecond { // a busy machine stretches it
		return fmt.Sprintf("the tone was heard from %v to %v", from, to)
	}
	recording.Mute(media.Left, began+from, began+to)
	_ = recording.Close()
	left := mediatest.Sounding(rest(t, recording))
	at, end := where(left, 1500)
	switch gap := mediatest.LongestGap(left); {
	case end > 0:
		return fmt.Sprintf("the tone is in the recording from %v to %v of its sound", at, end)
	case gap < to-from-20*time.Millisecond || gap > to-from+100*time.Millisecond:
		return fmt.Sprintf("a gap of %v is in the recording, for %v", gap, to-from)
	case recording.Late() > 0:
		return fmt.Sprintf("%d samples were late", recording.Late())
	}
	return ""
}

// where finds a tone, by blocks of 10 ms.
func where(pcm []int16, hz float64) (from, to time.Duration) {
	const block = media.Rate / 100
	for at := 0; at+block <= len(pcm); at += block {
		if mediatest.Level(pcm[at:at+block]) < 300 || mediatest.Share(pcm[at:at+block], hz) < 0.5 {
			continue
		}
		t := time.Duration(at) * time.Second / media.Rate
		if to == 0 {
			from = t
		}
		to = t + 10*time.Millisecond
	}
	return from, to
}

// Keys that come as events are for the bot: no other member of a mix gets them, as events
// or as sound.
func TestKeyEventsAreForTheBotAlone(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{})
	phone, caller := pair(t, e)
	agent, hears := open(t, e), peer(t, "")
	accept(t, agent, hears.Offer("sendrecv"))
	media.NewBridge(caller, agent)
	if _, err := phone.SendDigits("4539"); err != nil {
		t.Fatal(err)
	}
	for _, want := range "4539" {
		if ev := await(t, caller, media.Digit); ev.Key.Byte() != byte(want) {
			t.Fatalf("%c is taken for %c", want, ev.Key.Byte())
		}
	}
	time.Sleep(200 * time.Millisecond)
	for _, p := range hears.Got() {
		if p.PayloadType != 0 {
			t.Fatalf("the agent got a packet of type %d", p.PayloadType)
		}
	}
	if level := mediatest.Level(hears.PCM(g711.PCMU)); level > 10 {
		t.Errorf("the agent heard something, at a level of %.0f", level)
	}
}
