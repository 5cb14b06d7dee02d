package call

import (
	"time"

	"github.com/callward/callward/redact"
)

// overlap is what is known of a voice over a prompt: how long it was, and what a
// recognizer takes it for.
type overlap struct {
	since  time.Time     // when it began, or went on
	ended  time.Time     // when it stopped
	spoken time.Duration // how long it sounded before that
	nods   bool          // it has said no more than a backchannel so far
	eager  bool          // that was all, as far as the recognizer knows

	granted  bool // a backchannel, which may be long, has been given more time
	language string
	text     redact.Safe
	heard    float64 // the recognizer's confidence
	asked    int     // of Classify, what the text means; 0: not yet
}

// What a voice over a prompt is taken for hangs on how long it was and how well it
// was understood. A cough, a "mm" and a word that is in no vocabulary are put into
// words, too, by a recognizer that knows no better; who really interrupts says
// something that is understood, or goes on.
const (
	// voiceTail is how much later than the voice VoiceStopped comes.
	voiceTail = 140 * time.Millisecond
	// shortVoice is a word or two.
	shortVoice = 700 * time.Millisecond

	heardWell      = 0.5  // the recognizer's confidence in words that may interrupt
	interrupts     = 0.6  // the confidence that their intent must have
	interruptsSoon = 0.93 // the same of a short voice
)

// begin notes that the voice sounds. What was heard of it may go on now.
func (o *overlap) begin(now time.Time) {
	*o = overlap{since: now, spoken: o.spoken, granted: o.granted}
}

// end notes that it has stopped.
func (o *overlap) end(now time.Time) {
	o.ended = now
	o.spoken += max(0, now.Sub(o.since)-voiceTail)
}

// Why a prompt goes on.
const (
	reasonNoWords = "no words"
	reasonNod     = "a word that does not interrupt"
	reasonUnclear = "words that are not clear enough to interrupt"
)

// reason is why it does when the voice has not gone on and no more of it is known.
func (o *overlap) reason() string {
	switch {
	case o.nods:
		return reasonNod
	case o.eager:
		return reasonUnclear
	}
	return reasonNoWords
}

// told takes what a recognizer takes the voice for so far.
func (o *overlap) told(h Heard, text redact.Safe) {
	o.nods, o.eager, o.asked = backchannel(h.Language, text), h.Eager, 0
	o.language, o.text, o.heard = h.Language, text, h.Confidence
}

// interruptedBy reports whether words end the prompt.
func (o *overlap) interruptedBy(g guess) bool {
	if o.spoken > 0 && o.spoken < shortVoice {
		return g.heard >= heardWell && g.intent.Confidence >= interruptsSoon
	}
	return g.intent.Confidence >= interrupts
}
