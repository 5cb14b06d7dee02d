package call_test

import (
	"testing"

	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
	"github.com/callward/callward/media/sdp"
)

// A caller's wideband reaches the recognizer, if that said that it takes it; a caller of
// 8 kHz is not made to cost more.
func TestTheRecognizerHearsAsMuchAsTheCallerSends(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		codec string
		asks  bool
		want  int32
	}{
		"wideband":                      {sdp.G722, true, 16000},
		"engine unknown yet":            {sdp.G722, false, 8000},
		"narrowband, and it takes more": {sdp.PCMA, true, 8000},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			engine := &asrtest.Server{Script: asrtest.Say("what are your opening hours", "no thank you")}
			client := asrtest.Start(t, engine)
			if c.asks {
				if _, err := client.Capabilities(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			b.deps.Recognizer = client
			caller, done := b.dialIn("c1", media.Options{Codecs: []string{c.codec}})
			b.await(call.KindBotDone)
			b.speaks(caller)
			b.await(call.KindCallerSaid)
			rate := engine.Requests()[0].GetConfig().GetFormat().GetSampleRateHz()
			if heard := engine.Samples(); rate != c.want || heard < int64(rate)/2 {
				t.Errorf("%d samples at %d Hz, want %d Hz", heard, rate, c.want)
			}
			caller.leave()
			b.ended(done)
			b.clean()
		})
	}
}
