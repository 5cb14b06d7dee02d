package call

import (
	"time"

	"github.com/callward/callward/router/assistant"
)

// leastVoice is a short word. Less sound than that may be anything.
const leastVoice = 300 * time.Millisecond

// spoke adds a voice that has stopped to what the caller has said without being given words
// for it.
func (m *machine) spoke(now time.Time) {
	m.turn.wordless += max(0, now.Sub(m.began)-voiceTail)
}

// nothing is what happened when the caller's time to speak is over without words or keys.
// Who has spoken is not told to be silent: the words were lost, or not understood.
func (m *machine) nothing() assistant.Input {
	if m.turn.wordless >= leastVoice && m.listens() {
		return assistant.Input{Kind: assistant.InputUnheard}
	}
	return assistant.Input{Kind: assistant.InputSilence}
}

// hearAgain gives a recognizer that has taken over the time to say what the caller, who has
// stopped speaking, had said to the one before.
func (m *machine) hearAgain(now time.Time) {
	if !m.voice && m.turn.wordless > 0 && !m.timers[timerSilence].IsZero() {
		m.rearm(now)
	}
}
