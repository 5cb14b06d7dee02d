package adapt

import (
	"context"
	"io"
	"time"
)

// A Vendor is reached over some connection.
type Vendor interface {
	// Ready returns once the vendor can be reached, or says that it cannot.
	Ready(ctx context.Context) error
	// Watch tells whether it can, at once and at each change, until ctx ends.
	Watch(ctx context.Context, tell func(up bool))
}

// A Recognizer is an engine that hears one utterance at a time.
type Recognizer interface {
	// Listen begins an utterance. It ends with ctx.
	Listen(ctx context.Context, s Setup) (Ear, error)
}

// Setup is what is known of an utterance before it is heard.
type Setup struct {
	Rate        int      // of the samples, in Hz
	Languages   []string // as the vendor was said to call them, likeliest first; never empty
	Model       string
	Hints       []Hint
	Partials    bool // are wanted
	Words       bool // with times are wanted
	Punctuation bool // and capitals are wanted
	Readings    int  // at most; at least 1
}

// A Hint is a phrase that the caller may well say.
type Hint struct {
	Phrase string
	Boost  float64 // relative to the other hints; 1 if the client gave none
}

// An Ear is one utterance at the vendor. One goroutine writes, and finishes;
// another reads.
type Ear interface {
	// Write takes the next samples. It may block until the Ear's context ends.
	Write(pcm []int16) error
	// Finish says that no more follow.
	Finish() error
	// Read gives the next hypothesis, and io.EOF after the last.
	Read() (Hypothesis, error)
}

// A Hypothesis is what the vendor takes the audio for, since its last
// hypothesis that was Final or since the first sample.
type Hypothesis struct {
	Final     bool // it will not change; the next is about what follows
	Stability float64
	Language  string
	Readings  []Reading // best first
}

// A Reading is one way to understand the audio.
type Reading struct {
	Text       string
	Confidence float64 // 0 to 1; 0 if the vendor does not say
	Words      []Word  // none if the vendor gives no times
}

// A Word has its place in the audio of the Ear.
type Word struct {
	Text       string
	Start, End time.Duration // since the first sample
	Confidence float64
}

// A Synthesizer is an engine that says a text.
type Synthesizer interface {
	// Speak gives the sound of a text: 16-bit samples, little endian, one channel,
	// at the rate that the Phrase asks for, or a WAV file. The reader ends with
	// ctx, and is closed in any case.
	Speak(ctx context.Context, p Phrase) (io.ReadCloser, error)
}

// A Phrase is a text to say.
type Phrase struct {
	Text     string
	Language string // as the vendor was said to call it
	Voice    string // empty: the vendor's own choice
	Speed    float64
	Rate     int // Hz
}
