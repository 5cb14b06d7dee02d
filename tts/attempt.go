package tts

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"google.golang.org/grpc/codes"

	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// A piece is audio of a sentence, or its end.
type piece struct {
	sentence int
	pcm      []int16
	last     bool
}

// piecesAhead bounds how far an engine may be ahead of who reads.
const piecesAhead = 8

// An attempt is one engine speaking a text from some sentence on, in one stream of
// gRPC. Its goroutine asks for a sentence while the one before it comes, so that one is
// never waited for, and gives the pieces in order.
type attempt struct {
	provider *provider
	text     *text
	from     int
	asked    time.Time
	pieces   chan piece // closed after the last
	failure  error      // once pieces is closed; nil: all was spoken
	cancel   context.CancelCauseFunc
	tell     func(provider string, took time.Duration) // of the first audio; may be nil

	beside bool        // it was asked as the second
	heard  bool        // it gave audio; the reader's own
	judged atomic.Bool // its breaker knows how it went
}

type downstream = ttsv1.TtsService_StreamingSynthesizeClient

// partWithin is how long an engine that has said all may take to end the stream.
const partWithin = 2 * time.Second

// run speaks until the text or ctx ends.
func (a *attempt) run(ctx context.Context) {
	down, err := a.provider.Client.api.StreamingSynthesize(ctx)
	if err != nil {
		err = engineError(err)
	} else {
		err = a.speak(ctx, down)
	}
	if ctx.Err() != nil {
		err = ErrClosed
	}
	a.failure = err
	close(a.pieces) // the rest of a is the reader's
	if err == nil {
		a.part(down)
	}
	a.cancel(ErrClosed)
}

// part lets an engine that has said all, and knows that nothing follows, end the stream
// itself: one that is cut off would take it for a caller who interrupts.
func (a *attempt) part(down downstream) {
	timer := time.AfterFunc(partWithin, func() { a.cancel(ErrClosed) })
	defer timer.Stop()
	for {
		if _, err := down.Recv(); err != nil {
			return
		}
	}
}

func (a *attempt) speak(ctx context.Context, down downstream) error {
	_ = down.Send(a.config()) // Recv says why not
	for i := a.from; i < len(a.text.sentences); i++ {
		if i == a.from {
			a.ask(down, i)
		}
		if err := a.sentence(ctx, down, i); err != nil {
			return err
		}
	}
	return nil
}

// ask gives a sentence to the engine, and half closes after the last.
func (a *attempt) ask(down downstream, i int) {
	if i >= len(a.text.sentences) {
		return
	}
	in := &ttsv1.Input{ContextId: contextID(i), Last: true, Content: &ttsv1.Input_Text{Text: a.text.sentences[i]}}
	if known := a.provider.Client.known.Load(); a.text.ssml != "" && known != nil && known.SSML {
		in.Content = &ttsv1.Input_Ssml{Ssml: a.text.ssml}
	}
	_ = down.Send(&ttsv1.StreamingSynthesizeRequest{Request: &ttsv1.StreamingSynthesizeRequest_Input{Input: in}})
	if i == len(a.text.sentences)-1 {
		_ = down.CloseSend()
	}
}

func contextID(i int) string { return strconv.Itoa(i + 1) }

// sentence takes the audio of one, and asks for the next when it begins.
func (a *attempt) sentence(ctx context.Context, down downstream, i int) error {
	c := checker{id: contextID(i), most: a.text.most(i)}
	for begun := false; ; {
		msg, err := down.Recv()
		if errors.Is(err, io.EOF) {
			return &EngineError{Code: codes.DataLoss, Fault: "ended early"}
		}
		if err != nil {
			return engineError(err)
		}
		pcm, done, err := c.take(msg)
		if err != nil {
			return err
		}
		if done && c.samples == 0 && strings.ContainsFunc(a.text.sentences[i], speakable) {
			return &EngineError{Code: codes.DataLoss, Fault: "no audio"}
		}
		if !begun && (done || len(pcm) > 0) {
			begun = true
			if i == a.from {
				a.began(time.Since(a.asked))
			}
			a.ask(down, i+1)
		}
		if done || len(pcm) > 0 {
			a.provider.gave(time.Now())
			if !a.give(ctx, piece{sentence: i, pcm: pcm, last: done}) {
				return ErrClosed
			}
		}
		if done {
			return nil
		}
	}
}

