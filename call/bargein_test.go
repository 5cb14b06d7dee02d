package call_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media"
	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/media/sdp"
	"github.com/callward/callward/tts"
	"github.com/callward/callward/tts/ttstest"
)

// wired is the leg of a phone of which every packet is looked at.
type wired struct {
	*peer

	phone *mediatest.Peer
	told  chan *sdp.Remote
}

func (w *wired) Offer() []byte { return w.phone.Offer("sendrecv") }

func (w *wired) Answer(_ context.Context, body []byte) error {
	remote, err := sdp.Parse(body)
	if err == nil {
		w.told <- remote
	}
	return err
}

// coded are the frames of which a text is spoken: those of no other have the same numbers.
func coded(text string) mediatest.Range {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text))
	first := int(h.Sum32()%600) * 100
	return mediatest.Range{First: first, Last: first + ttstest.Samples(text)/mediatest.CodedFrame - 1}
}

// Of what the bot said before it was interrupted nothing is sent after, wherever in the
// prompt that was, though the engine is still speaking it; and of what it says then
// nothing is missing.
func TestNothingOfAnInterruptedPromptIsSentAfterIt(t *testing.T) {
	t.Parallel()
	calls := 8
	if os.Getenv("CALLWARD_SLOW") != "" {
		calls = 40
	}
	b := newBench(t, "what are your opening hours", "no thank you")
	var sentences []string
	for i := range 6 {
		sentences = append(sentences, fmt.Sprintf("Part %d of a long greeting.", i))
	}
	b.greets = `"` + strings.Join(sentences, " ") + `"`
	engine := &ttstest.Tone{Paced: true, Sound: func(text string) []int16 {
		r := coded(text)
		pcm := mediatest.CodedAudio(r.First, r.Last-r.First+1)
		return append(pcm, make([]int16, ttstest.Samples(text)-len(pcm))...)
	}}
	b.deps.Synthesizer = ttstest.Start(t, engine, tts.Config{CacheBytes: -1})
	var wg sync.WaitGroup
	var cut atomic.Int32
	for i := range calls {
		phone, err := mediatest.NewPeer("")
		if err != nil {
			t.Fatal(err)
		}
		w := &wired{newPeer(t, b.engine), phone, make(chan *sdp.Remote, 1)}
		done := b.live(call.ID(fmt.Sprintf("c%d", i)), w)
		wg.Go(func() {
			defer phone.Close()
			offset := 4 * time.Second * time.Duration(i) / time.Duration(calls)
			w.interrupts(b, fmt.Sprintf("c%d", i), offset)
			w.leave()
			b.ended(done)
			heard := framesOf(phone)
			greeting, answered, ok := soundsLike(heard, sentences)
			if !ok {
				t.Errorf("call %d, interrupted %s into the greeting: heard %v\n%s", i, offset, heard, b.storyOf(fmt.Sprintf("c%d", i)))
			}
			if whole := len(sentences) * ttstest.Samples(sentences[0]) / mediatest.CodedFrame; greeting > 0 && greeting < whole && answered {
				cut.Add(1)
			}
		})
	}
	wg.Wait()
	if n := int(cut.Load()); n < calls/2 {
		t.Errorf("only %d of %d greetings were cut:\n%s", n, calls, b.story())
	}
}

// interrupts is a caller who speaks so long after the greeting has begun, however late it
// does, and then listens to the answer, or until the call is over.
func (w *wired) interrupts(b *bench, id string, offset time.Duration) {
	to, sequence := (<-w.told).Address(), uint16(1)
	says := func(pcm []int16) {
		if err := w.phone.Talk(to, 1, sequence, pcm); err != nil {
			b.t.Error(err)
		}
		sequence += uint16(len(pcm) / media.FrameSamples)
	}
	until := func(what string) {
		for end := time.Now().Add(patience); time.Now().Before(end) && !strings.Contains(b.storyOf(id), what); {
			select {
			case <-w.done:
				return
			default:
				says(make([]int16, media.Rate/10))
			}
		}
	}
	until(string(call.KindDisclosure))
	says(slices.Concat(make([]int16, offset*media.Rate/time.Second), mediatest.Tone(300, 1200*time.Millisecond)))
	until(string(call.KindBotPlayed) + "  Anything else?")
	says(make([]int16, media.Rate))
}

// framesOf gives the coded frames that were sent to a phone, in the order of their numbers.
func framesOf(phone *mediatest.Peer) (heard []mediatest.Range) {
	got := phone.Got()
	slices.SortStableFunc(got, func(a, b mediatest.Received) int { return int(int16(a.SequenceNumber - b.SequenceNumber)) })
	var decoder mediatest.CodedDecoder
	for _, p := range got {
		pcm := make([]int16, len(p.Payload))
		g711.PCMU.Decode(pcm, p.Payload)
		for _, n := range decoder.Write(pcm) {
			heard = mediatest.AddTo(heard, n)
		}
	}
	return heard
}

// soundsLike reports whether it is the disclosure, a part of the greeting, cut at most
// once, and then nothing of both; how many frames of the greeting there are; and whether
// the answer follows. A caller whose machine is busy may be heard in pieces, and asked
// again.
func soundsLike(heard []mediatest.Range, sentences []string) (greeting int, answered, ok bool) {
	if len(heard) == 0 || heard[0] != coded("You speak with a machine.") {
		return 0, false, false
	}
	rest := heard[1:]
	for i := 0; i < len(sentences) && len(rest) > 0 && rest[0].First == coded(sentences[i]).First; i++ {
		whole := coded(sentences[i])
		greeting += rest[0].Last - rest[0].First + 1
		over := rest[0].Last < whole.Last
		if rest = rest[1:]; over {
			break
		}
	}
	for _, r := range rest {
		for _, before := range append([]string{"You speak with a machine."}, sentences...) {
			if c := coded(before); r.First <= c.Last && c.First <= r.Last {
				return greeting, false, false
			}
		}
	}
	return greeting, slices.Equal(rest, []mediatest.Range{coded("We are open all day."), coded("Anything else?")}), true
}
