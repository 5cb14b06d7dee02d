package e2e

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/mediatest"
)

// What a beep is, at a phone and in a page.
const (
	beepLength = 160 * time.Millisecond
	beepLevel  = 0.3
	beepLoud   = 0.05                   // of full scale: it is heard
	beepRest   = 100 * time.Millisecond // of silence, before another can be heard
	beepNear   = 500 * time.Millisecond // what comes later than that is no answer to it
	syllable   = 300 * time.Millisecond
)

// A beeper is the mouth and the ear at a phone: it notes when each of its beeps began to be
// spoken, and when each that it hears began to sound.
type beeper struct {
	hz float64

	mu          sync.Mutex
	left        int  // beeps to come
	frames      int  // of the beep or the pause that goes on
	sounds      bool // it beeps now
	phase       float64
	said, heard []time.Time
	last        time.Time // that it heard anything
}

// beeps has it beep n times, at irregular distances, or sound until it is asked for beeps.
func (b *beeper) beeps(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left, b.sounds, b.frames, b.said, b.heard = n, false, 25, nil, nil
}

// speaks has it sound for a while, from the first frame that is asked for.
func (b *beeper) speaks(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left, b.sounds, b.frames, b.phase = 0, true, int(d/media.FrameTime)+1, 0
}

// ReadFrame implements media.Source. What a phone sends now was spoken in the 20 ms before.
func (b *beeper) ReadFrame(f *media.Frame) (ok, done bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f.PCM, f.Rate = f.PCM[:media.FrameSamples], media.Rate
	if b.frames--; b.frames <= 0 && (b.sounds || b.left > 0) {
		if b.sounds = !b.sounds; b.sounds {
			b.left--
			b.phase, b.frames = 0, int(beepLength/media.FrameTime)
			b.said = append(b.said, time.Now().Add(-media.FrameTime))
		} else {
			b.frames = 15 + rand.IntN(15)
		}
	}
	clear(f.PCM)
	for i := range f.PCM {
		if b.sounds {
			b.phase += 2 * math.Pi * b.hz / media.Rate
			f.PCM[i] = int16(beepLevel * math.MaxInt16 * math.Sin(b.phase))
		}
	}
	return true, false
}

// WriteFrame implements media.Sink. A frame is played when the phone has it.
func (b *beeper) WriteFrame(f *media.Frame) {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, x := range f.PCM {
		if math.Abs(float64(x)) < beepLoud*math.MaxInt16 {
			continue
		}
		at := now.Add(time.Duration(i) * time.Second / time.Duration(f.Rate))
		if at.Sub(b.last) > beepRest {
			b.heard = append(b.heard, at)
		}
		b.last = at
	}
}

func (b *beeper) noted() (said, heard []time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.said), slices.Clone(b.heard)
}

// beepScript does the same in a page: it beeps, by window.mouth, and tells, on the clock of the
// page, when it began to, when it heard others begin, and how many milliseconds the browser held
// back what it heard.
const beepScript = `(async (times) => {
  const ear = new AudioContext(), meter = new AnalyserNode(ear, {fftSize: 256}), now = new Float32Array(256);
  ear.createMediaStreamSource(new MediaStream([peers.at(-1).getReceivers()[0].track])).connect(meter);
  await ear.resume();
  const said = [], heard = [], wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const inbound = async () => [...(await peers.at(-1).getStats()).values()].find((s) => s.type === "inbound-rtp"), before = await inbound();
  let over = false, last = 0;
  const listening = (async () => {
    for (; !over; await wait(1)) {
      meter.getFloatTimeDomainData(now);
      if (!now.some((x) => Math.abs(x) > 0.05)) continue;
      const at = performance.now();
      if (at - last > 100) heard.push(at);
      last = at;
    }
  })();
  for (await wait(500); said.length < times; await wait(300 + 300 * Math.random())) {
    mouth.volume.gain.value = 0.3;
    said.push(performance.now());
    await wait(160);
    mouth.volume.gain.value = 0;
  }
  await wait(2500); // the other may have begun later, and beep more slowly
  over = true;
  await listening;
  await ear.close();
  const after = await inbound();
  return {said, heard, held: 1000 * (after.jitterBufferDelay - before.jitterBufferDelay) / (after.jitterBufferEmittedCount - before.jitterBufferEmittedCount)};
})`

// clock gives when the clock of the page began, as ours has it, to a millisecond or so: the
// page is asked what time it is, and the quickest answer counts.
func (p *page) clock() time.Time {
	p.t.Helper()
	var began time.Time
	quickest := time.Hour
	for range 20 {
		before := time.Now()
		ms := evaluate[float64](p, "performance.now()")
		if took := time.Since(before); took < quickest {
			quickest, began = took, before.Add(took/2-milliseconds(ms))
		}
	}
	return began
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// beeps has the page and a phone beep at each other, at once, and gives how long each beep took,
// to the phone and to the page, and how much of the latter the browser held sound back.
func (p *page) beeps(b *beeper, n int) (toPhone, toPage []time.Duration, held time.Duration) {
	p.t.Helper()
	began := p.clock()
	b.beeps(n)
	page := evaluate[struct {
		Said, Heard []float64
		Held        float64
	}](p, fmt.Sprintf("%s(%d)", beepScript, n))
	on := func(ms []float64) (out []time.Time) {
		for _, at := range ms {
			out = append(out, began.Add(milliseconds(at)))
		}
		return out
	}
	said, heard := b.noted()
	return delays(on(page.Said), heard), delays(said, on(page.Heard)), milliseconds(page.Held)
}

// delays gives, for each beep, how long after it something began to be heard, in order of
// length. One that is not heard gives none.
func delays(said, heard []time.Time) (out []time.Duration) {
	for _, s := range said {
		i := slices.IndexFunc(heard, func(h time.Time) bool { return h.After(s) && h.Sub(s) < beepNear })
		if i >= 0 {
			out = append(out, heard[i].Sub(s))
		}
	}
	slices.Sort(out)
	return out
}

// toneLength is how long a tone sounds in pcm, at 8 kHz, to some milliseconds.
func toneLength(pcm []int16, hz float64) (d time.Duration) {
	const window, step = rate / 50, rate / 200
	for i := 0; i+window <= len(pcm); i += step {
		if piece := pcm[i : i+window]; loudness(piece) > 1000 && mediatest.Share(piece, hz) > 0.7 {
			d += time.Second / 200
		}
	}
	return d
}

func TestTheLengthOfAToneIsMeasured(t *testing.T) {
	quiet := make([]int16, rate)
	for _, d := range []time.Duration{0, 60 * time.Millisecond, syllable} {
		pcm := slices.Concat(quiet, mediatest.Tone(900, d), quiet, mediatest.Tone(500, time.Second))
		if got := toneLength(pcm, 900); (got - d).Abs() > 10*time.Millisecond {
			t.Errorf("%v of a tone are taken for %v", d, got)
		}
	}
}
