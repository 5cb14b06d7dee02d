package call_test

import (
	"slices"
	"testing"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/tts"
	"github.com/callward/callward/tts/ttstest"
)

// Who dials a code in vain hears a tone, and why in words, before the phone is hung up; a
// synthesizer that fails takes the words alone.
func TestWhoDialsACodeInVainHearsWhy(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, fault := range []ttstest.Fault{ttstest.None, ttstest.Refuse} {
		voice := &ttstest.Tone{}
		voice.Break(fault)
		phone := newPeerWith(t, b.engine, media.Options{})
		offer, err := phone.session.Offer()
		if err != nil {
			t.Fatal(err)
		}
		phone.offer = offer
		p, err := call.Take(t.Context(), b.engine, phone, "anna", media.Options{})
		if err != nil {
			t.Fatal(err)
		}
		call.Acknowledge(t.Context(), p, call.Acknowledgement{
			Words: redact.Authored("You are not wrapping up a call."), By: ttstest.Start(t, voice, tts.Config{}), Voice: tts.Voice{Language: "en"},
		})
		const tone = 40 // frames, of 20 ms
		if heard := phone.ear.heardSince(0, tone+20); heard != (fault == ttstest.None) {
			t.Errorf("fault %d: words were heard: %v", fault, heard)
		}
		if fault == ttstest.None && !slices.Contains(voice.Spoken(), "You are not wrapping up a call.") {
			t.Errorf("said %q", voice.Spoken())
		}
	}
}
