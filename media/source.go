package media

import (
	"math"
	"time"
)

// clip plays samples from memory, once or for ever. It does not change them, so
// many clips may share them.
type clip struct {
	pcm  []int16
	at   int
	loop bool
}

// NewClip plays pcm once. It keeps pcm, which must not change while it plays.
func NewClip(pcm []int16) Source { return &clip{pcm: pcm} }

// NewLoop plays pcm for ever. It keeps pcm, as NewClip does.
func NewLoop(pcm []int16) Source { return &clip{pcm: pcm, loop: len(pcm) > 0} }

// ReadFrame implements Source.
func (c *clip) ReadFrame(f *Frame) (ok, done bool) {
	f.narrow()
	n := copy(f.PCM, c.pcm[c.at:])
	c.at += n
	for c.loop && n < len(f.PCM) {
		c.at = copy(f.PCM[n:], c.pcm)
		n += c.at
	}
	f.PCM = f.PCM[:n]
	return n > 0, !c.loop && c.at == len(c.pcm)
}

// tone is a sine with soft ends, or a cadence of them.
type tone struct {
	step    float64 // radians a sample
	phase   float64
	at      int
	on, off int // samples; without off it sounds all the time
	length  int // samples in all; 0 is for ever
}

const (
	toneLevel = 3276 // -20 dB under full scale
	toneEdge  = 40   // 5 ms to rise and to fall: no click
)

// NewTone plays a sine of hz for d, for ever if d is 0.
func NewTone(hz float64, d time.Duration) Source {
	n := samples(d)
	return &tone{step: 2 * math.Pi * hz / Rate, on: n, length: n}
}

// NewRingback plays the European ringing tone in the French cadence: 425 Hz,
// 1.5 s on and 3.5 s off.
func NewRingback() Source {
	return &tone{step: 2 * math.Pi * 425 / Rate, on: samples(1500 * time.Millisecond), off: samples(3500 * time.Millisecond)}
}

// NewSilence plays nothing for d, for ever if d is 0.
func NewSilence(d time.Duration) Source { return &tone{length: samples(d), off: 1} }

func samples(d time.Duration) int { return int(d * Rate / time.Second) }

// ReadFrame implements Source.
func (t *tone) ReadFrame(f *Frame) (ok, done bool) {
	f.narrow()
	if t.length > 0 {
		f.PCM = f.PCM[:min(len(f.PCM), t.length-t.at)]
	}
	for i := range f.PCM {
		f.PCM[i] = t.next()
	}
	return len(f.PCM) > 0, t.length > 0 && t.at >= t.length
}

func (t *tone) next() int16 {
	level := t.level()
	t.at++
	if level == 0 {
		return 0
	}
	t.phase = math.Mod(t.phase+t.step, 2*math.Pi)
	return int16(level * math.Sin(t.phase))
}

// level is that of the present sample.
func (t *tone) level() float64 {
	at := t.at
	if t.off > 0 {
		at %= t.on + t.off
	}
	edge := at
	if t.on > 0 {
		edge = min(at, t.on-at)
	} else if t.off > 0 {
		return 0
	}
	return toneLevel * float64(max(0, min(toneEdge, edge))) / toneEdge
}
