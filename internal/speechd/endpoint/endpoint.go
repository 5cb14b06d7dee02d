// Package endpoint says when a caller begins to speak and when an utterance is
// over, from 8 kHz audio. It is pure: time is the audio itself, counted in
// samples, so a stream that is fed faster than real time ends its utterances at
// the same samples.
package endpoint

import "time"

// Rate is the rate of the audio that Push takes; Frame the length it takes.
const (
	Rate  = 8000
	Frame = 160
)

// A Voice tells speech from the rest, a frame of audio at a time.
type Voice interface {
	Speech(frame []int16) bool
}

// Config is the timing of a Detector. A zero field means the default below.
type Config struct {
	Silence   time.Duration // ends an utterance
	Eager     time.Duration // is reported once in a pause; zero: never
	NoInput   time.Duration // without speech, is reported once; zero: never
	MaxLength time.Duration // ends an utterance
	Onset     time.Duration // of speech within OnsetSpan begins an utterance
	Manual    bool          // silence does not end an utterance
}

// Defaults of Config, and what is not set there: OnsetSpan is the window in
// which the speech of an onset is counted.
const (
	DefaultSilence   = 600 * time.Millisecond
	DefaultMaxLength = 20 * time.Second
	DefaultOnset     = 80 * time.Millisecond
	OnsetSpan        = 160 * time.Millisecond
)

func (c Config) withDefaults() Config {
	if c.Silence <= 0 {
		c.Silence = DefaultSilence
	}
	if c.MaxLength <= 0 {
		c.MaxLength = DefaultMaxLength
	}
	if c.Onset <= 0 {
		c.Onset = DefaultOnset
	}
	return c
}

// An Event is what a frame brought about.
type Event int

// Events. Eager comes within an utterance only.
const (
	None    Event = iota
	Started       // an utterance began; its audio starts at SpeechStart
	Eager         // a pause of Config.Eager within an utterance
	Ended         // silence ended the utterance at SpeechEnd
	TooLong       // the utterance reached Config.MaxLength
	NoInput       // nothing was said since Listen for Config.NoInput
)

// A Detector follows one stream.
type Detector struct {
	cfg   Config
	voice Voice

	speaking bool
	eager    bool // reported in this pause
	waiting  bool // NoInput may still come
	onset    []bool
	now      int64 // samples pushed
	since    int64 // when listening began
	start    int64 // of the speech in the utterance
	last     int64 // end of the last speech
}

// New makes a detector that listens from now on.
func New(cfg Config, voice Voice) *Detector {
	d := &Detector{voice: voice, waiting: true}
	d.Configure(cfg)
	return d
}

// Configure changes the timing from the next frame on.
func (d *Detector) Configure(cfg Config) { d.cfg = cfg.withDefaults() }

// Listen starts the wait for speech anew and drops the utterance, if any.
func (d *Detector) Listen() {
	d.Stop()
	d.since, d.waiting = d.now, true
}

// Stop drops the utterance in progress.
func (d *Detector) Stop() { d.speaking, d.onset = false, d.onset[:0] }

// Speaking reports whether an utterance is in progress.
func (d *Detector) Speaking() bool { return d.speaking }

// SpeechStart is the sample where the speech of the utterance began.
func (d *Detector) SpeechStart() int64 { return d.start }

// SpeechEnd is the sample after the last speech heard.
func (d *Detector) SpeechEnd() int64 { return d.last }

// Skip passes over samples that are not listened to.
func (d *Detector) Skip(samples int64) {
	d.now += samples
	d.since += samples
}

// Push takes the next frame and says what it brought about.
func (d *Detector) Push(frame []int16) Event {
	d.now += int64(len(frame))
	speech := d.voice.Speech(frame)
	if d.speaking {
		return d.within(speech)
	}
	return d.before(speech)
}

func (d *Detector) before(speech bool) Event {
	d.onset = append(d.onset, speech)
	if over := len(d.onset) - frames(OnsetSpan); over > 0 {
		d.onset = append(d.onset[:0], d.onset[over:]...)
	}
	heard, first := 0, -1
	for i, s := range d.onset {
		if s {
			heard++
			if first < 0 {
				first = i
			}
		}
	}
	if heard >= frames(d.cfg.Onset) {
		d.speaking, d.eager, d.waiting = true, false, false
		d.start = d.now - int64(len(d.onset)-first)*Frame
		d.last = d.now
		return Started
	}
	if d.waiting && d.cfg.NoInput > 0 && d.now-d.since >= samples(d.cfg.NoInput) && heard == 0 {
		d.waiting = false
		return NoInput
	}
	return None
}

func (d *Detector) within(speech bool) Event {
	if speech {
		d.last, d.eager = d.now, false
	}
	quiet := d.now - d.last
	switch {
	case d.now-d.start >= samples(d.cfg.MaxLength):
		d.Stop()
		return TooLong
	case quiet >= samples(d.cfg.Silence) && !d.cfg.Manual:
		d.Stop()
		return Ended
	case d.cfg.Eager > 0 && quiet >= samples(d.cfg.Eager) && !d.eager:
		d.eager = true
		return Eager
	}
	return None
}

func frames(t time.Duration) int { return int(samples(t)+Frame-1) / Frame }

func samples(t time.Duration) int64 { return int64(t) * Rate / int64(time.Second) }