// began notes how long the first audio took.
func (a *attempt) began(took time.Duration) {
	a.provider.first.note(took)
	if a.tell != nil {
		a.tell(a.provider.Name, took)
	}
}

func (a *attempt) give(ctx context.Context, p piece) bool {
	select {
	case a.pieces <- p:
		return true
	case <-ctx.Done():
		return false
	}
}

func speakable(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func (a *attempt) config() *ttsv1.StreamingSynthesizeRequest {
	v := a.text.voice
	return &ttsv1.StreamingSynthesizeRequest{Request: &ttsv1.StreamingSynthesizeRequest_Config{Config: &ttsv1.Config{
		Session: &speechv1.Session{CallId: v.Call, SessionId: v.Call, Tenant: v.Tenant, LanguageCode: v.Language},
		Format: &speechv1.AudioFormat{
			Encoding:     speechv1.Encoding_ENCODING_LINEAR16,
			SampleRateHz: sampleRateHz,
			Channels:     1,
		},
		Voice: a.provider.voice(v.Name),
		Rate:  float32(v.Rate),
	}}}
}

// limit gives when an engine that gives nothing is given up by who waits for it since a
// moment. One that gives audio of other texts meanwhile is busy rather than dead: to ask
// another, and then this one again, would make it busier still. It gets twice as long.
func (a *attempt) limit(waits time.Time) time.Time {
	patience := a.provider.firstAudio()
	if a.heard {
		patience = a.provider.stallAfter()
	}
	at := waits.Add(patience)
	_, lately := a.provider.works()
	if busy := lately.Add(patience / 2); busy.After(at) {
		at = busy
	}
	if most := waits.Add(2 * patience); at.After(most) {
		return most
	}
	return at
}

// A checker holds what an engine sends of one sentence to the contract.
type checker struct {
	id      string
	most    int64 // samples that there may be
	samples int64 // received
}

// take gives the audio of a message, and whether the sentence is over. What is of
// another sentence is not heard.
func (c *checker) take(msg *ttsv1.StreamingSynthesizeResponse) (pcm []int16, done bool, err error) {
	switch m := msg.GetResponse().(type) {
	case *ttsv1.StreamingSynthesizeResponse_Ready:
		return nil, false, checkReady(m.Ready.GetFormat())
	case *ttsv1.StreamingSynthesizeResponse_Audio:
		if m.Audio.GetContextId() == c.id {
			pcm, err = c.audio(m.Audio)
		}
	case *ttsv1.StreamingSynthesizeResponse_Done:
		if m.Done.GetContextId() == c.id {
			return nil, true, c.done(m.Done)
		}
	case *ttsv1.StreamingSynthesizeResponse_Canceled:
		if m.Canceled.GetContextId() == c.id {
			err = &EngineError{Code: codes.Aborted, Fault: "canceled unasked"}
		}
	}
	return pcm, false, err
}

func checkReady(f *speechv1.AudioFormat) error {
	if f == nil || f.GetEncoding() == speechv1.Encoding_ENCODING_LINEAR16 && f.GetSampleRateHz() == sampleRateHz && f.GetChannels() <= 1 {
		return nil
	}
	return &EngineError{Code: codes.DataLoss, Fault: "other format"}
}

// audio checks that a piece continues the one before.
func (c *checker) audio(a *ttsv1.Audio) ([]int16, error) {
	data := a.GetData()
	n := int64(len(data) / 2)
	fault := ""
	switch {
	case len(data)%2 != 0:
		fault = "half a sample"
	case a.GetOffsetSamples() != c.samples:
		fault = "wrong offset"
	case c.samples+n > c.most:
		fault = "endless"
	}
	if fault != "" {
		return nil, &EngineError{Code: codes.DataLoss, Fault: fault}
	}
	c.samples += n
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
	}
	return pcm, nil
}

func (c *checker) done(d *ttsv1.Done) error {
	switch {
	case d.GetCause() == ttsv1.Done_CAUSE_ERROR:
		return &EngineError{Code: codes.Internal}
	case d.GetTotalSamples() != c.samples:
		return &EngineError{Code: codes.DataLoss, Fault: "wrong total"}
	}
	return nil
}
