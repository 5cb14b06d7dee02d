package asr

import (
	"fmt"
	"time"

	"github.com/callward/callward/redact"
)

// Kind says what an Event tells.
type Kind int

// The kinds of events. Ready comes first; after Failed nothing follows.
const (
	Unknown       Kind = iota
	Ready              // the engine listens
	SpeechStarted      // the caller began: Utterance, Offset
	Partial            // words that may change: Utterance, Revision, Words, Confidence
	Final              // words that will not: Utterance, Revision, Words, Confidence
	SpeechEnded        // the caller stopped: Utterance, Offset; the final follows or has come
	NoInput            // the caller stayed silent: Offset
	Progress           // the engine has listened up to Offset
	Failed             // the stream is over: Err
	Switched           // another engine has taken over: Switch
)

// String gives the name of k in lower case.
func (k Kind) String() string {
	names := [...]string{
		"unknown", "ready", "speech started", "partial", "final",
		"speech ended", "no input", "progress", "failed", "switched",
	}
	if k < 0 || int(k) >= len(names) {
		return fmt.Sprintf("kind %d", int(k))
	}
	return names[k]
}

// An Event is something that the engine heard, or the end of the stream.
type Event struct {
	Kind       Kind
	Utterance  string        // one stretch of speech; ids are not reused in a stream
	Revision   int           // rises within the utterance
	Words      redact.Raw    // the whole text of the utterance; empty in a Final: not understood
	Confidence float64       // of the words, from 0 to 1
	Language   string        // heard, as BCP 47, if the engine tells
	EagerEnd   bool          // of a Partial: the caller may have finished
	Discarded  bool          // of SpeechEnded: no final follows
	Offset     time.Duration // from the first audio of the stream: start or end of speech, end of what was transcribed
	Err        error         // of Failed: ErrStalled, ErrOverrun, ErrNoEngine, or an *EngineError
	Switch     *Switch       // of Switched
}
