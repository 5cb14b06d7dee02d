package call_test

import (
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
	"github.com/callward/callward/tts"
	"github.com/callward/callward/tts/ttstest"
)

// Voices begin with silence, which the caller would wait through: 300 ms of it are left
// out of an answer, and none of the pauses between its lines. What is counted is the
// samples that were played.
func TestTheSilenceThatAnAnswerBeginsWithIsLeftOut(t *testing.T) {
	t.Parallel()
	const most = 300 * time.Millisecond
	for _, lead := range []time.Duration{0, 240 * time.Millisecond, time.Second} {
		t.Run(lead.String(), func(t *testing.T) {
			b := newBench(t)
			b.deps.Synthesizer = ttstest.Start(t, &ttstest.Tone{Lead: lead}, tts.Config{})
			caller, done := b.dial("lead")
			first, next := b.await(call.KindDisclosure), b.await(call.KindBotPlayed)
			if want := spoken(first, lead-min(lead, most)); first.Samples != want {
				t.Errorf("of the first line %d samples were played, not %d", first.Samples, want)
			}
			if want := spoken(next, lead); next.Samples != want {
				t.Errorf("of the next line %d samples were played, not %d", next.Samples, want)
			}
			caller.leave()
			b.ended(done)
		})
	}
}

// spoken gives the samples of a line with a silence before it.
func spoken(line call.Entry, silence time.Duration) int64 {
	return int64(ttstest.Samples(line.Text.String())) + int64(silence*media.Rate/time.Second)
}
