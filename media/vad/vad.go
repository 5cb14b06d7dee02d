// Package vad tells speech from what is not, at 8 kHz, in frames of 20 ms. It is
// pure: no goroutine, no socket, no clock, no allocation after New.
//
// Each frame is measured in twelve bands against floors that follow the noise
// and a peak that follows the talker, and for how periodic it is; a small net
// that remembers weighs these into a probability (net.go). All measures are
// relative, so that a quiet line and a loud one are judged alike.
package vad

import (
	"math/bits"
	"time"
)

// Config shapes a Detector. A zero field means the default its comment states.
type Config struct {
	Start time.Duration // of speech, until it counts as begun; 60 ms
	Stop  time.Duration // without speech, until it counts as over; 140 ms
}

// FrameSamples is what a frame must hold: 20 ms at 8 kHz.
const FrameSamples = 160

const frameTime = 20 * time.Millisecond

// Change is what a frame changed.
type Change uint8

// The changes.
const (
	Same Change = iota
	Started
	Stopped
)

// Detector hears one voice. It is not for concurrent use.
type Detector struct {
	start, stop int // frames
	meter       meter
	held        memory
	gate, fresh memory // of the last frame
	probability float32
	recent      uint64 // a bit for each of the latest frames, set for speech
	quiet       int    // frames without speech
	speaking    bool   // between Started and Stopped
}

// New makes a Detector.
func New(cfg Config) *Detector {
	if cfg.Start == 0 {
		cfg.Start = 60 * time.Millisecond
	}
	if cfg.Stop == 0 {
		cfg.Stop = 140 * time.Millisecond
	}
	return &Detector{
		start: min(max(1, int(cfg.Start/frameTime)), mostStart), stop: max(1, int(cfg.Stop/frameTime)),
		meter: newMeter(),
	}
}

const (
	threshold = 0.45
	mostStart = 63 // frames: what recent holds, and one more
)

// Frame hears a frame and says what it changed. A frame that is not
// FrameSamples long changes nothing.
func (d *Detector) Frame(pcm []int16) Change { return d.Guarded(pcm, false) }

// Guarded is Frame for a frame that may be an echo: speech does not begin in it.
func (d *Detector) Guarded(pcm []int16, echo bool) Change {
	if len(pcm) != FrameSamples {
		return Same
	}
	d.probability = trained.weigh(d.meter.measure(pcm), &d.held, &d.gate, &d.fresh)
	if echo && !d.speaking {
		d.probability = 0
	}
	return d.turn()
}

// Speech reports whether the last frame was speech. Speaking says whether somebody
// is in the middle of an utterance.
func (d *Detector) Speech() bool { return d.probability > threshold }

// Speaking reports whether speech has started and not stopped.
func (d *Detector) Speaking() bool { return d.speaking }

// Probability is that of the last frame, 0 to 1.
func (d *Detector) Probability() float64 { return float64(d.probability) }

// turn counts frames into starts and stops. One frame without speech may lie among
// those of a start.
func (d *Detector) turn() Change {
	d.recent <<= 1
	d.quiet++
	if d.Speech() {
		d.recent |= 1
		d.quiet = 0
	}
	latest := d.recent & (1<<(d.start+1) - 1)
	switch {
	case !d.speaking && d.Speech() && bits.OnesCount64(latest) >= d.start:
		d.speaking = true
		return Started
	case d.speaking && d.quiet >= d.stop:
		d.speaking = false
		return Stopped
	}
	return Same
}
